"""What a door sends for what a log holds: changes to the page, and words about the turn."""

from uuid import uuid4

import pytest

from chat import wire
from chat.events import Cursor, Event, Kind
from chat.streamlog import Batch

ENDS = {Kind.COMPLETED: "saved", Kind.STOPPED: "stopped", Kind.FAILED: "failed"}


def batch(*events: Event, fresh: bool) -> Batch:
    return Batch(events[-1].cursor, events, fresh, lambda: [])


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
