"""Conversations: their names, the list beside the text, taking one away and back, and long ones."""

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.provider import END, Provider, say
from tests.servers import Server

from .house import ANSWER
from .talk import content, conversation_of, ends
from .talk import say as ask


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture(autouse=True)
def _forget_scripts(provider: Provider) -> None:
    provider.clear()


def test_a_conversation_is_renamed_deleted_and_brought_back(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, say("Yes."))
    page = open_page(server)
    turn = ask(page, "Is this to be renamed?")
    ends(page, turn)
    here = conversation_of(page)
    item = page.locator(f"#conversation-{here}")
    expect(item.locator(":scope > a")).to_have_text("Is this to be renamed?")
    expect(page.get_by_role("region", name="Today").locator(f"#conversation-{here}")).to_be_visible()
    item.locator("summary").click()
    item.get_by_label("Title").fill("Bridges & <ferries>")
    item.get_by_role("button", name="Rename").click()
    expect(item.locator(":scope > a")).to_have_text("Bridges & <ferries>")
    expect(page.locator("#title")).to_have_text("Bridges & <ferries>")
    expect(page).to_have_title("Bridges & <ferries> · Sluice")

    if not item.get_by_role("button", name="Delete").is_visible():
        item.locator("summary").click()
    item.get_by_role("button", name="Delete").click()
    undo = page.locator(".flash-undo")
    expect(undo).to_contain_text("Bridges & <ferries>")
    expect(item).to_have_count(0)
    expect(page.locator("#turns .turn")).to_have_count(0)
    undo.get_by_role("button", name="Undo").click()
    expect(item).to_be_visible()
    expect(content(page, turn)).to_have_text("Yes.")


def test_a_long_conversation_comes_page_by_page(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, [["text", "All right."], *END])
    ann = server.client("ann")
    fields: dict[str, object] = {"conversation": UUID(int=4096)}
    for n in range(45):
        fields["parent"] = ann.ask(f"Question {n}.", **fields)
        ann.finished(fields["parent"])
    page = open_page(server, "ann", f"/c/{UUID(int=4096)}/")
    turns = page.locator("#turns > .turn")
    expect(turns).to_have_count(20)
    expect(turns.last).to_be_in_viewport()
    page.evaluate("scrollTo(0, 0)")
    first = turns.first
    top = first.bounding_box()["y"]
    mark = first.get_attribute("id")
    page.get_by_role("link", name="Show earlier messages").click()
    expect(turns).to_have_count(40)
    assert abs(page.locator(f"#{mark}").bounding_box()["y"] - top) < 4, "what was being read moved"
    page.get_by_role("link", name="Show earlier messages").click()
    expect(turns).to_have_count(45)
    expect(page.get_by_role("link", name="Show earlier messages")).to_have_count(0)
    assert page.locator("#turns .question .content").all_inner_texts() == [
        f"Question {n}." for n in range(45)
    ]


def test_in_a_low_window_the_drawer_opens_by_space_and_all_of_the_menu_in_it_can_be_reached(
    server: Server, open_page: Callable[..., Page]
) -> None:
    page = open_page(server, "alma", viewport={"width": 667, "height": 320})
    page.get_by_label("Open the list of conversations").press(" ")
    expect(page.get_by_label("Close the list of conversations")).to_be_focused()
    page.locator(".account > summary").press("Enter")
    links = page.locator(".account .menu-panel > :is(a, form)")
    for place in (0, -1):
        links.nth(place).scroll_into_view_if_needed()
        expect(links.nth(place)).to_be_in_viewport(ratio=1)
