"""What the next attempt finds of an answer whose process is gone, and when it is not taken up any more."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from chat import conf, turns
from chat.events import Cursor, Kind
from chat.generation.judgement import freeze_and_judge
from chat.generation.recovery import Recovered, recovered
from chat.generation.said import Delta, Said
from chat.generation.telling import Telling
from chat.models import Finish, Status, Turn, bodies
from chat.streamlog import Fenced, MemoryLog, Unreachable
from chat.turns.running import CONTINUATIONS

from . import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


class Log(MemoryLog):
    """A memory log that outlives its writers, as Redis does; it may be away for some calls."""

    away = 0

    async def open(self, turn: UUID, attempt: int, epoch: int) -> bool:
        if self.away:
            self.away -= 1
            raise Unreachable("nobody answers")
        return await super().open(turn, attempt, epoch)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    made = Log()
    monkeypatch.setattr(conf, "log", lambda: made)
    return made


def claimed(turn: UUID) -> turns.Claim:
    claim = turns.claim(turn, "here", 10, continues=lambda _: True)
    assert claim is not None
    return claim


def dies(turn: UUID) -> None:
    Turn.objects.filter(pk=turn).update(lease_until=timezone.now() - timedelta(seconds=1))


def found(claim: turns.Claim) -> Recovered | None:
    return asyncio.run(recovered(claim, asyncio.Event()))


CALL: Delta = Kind.TOOL, {"index": 0, "id": "c1", "name": "weather", "text": '{"city": "Par'}


def text(words: str, kind: Kind = Kind.TEXT) -> Delta:
    return kind, {"text": words}


def written(claim: turns.Claim, *texts: str, reasoning: str = "", said: tuple[Delta, ...] = ()) -> None:
    async def write() -> None:
        telling = Telling(claim)
        await telling.begin()
        for delta in ([text(reasoning, Kind.REASONING)] if reasoning else []) + [*map(text, texts), *said]:
            await telling.tell([delta])

    asyncio.run(write())


def of(had: Recovered | None) -> tuple[str, str, bool, int] | None:
    """Text, reasoning, and whether and after how many barren attempts it goes on."""
    if had is None:
        return None
    return had.said.text(Kind.TEXT), had.said.text(Kind.REASONING), had.whole, had.barren


def test_a_take_over_keeps_the_epoch_and_finds_what_was_acknowledged(log: Log) -> None:
    turn = factories.begun().pk
    first = claimed(turn)
    assert not first.kept
    written(first, "one ", "two ", reasoning="Hm.")
    dies(turn)
    second = claimed(turn)
    assert (second.attempt, second.epoch, second.kept, second.deaths) == (2, first.epoch, True, 1)
    assert of(found(second)) == ("one two ", "Hm.", True, 0)
    with pytest.raises(Fenced):
        asyncio.run(log.append(turn, 1, Kind.TEXT, {"text": "three"}))


def test_without_continuing_a_take_over_is_a_new_epoch() -> None:
    turn = factories.begun().pk
    assert turns.claim(turn, "here", 10)
    dies(turn)
    claim = turns.claim(turn, "there", 10)
    assert claim is not None
    assert (claim.epoch, claim.kept, claim.restarted) == (2, False, True)
    dies(turn)
    assert turns.claim(turn, "here", 10) is None


def test_a_lost_log_is_nothing_and_one_without_text_is_an_answer_that_has_not_begun(log: Log) -> None:
    turn = factories.begun().pk
    written(claimed(turn))
    dies(turn)
    assert of(found(claimed(turn))) == ("", "", True, 1)
    log._logs.clear()
    dies(turn)
    assert found(claimed(turn)) is None


@pytest.mark.parametrize("said", [(text("Hm.", Kind.REASONING),), (text("Let me look."), CALL), (CALL,)])
def test_what_is_no_beginning_for_a_model_starts_over(log: Log, said: tuple[Delta, ...]) -> None:
    turn = factories.begun().pk
    written(claimed(turn), said=said)
    dies(turn)
    claim = claimed(turn)
    assert found(claim) is None
    # All of it is there all the same, for a turn that is not begun again.
    batch = asyncio.run(log.read(turn, None))
    assert batch is not None
    assert Said.of(batch.events).deltas() == list(said)


def test_a_log_out_of_reach_is_waited_for(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.generation.recovery.RETRY", 0.01)
    turn = factories.begun().pk
    written(claimed(turn), "one ")
    dies(turn)
    log.away = 3
    had = found(claimed(turn))
    assert had is not None
    assert had.said.text(Kind.TEXT) == "one "


def gone_on(claim: turns.Claim, *texts: str, whole: bool = True) -> None:
    """As an attempt does that found the text."""

    async def write() -> None:
        had = await recovered(claim, asyncio.Event())
        assert had is not None
        telling = Telling(claim)
        await telling.go_on(had.said.deltas(), whole=whole)
        for words in texts:
            await telling.tell([text(words)])

    asyncio.run(write())


def read(log: Log, turn: UUID, after: Cursor | None = None) -> tuple[str, bool]:
    batch = asyncio.run(log.read(turn, after))
    assert batch is not None
    return "".join(e.data["text"] for e in batch.events if e.kind == Kind.TEXT), batch.fresh


@pytest.mark.parametrize(("whole", "rest"), [(True, ("two", False)), (False, ("one two", True))])
def test_readers_go_on_under_their_cursor_or_get_everything_where_that_may_be_another_text(
    log: Log, whole: bool, rest: tuple[str, bool]
) -> None:
    turn = factories.begun().pk
    written(claimed(turn), "one ", reasoning="Hm.")
    top = asyncio.run(log.read(turn, None))
    assert top is not None
    dies(turn)
    gone_on(claimed(turn), "two", whole=whole)
    assert read(log, turn, top.top) == rest
    assert Turn.objects.get(pk=turn).epoch == (1 if whole else 2)
    dies(turn)
    assert (of(found(claimed(turn))) or ())[:2] == ("one two", "Hm.")


def test_what_starts_over_while_its_log_is_begun_again_is_told_as_such(log: Log) -> None:
    """The provider refuses the beginning in the moment in which readers are given it anew."""
    turn = factories.begun().pk
    written(claimed(turn), "one ")
    dies(turn)
    telling = Telling(claimed(turn))
    append = log.append

    async def refused(*event: Any) -> Cursor:
        log.append = append  # type: ignore[method-assign]
        telling.start_over()
        return await append(*event)

    async def scenario() -> None:
        log.append = refused  # type: ignore[method-assign]
        await telling.go_on([text("one ")], whole=False)
        await telling.tell([text("two")])

    asyncio.run(scenario())
    batch = asyncio.run(log.read(turn, None))
    assert batch is not None
    assert [(event.kind, event.data) for event in batch.events] == [(Kind.RESTARTED, {}), text("two")]


def test_a_whole_answer_whose_log_went_on_without_it_is_saved_all_the_same(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log began a new epoch, and the word of that was lost: whose turn it is the database says."""
    claim = claimed(factories.begun().pk)

    async def fenced(*_: Any) -> Cursor:
        raise Fenced("a later epoch has begun")

    monkeypatch.setattr(log, "append", fenced)
    body = bodies.compose("All of it.")
    asyncio.run(freeze_and_judge(claim.turn.pk, claim.attempt, Finish.COMPLETE, body))
    assert Turn.objects.get(pk=claim.turn.pk).status == Status.SAVED


