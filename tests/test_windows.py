"""Parts of an answer that are judged before they are shown."""

import asyncio

import pytest

from chat import conf
from chat.generation.windows import Windows
from chat.models import Turn
from chat.moderation import Check, Result


def test_a_part_that_cannot_be_checked_is_no_pass_and_the_operator_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def away(*_: object) -> None:
        raise OSError("the database is away")

    monkeypatch.setattr(conf, "checkers", away)
    turn, told = Turn(), []

    async def scenario() -> None:
        windows, over = Windows(turn), asyncio.Event()

        def tell(result: Result) -> None:
            told.append(result.outcome)
            over.set()

        windows.ask(Check(1, "A part. ", ""), tell)
        await asyncio.wait_for(over.wait(), 10)

    asyncio.run(scenario())
    assert told == ["error"]
    assert f"turn {turn.pk}: a part of its answer could not be checked" in caplog.text
