"""What the blocks of one answer share: link definitions, and what is closed but not yet shown."""

from __future__ import annotations

from chat.markdown.nodes import Element, Node, serialise


class Ink:
    """What all blocks of one answer share.

    `known` maps a label's key to its address; `late` says that a label used in a closed block was
    defined after it. `fresh` lists the closed nodes that the page has not been shown yet.
    """

    def __init__(self, known: dict[str, str] | None = None) -> None:
        self.known = dict(known or {})
        self.missing: set[str] = set()
        self.late = False
        self.fresh: list[tuple[list[Node], int]] = []

    def define(self, key: str, url: str) -> None:
        """The first definition of a label counts."""
        if key not in self.known:
            self.known[key] = url
            self.late = self.late or key in self.missing

    def close(self, base: list[Node], nodes: list[Node]) -> None:
        """Add `nodes` to the closed children `base`."""
        for node in nodes:
            if isinstance(node, Element):
                self.fresh.append((base, len(base)))
            base.append(node)

    def dry(self) -> None:
        """Keep only the markup of what has been shown: it cannot change, and trees are large."""
        for base, index in self.fresh:
            node = base[index]
            if isinstance(node, Element):
                base[index] = serialise(node)
        self.fresh.clear()
