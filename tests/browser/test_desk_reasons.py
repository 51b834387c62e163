"""Why a reviewer looks at a veiled text, and how long the case is theirs, in a browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.provider import FORBIDDEN, Provider
from tests.servers import Server

from . import talk
from .test_desk import _forget, case_of, held_answer, server  # noqa: F401

OpenPage = Callable[..., Page]


@pytest.mark.parametrize("script", [True, False])
def test_enter_in_the_words_why_somebody_looks_sends_the_words(
    server: Server, provider: Provider, open_page: OpenPage, script: bool  # noqa: F811
) -> None:  # fmt: skip
    place, _ = case_of(server, held_answer(open_page(server, "ann"), provider))
    desk = open_page(server, "rita", place, java_script_enabled=script)
    desk.get_by_text("For another reason").click()
    desk.get_by_label("Or in words").fill("Ben asked me by telephone.")
    desk.get_by_label("Or in words").press("Enter")
    expect(desk.locator(".evidence")).to_contain_text(FORBIDDEN)
    key = place.split("/")[2]
    key = key if server.database else key.replace("-", "")
    asked = "SELECT detail, words FROM chat_caseentry WHERE kind = 'reveal' AND case_id = %s"
    assert server.rows(asked, key) == [("", "Ben asked me by telephone.")]


def test_another_reason_that_is_chosen_is_said_on_the_page(
    server: Server, provider: Provider, open_page: OpenPage  # noqa: F811
) -> None:  # fmt: skip
    place, _ = case_of(server, held_answer(open_page(server, "ann"), provider))
    desk = open_page(server, "rita", place)
    desk.get_by_text("For another reason").click()
    desk.get_by_role("button", name="The person asked about it").click()
    expect(desk.locator(".evidence")).to_contain_text(FORBIDDEN)
    expect(desk.get_by_text("Text revealed")).to_be_visible()
    expect(desk.get_by_text("The person asked about it")).to_be_visible()


def test_a_case_stays_with_who_has_its_page_in_a_hidden_tab(
    server: Server, provider: Provider, open_page: OpenPage  # noqa: F811
) -> None:  # fmt: skip
    place, _ = case_of(server, held_answer(open_page(server, "ann"), provider))
    assert server.client("rita").post(f"{place}claim/").status_code == 302
    desk = open_page(server, "rita", "/account/")
    desk.clock.install()
    desk.goto(place)
    expect(desk.get_by_text("Yours since")).to_be_visible()
    desk.wait_for_load_state()
    with desk.expect_response(lambda reply: reply.url.endswith("/claim/")):
        talk.hide(desk)
    with desk.expect_response(lambda reply: reply.url.endswith("/claim/")) as renewed:
        desk.clock.fast_forward(61_000)
    assert renewed.value.status == 204
