"""Taking conversations away: from the menu of one, and everything from the account's page."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.provider import FORBIDDEN, Provider, say
from tests.servers import Server

from .conftest import Watch
from .house import ANSWER
from .talk import conversation_of, ends
from .talk import say as ask


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture(autouse=True)
def _forget_scripts(provider: Provider) -> None:
    provider.clear()


def test_a_conversation_is_exported_from_its_menu_by_keyboard(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, say("It is **blue**."), say(f"It has {FORBIDDEN} in it."))
    page = open_page(server)
    ends(page, ask(page, "What colour is it?"))
    ends(page, ask(page, "And now?"), "held")
    item = page.locator(f"#conversation-{conversation_of(page)}")
    item.locator("summary").focus()
    page.keyboard.press("Enter")
    for label, ending in (("Export as Markdown", "md"), ("Export as JSON", "json")):
        link = item.get_by_role("link", name=label)
        link.focus()
        with page.expect_download() as download:
            page.keyboard.press("Enter")
        assert download.value.suggested_filename.endswith(f" What colour is it.{ending}")
        text = Path(download.value.path()).read_text(encoding="utf-8")
        assert "It is **blue**." in text
        assert "And now?" in text
        assert "not part of the conversation" in text
        assert FORBIDDEN not in text
        if ending == "json":
            assert [turn["state"] for turn in json.loads(text)["turns"]] == ["saved", "held"]
    expect(page.locator("#turns .answer")).to_have_count(2)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_everything_is_downloaded_from_the_account(
    server: Server, provider: Provider, open_page: Callable[..., Page], watch: Watch, script: bool
) -> None:
    watch.allow("the frame is sandboxed", "Blocked script execution")
    provider.script(ANSWER, say("Of course."))
    with server.client("ben") as ben:
        ben.finished(ben.ask("Is this mine?"))
    page = open_page(server, "ben", "/account/", java_script_enabled=script)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything").click()
    assert download.value.suggested_filename.endswith(".zip")
    archive = zipfile.ZipFile(download.value.path())
    assert archive.testzip() is None
    texts = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".md")]
    assert any("Is this mine?" in text and "Of course." in text for text in texts)
