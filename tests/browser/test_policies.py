"""An administrator changes what is judged: from a draft over a replay to active and back, with and without a script."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.provider import END, Provider
from tests.provider import say as saying
from tests.servers import Server

from .conftest import Watch
from .house import ANSWER, CHECK
from .talk import WAIT, answer, content, ends, say

HERON = "A heron stands in the shallow water."
SEA = "The sea is calm today."


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture
def asked(provider: Provider) -> Iterator[Provider]:
    provider.clear()
    provider.script(ANSWER, saying(HERON))
    yield provider
    provider.clear()


def told(server: Server, provider: Provider, *texts: str) -> None:
    """Have answers of these texts written for ann, and saved."""
    ann = server.client("ann")
    for text in texts:
        provider.script(ANSWER, saying(text))
        assert ann.finished(ann.ask("Tell me."))["state"] == "saved"


def heron_rule(page: Page) -> None:
    """On the page of a policy: save a rule of one's own as a draft."""
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_label("What it finds").fill("A word for a heron")
    page.get_by_label("Words and phrases").fill("heron\negret")
    page.get_by_label("Texts it must find").fill("the heron flies")
    page.get_by_label("Texts it must leave alone").fill("the sheron flies")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("status")).to_contain_text("a draft. It decides nothing until you switch it on.")


def switch_on(page: Page, button: str, reason: str) -> None:
    page.get_by_label("Reason").first.fill(reason)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("is on. The next messages are judged by it.")


@pytest.fixture
def pictures(pytestconfig: pytest.Config) -> Path:
    folder = pytestconfig.rootpath / pytestconfig.getoption("--output") / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_an_administrator_takes_a_policy_from_draft_to_active_and_back(
    server: Server, asked: Provider, open_page: Callable[..., Page], pictures: Path
) -> None:
    told(server, asked, HERON, SEA, HERON)
    page = open_page(server, "alma", "/policies/")
    page.get_by_role("link", name="Basic").click()
    before = int(page.locator("#on-heading").inner_text().split()[1])
    heron_rule(page)
    expect(page.locator("#draft-heading")).to_have_text(f"Version {before + 1} is a draft")
    expect(page.locator(".changes")).to_contain_text("A word for a heron")
    page.get_by_role("link", name="Look at it and switch it on").click()
    expect(page.get_by_role("main")).to_contain_text(
        "would have been found in 2 of the last 6 messages (2 answers"
    )
    page.screenshot(path=pictures / "policy-change-1-draft.png", full_page=True)

    # What would it have changed? A replay goes on by itself while its page is open.
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("#replay")).to_contain_text(
        "3 answers judged. 2 decisions would be turned round.", timeout=WAIT
    )
    expect(page.locator("#replay tbody tr")).to_have_count(2)
    expect(page.locator("#replay tbody tr").first).to_contain_text("saved")
    expect(page.locator("#replay tbody tr").first).to_contain_text("a-word-for-a-heron")
    expect(page.get_by_role("main")).not_to_contain_text("shallow water")
    page.screenshot(path=pictures / "policy-change-2-flips.png", full_page=True)

    page.get_by_role("link", name=f"Back to version {before + 1}").click()
    switch_on(page, "Switch on", "Herons are nesting.")
    expect(page.locator("#on-heading")).to_have_text(f"Version {before + 1} is on")
    page.screenshot(path=pictures / "policy-change-3-on.png", full_page=True)
    asked.script(ANSWER, saying(HERON))
    ann = open_page(server)
    held = say(ann, "And now?")
    ends(ann, held, "held")
    expect(answer(ann, held)).to_contain_text("held by moderation")
    ann.goto("/rules/")
    expect(ann.get_by_role("main")).to_contain_text("A word for a heron stops the answer")

    # And back in one step.
    page.get_by_role("link", name=f"Version {before}", exact=False).last.click()
    switch_on(page, "Roll back", "They have flown.")
    expect(page.locator("#on-heading")).to_have_text(f"Version {before} is on")
    page.get_by_text("What was done with it").click()
    expect(page.get_by_role("main")).to_contain_text(f"Version {before} rolled back to")
    page.screenshot(path=pictures / "policy-change-4-back.png", full_page=True)
    again = open_page(server)
    saved = say(again, "And now?")
    ends(again, saved)
    expect(content(again, saved)).to_have_text(HERON)


def test_without_a_script_all_of_it_works_too(
    server: Server, asked: Provider, open_page: Callable[..., Page], watch: Watch
) -> None:
    watch.allow("the frame is sandboxed", "Blocked script execution")
    told(server, asked, HERON)
    page = open_page(server, "alma", "/policies/new/", java_script_enabled=False)
    page.set_default_timeout(WAIT)
    page.get_by_label("Name").fill("Birds")
    page.get_by_role("button", name="Make the policy").click()
    heron_rule(page)
    page.get_by_role("link", name="At once").click()
    page.get_by_label("Note").fill("As before")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing is different")
    page.get_by_role("link", name="Choose packs").click()
    page.get_by_label("Secrets and account numbers").check()
    page.get_by_role("button", name="Save as a draft").click()
    page.get_by_role("link", name="Secrets and account numbers").click()
    page.get_by_text("Personal data:").click()
    page.get_by_label("A payment card number").select_option("Replace it")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.locator(".changes")).to_contain_text("is replaced")
    page.get_by_role("link", name="Try a text").first.click()
    page.get_by_label("Text", exact=True).fill(HERON)
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#outcome")).to_contain_text("It would be held for a reviewer.")
    expect(page.locator("#outcome mark")).to_contain_text("heron")
    page.get_by_role("link", name="Version 4").click()
    page.get_by_role("button", name="Replay").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#replay")).to_contain_text("would be turned round.")
    page.get_by_role("link", name="Back to version 4").click()
    switch_on(page, "Switch on", "Herons are nesting.")
    page.get_by_text("Switch it off").click()
    page.get_by_label("Reason").first.fill("They have flown.")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("status")).to_contain_text("Birds is off from the next message on.")
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("status")).to_contain_text("Birds is off and archived.")


