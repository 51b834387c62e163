"""`manage.py worker`: prepares what is needed as `serve` does, and answers the turns that wait in the queue."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.db import connections

from ... import conf
from .. import lookout, server, single, steps


class Command(BaseCommand):
    help = "Answer turns that web processes put into the queue (CHAT_RUNNER=procrastinate)."
    requires_system_checks: list[str] = []  # one of the steps, where it is one sentence

    def handle(self, *args: Any, **options: Any) -> None:
        if not conf.queued():
            raise ImproperlyConfigured(
                f"CHAT_RUNNER is {settings.CHAT_RUNNER!r}, with which the serving process answers turns itself and a "
                "worker has nothing to do; set CHAT_RUNNER=procrastinate for both, or run `manage.py serve` alone."
            )
        single.hold(steps.data_folder(steps.say), alone=False)
        port = settings.WORKER_PORT
        listener = server.bind(settings.HOST, port, "WORKER_PORT") if port else None
        steps.settings_make_sense(steps.say)
        steps.database(steps.say)
        steps.stream_log(steps.say)
        steps.model(steps.say)
        steps.say("Answers", f"up to {settings.CHAT_CAPACITY} at once (CHAT_CAPACITY)")
        # The threads that answer open their own.
        connections.close_all()

        # Imported only here: a server has no use for the queue's other end.
        from .. import worker

        if listener is not None:
            lookout.open_at(listener)
        worker.run(drain=settings.CHAT_DRAIN, ready=lambda: print("Sluice's worker is ready", flush=True))
