"""A message that a rule does not let out: it stays in the box, and is offered without what was found."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.servers import Server

from .conftest import Watch
from .talk import ends
from .test_accessibility import complaints

KEY = "AKIA" + "QE3A7VQ5LXN4TGWJ"
TEXT = f"My key {KEY} is refused. Why?"
WITHOUT = "My key [AWS access key ID removed] is refused. Why?"


@pytest.fixture(autouse=True)
def _refused(watch: Watch) -> None:
    watch.allow("Failed to load resource")


def test_it_stays_in_the_box_and_is_sent_without_by_keyboard(
    server: Server, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(server)
    box = page.get_by_label("Message", exact=True)
    page.wait_for_load_state()
    box.fill(TEXT)
    box.press("Enter")
    error = page.locator("#composer-error")
    expect(error).to_contain_text("a rule of this chat found an AWS access key ID in it")
    expect(box).to_have_value(TEXT)
    expect(error.locator(".offered")).to_have_text(WITHOUT)
    assert server.rows("SELECT COUNT(*) FROM chat_turn") == [(0,)]
    for viewport in ({"width": 1280, "height": 800}, {"width": 390, "height": 800}):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert complaints(Axe(), page) == []
    page.get_by_role("button", name="Send it like this").press("Enter")
    question = page.locator("#turns .question .content")
    expect(question).to_have_text(WITHOUT)
    expect(error).to_be_empty()
    expect(box).to_have_value("")
    ends(page, page.locator("#turns .answer").last.get_attribute("data-turn"))  # type: ignore[arg-type]
    bodies = server.rows("SELECT body FROM chat_message")
    assert not any(KEY in body for (body,) in bodies)


def test_an_edited_message_too(server: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(server, "ann", "/account/")
    # As on a team's plain-http server, where browsers have none.
    page.add_init_script("delete Crypto.prototype.randomUUID")
    page.goto("/")
    page.wait_for_load_state()
    page.get_by_label("Message", exact=True).fill("Hello")
    page.get_by_label("Message", exact=True).press("Enter")
    answer = page.locator("#turns .answer").last
    expect(answer).to_have_attribute("data-state", "saved")
    page.get_by_label("Edit this question").click()
    page.get_by_role("textbox", name="Question").fill(TEXT)
    page.locator(".edit-form").get_by_role("button", name="Send", exact=True).click()
    offer = page.locator(".edit-form [data-offer]")
    expect(offer.locator(".offered")).to_have_text(WITHOUT)
    offer.get_by_role("button").click()
    expect(page.locator("#turns .question .content")).to_have_text(WITHOUT)


def test_without_a_script(server: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(server, java_script_enabled=False)
    page.get_by_label("Message", exact=True).fill(TEXT)
    page.get_by_label("Send").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value(TEXT)
    page.get_by_role("button", name="Send it like this").click()
    expect(page.locator("#turns .question .content")).to_have_text(WITHOUT)
