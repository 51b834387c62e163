"""Settings of Sluice with one more page, a stream that stays open (tests.streaming_urls)."""

import os

from chatsite.settings import *  # noqa: F403

ROOT_URLCONF = "tests.streaming_urls"
if os.environ.get("HANDLER") == "django":
    ASGI_APPLICATION = "tests.streaming_urls.as_django_does_it"
