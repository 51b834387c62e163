"""Tool calls as they come: each in pieces, several at once, told apart in ways that differ."""

import json
from collections.abc import Iterator
from typing import Any

from ..deltas import Cleaner, ToolCall, clean


class Calls:
    """Pieces of calls in, storable ones out."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[str, Cleaner]] = {}  # index: (id, arguments)

    def __len__(self) -> int:
        return len(self._known)

    def piece(self, index: Any, identity: Any, name: Any, arguments: Any) -> ToolCall:
        """The next piece of a call. Only the first one tells its id and name; `arguments` are a piece of a string of
        JSON, or (against most formats) the whole as an object.
        """
        identity = clean(str(identity or ""))
        index = self._index(index, identity)
        if isinstance(arguments, dict):
            arguments = json.dumps(arguments, ensure_ascii=False)
        arguments = arguments if isinstance(arguments, str) else ""
        if index in self._known:
            return ToolCall(index, "", "", self._known[index][1].feed(arguments))
        self._known[index] = identity, Cleaner()
        return ToolCall(index, identity, clean(str(name or "")), self._known[index][1].feed(arguments))

    def finish(self) -> Iterator[ToolCall]:
        for index, (_, cleaner) in self._known.items():
            if rest := cleaner.finish():
                yield ToolCall(index, "", "", rest)

    def _index(self, index: Any, identity: str) -> int:
        """Which call a piece belongs to, where the provider leaves the index out: by id, else the last one."""
        if isinstance(index, int):
            return index
        if identity:
            known = (i for i, (call_id, _) in self._known.items() if call_id == identity)
            return next(known, len(self._known))
        return max(self._known, default=0)
