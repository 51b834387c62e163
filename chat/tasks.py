"""What procrastinate's jobs do. Its Django app imports this where CHAT_RUNNER asks for it."""

from uuid import UUID

from procrastinate.contrib.django import app

from . import conf
from .runner import QueueRunner
from .runner.queue import QUEUE, TASK


@app.task(name=TASK, queue=QUEUE)
async def answer(turn: str) -> None:
    """One turn. What becomes of it is in its row: the job ends well whatever happens."""
    runner = conf.runner()
    assert isinstance(runner, QueueRunner)
    await runner.answer(UUID(turn))
