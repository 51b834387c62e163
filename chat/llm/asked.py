"""What a model is asked, in words of ours; each protocol renders it in its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .continuing import NOTHING, Beginning


@dataclass(frozen=True, slots=True)
class Asked:
    """`messages` are mappings of `role` (system, user, assistant) and `content`, oldest first, the system's before all.

    `model` "" is the endpoint's own. `parameters`: temperature, top_p and max_tokens, those that are wanted. `schema`:
    the JSON Schema the answer has to fit. `reasoning` False asks the model not to think, where it can be asked that.
    `window`: tokens to make room for, question and answer together, for a server that wants to be told. With a
    `beginning` only what follows it is wanted.
    """

    messages: Sequence[Mapping[str, str]]
    model: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    schema: Mapping[str, Any] | None = None
    reasoning: bool = True
    window: int | None = None
    beginning: Beginning = NOTHING
