"""The blocks of one answer: lines in, drawings of the whole out.

`take` applies complete lines to the open blocks, the spine, for good; `draw` shows them together
with what the unfinished line will most likely do.
"""

from __future__ import annotations

import re

from chat.markdown.code import Code
from chat.markdown.containers import Container, container
from chat.markdown.ink import Ink
from chat.markdown.inline import parse
from chat.markdown.nodes import Element, Node
from chat.markdown.paragraph import Paragraph
from chat.markdown.scan import LONGEST, Opening, Plan, scan
from chat.markdown.table import Table

Leaf = Paragraph | Code | Table

# Beginnings of a line that may still become a marker of any kind.
_AMBIGUOUS = re.compile(r"(?:[-+*_=~`#>|: \t]+|\d{1,9}(?:[.)][ \t]*)?)\Z")
_HELD_ACTIONS = frozenset({"blank", "rule", "setext", "fence", "fence_end", "table"})
_VERY_LONG = 2 * LONGEST


class Blocks:
    def __init__(self, known: dict[str, str] | None = None) -> None:
        self.ink = Ink(known)
        self.spine = [Container("document", Element("div", []))]
        self.leaf: Leaf | None = None
        self.line = ""  # the unfinished line
        self.long = False  # it is so long that its beginning has been applied
        self.after_blank = False
        self.calm = False
        self.in_code = False

    def take(self, text: str) -> None:
        """More text, with "\\n" as its newlines."""
        *complete, last = text.split("\n")
        for piece in complete:
            self._piece(piece)
            self._newline()
        self._piece(last)

    def more(self, text: str) -> bool:
        """Text without a newline that can simply be added; False when a segment ended in it all the same."""
        before = self._closed()
        self._piece(text)
        return before == self._closed()

    def _closed(self) -> tuple[int, int]:
        if isinstance(self.leaf, Paragraph):
            return len(self.leaf.whole), len(self.leaf.base)
        plain = isinstance(self.leaf, Table) and self.leaf.row is not None and self.leaf.row.plain is not None
        return int(plain), 0

    def end(self) -> None:
        if self.line or self.long:
            self._newline()
        self._close_leaf()
        self._close_containers(1)

    def tail(self) -> str:
        """The end of the unfinished line, as far as it matters to what may follow."""
        if self.long and isinstance(self.leaf, Paragraph):
            return self.leaf.raw[-LONGEST:].rpartition("\n")[2]
        if isinstance(self.leaf, Table) and self.leaf.row is not None:
            return self.leaf.row.tail()
        return self.line

    def draw(self) -> Element:
        self.calm, self.in_code = False, False
        if self.long:
            return self._root(self._leaf_view(""), len(self.spine))
        plan = scan(self.line, self.spine, self.leaf) if self.line else None
        if plan is None or self._held(plan):
            return self._root(self._leaf_view(None), len(self.spine))
        if plan.goes_on:
            return self._root(self._leaf_view(plan.text), len(self.spine))
        return self._root(self._leaving(plan) + self._arriving(plan), plan.keep)

    def _root(self, kids: list[Node], depth: int) -> Element:
        for block in reversed(self.spine[:depth]):
            kids = [block.element.view(kids)]
        root = kids[0]
        assert isinstance(root, Element)
        return root

    def _leaf_view(self, partial: str | None) -> list[Node]:
        if self.leaf is None:
            return []
        nodes = self.leaf.draw(partial, False)
        self.calm, self.in_code = self.leaf.calm, isinstance(self.leaf, Code)
        return nodes

    def _leaving(self, plan: Plan) -> list[Node]:
        """What the unfinished line closes, drawn closed."""
        kids = [] if self.leaf is None else self.leaf.draw(None, True)
        for block in reversed(self.spine[plan.keep :]):
            kids = [block.element.view(kids)]
        return kids

    def _arriving(self, plan: Plan) -> list[Node]:
        """What the unfinished line begins."""
        kids: list[Node] = []
        if plan.action == "heading":
            parsed = parse(plan.text, self.ink.known, unfinished=True)
            kids, self.calm = [Element(f"h{plan.detail}", parsed.nodes, guarded=True, live=True)], parsed.calm
        else:
            leaf: Leaf = (
                Code(self.ink) if plan.action == "indented" else Paragraph(self.ink, self._task(plan))
            )
            kids = leaf.draw(plan.text, False)
            self.calm, self.in_code = leaf.calm, isinstance(leaf, Code)
        if not kids:
            return []
        first = True
        for index in range(len(plan.openings) - 1, -1, -1):
            first = index > 0 and plan.openings[index - 1].kind == "list"
            element = container(plan.openings[index], self.after_blank and not first).element
            element.kids, element.live = kids, True
            kids = [element]
        return kids

    def _held(self, plan: Plan) -> bool:
        """Whether it is too early to say what the unfinished line begins."""
        if plan.action == "code" or (plan.action == "indented" and plan.goes_on):
            assert isinstance(self.leaf, Code)
            return self.leaf.held(plan.text)
        if plan.action in _HELD_ACTIONS or not plan.text:
            return True
        doubtful = plan.action in ("text", "row") or (plan.action == "indented" and plan.openings)
        return bool(doubtful and _AMBIGUOUS.match(plan.text))

    def _piece(self, text: str) -> None:
        if self.long:
            assert isinstance(self.leaf, Paragraph | Table)
            if text:
                self.leaf.extend(text)
            return
        self.line += text
        if len(self.line) > _VERY_LONG:
            self._begin_long()

    def _begin_long(self) -> None:
        """Apply the beginning of a very long line of text, or row; its rest cannot change what it is."""
        head, rest = self.line[: _VERY_LONG + 1], self.line[_VERY_LONG + 1 :]
        plan = scan(head, self.spine, self.leaf)
        if plan.action == "row":
            assert isinstance(self.leaf, Table)
            self.leaf.begin_row(plan.text)
        elif plan.action == "text":
            self._apply(plan)
        else:
            return
        self.line, self.long = "", True
        assert isinstance(self.leaf, Paragraph | Table)
        self.leaf.extend(rest)

    def _newline(self) -> None:
        if not self.long:
            self._apply(scan(self.line, self.spine, self.leaf))
        if isinstance(self.leaf, Paragraph | Table):
            self.leaf.end_line()
        self.line, self.long = "", False

    def _apply(self, plan: Plan) -> None:
        if plan.action == "blank":
            self._blank(plan)
        elif plan.action == "setext":
            assert isinstance(self.leaf, Paragraph)
            self._put(self.leaf.close(f"h{plan.detail}"))
            self.leaf = None
        elif plan.action == "table":
            self._begin_table(plan.detail)
        elif plan.action == "fence_end":
            self._close_leaf()
        elif plan.goes_on and self.leaf is not None:
            self.leaf.add(plan.text)
        else:
            self._begin(plan)
        self.after_blank = plan.action == "blank" and not plan.openings

    def _blank(self, plan: Plan) -> None:
        whole = plan.keep == len(self.spine) and not plan.openings
        if whole and isinstance(self.leaf, Code):
            self.leaf.add(plan.text)
            return
        self._close_leaf()
        self._close_containers(plan.keep)
        self._open(plan.openings)

    def _begin(self, plan: Plan) -> None:
        self._close_leaf()
        self._close_containers(plan.keep)
        task = self._task(plan)
        self._open(plan.openings)
        if plan.action == "heading":
            parsed = parse(plan.text, self.ink.known)
            self.ink.missing.update(key for key in parsed.missing if key not in self.ink.known)
            self._put([Element(f"h{plan.detail}", parsed.nodes, guarded=True)])
        elif plan.action == "rule":
            self._put([Element("hr", [])])
        elif plan.action == "fence":
            self.leaf = Code(self.ink, plan.text, plan.detail)
        elif plan.action == "indented":
            self.leaf = Code(self.ink)
            self.leaf.add(plan.text)
        else:
            self.leaf = Paragraph(self.ink, task)
            self.leaf.add(plan.text)

    def _begin_table(self, aligns: list[str]) -> None:
        assert isinstance(self.leaf, Paragraph)
        head = self.leaf.drop_last_line()
        self._close_leaf()
        self.leaf = Table(self.ink, head, aligns)

    def _task(self, plan: Plan) -> bool:
        """Whether the text that begins is the first of a list item."""
        if plan.openings:
            return plan.openings[-1].kind == "item"
        container = self.spine[plan.keep - 1]
        return (
            container.kind == "item"
            and container.empty
            and plan.keep == len(self.spine)
            and self.leaf is None
        )

    def _open(self, openings: list[Opening]) -> None:
        for index, opening in enumerate(openings):
            first = index > 0 and openings[index - 1].kind == "list"
            self.spine.append(container(opening, self.after_blank and not first))

    def _close_leaf(self) -> None:
        if self.leaf is not None:
            self._put(self.leaf.close())
            self.leaf = None

    def _close_containers(self, keep: int) -> None:
        while len(self.spine) > keep:
            closed = self.spine.pop().element
            self._put([closed.view([])])

    def _put(self, nodes: list[Node]) -> None:
        self.ink.close(self.spine[-1].element.base, nodes)
