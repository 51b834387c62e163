"""Gives a worker the jobs of procrastinate's queue, for as long as it runs and whatever happens to the database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from .queue import BEAT, FORGET, QUEUE

log = logging.getLogger("chat.runner")

POLL = 1.0  # seconds between two looks into the queue, should a notification have been lost
RETRY = 1.0  # seconds until the database is tried again


class Feed:
    """procrastinate's worker, begun again when its database was away. The turns themselves do not stop for that: a
    job only waits for its turn, and a job that is lost is a turn that the sweep finds.
    """

    def __init__(self, app: App, concurrency: int) -> None:
        self._app = app
        self._concurrency = concurrency
        self._worker: Worker | None = None
        self._stopped = False
        self._lost_at = 0.0
        self._reason = ""

    async def run(self) -> None:
        async with self._app.open_async():
            while not self._stopped:
                try:
                    await self._work()
                except ConnectorException as error:
                    self._lose(error)
                if not self._stopped:
                    await asyncio.sleep(RETRY)

    def stop(self) -> None:
        """Take no more jobs. Those of turns that still run leave the queue: their leases say who has them."""
        self._stopped = True
        if self._worker is not None:
            self._worker.stop()

    @property
    def trouble(self) -> tuple[float, str]:
        """For how many seconds the queue could not be read, and why; 0 and nothing while it can."""
        return (time.monotonic() - self._lost_at, self._reason) if self._lost_at else (0.0, "")

    async def _work(self) -> None:
        self._worker = Worker(
            app=self._app,
            queues=[QUEUE],
            concurrency=self._concurrency,
            fetch_job_polling_interval=POLL,
            abort_job_polling_interval=FORGET,  # nobody asks for it
            shutdown_graceful_timeout=0,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=BEAT,
            stalled_worker_timeout=FORGET,
        )
        watching = asyncio.create_task(self._watch(self._worker))
        try:
            await self._worker.run()
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self, worker: Worker) -> None:
        """A process that slept for long has been forgotten, and would neither be counted nor be given anything."""
        while True:
            if worker.worker_id is not None:
                with contextlib.suppress(ConnectorException):
                    found = await self._app.connector.execute_query_all_async(
                        "SELECT 1 FROM procrastinate_workers WHERE id = %(id)s", id=worker.worker_id
                    )
                    self._found()
                    if not found:
                        worker.stop()
            await asyncio.sleep(BEAT)

    def _found(self) -> None:
        if self._lost_at:
            log.info("the queue of turns can be read again")
        self._lost_at = 0.0

    def _lose(self, error: Exception) -> None:
        if not self._lost_at:
            self._lost_at = time.monotonic()
            log.warning("the queue of turns cannot be read: %s", error.__cause__ or error)
        self._reason = str(error.__cause__ or error).partition("\n")[0]
