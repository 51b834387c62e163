"""People arrive, change their password, are let go; reviewers decide. All in the browser."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests import databases
from tests.prepared import PASSWORD
from tests.provider import END, Provider, gated
from tests.provider import say as saying
from tests.servers import Server

from .conftest import Watch
from .house import ANSWER, sign_in
from .talk import answer, content, ends, is_what_is_stored, say, shows, until

NEW = "another long password"


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture
def as_person(server: Server, open_page: Callable[..., Page], watch: Watch) -> Callable[..., Page]:
    """A page in a session of its own, which a test may end; Chromium reports a refusal on the console."""
    watch.allow("status of 401")

    def page(person: str, path: str = "/", password: str = PASSWORD) -> Page:
        opened = open_page(server, "", "/login/")
        sign_in(server, opened.context, person, server.url, password)
        opened.goto(path)
        return opened

    return page


@pytest.fixture
def unprepared(tmp_path: Path) -> Iterator[Server]:
    """A server at its very first start."""
    with databases.fresh() as database:
        server = Server(tmp_path, database, {}).start()
        yield server
        server.kill()


@pytest.fixture
def answering(provider: Provider) -> Iterator[Provider]:
    provider.clear()
    provider.script(ANSWER, gated("A beginning ", "and an end."))
    yield provider
    provider.release(ANSWER, 99)


def make_account(page: Page, name: str, password: str = NEW) -> None:
    page.get_by_label("Username").fill(name)
    for box in page.locator("input[type=password]").all():
        box.fill(password)
    page.get_by_role("button", name="Make the account").click()


def test_the_first_administrator_comes_in_with_the_code_printed_at_the_start(
    open_page: Callable[..., Page], unprepared: Server, watch: Watch
) -> None:
    watch.allow("422")
    page = open_page(unprepared, "")
    expect(page).to_have_url(re.compile("/setup/$"))
    code = re.search(r"with the code (\S+)", unprepared.log)
    assert code, unprepared.log
    page.get_by_label("Code").fill("AAAAA-AAAAA-AAAAA-AAAAA-AAAAAA")
    make_account(page, "root")
    expect(page.locator("[role=alert], .error").first).to_be_visible()
    page.get_by_label("Code").fill(code[1])
    make_account(page, "root")
    expect(page).to_have_title("Sluice")
    page.goto("/people/")
    expect(page.get_by_text("all rights")).to_be_visible()


def test_a_second_person_joins_by_a_link_that_works_once(
    server: Server,
    provider: Provider,
    as_person: Callable[..., Page],
    open_page: Callable[..., Page],
    watch: Watch,
) -> None:
    watch.allow("404")
    alma = as_person("alma", "/people/")
    alma.get_by_label("Who is it for?").fill("The new one")
    alma.get_by_role("button", name="Make a link").click()
    link = alma.get_by_role("textbox", name="Invitation link").input_value()
    assert link.startswith(server.url + "/invite/")
    alma.goto("/people/")
    assert link.rsplit("/", 2)[1] not in alma.content(), "the link is shown once"

    stranger = open_page(server, "", link)
    expect(stranger.get_by_role("heading", name="You are invited")).to_be_visible()
    stranger.reload()
    make_account(stranger, "nora")
    expect(stranger).to_have_title("Sluice")
    provider.clear()
    provider.script(ANSWER, saying("Welcome."))
    turn = say(stranger, "Am I in?")
    ends(stranger, turn)
    is_what_is_stored(stranger, server, turn, "Welcome.")
    alma.reload()
    expect(alma.get_by_text("used by nora")).to_be_visible()
    # Nobody reads another person's conversation.
    alma.goto(stranger.url)
    assert "Welcome." not in alma.content()

    late = open_page(server, "", link)
    expect(late.get_by_role("heading", name="This invitation cannot be used")).to_be_visible()


def test_a_changed_password_ends_the_other_browser_and_its_stream(
    server: Server, answering: Provider, as_person: Callable[..., Page]
) -> None:
    here, there = as_person("rita", "/account/"), as_person("rita")
    turn = say(there)
    shows(there, turn, "A beginning")
    here.get_by_label("Current password").fill(PASSWORD)
    here.get_by_label("New password", exact=True).fill(NEW)
    here.get_by_label("New password again").fill(NEW)
    here.get_by_role("button", name="Change password").click()
    expect(here.get_by_text("Your password is changed")).to_be_visible()
    expect(answer(there, turn).locator(".status")).to_contain_text("You are signed out.")
    assert content(there, turn).inner_text() == ""
    there.reload()
    expect(there).to_have_title("Sign in · Sluice")
    there.get_by_label("Username").fill("rita")
    there.get_by_label("Password").fill(NEW)
    there.get_by_role("button", name="Sign in").click()
    shows(there, turn, "A beginning")
    here.reload()
    expect(here.get_by_text("Signed in as rita")).to_be_visible()


def test_a_deactivated_person_is_out_at_once_and_comes_back_when_activated(
    server: Server, answering: Provider, as_person: Callable[..., Page]
) -> None:
    ben, alma = as_person("ben"), as_person("alma", "/people/")
    turn = say(ben)
    shows(ben, turn, "A beginning")
    alma.get_by_role("button", name="Deactivate ben").click()
    expect(alma.get_by_text("The account is closed, and its sessions have ended.")).to_be_visible()
    expect(answer(ben, turn).locator(".status")).to_contain_text("You are signed out.")
    assert content(ben, turn).inner_text() == ""
    ended = answering.wait_for_end(answering.requests(ANSWER)[0]["n"])
    assert ended["ended_by"] == "client", "the provider still writes for a person who is gone"
    until(ben, lambda: server.turn(turn)["status"] == "stopped", "stopped")
    alma.get_by_role("button", name="Activate ben").click()
    expect(alma.get_by_role("button", name="Deactivate ben")).to_be_visible()
    back = as_person("ben", f"/c/{ben.url.rstrip('/').rsplit('/', 1)[1]}/")
    expect(content(back, turn)).to_have_text("A beginning")


@pytest.fixture
def held(server: Server, provider: Provider, as_person: Callable[..., Page]) -> tuple[Page, UUID, str]:
    """ben's page with an answer that was held, and its reference."""
    provider.clear()
    provider.script(ANSWER, [["text", "They call it FORBIDDEN fruit."], *END])
    page = as_person("ben")
    turn = say(page, "What fruit?")
    ends(page, turn, "held")
    return page, turn, answer(page, turn).locator(".outcome code").inner_text()