def test_a_replay_goes_on_where_it_was_left(
    server: Server, asked: Provider, open_page: Callable[..., Page]
) -> None:
    told(server, asked, SEA)
    page = open_page(server, "alma", "/policies/")
    page.get_by_role("link", name="Basic").click()
    page.get_by_role("link", name="Version 1").last.click()
    if page.get_by_role("button", name="Replay").count() == 0:  # it is on: the next one is as good
        page.go_back()
        heron_rule(page)
        page.get_by_role("link", name="Look at it and switch it on").click()
    waiting: list[object] = []
    page.route("**/step/", lambda route: waiting.append(route))
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("#replay")).to_contain_text("0 of ")
    while not waiting:
        page.wait_for_timeout(20)
    address = page.url
    page.close()
    other = open_page(server, "alma", address)
    expect(other.locator("#replay")).to_contain_text("answers judged.")
    other.reload()
    expect(other.locator("#replay")).to_contain_text("answers judged.")


def test_a_replay_goes_on_by_itself_after_a_step_that_failed(
    server: Server, asked: Provider, open_page: Callable[..., Page], watch: Watch
) -> None:
    watch.allow("Failed to load resource", "502")
    told(server, asked, SEA)
    page = open_page(server, "alma", "/policies/")
    page.get_by_role("link", name="Basic").click()
    heron_rule(page)
    page.get_by_role("link", name="Look at it and switch it on").click()
    refused: list[str] = []

    def once(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=502, body="Bad gateway")

    page.route("**/step/", once)
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("#replay")).to_contain_text("judged.")
    assert refused


def test_a_bypass_lets_answers_pass_by_rules_alone_and_everybody_sees_it(
    server: Server, asked: Provider, open_page: Callable[..., Page]
) -> None:
    ann = open_page(server)
    expect(ann.locator("#bypass")).to_be_empty()
    alma = open_page(server, "alma", "/policies/")
    alma.get_by_text("Check by rules alone for a while").click()
    alma.get_by_label("Reason").fill("The moderation service is down.")
    alma.get_by_role("button", name="Begin").click()
    expect(alma.locator("#bypass")).to_contain_text(
        "answers are checked by rules alone: The moderation service is down."
    )
    asked.moderate(CHECK, "status-500")
    try:
        # A page that was open before learns of it with its next message.
        turn = say(ann, "Is it there?")
        ends(ann, turn)
        expect(content(ann, turn)).to_have_text(HERON)
        expect(ann.locator("#bypass")).to_contain_text("The moderation service is down.")
        ann.goto("/account/")
        expect(ann.locator("#bypass")).to_contain_text("The moderation service is down.")
        alma.goto("/policies/")
        expect(alma.get_by_role("main")).to_contain_text("1 answer saved under it so far.")
        alma.get_by_role("button", name="End it now").click()
        expect(alma.locator("#bypass")).to_be_empty()
        late = open_page(server)
        turn = say(late, "And now?")
        ends(late, turn, "held")
        expect(answer(late, turn)).to_contain_text("could not be checked yet")
    finally:
        asked.moderate(CHECK, "pass")


@pytest.mark.parametrize(
    ("mode", "note", "waits"),
    [
        ("Piece by piece", "shown piece by piece after they have been checked", "Each piece appears once it has been checked."),
        ("When all of it is checked", "once they have been checked as a whole", "once all of it has been checked."),
    ],
)  # fmt: skip
def test_a_chat_says_why_its_text_waits(
    server: Server, asked: Provider, open_page: Callable[..., Page], mode: str, note: str, waits: str
) -> None:
    asked.script(ANSWER, [["text", SEA], ["gate"], ["text", " And clear."], *END])
    alma = open_page(server, "alma", "/policies/new/")
    alma.get_by_label("Name").fill(f"Slow: {mode}")
    alma.keyboard.press("Enter")
    alma.get_by_role("link", name="At once").click()
    alma.get_by_label(mode).check()
    alma.get_by_role("button", name="Save as a draft").click()
    alma.get_by_role("link", name="Look at it and switch it on").click()
    switch_on(alma, "Switch on", "Promises were made.")
    try:
        ann = open_page(server)
        expect(ann.locator("#release-mode")).to_contain_text(note)
        turn = say(ann, "How is the sea?")
        expect(answer(ann, turn).locator(".status-text")).to_contain_text(waits)
        asked.wait_for_request(ANSWER)
        expect(content(ann, turn)).to_be_empty()
        asked.release(ANSWER)
        ends(ann, turn)
        expect(content(ann, turn)).to_have_text(f"{SEA} And clear.")
        expect(answer(ann, turn)).not_to_contain_text(waits)
    finally:
        alma.get_by_role("button", name="Archive").click()
        expect(alma.get_by_role("status")).to_contain_text("archived")


def test_the_way_through_the_pages_needs_no_mouse(server: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(server, "alma", "/policies/new/")
    page.get_by_label("Name").focus()
    page.keyboard.type("Keyboard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Keyboard")
    for name in ("Add a rule", "At once", "Add a classifier for answers"):
        link = page.get_by_role("link", name=name)
        link.focus()
        assert link.evaluate("each => each === document.activeElement"), name
    page.get_by_role("button", name="Archive").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Keyboard is off and archived.")
