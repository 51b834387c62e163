"""What moderation takes back is gone wherever it had been shown, and from everything that is made of answers."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.client import Client
from tests.provider import END, FORBIDDEN, Provider
from tests.proxy import Proxy
from tests.servers import Server

from .conftest import Watch
from .house import ANSWER, NETWORK
from .talk import answer, content, conversation_of, ends, say, shows

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SEEN = f"Zebras: soon this says {FORBIDDEN} and it is seen."
WORDS = ("Zebras", FORBIDDEN, "it is seen")


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture
def phone_line(server: Server) -> Iterator[Proxy]:
    with Proxy(server.address) as between:
        yield between


def test_a_retraction_reaches_every_tab_device_and_door_and_all_that_is_made_of_answers(
    server: Server, provider: Provider, phone_line: Proxy, open_page: Callable[..., Page], watch: Watch
) -> None:
    watch.allow(*NETWORK, "the frame is sandboxed", "Blocked script execution")
    provider.clear()
    provider.script(ANSWER, [["text", SEEN], ["gate"], *END])
    page = open_page(server)
    turn = say(page)
    tabs = [page, page.context.new_page(), page.context.new_page()]
    phone = open_page(server, path="/", via=phone_line, **PHONE)
    plain = open_page(server, java_script_enabled=False)
    client = server.client("ann")
    path = page.url.removeprefix(server.url)
    for each in (*tabs[1:], phone, plain):
        each.goto(path)
    for each in (*tabs, phone):
        shows(each, turn, "it is seen")
    assert FORBIDDEN not in plain.content()
    socket = client.socket(turn)
    read = ""
    for event in socket:
        read += event.data
        if "it is seen" in read:
            break
    early = client.events(turn)
    cursor = next(event.id for event in early if "it is seen" in event.data)

    phone.context.set_offline(True)
    phone_line.cut()
    provider.release(ANSWER)

    for tab in tabs:
        is_gone(tab, turn)
    assert json.loads(socket.until("done")[-1].data)["state"] == "held"
    assert json.loads(early.until("done")[-1].data)["state"] == "held"
    shows(phone, turn, "it is seen")  # nobody can reach it
    phone.context.set_offline(False)
    is_gone(phone, turn)
    expect(answer(plain, turn)).to_have_attribute("data-state", "held", timeout=30_000)
    assert not [words for words in WORDS if words in plain.content()]

    for position in ("", cursor):
        again = [event.data for event in client.events(turn, after=position)]
        again += [event.data for event in client.socket(turn, after=position)]
        assert not [words for words in WORDS if words in "".join(again)], position
    is_in_nothing_made_of_answers(client, page, provider)
    for each in (*tabs, phone, plain):
        each.reload()
        is_gone(each, turn)


def is_gone(page: Page, turn: UUID) -> None:
    ends(page, turn, "held")
    expect(content(page, turn)).to_have_count(0)
    assert not [words for words in WORDS if words in page.content()]


def is_in_nothing_made_of_answers(client: Client, page: Page, provider: Provider) -> None:
    """The next turn's context, the title, search, and both exports."""
    provider.script(ANSWER, [["text", "Something else."], *END])
    ends(page, say(page, "And now?"))
    sent = json.dumps(provider.requests(ANSWER)[-1]["body"])
    expect(page.locator("#title")).to_have_text("And now?")
    conversation = conversation_of(page)
    everything = client.get("/account/export.zip").content
    with zipfile.ZipFile(io.BytesIO(everything)) as archive:
        exported = "".join(archive.read(name).decode() for name in archive.namelist())
    made = {
        "context": sent,
        "search": client.get("/search/", params={"q": "Zebras soon"}).text.replace("Zebras soon", ""),
        "Markdown": client.get(f"/c/{conversation}/export.md").text,
        "JSON": client.get(f"/c/{conversation}/export.json").text,
        "archive": exported,
    }
    assert "And now?" in made["JSON"]
    assert "And now?" in exported
    found = {name: [words for words in WORDS if words in text] for name, text in made.items()}
    assert not any(found.values()), found
