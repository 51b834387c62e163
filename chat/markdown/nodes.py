"""The small tree an answer is drawn as, and the allow-list its markup passes before it leaves.

A node is an `Element`, or a `str` of markup that is already escaped and balanced by itself (text,
or a highlighted line of code).
"""

from __future__ import annotations

from collections.abc import Iterable

import nh3

# The colours code has here, by their classes: comment, keyword, type, function, string, number, tag, added, heading,
# emphasis. One letter each, because a page of code holds thousands.
COLOURS = "cktfsmgahe"

# Everything a person's text can become inside a paragraph, heading, cell or line of code. The
# blocks around them are constants of ours; nothing of the model's text is in their tags.
CLEANER = nh3.Cleaner(
    tags={"a", "em", "strong", "del", "code", "br", "span", "b"},
    attributes={"a": {"href", "title", "target", "rel"}},
    allowed_classes={"span": {"task"}, "b": set(COLOURS)},
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)


class Element:
    """A tag with children. `base[:size]` are children that can no longer change, `kids` the others.

    `base` is shared with the block that grows it, so that drawing costs nothing for what is closed;
    entries already drawn are replaced by their markup. `guarded`: the content came from the text and
    goes through the allow-list. `live`: still open, text may be appended to it.
    """

    __slots__ = ("base", "guarded", "kids", "live", "open", "size", "tag")

    def __init__(
        self,
        tag: str,
        kids: list[Node],
        attributes: str = "",
        base: list[Node] | None = None,
        guarded: bool = False,
        live: bool = False,
    ) -> None:
        self.tag = tag
        self.open = f"<{tag}{attributes}>"
        self.kids = kids
        self.base: list[Node] = [] if base is None else base
        self.size = len(self.base)
        self.guarded = guarded
        self.live = live

    def view(self, kids: list[Node]) -> Element:
        """This element as it stands now, with `kids` after its closed children."""
        copy = Element.__new__(Element)
        copy.tag, copy.open, copy.guarded = self.tag, self.open, self.guarded
        copy.base, copy.size, copy.kids, copy.live = self.base, len(self.base), kids, True
        return copy

    def since(self, drawn: int) -> list[Node]:
        """The children after the first `drawn` closed ones, adjacent texts joined."""
        return merged([*self.base[drawn : self.size], *self.kids])


Node = str | Element


def merged(nodes: Iterable[Node]) -> list[Node]:
    result: list[Node] = []
    for node in nodes:
        if isinstance(node, str):
            if not node:
                continue
            if result and isinstance(result[-1], str):
                result[-1] += node
                continue
        result.append(node)
    return result


def escape(text: str) -> str:
    """`text` as the content of an element."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(text: str) -> str:
    """`text` as the value of an attribute in double quotes."""
    return escape(text).replace('"', "&quot;")


def cleaned(html: str) -> str:
    """`html` without whatever is not on the allow-list."""
    return CLEANER.clean(html) if "<" in html else html


def _raw(nodes: Iterable[Node]) -> str:
    return "".join(node if isinstance(node, str) else serialise(node) for node in nodes)


def serialise(element: Element) -> str:
    """The element's whole markup."""
    inner = _raw(element.base[: element.size]) + _raw(element.kids)
    if element.guarded:
        inner = cleaned(inner)
    return element.open if element.tag in _VOID else f"{element.open}{inner}</{element.tag}>"


_VOID = ("br", "hr")


def markup(nodes: Iterable[Node], guarded: bool) -> str:
    """The markup of siblings; `guarded` when they stand inside a paragraph, cell or line."""
    html = _raw(nodes)
    return cleaned(html) if guarded else html
