"""The ways to the sections of the program are the same from the chat and from any other page, and the sprite has their icons."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from chat.models import User
from chat.models.roles import NAMES

ROOT = Path(__file__).resolve().parent.parent


def links(page: str, block: str) -> list[str]:
    found = re.search(block, page, re.DOTALL)
    assert found
    return re.findall(r'<a href="([^"]+)"', found.group())


@pytest.mark.slow
@pytest.mark.parametrize("role", ["", "all rights", *NAMES])
def test_the_chat_leads_wherever_the_other_pages_lead(role: str, person: Callable[..., User]) -> None:
    person("root", admin=True)
    client = Client()
    client.force_login(person("ann", admin=role == "all rights", role="" if role == "all rights" else role))
    chat = links(client.get("/").content.decode(), '<details class="menu account">.*?</details>')
    other = links(client.get("/account/").content.decode(), '<nav class="topnav".*?</nav>')
    assert set(other) - {"/"} == set(chat) - {"/rules/"}
    assert ("/audit/" in chat) == (role in {"all rights", "Auditor"})


def test_the_sprite_has_the_icons_that_pages_name_and_no_other() -> None:
    had = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons.svg").read_text()))
    assert {"mark", "scale"} <= had
    files = [
        path
        for folder, kind in (("templates", "html"), ("static/js", "js"), ("chat", "py"))
        for path in (ROOT / folder).rglob(f"*.{kind}")
    ]
    texts = [path.read_text(encoding="utf-8") for path in files]
    named = {name for text in texts for name in re.findall(r'_icon\.html" with name="([^"]+)"', text)}
    assert named <= had
    said = {word for text in texts for word in re.findall(r"[\"'#]([a-z0-9-]+)[\"']", text)}
    assert had <= said
