"""Policies for the gallery, and what an administrator does on their pages."""

import re
import uuid

from playwright.sync_api import Page, expect

from tests.provider import END, Provider, say
from tests.servers import Server

from . import gallery_assistants

_SEED = """
from chat import assistants, policies
from chat.models import Assistant, Endpoint, Policy, User
from chat.policies import drafting, replaying
alma = User.objects.get(username="alma")
house, letters = Endpoint.objects.get(name="House server"), Assistant.objects.get(name="Letters")
office = policies.save_policy(alma, None, {
    "name": "Letters to members", "description": "What leaves the house in a letter", "everyone": False, "assistants": [letters],
})
def draft(row, definition, note):
    return policies.save_version(alma, policies.latest_version(row), definition, note)
rule = {
    "title": "A name of a donor", "reason": "Donors are named nowhere.", "words": ["Mrs. Hollis", "the Bray bequest"],
    "action": "redact", "directions": ["input", "output"], "positives": ["as Mrs. Hollis said"], "negatives": ["holly"],
}
definition, _ = drafting.with_rule(drafting.EMPTY, "", rule)
first = draft(office, drafting.with_mode(definition, "window", True), "Donors")
policies.activate(alma, first, "The board asked for it in October.", None)
judge = {
    "kind": "judge", "name": "house-style", "endpoint": house.pk, "model": "large", "timeout": 10,
    "policy": "Letters promise no date and no refund.\\nThey name nobody but the member they are for.",
    "good": ["Thank you for the book."], "bad": ["You will have it back by Friday, I promise."],
}
definition = drafting.with_classifier(first.definition, drafting.ANSWERS, "", judge)
moon = {
    "title": "A word about the moon", "reason": "Tides are explained by the harbour office.", "words": ["moon", "tide"],
    "action": "block", "directions": ["output"], "positives": ["the moon"], "negatives": ["the sea"],
}
definition, _ = drafting.with_rule(definition, "", moon)
second = draft(office, definition, "A judge for promises")
basic = policies.follow()
tidy = draft(basic, drafting.with_pack(basic.active.definition, "starter", True, {
    "payment-card": "redact", "iban": "redact", "json-web-token": "off",
}), "Cards are replaced")
tidy, _ = drafting.with_rule(tidy.definition, "", moon)
tidy = draft(basic, tidy, "And no tides")
policies.shadow(alma, policies.latest_version(basic))
replay = replaying.begin(alma, policies.latest_version(basic), 200)
replaying.step(replay, seconds=30)
print(basic.pk, office.pk, replay.pk, letters.pk)
"""
TEXT = "Dear Ada, as Mrs. Hollis said, the moon is to blame for the tide. Yours, the library"


def fill(server: Server, provider: Provider) -> dict[str, str]:
    """Make them; where to find what. After the conversations and the assistants of the gallery."""
    basic, office, replay, letters = server.manage("shell", "-v0", "-c", _SEED).split()[-4:]
    waiting = uuid.uuid4()
    provider.script("house", [["text", "Dear Mrs. Ames, "], ["gate"], *END])
    server.client("rita").ask(
        "Write to Mrs. Ames that her book is here.", conversation=waiting, assistant=letters
    )
    provider.wait_for_request("house")
    provider.script("house", say(gallery_assistants.LINE, wait=0.005))
    return {
        "waits": f"/c/{waiting}/",
        "policies": "/policies/", "policy": f"/policies/{basic}/", "policy-new": "/policies/new/",
        "policy-office": f"/policies/{office}/", "policy-mode": f"/policies/{office}/mode/",
        "policy-pack": f"/policies/{basic}/packs/starter/", "policy-packs": f"/policies/{basic}/packs/", "policy-rule": f"/policies/{office}/rules/named/a-name-of-a-donor/",
        "policy-rule-new": f"/policies/{office}/rules/new/", "policy-version": f"/policies/{office}/versions/3/",
        "policy-try": f"/policies/{basic}/versions/3/try/", "policy-replay": f"/policies/replays/{replay}/",
        "policy-classifier-kinds": f"/policies/{office}/classifiers/answers/new/",
        "policy-classifier": f"/policies/{office}/classifiers/answers/named/house-style/",
        "rules": "/rules/", "letters": f"/?assistant={letters}",
    }  # fmt: skip


def tried(page: Page) -> None:
    page.get_by_label("Text", exact=True).fill(TEXT)
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#outcome")).to_contain_text("It would be held for a reviewer.", timeout=30_000)


def wrong_rule(page: Page) -> None:
    page.get_by_label("What it finds").fill("A lake")
    page.get_by_label("Words and phrases").fill("lake\nthe big lake")
    page.get_by_label("Texts it must find").fill("the sea")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.locator(".field-wrong")).to_have_count(1)


def refused(page: Page) -> None:
    page.get_by_label("Reason").fill("Promises were made.")
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("alert")).to_contain_text("house-style", timeout=30_000)


def unfolded(page: Page) -> None:
    folded = page.locator("main .fold:not([open]) > summary")
    while folded.count():
        folded.first.click()


def waits(page: Page) -> None:
    expect(page.locator(".status-text")).to_contain_text("Each piece appears once it has been checked.")


def bypassed(page: Page) -> None:
    """Begun, unless another picture has."""
    if page.get_by_role("button", name="End it now").count() == 0:
        page.get_by_text("Check by rules alone for a while").click()
        page.get_by_label("Reason").fill("The moderation service is down.")
        page.get_by_label("For how long").select_option("60")
        page.get_by_role("button", name="Begin").click()
    expect(page.locator("#bypass")).to_contain_text(re.compile("Until .* answers are checked by rules alone"))
