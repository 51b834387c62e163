"""What happens between the command and the open port, one step a function, each telling its line to `say`."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from .. import assistants, audit, conf, people, policies
from ..models import Assistant, guards
from . import exclusive, presence

Say = Callable[[str, str], None]


def data_folder(say: Say) -> Path:
    directory: Path = settings.DATA_DIR
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR is {str(directory)!r} and cannot be used ({error.strerror}); "
            "set DATA_DIR to a folder this user may write to."
        ) from None
    say("Data folder", str(directory))
    return directory


def settings_make_sense(say: Say) -> None:
    """Django's and our own system checks; raises ImproperlyConfigured with every error's sentence."""
    messages = checks.run_checks()
    errors = [message for message in messages if message.is_serious() and not message.is_silenced()]
    if errors:
        raise ImproperlyConfigured("\n".join(_sentence(error) for error in errors))
    for message in messages:
        if message.level >= checks.WARNING and not message.is_silenced():
            say("Note", _sentence(message))


def alone(say: Say) -> None:
    """See that nobody else serves this database who may not do so beside this process."""
    try:
        presence.hold(alone=conf.alone())
    except DatabaseError as error:
        raise _unusable(error) from None


def _unusable(error: Exception) -> ImproperlyConfigured:
    reason = str(error).strip().partition("\n")[0]
    return ImproperlyConfigured(f"the database in DATABASE_URL cannot be used: {reason}")


def database(say: Say) -> None:
    """Migrate where needed, and see that the database enforces its rules."""
    try:
        # Whoever waits here finds nothing left to do.
        with exclusive.database(settings.DATA_DIR):
            _migrate(say)
    except guards.GuardsMissing as error:
        raise ImproperlyConfigured(str(error)) from None
    except DatabaseError as error:
        raise _unusable(error) from None


def _migrate(say: Say) -> None:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    state = f"{len(plan)} migrations to run" if plan else "up to date"
    say("Database", f"{connection.display_name}, {state}")
    if plan:
        call_command("migrate", verbosity=0, interactive=False)
    guards.require()
    if key := audit.keys.unknown():
        say(
            "Note",
            f"the audit was last signed with the key {key}, which is not here; AUDIT_KEY has to be the same for all "
            "processes, and what a lost key has signed cannot be verified.",
        )


def stream_log(say: Say) -> None:
    """See that Redis answers, where there is one, and that it will keep what it is given."""
    if conf.alone():
        return
    from redis import Redis, RedisError

    try:
        with contextlib.closing(
            Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5, socket_timeout=5)
        ) as client:
            found: Any = client.info()
    except (RedisError, OSError) as error:
        raise ImproperlyConfigured(f"the Redis in REDIS_URL cannot be used: {error}") from None
    say("Stream log", f"Redis {found['redis_version']}; several processes may serve")
    policy = found.get("maxmemory_policy", "noeviction")
    if found.get("maxmemory") and policy != "noeviction":
        say(
            "Note",
            f"a full Redis throws away running answers' logs (maxmemory-policy {policy}); set noeviction.",
        )


def first_administrator(say: Say, address: str) -> None:
    try:
        if people.ensure_administrator(settings.CHAT_ADMIN_USERNAME, settings.CHAT_ADMIN_PASSWORD):
            say("Administrator", f"{settings.CHAT_ADMIN_USERNAME}, made from CHAT_ADMIN_USERNAME")
    except people.PeopleError as error:
        raise ImproperlyConfigured(str(error)) from None
    if not people.administrator_exists():
        say("Administrator", f"none yet: open {address}/setup/ with the code {people.issue_setup_code()}")


def model(say: Say) -> None:
    """See that endpoint, assistant and policy of the environment are what it says now, and tell who answers."""
    try:
        assistants.follow()
        policies.follow()
        own = Assistant.objects.filter(archived_at=None, from_environment=False).count()
    except DatabaseError as error:
        raise _unusable(error) from None
    if settings.CHAT_PROVIDER_PROTOCOL == "demo":
        say("Model", "none configured: a built-in demo answers (docs/settings.md, CHAT_PROVIDER_PROTOCOL)")
    else:
        say(
            "Model",
            f"{settings.CHAT_MODEL or 'its only model'} at {urlsplit(settings.CHAT_PROVIDER_URL).netloc.rpartition('@')[2]}"
            f" ({settings.CHAT_PROVIDER_PROTOCOL})",
        )
    if own:
        say("Assistants", f"{own} more, set up in the pages under /assistants/")


def _sentence(message: checks.CheckMessage) -> str:
    return f"{message.msg} {message.hint}" if message.hint else str(message.msg)


def say(step: str, what: str) -> None:
    """A step's line for whoever started the command."""
    print(f"{step + ':':<15}{what}", flush=True)