def test_two_attempts_in_a_row_that_bring_nothing_are_the_last(log: Log) -> None:
    turn = factories.begun().pk
    written(claimed(turn), "one ")
    hopeless = []
    for texts in [["two "], [], [], []]:
        dies(turn)
        claim = claimed(turn)
        had = found(claim)
        assert had is not None
        hopeless.append(had.hopeless(claim.deaths))
        gone_on(claim, *texts)
    assert hopeless == [False, False, False, True]


def test_deaths_are_counted_even_when_each_brought_something(log: Log) -> None:
    turn = factories.begun().pk
    written(claimed(turn), "one ")
    for _ in range(CONTINUATIONS):
        dies(turn)
        gone_on(claimed(turn), "more ")
    dies(turn)
    assert isinstance(turns.take(turn, "here", 10, continues=lambda _: True), Turn)


def test_a_turn_that_was_handed_over_has_not_died_and_a_stop_leaves_its_text_to_be_kept(log: Log) -> None:
    turn = factories.begun()
    for number in range(1, 4):
        claim = claimed(turn.pk)
        assert (claim.attempt, claim.deaths) == (number, 0)
        turns.hand_back(turn.pk, claim.attempt)
    assert turns.request_stop(turn.conversation.owner, turn.pk)
    assert Turn.objects.get(pk=turn.pk).status == Status.ACCEPTED
    assert isinstance(turns.take(turn.pk, "here", 10, continues=lambda _: True), Turn)


def test_a_turn_nobody_has_begun_is_stopped_at_once() -> None:
    turn = factories.begun()
    assert turns.request_stop(turn.conversation.owner, turn.pk)
    assert Turn.objects.get(pk=turn.pk).status == Status.STOPPED
