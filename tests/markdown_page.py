"""A page for the Markdown tests: a strict little DOM, and the patches as htmx applies them."""

from __future__ import annotations

from html.parser import HTMLParser

from chat.markdown import Patch

VOID = {"br", "hr", "img", "input"}


class Node:
    def __init__(self, tag: str, attributes: tuple[tuple[str, str | None], ...] = ()) -> None:
        self.tag, self.attributes = tag, attributes
        self.kids: list[Node | str] = []

    def elements(self) -> list[Node]:
        return [kid for kid in self.kids if isinstance(kid, Node)]

    def walk(self) -> list[Node]:
        return [self, *(found for kid in self.elements() for found in kid.walk())]

    def text(self) -> str:
        return "".join(kid if isinstance(kid, str) else kid.text() for kid in self.kids)

    def shape(self) -> tuple:
        """A value that is equal for equal trees: adjacent texts joined, empty ones dropped."""
        kids: list = []
        for kid in self.kids:
            if isinstance(kid, Node):
                kids.append(kid.shape())
            elif kid and kids and isinstance(kids[-1], str):
                kids[-1] += kid
            elif kid:
                kids.append(kid)
        return (self.tag, tuple(sorted(self.attributes, key=str)), tuple(kids))


class _Strict(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("#")
        self.stack = [self.root]

    def handle_starttag(self, tag: str, attrs: list) -> None:
        node = Node(tag, tuple(attrs))
        self.stack[-1].kids.append(node)
        if tag not in VOID:
            self.stack.append(node)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or len(self.stack) < 2 or self.stack[-1].tag != tag:
            raise AssertionError(f"</{tag}> closes nothing: {self.rawdata[:200]!r}")
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.stack[-1].kids.append(data)

    def _refuse(self, data: str) -> None:
        raise AssertionError(f"markup that nobody asked for: {data[:200]!r}")

    handle_comment = handle_decl = handle_pi = unknown_decl = _refuse


def parse(html: str) -> Node:
    """The tree of a fragment; AssertionError where it is not well formed."""
    parser = _Strict()
    parser.feed(html)
    parser.close()
    assert parser.stack == [parser.root], f"left open: {[node.tag for node in parser.stack[1:]]}"
    assert "<" not in html or html.count("<") == html.count(">"), "a stray angle"
    return parser.root


class Page:
    """The content element of an answer."""

    def __init__(self) -> None:
        self.content = Node("#")

    def apply(self, patches: list[Patch]) -> None:
        self._check(patches)
        found = [self._target(patch.depth) for patch in patches]
        for patch, (parent, target) in zip(patches, found, strict=True):
            nodes = parse(patch.html).kids
            if patch.swap == "beforeend":
                target.kids += nodes
            elif patch.swap == "innerHTML":
                target.kids = nodes
            else:
                assert parent is not None
                at = next(i for i, kid in enumerate(parent.kids) if kid is target)
                parent.kids[at : at + 1] = nodes

    def _target(self, depth: int) -> tuple[Node | None, Node]:
        parent, target = None, self.content
        for _ in range(depth):
            assert target.elements(), "a patch names an element that is not there"
            parent, target = target, target.elements()[-1]
        return parent, target

    def _check(self, patches: list[Patch]) -> None:
        """The promises that the wire relies on."""
        depths = [patch.depth for patch in patches]
        assert len(set(depths)) == len(depths)
        for patch in patches:
            assert patch.html or patch.swap == "outerHTML"
            if patch.swap == "outerHTML":
                assert patch.depth == max(depths) != 0
            if patch.swap == "innerHTML":
                assert depths == [0]
