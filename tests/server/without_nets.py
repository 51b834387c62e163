"""Settings of Sluice whose nets come round too late for any test: what reaches another process there was told to it.

A renewal hears of a stop every 3 s, the sweep finds turns that nobody holds every 2 s, and a door asks every 15 s whether
it may stay open. Without them nothing has to be measured: what is not told does not happen.
"""

from django.apps import AppConfig

from chatsite.settings import *  # noqa: F403
from chatsite.settings import INSTALLED_APPS

NAME = __name__
INSTALLED_APPS = [*INSTALLED_APPS, f"{NAME}.WithoutNets"]
LATE = 600.0  # seconds


class WithoutNets(AppConfig):
    name = "tests.server"

    def ready(self) -> None:
        from chat import conf, sweep
        from chat.doors import door

        conf.RENEW, conf.LEASE, sweep.PERIOD, door.PING = LATE, 2 * LATE, LATE, LATE
