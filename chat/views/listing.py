"""What the pages about endpoints and assistants list."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q

from ..assistants import trouble
from ..forms import kind_of
from ..models import Assistant, AssistantVersion, Endpoint

_CHANGES = {
    "endpoint_id": "endpoint", "model": "model", "fallback_id": "fallback", "fallback_model": "fallback",
    "instructions": "instructions", "parameters": "how it writes", "starters": "starter questions",
    "schema": "shape", "window": "context window", "reasoning": "how it thinks",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AssistantRow:
    pk: int
    name: str
    description: str
    asks: str
    whom: str
    first: bool
    down: bool


@dataclass(frozen=True, slots=True)
class EndpointRow:
    pk: int
    name: str
    title: str
    place: str
    used: str
    failing_since: Any


@dataclass(frozen=True, slots=True)
class VersionRow:
    version: AssistantVersion
    changed: str  # what differs from the version before
    current: bool


def lists() -> dict[str, Any]:
    """Assistants in the order people see them, and endpoints; those archived apart."""
    rows = Assistant.objects.select_related("current__endpoint", "current__fallback").prefetch_related(
        "groups"
    )
    present = list(rows.filter(archived_at=None).order_by("position", "pk"))
    endpoints = list(Endpoint.objects.order_by("-from_environment", "name"))
    users = Counter(
        key for row in present if row.current for key in {row.current.endpoint_id, row.current.fallback_id}
    )
    shown = [row for row in endpoints if not row.archived_at]
    return {
        "assistants": [_assistant(row, number == 0) for number, row in enumerate(present)],
        "endpoints": [_endpoint(row, users[row.pk]) for row in shown],
        "archived_assistants": list(Assistant.objects.exclude(archived_at=None).order_by("name")),
        "archived_endpoints": [row for row in endpoints if row.archived_at],
        "only_demo": all(row.protocol == Endpoint.Protocol.DEMO for row in shown),
    }


def versions_of(assistant: Assistant) -> list[VersionRow]:
    """Newest first."""
    rows = list(assistant.versions.select_related("author").order_by("-number"))
    before = [*rows[1:], None]
    return [
        VersionRow(row, _changed(row, earlier), row.pk == assistant.current_id)
        for row, earlier in zip(rows, before, strict=True)
    ]


def using(endpoint: Endpoint) -> list[Assistant]:
    """The assistants that ask this endpoint, at first or instead of another."""
    rows = Assistant.objects.filter(archived_at=None).order_by("name")
    return list(rows.filter(Q(current__endpoint=endpoint) | Q(current__fallback=endpoint)))


def endpoint_title(row: Endpoint) -> str:
    return "Demo" if row.protocol == Endpoint.Protocol.DEMO else kind_of(row).title


def _assistant(row: Assistant, first: bool) -> AssistantRow:
    version = row.current
    groups = [group.name for group in row.groups.all()]
    return AssistantRow(
        row.pk, row.name, row.description, _asks(version), f"for {', '.join(groups)}" if groups else "for everybody",
        first, bool(version and trouble(row)),
    )  # fmt: skip


def _asks(version: AssistantVersion | None) -> str:
    if version is None:
        return ""
    if version.endpoint.protocol == Endpoint.Protocol.DEMO:
        return "The built-in demo"
    return f"{version.model or version.endpoint.model or 'its usual model'} · {version.endpoint.name}"


def _endpoint(row: Endpoint, users: int) -> EndpointRow:
    used = f"used by {users} assistant{'' if users == 1 else 's'}" if users else "not used yet"
    return EndpointRow(
        row.pk,
        row.name,
        endpoint_title(row),
        urlsplit(row.url).netloc if row.url else "",
        used,
        row.failing_since,
    )


def _changed(row: AssistantVersion, earlier: AssistantVersion | None) -> str:
    if earlier is None:
        return "The first version"
    words = [word for name, word in _CHANGES.items() if getattr(row, name) != getattr(earlier, name)]
    return f"Changed: {', '.join(dict.fromkeys(words))}" if words else "The same again"
