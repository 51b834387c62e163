"""What a scan of inline text yields, and how it nests."""

from __future__ import annotations

from dataclasses import dataclass, field

from chat.markdown.emphasis import Run
from chat.markdown.nodes import Element, Node, escape, merged

DEEPEST = 24


class Bracket:
    """An opening `[` or `![`: itself, unless a link begins there."""

    __slots__ = ("active", "attributes", "end", "image", "inside_word", "runs", "tag")

    def __init__(self, image: bool, end: int, runs: int, inside_word: bool) -> None:
        self.image, self.end, self.runs, self.inside_word = image, end, runs, inside_word
        self.active = True
        self.tag = ""
        self.attributes = ""


class Close:
    """The end of a link; for an image `note` tells where it leads."""

    __slots__ = ("note",)

    def __init__(self, note: str = "") -> None:
        self.note = note


Token = str | Element | Run | Bracket | Close


@dataclass(slots=True)
class Parsed:
    """`settled`: nothing that follows can change the nodes. `calm`: plain text that follows is simply
    added to the innermost live element. `missing`: labels nobody has defined yet."""

    nodes: list[Node]
    settled: bool
    calm: bool
    missing: list[str] = field(default_factory=list)


def tree(tokens: list[Token]) -> list[Node]:
    """The tokens nested; what is still open at the end is live. Deeper than `DEEPEST` is flat."""
    root: list[Node] = []
    stack: list[tuple[list[Node], Element | None]] = [(root, None)]
    images: list[Element] = []

    def enter(tag: str, attributes: str = "") -> None:
        if len(stack) > DEEPEST:
            stack.append((stack[-1][0], None))
            return
        element = Element(tag, [], attributes)
        stack[-1][0].append(element)
        stack.append((element.kids, element))

    for token in tokens:
        kids = stack[-1][0]
        if isinstance(token, str | Element):
            kids.append(token)
        elif isinstance(token, Run):
            del stack[len(stack) - token.closes :]
            if token.count:
                stack[-1][0].append(token.char * token.count)
            for tag in token.opens:
                enter(tag)
        elif isinstance(token, Bracket):
            if token.tag:
                enter(token.tag, token.attributes)
                if token.image and stack[-1][1] is not None:
                    images.append(stack[-1][1])
            else:
                kids.append("![" if token.image else "[")
        else:
            if token.note:
                kids.append(token.note)
            stack.pop()
    for _, element in stack[1:]:
        if element is not None:
            element.live = True
    for image in images:
        image.kids = [_text(image.kids)]
    return _joined(root)


def _text(nodes: list[Node]) -> str:
    return "".join(node if isinstance(node, str) else _text(node.kids) for node in nodes)


def _joined(nodes: list[Node]) -> list[Node]:
    for node in nodes:
        if isinstance(node, Element):
            node.kids = _joined(node.kids)
    return merged(nodes)


def code_span(content: str, live: bool) -> Element:
    """Code inside a line; `live` when its end has not come yet."""
    content = content.replace("\n", " ")
    if content.startswith(" ") and content.strip(" ") and (live or content.endswith(" ")):
        content = content[1:] if live else content[1:-1]
    return Element("code", [escape(content)], live=live)
