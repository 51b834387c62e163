"""The question for a model: chosen from the endpoint's own list, or typed in where it gives none."""

from dataclasses import dataclass, field

from ..models import Endpoint

# Which field names the endpoint whose models a field offers.
SOURCES = {"model": "endpoint", "fallback_model": "fallback"}
_LABELS = {"model": "Model", "fallback_model": "Model there"}


def needs_model(row: Endpoint) -> bool:
    """Whether this endpoint asks no model of its own where none is named."""
    return not row.model and row.protocol != Endpoint.Protocol.DEMO


@dataclass(frozen=True, slots=True)
class ModelQuestion:
    """`listed` are the endpoint's models; `own` the one it asks where none is named; `said` why there is no list."""

    name: str
    listed: list[str] = field(default_factory=list)
    own: str = ""
    said: str = ""
    typed: bool = False
    required: bool = False

    @property
    def label(self) -> str:
        return _LABELS[self.name]

    @property
    def source(self) -> str:
        return SOURCES[self.name]
