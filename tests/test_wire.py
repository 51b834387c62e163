"""What a door sends for what a log holds: changes to the page, and words about the turn."""

import random
from typing import Any
from uuid import uuid4

import pytest

from chat import wire
from chat.events import Cursor, Event, Kind
from chat.streamlog import Batch
from tests.server.reading import Page, whole
from tests.sse import Event as Message

ENDS = {Kind.COMPLETED: "saved", Kind.STOPPED: "stopped", Kind.FAILED: "failed"}


def batch(*events: Event, fresh: bool) -> Batch:
    return Batch(events[-1].cursor, events, fresh)


@pytest.mark.parametrize("kind", ENDS)
def test_a_page_keeps_what_it_has_when_its_log_has_lost_everything_but_the_end(kind: Kind) -> None:
    end = Event(Cursor(1, 1), kind, {"reference": ""})
    session = wire.Session()
    assert session.apply(batch(end, fresh=True)).decode() == wire.done(ENDS[kind], "")
    assert session.done


def test_a_page_is_emptied_before_it_hears_of_a_hold() -> None:
    reference = uuid4().hex
    end = Event(Cursor(1, 9), Kind.HELD, {"reference": reference})
    sent = wire.Session().apply(batch(end, fresh=True)).decode()
    assert sent == wire.message(wire.CLEAR, Cursor(1, 9)) + wire.done("held", reference)


def test_a_page_that_an_earlier_epoch_may_have_filled_is_emptied_and_another_is_told_only_what_there_is() -> (
    None
):
    first, again = (
        wire.Session()
        .apply(batch(Event(Cursor(epoch, 1), Kind.TEXT, {"text": "Hello"}), fresh=True))
        .decode()
        for epoch in (1, 2)
    )
    assert first == wire.message(wire.partial(".content", "<p>Hello</p>"), Cursor(1, 1))
    page = Page()
    page.apply(Message("message", wire.partial(".thoughts", "Hm") + wire.partial(".refusal", "<p>No</p>")))
    page.apply(Message("message", again.partition("data: ")[2].strip()))
    assert page.shows_all({"text": "Hello", "reasoning": "", "refusal": "", "tool_calls": []})


def test_a_page_in_its_first_epoch_is_sent_nothing_to_draw_before_there_is_something() -> None:
    begun = [
        wire.Session().apply(batch(Event(Cursor(epoch, 1), Kind.STARTED), fresh=True)).decode()
        for epoch in (1, 2)
    ]
    assert begun[0].startswith("event: state")
    assert begun[1].startswith(wire.message(wire.CLEAR, Cursor(2, 1)))


def test_what_was_told_is_drawn_also_where_it_has_no_characters_yet() -> None:
    """A call whose name is not known yet, and for how long was thought before the first of it is shown."""
    session, page, call = wire.Session(), Page(), {"index": 0, "id": "a", "name": "", "text": ""}
    first = batch(
        Event(Cursor(1, 1), Kind.THOUGHT, {"milliseconds": 3000}), Event(Cursor(1, 2), Kind.TOOL, call), fresh=True
    )  # fmt: skip
    then = Event(Cursor(1, 3), Kind.TOOL, call | {"id": "", "text": '{"city": "Paris"}'})
    for each in (first, Batch(Cursor(1, 3), [then], False)):
        page.apply(Message("message", session.apply(each).decode().partition("data: ")[2].strip()))
    assert page.says == "Thought for 3 s"
    assert "Paris" in page.places["calls"].content.text()


BODY: dict[str, Any] = {
    "text": "One *two*\r\n\r\n- three\r- four & <five>\n\nsix",
    "reasoning": "\r\n\r\nHm, <b>1</b>\r\n & 2\r3\n\r\n\r",
    "refusal": "Not **that**.\r\n",
    "tool_calls": [
        {"id": "a", "name": "weather <x>", "arguments": '{"city": "P\\r\\naris",\r\n "days": [1, 22]}'},
        {"id": "b", "name": "clock", "arguments": ""},
    ],
}


def in_pieces(chance: random.Random) -> list[Event]:
    """The body's channels in pieces of a few characters, which take turns."""
    left: list[tuple[Kind, dict[str, Any], str]] = [
        (kind, {}, BODY[name])
        for kind, name in ((Kind.TEXT, "text"), (Kind.REASONING, "reasoning"), (Kind.REFUSAL, "refusal"))
    ]
    for index, call in enumerate(BODY["tool_calls"]):
        left.append((Kind.TOOL, {"index": index, "id": call["id"], "name": call["name"]}, call["arguments"]))
    events: list[Event] = []
    while left:
        # The calls begin in their order.
        begun = 1 + next((at for at, (_, data, _) in enumerate(left) if data.get("name")), len(left) - 1)
        at = chance.randrange(begun)
        kind, data, text = left[at]
        size = chance.randint(1, 4)
        events.append(Event(Cursor(1, len(events) + 1), kind, {**data, "text": text[:size]}))
        left[at : at + 1] = (
            [(kind, data | {"id": "", "name": ""} if data else {}, text[size:])] if text[size:] else []
        )
    return events


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_a_page_is_a_function_of_each_channels_text_whatever_the_pieces_and_wherever_a_reader_resumes(
    seed: int,
) -> None:
    chance, page, session, at = random.Random(seed), Page(), wire.Session(), 0
    events = in_pieces(chance)
    while at < len(events):
        if chance.random() < 0.2:
            session = wire.Session()  # another connection, with the cursor that the page has
        end = min(len(events), at + chance.randint(1, 6))
        fresh = at == 0 or (chance.random() < 0.1)
        some = Batch(Cursor(1, end), events[0 if fresh else at : end], fresh, events, at)
        data = session.apply(some).decode()
        lines = [line.removeprefix("data: ") for line in data.splitlines() if line.startswith("data: ")]
        page.apply(Message("message", "\n".join(lines)))
        at = end
    assert page.shows_all(BODY)
    assert session.characters == len(BODY["text"] + BODY["refusal"])
    calls = sum(len(call["name"] + call["arguments"]) for call in BODY["tool_calls"])
    assert session.beside == len(BODY["reasoning"]) + calls
    assert whole(BODY)["thoughts"][2] == (BODY["reasoning"].replace("\r\n", "\n").replace("\r", "\n"),)
