"""What a turn asks of whom: the version it began with, and its endpoints as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from .. import conf, endpoints, llm
from ..models import AssistantVersion, Endpoint, Turn
from ..models.prepared import Select


@dataclass(frozen=True, slots=True)
class Plan:
    """`legs` are asked in this order. With none of them usable, `problem` is why the turn fails.

    `failing`: the endpoints that were down when this was planned.
    """

    legs: tuple[llm.Leg, ...]
    instructions: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    schema: Mapping[str, Any] | None = None
    reasoning: bool = True
    failing: frozenset[int] = frozenset()
    problem: llm.ProviderError | None = None

    @property
    def continues(self) -> bool:
        """Whether an answer of which something is there can be gone on with."""
        return any(leg.client.continues for leg in self.legs)


_version = Select(
    lambda slot: AssistantVersion.objects.select_related("endpoint", "fallback").filter(pk=slot("pk"))
)


def plan_of(turn: Turn) -> Plan:
    """The plan of a turn, whose policy is loaded with it. At most one statement."""
    reasoning = turn.policy.definition.get("reasoning") is not False
    if turn.assistant_version_id is None:
        # Of the time before there were assistants, or sent by a process of the version before.
        return Plan((_environment(),), settings.CHAT_INSTRUCTIONS, reasoning=reasoning)
    version = _version(pk=turn.assistant_version_id)[0]
    asked = [(version.endpoint, version.model, version.window)]
    if version.fallback is not None:
        # The window is the model's; another one has its own, which nobody has said.
        asked.append((version.fallback, version.fallback_model, None))
        if version.endpoint.failing_since and not version.fallback.failing_since:
            asked.reverse()
    legs, problem = [], None
    for row, model, window in asked:
        try:
            legs.append(_leg(row, model, window))
        except (endpoints.keys.Unusable, llm.ProviderError) as error:
            endpoints.health.failed(row.pk, str(error))
            problem = llm.Misconfigured(str(error))
    return Plan(
        tuple(legs),
        version.instructions,
        version.parameters,
        version.schema,
        reasoning and version.reasoning,
        frozenset(row.pk for row, _, _ in asked if row.failing_since),
        None if legs else problem,
    )


def _leg(row: Endpoint, model: str, window: int | None) -> llm.Leg:
    endpoint = endpoints.resolve(row)
    return llm.Leg(conf.client(endpoint), model or endpoint.model, row.name, row.pk, window)


def _environment() -> llm.Leg:
    endpoint = endpoints.environment()
    return llm.Leg(conf.client(endpoint), endpoint.model)
