"""Both runners, ready to be given turns: `async with LOCAL(run) as house: await house.ask(turn)`.

The queue's is real: its tables in the test's PostgreSQL, its feed, and a transaction of Django's own for each turn.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction

from chat.runner import LocalRunner, QueueRunner, Runner
from chat.runner.base import Run
from chat.runner.queue import QUEUE, TASK


@dataclass
class House:
    runner: Runner
    elsewhere: list[UUID]
    line: list[UUID] = field(default_factory=list)

    async def ask(self, *turns: UUID, commit: bool = True) -> None:
        """Enqueue these, in one transaction."""

        def request() -> None:
            try:
                with transaction.atomic():
                    for turn in turns:
                        self.runner.enqueue(turn, transaction.on_commit)
                    if not commit:
                        transaction.set_rollback(True)
            finally:
                connection.close()

        await asyncio.to_thread(request)

    async def tell(self, line: list[UUID]) -> None:
        self.line = line


@contextlib.asynccontextmanager
async def local(run: Run, capacity: int = 100) -> AsyncIterator[House]:
    elsewhere: list[UUID] = []
    house = House(LocalRunner(elsewhere.append, capacity=capacity), elsewhere)
    house.runner.register(run, house.tell)
    house.runner.bind(asyncio.get_running_loop())
    try:
        yield house
    finally:
        await house.runner.shut_down()


@contextlib.asynccontextmanager
async def queue(run: Run, capacity: int = 100) -> AsyncIterator[House]:
    from procrastinate import App, PsycopgConnector
    from procrastinate.contrib.django.django_connector import DjangoConnector
    from procrastinate.contrib.django.utils import connector_params

    from chat.runner.feed import Feed

    elsewhere: list[UUID] = []
    deferring = App(connector=DjangoConnector())
    runner = QueueRunner(
        lambda turn: deferring.configure_task(TASK, queue=QUEUE).defer(turn=str(turn)) and None,
        elsewhere.append,
        capacity=capacity,
    )
    app = App(connector=PsycopgConnector(kwargs=connector_params(), min_size=0, max_size=2))

    @app.task(name=TASK, queue=QUEUE)
    async def answer(turn: str) -> None:
        await runner.answer(UUID(turn))

    house = House(runner, elsewhere)
    runner.register(run, house.tell)
    runner.bind(asyncio.get_running_loop())
    feed = Feed(app, capacity)
    feeding = asyncio.create_task(feed.run())
    try:
        yield house
    finally:
        feed.stop()
        await runner.shut_down()
        await feeding


RUNNERS: dict[str, Callable[..., contextlib.AbstractAsyncContextManager[House]]] = {
    "local": local, "queue": queue,
}  # fmt: skip


def prepare(name: str) -> None:
    """Make the queue's tables in the test's database."""
    if name != "queue":
        return
    from procrastinate.schema import SchemaManager

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('procrastinate_jobs')")
        if cursor.fetchone()[0] is None:
            cursor.execute(SchemaManager.get_schema().replace("%", "%%"), [])
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def jobs() -> int:
    """How many jobs are in the queue, in whatever state."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM procrastinate_jobs")
            return int(cursor.fetchone()[0])
    finally:
        connection.close()
