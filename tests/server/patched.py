"""Settings of Sluice with an application that tests can make die at a named step (tests.server.patched_application)."""

from chatsite.settings import *  # noqa: F403

ASGI_APPLICATION = "tests.server.patched_application.application"
