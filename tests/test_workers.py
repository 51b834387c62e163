"""What the queue's tables say of workers, and what is tidied up in them."""

import asyncio
import uuid
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from chat import workers
from chat.models import Turn
from tests import factories, runners

pytestmark = [pytest.mark.slow, pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def tables() -> Iterator[None]:
    runners.prepare("queue")
    yield
    runners.prepare("queue")  # a flush does not know these tables


def one(sql: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


def worker(silent: float = 0) -> int:
    return one(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second') RETURNING id",
        silent,
    )


def job(turn: uuid.UUID, status: str = "todo", worker_id: int | None = None) -> int:
    return one(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id) "
        "VALUES ('turns', 'answer', jsonb_build_object('turn', %s::text), %s, %s) RETURNING id",
        str(turn), status, worker_id,
    )  # fmt: skip


def left() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_jobs")
        return {row[0] for row in cursor.fetchall()}


def test_readiness_wants_a_worker_that_was_heard_of_just_now() -> None:
    sentence = "no worker is running, so no turn would be answered; start one: manage.py worker"
    assert workers.problem() == sentence
    worker(silent=11)
    assert workers.problem() == sentence
    worker(silent=4)
    assert workers.problem() == ""


def test_what_dead_workers_left_is_tidied_up_and_what_waits_or_runs_stays() -> None:
    alive, dead = worker(), worker(silent=60)
    running = factories.begun().pk
    ended, just_ended = factories.begun().pk, factories.begun().pk
    Turn.objects.filter(pk=ended).update(ended_at="2026-01-01T00:00:00Z")
    Turn.objects.filter(pk=just_ended).update(ended_at=timezone.now())
    stays = {
        job(running),
        job(running, "doing", alive),
        job(just_ended, "doing", alive),  # its worker is about to take it away
    }
    job(running, "doing", dead)
    job(running, "doing")  # its worker's row is gone
    job(ended, "doing", alive)  # the database was away when the worker would have taken it away
    job(running, "aborted", dead)
    workers.tidy()
    assert left() == stays
    assert one("SELECT count(*) FROM procrastinate_workers") == 2
    worker(silent=4000)
    workers.tidy()
    assert one("SELECT count(*) FROM procrastinate_workers") == 2


def test_a_worker_that_was_forgotten_while_it_slept_makes_itself_known_again() -> None:
    async def run(turn: uuid.UUID, stop: asyncio.Event) -> None:
        return

    def known() -> set[int]:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT id FROM procrastinate_workers")
                return {row[0] for row in cursor.fetchall()}
        finally:
            connection.close()

    def forget() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_workers")
        connection.close()

    async def scenario() -> None:
        async with runners.queue(run) as house, asyncio.timeout(30):
            while not (before := await asyncio.to_thread(known)):
                await asyncio.sleep(0.01)
            await asyncio.to_thread(forget)
            while not (await asyncio.to_thread(known)) - before:
                await asyncio.sleep(0.01)
            await house.ask(uuid4())
            while await asyncio.to_thread(runners.jobs):
                await asyncio.sleep(0.01)

    asyncio.run(scenario())
