"""Why a reviewer looks at a veiled text, and how long the case is theirs, in a browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.provider import FORBIDDEN, Provider
from tests.servers import Server

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
