"""Blocks that hold blocks: the document, quotes, lists and their items."""

from __future__ import annotations

from chat.markdown.nodes import Element
from chat.markdown.scan import Kind, Opening


class Container:
    __slots__ = ("element", "kind", "marker", "width")

    def __init__(self, kind: Kind, element: Element, marker: str = "", width: int = 0) -> None:
        self.kind, self.element, self.marker, self.width = kind, element, marker, width

    @property
    def empty(self) -> bool:
        return not self.element.base


def container(opening: Opening, loose: bool) -> Container:
    """The block that `opening` begins; an item is loose when a blank line stands between it and another."""
    if opening.kind == "quote":
        return Container("quote", Element("blockquote", []))
    if opening.kind == "item":
        attributes = ' class="loose"' if loose else ""
        return Container("item", Element("li", [], attributes), opening.marker, opening.width)
    if opening.marker in "-+*":
        return Container("list", Element("ul", []), opening.marker)
    start = f' start="{opening.start}"' if opening.start != 1 else ""
    return Container("list", Element("ol", [], start), opening.marker)
