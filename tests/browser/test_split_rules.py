"""Nothing of a match reaches a browser, however a real model's pieces cut it; all that stands before it does."""

import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page

from chat.markdown import render
from tests import markdown_page, split_rules
from tests.provider import Provider
from tests.proxy import Proxy
from tests.server import sound
from tests.server.reading import Page as Reading
from tests.servers import Server
from tests.split_rules import SIZES, Split, splits
from tests.sse import body_of, events_in

from .house import asking
from .standing import standing
from .talk import ends, say, until
from .watching import ever, watch_answers

pytestmark = [pytest.mark.slow, pytest.mark.server]

PLACE = {"text": "content", "reasoning": "thoughts"}
LATE = 8  # code points before the match that may wait with it, for a rule of the starter pack may begin there
_OURS = ("Checking…",)  # what the page itself says of an answer


@pytest.fixture(scope="module")
def made(
    prepared_data: tuple[Path, str, dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
    provider: Provider,
) -> Iterator[tuple[Server, dict[str, int]]]:
    with standing(prepared_data, tmp_path_factory.mktemp("split"), wait=False, **asking(provider)) as server:
        assistants = split_rules.seed(server, provider)
        yield server.start(), assistants


@pytest.fixture
def server(made: tuple[Server, dict[str, int]]) -> Server:
    return made[0]


@pytest.mark.parametrize("size", SIZES, ids=["as recorded", "1 byte", "7 bytes"])
def test_not_a_character_of_a_match_is_shown_and_everything_before_it_is(
    made: tuple[Server, dict[str, int]],
    provider: Provider,
    proxy: Proxy,
    open_page: Callable[..., Page],
    size: int,
) -> None:
    server, assistants = made
    provider.clear()
    page = open_page(server, via=proxy)
    watch_answers(page)
    page.goto("/")
    late = []
    for split in splits():
        turn = _asked(page, provider, split, size, assistants[split.id])
        let = _waits_with_what_stands_before(page, turn, split, size)
        provider.release(split.scenario(size))
        ends(page, turn, "held")
        assert letters(split, split.text[: _characters(server, turn, split)]).startswith(let), split.id
        late.append(split.pauses[size].late)
        _never_in_the_page(page, turn, split)
        _never_on_the_wire(proxy, turn, split)
    print(
        f"characters before the match that waited with it: mean {statistics.mean(late):.2f}, most {max(late)}"
    )
    assert max(late) <= LATE


def _asked(page: Page, provider: Provider, split: Split, size: int, assistant: int) -> UUID:
    page.evaluate(
        """assistant => {
            const field = document.querySelector("#picker > [name=assistant]") ?? document.createElement("input");
            Object.assign(field, {type: "hidden", name: "assistant", value: assistant});
            document.getElementById("picker").append(field);
        }""",
        str(assistant),
    )
    return say(page, split_rules.play(provider, split, size))


def _waits_with_what_stands_before(page: Page, turn: UUID, split: Split, size: int) -> str:
    """The provider waits in the middle of the match: what has come before it is shown. Its letters."""
    pause = split.pauses[size]
    wanted = letters(split, pause.received[: pause.let])
    place = page.locator(f"#answer-{turn} .{PLACE[split.channel]}")
    until(page, lambda: _letters(place.text_content() or "") == wanted, f"{split.id}: {wanted!r}")
    return wanted


def _never_in_the_page(page: Page, turn: UUID, split: Split) -> None:
    found = ever(page, turn)
    most = letters(split, split.text[: split.start])
    for text in found[PLACE[split.channel]]:
        assert most.startswith(_letters(text)), (split.id, text)
    for text in found["added"]:
        assert text in _OURS or split.blocked.lower() not in text.lower(), (split.id, text)


def _never_on_the_wire(proxy: Proxy, turn: UUID, split: Split) -> None:
    answers = proxy.answers(f"/turns/{turn}/events")
    assert answers
    most = letters(split, split.text[: split.start])
    for answer in answers:  # a page that has come back has one more
        assert split.blocked.lower() not in body_of(answer).decode().lower(), split.id
        reading = Reading()
        for event in events_in(answer):
            reading.apply(event)
            shown = reading.text if split.channel == "text" else reading.reasoning
            assert most.startswith(_letters(shown)), (split.id, shown)


def _characters(server: Server, turn: UUID, split: Split) -> int:
    """How many characters of the channel its reader was sent, by the record."""
    rows: list[tuple[Any, ...]] = sound.rows(server, "exposure", "characters, beside", turn)
    return max((row[split.channel == "reasoning"] for row in rows), default=0)


def letters(split: Split, text: str) -> str:
    """The letters and digits that a page shows of this much of the answer."""
    return _letters(markdown_page.parse(render(text)).text() if split.channel == "text" else text)


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())
