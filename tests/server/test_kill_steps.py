"""kill -9 between every two steps from the end of the text to the terminal event, and what the next start makes of it."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx
import pytest

from tests.provider import FORBIDDEN, Provider, say
from tests.server import sound
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow]

RECEIVED = [
    "chat.generation.attempt:freeze_and_judge:before",
    "chat.streamlog.memory:MemoryLog.append:after:MODERATING",
    "chat.turns:freeze:before",
    "chat.turns.running:move:after:MODERATING",
    "chat.turns.running:insert:after:Candidate",
]
FROZEN = [
    "chat.turns:freeze:after",
    "chat.moderation.patterns:PatternChecker.check:before",
    "chat.moderation.classifiers.classifier:Classifier.check:before",
    "chat.moderation.classifiers.classifier:Classifier.check:after",
    "chat.generation.judgement:_settle:before",
    "chat.turns.judging:move:after",
    "chat.turns.judging:_record:before",
    "chat.turns.judging:_record:after",
    "chat.turns:conclude:after",
    "chat.generation.judgement:_settle:after",
    "chat.streamlog.memory:MemoryLog.end:before",
    "chat.streamlog.memory:MemoryLog.end:after",
    "chat.generation.judgement:announce:after",
]
WRITING = ["chat.turns.judging:write_message:before", "chat.turns.judging:write_message:after"]
HOLDING = [
    "chat.turns.cases:open_case:before",
    "chat.turns.cases:open_case:after",
]
# After these the end was on record when the process died; after any other it had to be found again.
DECIDED = {
    "chat.generation.judgement:_settle:after",
    "chat.streamlog.memory:MemoryLog.end:before",
    "chat.streamlog.memory:MemoryLog.end:after",
    "chat.generation.judgement:announce:after",
}


@dataclass
class Death:
    """What a turn was when its process died at a point, and after the next start has ended it."""

    point: str
    turn: UUID
    said: str
    status: str
    end: dict[str, str]


def test_an_answer_that_passes_is_saved_once_wherever_its_process_died(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    points = [*RECEIVED, *FROZEN, *WRITING, "chat.conversations:entitle:after"]
    server = _server(sluice, provider)
    for death in _deaths(server, provider, points, "zebra " * 30):
        assert (death.status == "saved") == (death.point in DECIDED), death
        assert death.end == {"state": "saved", "reference": ""}, death
        assert server.message(death.turn) == death.said, death
        roles = [role for (role,) in sound.rows(server, "message", "role", death.turn)]
        assert sorted(roles) == ["assistant", "user"], death
    assert _statuses(server) == {"saved": len(points)}


@pytest.mark.parametrize("kind", ["flagged", "unchecked"])
def test_a_held_answer_stays_held_and_unreadable_wherever_its_process_died(
    sluice: Callable[..., Server], provider: Provider, kind: str
) -> None:
    if kind == "unchecked":
        provider.moderate("check", "status-500")
    points = [*FROZEN, *HOLDING]
    server = _server(sluice, provider)
    for death in _deaths(
        server, provider, points, f"{FORBIDDEN if kind == 'flagged' else 'harmless'} zebra " * 10
    ):
        assert (death.status == "held") == (death.point in DECIDED), death
        assert server.turn(death.turn)["hold_kind"] == kind, death
        assert server.message(death.turn) is None, death
        reference = sound.rows(server, "case", "reference", death.turn)
        assert death.end == {"state": "held", "reference": reference[0][0]}, death
        assert len(reference) == 1, death
        # Nobody knows any more who had read it: that all of it may have been read stands on record.
        assert (None, None) in sound.rows(server, "exposure", "person_id, characters", death.turn) or (
            death.point in DECIDED
        ), death
        _unreadable(server, death)
    assert _statuses(server) == {"held": len(points)}


def _server(sluice: Callable[..., Server], provider: Provider) -> Server:
    return sluice(
        wait=False, CHAT_MODERATION_URL=provider.url("check"), DJANGO_SETTINGS_MODULE="tests.server.patched"
    )


def _deaths(server: Server, provider: Provider, points: list[str], words: str) -> Iterator[Death]:
    """Have a turn die at each point; each start but the first ends one turn and waits for the next one's death."""
    turns = [uuid4() for _ in points]
    server.start(DIE_AT=points[0], DIE_TURN=str(turns[0]))
    for number, (point, turn) in enumerate(zip(points, turns, strict=True)):
        name = f"t{turn.hex}"  # a word: no rule takes it for a number
        said = f"{name} {words}"
        provider.script(name, say(said))
        with contextlib.suppress(httpx.TransportError):  # it may die before it has answered
            server.client().ask(f"s/{name}", turn=turn)
        assert server.process is not None
        assert server.process.wait(timeout=30) == -signal.SIGKILL, point
        sound.check(server)
        status = server.turn(turn)["status"]
        last = number + 1 == len(points)
        server.start(
            **({"DIE_AT": ""} if last else {"DIE_AT": points[number + 1], "DIE_TURN": str(turns[number + 1])})
        )
        end = server.client().finished(turn)
        sound.check(server)
        yield Death(point, turn, said, status, end)


def _statuses(server: Server) -> dict[str, int]:
    return dict(server.rows("SELECT status, count(*) FROM chat_turn GROUP BY status"))


def _unreadable(server: Server, death: Death) -> None:
    client = server.client()
    for cursor in ["", "1.1", "1.2", "2.1"]:
        with client.events(death.turn, after=cursor) as stream:
            assert [event.name for event in stream] == ["done"], death
    assert "zebra" not in client.answer(death.turn), death
