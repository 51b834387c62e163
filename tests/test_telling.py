"""A writer whose log is lost keeps what was released, and begins the log again."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import pytest

from chat import conf, turns
from chat.events import Cursor, Kind
from chat.generation.said import Delta
from chat.generation.telling import Telling
from chat.models import Turn
from chat.streamlog import Fenced, MemoryLog, Unreachable

from . import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


class Fragile(MemoryLog):
    """A memory log that can lose everything, or be out of reach."""

    out_of_reach = False

    def lose(self) -> None:
        self._logs.clear()

    def trouble(self) -> tuple[float, str]:
        return (1.0, "nobody answers") if self.out_of_reach else (0.0, "")

    async def open(self, turn: UUID, attempt: int, epoch: int) -> bool:
        self._reach()
        return await super().open(turn, attempt, epoch)

    async def append(self, turn: UUID, attempt: int, kind: Kind, data: dict[str, str]) -> Cursor:
        self._reach()
        return await super().append(turn, attempt, kind, data)

    def _reach(self) -> None:
        if self.out_of_reach:
            raise Unreachable("nobody answers")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fragile]:
    made = Fragile()
    monkeypatch.setattr(conf, "log", lambda: made)
    return made


def claimed() -> turns.Claim:
    claim = turns.claim(factories.begun().pk, "here", 10)
    assert claim is not None
    return claim


def text(words: str) -> Delta:
    return Kind.TEXT, {"text": words}


async def told(log: MemoryLog, turn: UUID) -> tuple[int, str]:
    """The epoch that readers are in, and the text they have."""
    batch = await log.read(turn, None)
    assert batch is not None
    return batch.top.epoch, "".join(e.data["text"] for e in batch.events if e.kind == Kind.TEXT)


def test_a_log_that_is_gone_is_begun_again_with_everything_so_far_as_one_event(log: Fragile) -> None:
    claim = claimed()

    async def scenario() -> None:
        telling = Telling(claim)
        await telling.begin()
        for piece in ("one ", "two "):
            await telling.tell([text(piece)])
        log.lose()
        await telling.tell([text("three")])
        assert await told(log, claim.turn.pk) == (2, "one two three")
        batch = await log.read(claim.turn.pk, Cursor(1, 3))
        assert batch is not None
        assert batch.fresh
        # Nothing before it: a page would be empty until the text has come.
        assert [event.kind for event in batch.events] == [Kind.TEXT]
        await telling.tell([text(" four")])
        assert await told(log, claim.turn.pk) == (2, "one two three four")

    asyncio.run(scenario())
    assert Turn.objects.get(pk=claim.turn.pk).epoch == 2


def test_a_log_out_of_reach_is_tried_again_and_costs_no_epoch_until_it_answers(log: Fragile) -> None:
    claim = claimed()

    async def scenario() -> None:
        telling = Telling(claim)
        log.out_of_reach = True
        await telling.begin()
        for piece in ("one ", "two "):
            await telling.tell([text(piece)])
        assert telling.lost
        await telling.due(asyncio.Event())  # comes back by itself, without more text
        log.out_of_reach = False
        await telling.tell([])
        assert not telling.lost
        assert await told(log, claim.turn.pk) == (2, "one two ")

    asyncio.run(scenario())
    assert Turn.objects.get(pk=claim.turn.pk).epoch == 2


def test_a_writer_whose_turn_was_taken_over_begins_nothing_again(log: Fragile) -> None:
    claim = claimed()
    Turn.objects.filter(pk=claim.turn.pk).update(attempt=claim.attempt + 1)

    async def scenario() -> None:
        telling = Telling(claim)
        await telling.begin()
        log.lose()
        with pytest.raises(Fenced):
            await telling.tell([text("mine")])
        assert await log.read(claim.turn.pk, None) is None

    asyncio.run(scenario())
    assert Turn.objects.get(pk=claim.turn.pk).epoch == 1
