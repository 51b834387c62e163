"""`manage.py serve`: prepares what is needed, says each step in one line, and serves. `make run` is this.

What cannot be is an ImproperlyConfigured with a sentence, which manage.py prints without a traceback.
"""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from ... import conf
from .. import server, single, static, steps


class Command(BaseCommand):
    help = "Serve Sluice on HOST and PORT, after the steps that a first start needs."
    requires_system_checks: list[str] = []  # one of the steps, where it is one sentence

    def handle(self, *args: Any, **options: Any) -> None:
        address = _address()
        single.hold(steps.data_folder(steps.say), alone=conf.alone())
        listener = server.bind(settings.HOST, settings.PORT)
        steps.settings_make_sense(steps.say)
        steps.alone(steps.say)
        steps.database(steps.say)
        steps.stream_log(steps.say)
        static.gather(steps.say)
        steps.first_administrator(steps.say, address)
        steps.model(steps.say)
        # The threads that serve open their own.
        connections.close_all()

        application = settings.ASGI_APPLICATION.replace(".application", ":application")
        running = server.Server(
            application,
            ready=lambda: print(f"Sluice is ready: {address}", flush=True),
            drain=conf.begin_drain,
        )
        running.run([listener])
        if not running.started:
            sys.exit(1)


def _address() -> str:
    host = "127.0.0.1" if settings.HOST in ("0.0.0.0", "::") else settings.HOST  # noqa: S104  compared, not bound
    return f"http://[{host}]:{settings.PORT}" if ":" in host else f"http://{host}:{settings.PORT}"
