"""What a model is asked, in words of ours; each protocol renders it in its own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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


def in_words(asked: Asked) -> Asked:
    """The same with its schema said to the model instead of demanded of the server, for one that knows no such demand."""
    if asked.schema is None:
        return asked
    words = (
        "Answer with one JSON document and nothing else: no text around it, no code fence. "
        f"It has to fit this JSON Schema:\n{json.dumps(asked.schema, ensure_ascii=False)}"
    )
    messages = list(asked.messages)
    if messages and messages[0]["role"] == "system":
        words = f"{messages.pop(0)['content']}\n\n{words}"
    return replace(asked, schema=None, messages=[{"role": "system", "content": words}, *messages])
