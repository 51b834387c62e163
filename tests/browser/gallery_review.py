"""Cases for the gallery, in every state, and what reviewers do on their pages."""

from playwright.sync_api import Page, expect

from tests.servers import Server

_SEED = """
import random
from datetime import timedelta
from django.utils import timezone
from chat import policies, reviews, turns
from chat.models import Candidate, Case, CheckResult, Exposure, Message, User, Verdict
from chat.reviews import reporting
from tests.held import conversation, stored, turn
people = {name: User.objects.get(username=name) for name in ("ann", "ben", "rita", "sena")}
User.objects.filter(username="rita").update(first_name="Rita", last_name="Moss")
User.objects.filter(username="sena").update(first_name="Sena", last_name="Duarte")
version = policies.for_turn(people["ann"], None)
required = len(version.definition["checkers"])
draw = random.Random(7)
SAYS = {
    "payment-card": "It looks like the number of a payment card.", "private-key": "A private key.", "email-address": "An e-mail address.",
    "violence": "The moderation endpoint flagged this: violence.", "self-harm": "The moderation endpoint flagged this: self-harm.",
}
def asked(owner, question, **fields):
    return turn(conversation(people[owner]), question, policy=version, **fields)
def held(owner, rule, hours, shown=0, kind="flagged", severity="block", score=None, about="answer"):
    text = "Here is what you asked for, in the form that the office wants it. " * 3 + "And then the part that matters: 4111 1111 1111 1111."
    made = asked(owner, "How do I fill in this form?", status="held", hold_kind=kind, epoch=1)
    candidate = Candidate.objects.create(turn=made, role="assistant", attempt=1, finish="complete", **stored(text))
    whole = rule in ("violence", "self-harm")
    start, end = (0, len(text)) if whole else (len(text) - 20, len(text) - 1)
    finding = {"rule": rule, "reason": SAYS.get(rule, ""), "channel": "text", "start": start, "end": end, "score": score, "threshold": 0.5 if score else None, "severity": severity}
    checker = "moderation" if whole or kind == "unchecked" else "rules"
    outcome = "error" if kind == "unchecked" else "flag"
    result = {"checker": checker, "outcome": outcome, "findings": [] if kind == "unchecked" else [finding], "detail": "it did not answer within 10 s" if kind == "unchecked" else ""}
    CheckResult.objects.create(turn=made, digest=candidate.digest, round=1, milliseconds=12.5, **result)
    Verdict.objects.create(turn=made, digest=candidate.digest, round=1, outcome=kind, required=required, policy=version)
    seen = [{"person_id": people[owner].pk, "characters": shown, "beside": 0, "epoch": 1, "route": "sse", "at": timezone.now()}] if shown else []
    for row in seen:
        Exposure.objects.create(turn=made, **row)
    return turns.open_case(made, kind, [result], seen, candidate.body, opened_at=timezone.now() - timedelta(hours=hours))
for number in range(26):
    rule = draw.choice(list(SAYS))
    case = held(draw.choice(["ann", "ben"]), rule, 24 * draw.randrange(1, 29) + number, shown=draw.choice([0, 0, 80, 150, 238]))
    action, why = draw.choice([("release", "A false alarm"), ("uphold", "Secrets and keys"), ("uphold", "Personal data. It names a customer.")])
    reviews.decide(people[draw.choice(["rita", "sena"])], case.pk, action, why, 0)
    opened = Case.objects.get(pk=case.pk).opened_at
    Case.objects.filter(pk=case.pk).update(closed_at=opened + timedelta(minutes=draw.choice([4, 9, 35, 200, 1500])), waited=60 * draw.choice([4, 9, 35, 200, 1500]))
held("ben", "payment-card", 3)
held("ann", "violence", 5, shown=238, score=0.83)
held("ann", "email-address", 30, shown=60)
held("ben", "self-harm", 1, shown=150, severity="hold", score=0.61)
held("ben", "private-key", 0.2)
held("ann", "", 0.5, kind="unchecked")
grave = held("ben", "self-harm", 8, shown=238, score=0.97)
reviews.escalate(people["rita"], grave.pk, 0, "Too grave for one person. The person may need help.")
taken = held("ann", "payment-card", 9)
reviews.claim(people["sena"], taken.pk)
told = asked("ann", "What is the limit for expenses without a receipt?", status="saved")
message = stored("The limit is 400 euros, and no receipt is ever needed.")
for checker in policies.names(version):
    CheckResult.objects.create(turn=told, digest=message["digest"], round=1, checker=checker, outcome="pass", milliseconds=3)
Verdict.objects.create(turn=told, digest=message["digest"], round=1, outcome="pass", required=required, policy=version)
Message.objects.create(turn=told, role="assistant", finish="complete", **message)
reported = reporting.report(people["ann"], told, "wrong", "It is 40 euros. Somebody will rely on this.")
seen = Case.objects.filter(state="open", reasons__rule="violence").get()
reviews.note(people["sena"], seen.pk, "The same question came up in the harbour course last week.")
print(seen.pk, taken.pk, reported.pk, told.conversation_id, told.pk)
"""


def fill(server: Server) -> dict[str, str]:
    """Make them; where to find what. After everything else, since it gives people names."""
    words = server.manage("shell", "-v0", "-c", _SEED).split()
    seen, taken, reported, chat, told = words[-5:]
    return {
        "queue": "/review/", "queue-closed": "/review/?lane=closed", "queue-unchecked": "/review/?lane=unchecked",
        "queue-filtered": "/review/?rule=payment-card", "classified": f"/review/{seen}/", "taken": f"/review/{taken}/",
        "reported-case": f"/review/{reported}/", "numbers": "/review/numbers/", "transcripts": "/review/transcripts/",
        "break-glass": f"/review/transcripts/of/{chat}/", "reported": f"/c/{chat}/", "report": f"/turns/{told}/report/",
        "reviewed": "/reviewed/",
    }  # fmt: skip


def revealed(page: Page) -> None:
    button = page.get_by_role("button", name="Reveal to decide")
    if button.count():
        button.click()
    expect(page.get_by_text("Revealed to you until")).to_be_visible()


def deciding(page: Page) -> None:
    page.keyboard.press("u")
    expect(page.get_by_label("What the person is told")).to_be_visible()


def keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def wrong(page: Page) -> None:
    revealed(page)
    page.wait_for_load_state()  # before its scripts have come, a key is nothing
    page.keyboard.press("w")
    expect(page.get_by_label("The text it was wrong about")).to_be_focused()


def found(page: Page) -> None:
    page.get_by_label("Username").fill("ben")
    page.get_by_label("Day").fill(page.evaluate("new Date().toISOString().slice(0, 10)"))
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", name="Found")).to_be_visible()


def opened(page: Page) -> None:
    page.get_by_label("Why it has to be opened").fill("Ann asked us by telephone what happened to her text.")
    page.get_by_role("button", name="Open it for").click()
    expect(page.get_by_text("Open to you until")).to_be_visible()


def unfolded(page: Page) -> None:
    page.locator("main .fold > summary").first.click()


def roles(page: Page) -> None:
    page.locator("li", has_text="rita").locator(".roles > summary").click()
