"""The endpoint and the assistant that the environment's settings make, so that a chat works before anybody sets one up."""

from typing import TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction

from .. import audit, endpoints
from ..models import Assistant, AssistantVersion, Endpoint

Row = TypeVar("Row", Assistant, Endpoint)

NAME = "Sluice"
ENDPOINT = "From the environment"

_followed = False


def default() -> Assistant:
    """The environment's assistant, made on first use."""
    return Assistant.objects.filter(from_environment=True).first() or follow()


def follow_once() -> None:
    """`follow`, where nothing in this process has yet: a server that another program started."""
    if not _followed:
        follow()


def follow() -> Assistant:
    """Make the rows say what the settings say: at each start, however many processes start at once.

    An assistant whose last version is somebody's keeps it; else a changed CHAT_INSTRUCTIONS is a new version. What is
    another than at the start before is on record.
    """
    with transaction.atomic():
        endpoint, changed = _endpoint()
        assistant = _row(Assistant, NAME)
        current = assistant.current
        if current is None:
            _instruct(assistant, AssistantVersion(assistant=assistant, number=1, endpoint=endpoint))
        elif current.author_id is None and current.instructions != settings.CHAT_INSTRUCTIONS:
            current.number = 1 + max(assistant.versions.values_list("number", flat=True))
            _instruct(assistant, current)
            audit.record(None, "assistant.changed", assistant.pk, name=assistant.name, version=current.number, changed=["instructions"])  # fmt: skip
        if changed:
            audit.record(None, "endpoint.changed", endpoint.pk, name=endpoint.name, changed=changed)
        transaction.on_commit(_noted)
    return assistant


def _noted() -> None:
    """Not before it stands: a request that follows and is then rolled back has followed nothing."""
    global _followed
    _followed = True


def _instruct(assistant: Assistant, version: AssistantVersion) -> None:
    version.pk, version._state.adding = None, True
    version.instructions = settings.CHAT_INSTRUCTIONS
    version.save()
    assistant.current = version
    assistant.save(update_fields=["current"])


def _endpoint() -> tuple[Endpoint, list[str]]:
    """The environment's, and what of it has changed since the last start."""
    now = endpoints.environment()
    host, at, rest = now.url.rpartition("@")
    copied = {
        "protocol": now.protocol,
        # Shown in pages, where a password in it has no business.
        "url": "" if now.protocol == "demo" else host.partition("//")[0] + "//" + rest if at else now.url,
        "model": now.model,
        "continues": now.continues,
        "connect_timeout": now.connect_timeout,
        "first_byte_timeout": now.first_byte_timeout,
        "idle_timeout": now.idle_timeout,
        "total_timeout": now.total_timeout,
    }
    known = Endpoint.objects.filter(from_environment=True).exists()
    row = _row(Endpoint, ENDPOINT)
    changed = [name for name, value in copied.items() if getattr(row, name) != value]
    if changed:
        for name in changed:
            setattr(row, name, copied[name])
        row.failing_since, row.failure, row.tried_at = None, "", None
        row.save(update_fields=[*changed, "failing_since", "failure", "tried_at"])
    return row, changed if known else []


def _row(kind: type[Row], name: str) -> Row:
    """The environment's row, locked; made where there is none."""
    rows = kind._default_manager.select_for_update(no_key=True).filter(from_environment=True)
    if found := rows.first():
        return found
    try:
        with transaction.atomic():
            return kind._default_manager.create(from_environment=True, name=_free(kind, name))
    except IntegrityError:  # another process, which started in the same moment, made it
        return rows.get()


def _free(kind: type[Row], name: str) -> str:
    """`name`, or with a number behind it where an administrator has given it away."""
    taken: set[str] = set(kind._default_manager.filter(name__startswith=name).values_list("name", flat=True))
    names = [name, *(f"{name} {number}" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)