@pytest.fixture
def reviewer(
    open_page: Callable[..., Page], as_person: Callable[..., Page], held: tuple[Page, UUID, str]
) -> Page:
    """An administrator reviews too; here at the case, come by the list."""
    page = as_person("alma", "/review/")
    page.get_by_role("link", name=held[2]).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(held[2])
    page.get_by_role("button", name="Reveal to decide").click()
    expect(page.locator(".evidence").first).to_contain_text("They call it FORBIDDEN fruit.")
    return page


def test_a_released_answer_is_there_for_its_person(
    server: Server, held: tuple[Page, UUID, str], reviewer: Page
) -> None:
    page, turn, _ = held
    reviewer.locator("label.act", has_text="Release").click()
    reviewer.get_by_label("In words").fill("A figure of speech.")
    reviewer.locator("#decision").get_by_role("button", name="Decide").click()
    expect(reviewer.get_by_text("A figure of speech.")).to_be_visible()
    page.reload()
    ends(page, turn)
    expect(content(page, turn)).to_have_text("They call it FORBIDDEN fruit.")
    expect(answer(page, turn)).to_contain_text("Released by a reviewer")
    is_what_is_stored(page, server, turn, "They call it FORBIDDEN fruit.")


def test_an_upheld_answer_stays_away(server: Server, held: tuple[Page, UUID, str], reviewer: Page) -> None:
    page, turn, reference = held
    reviewer.locator("label.act", has_text="Uphold").click()
    reviewer.get_by_label("In words").fill("Not here.")
    reviewer.locator("#decision").get_by_role("button", name="Decide").click()
    expect(reviewer.get_by_text("Not here.")).to_be_visible()
    page.reload()
    ends(page, turn, "held")
    assert "FORBIDDEN" not in page.content()
    assert server.message(turn) is None
    reviewer.goto("/review/?lane=closed")
    expect(reviewer.get_by_role("link", name=reference)).to_be_visible()
