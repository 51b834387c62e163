"""Tool calls as they come: each in pieces, several at once, told apart in ways that differ."""

import json
from collections.abc import Iterator
from typing import Any

from ..deltas import Cleaner, ToolCall, clean
from ..errors import TooLarge

MOST = 256  # calls in one answer


class Calls:
    """Pieces of calls in, storable ones out, numbered from 0 in the order in which the calls begin."""

    def __init__(self) -> None:
        self._arguments: list[Cleaner] = []
        self._places: dict[int, int] = {}  # the provider's index: ours
        self._named: dict[str, int] = {}  # the same by id

    def __len__(self) -> int:
        return len(self._arguments)

    def piece(self, index: Any, identity: Any, name: Any, arguments: Any) -> ToolCall:
        """The next piece of a call. Only the first one tells its id and name; `arguments` are a piece of a string of
        JSON, or (against most formats) the whole as an object. Raises TooLarge for more than MOST calls.
        """
        identity = clean(str(identity or ""))
        if isinstance(arguments, dict):
            arguments = json.dumps(arguments, ensure_ascii=False)
        arguments = arguments if isinstance(arguments, str) else ""
        place = self._place(index, identity)
        if place is not None:
            return ToolCall(place, "", "", self._arguments[place].feed(arguments))
        place = len(self._arguments)
        if place == MOST:
            raise TooLarge(f"phase=body: more than {MOST} tool calls")
        self._arguments.append(Cleaner())
        if isinstance(index, int):
            self._places[index] = place
        if identity:
            self._named.setdefault(identity, place)
        return ToolCall(place, identity, clean(str(name or "")), self._arguments[place].feed(arguments))

    def finish(self) -> Iterator[ToolCall]:
        for place, cleaner in enumerate(self._arguments):
            if rest := cleaner.finish():
                yield ToolCall(place, "", "", rest)

    def _place(self, index: Any, identity: str) -> int | None:
        """Which call a piece belongs to; where the provider leaves the index out, by id, else the last one."""
        if isinstance(index, int):
            return self._places.get(index)
        if identity:
            return self._named.get(identity)
        return len(self._arguments) - 1 if self._arguments else None
