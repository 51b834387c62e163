"""A drawing that grows at its right-hand edge, and the fewest changes that take a page along.

The open elements are a stack, each the last child of the one below. What is closed is markup only.
"""

from __future__ import annotations

from chat.patches import Patch


class Open:
    """An element that is not closed. `sent`: so many of its parts the page has; `changed`: what the page has of it is wrong."""

    __slots__ = ("changed", "gone", "parts", "sent", "start", "tag")

    def __init__(self, tag: str, attributes: str = "") -> None:
        self.tag = tag
        self.start = _start(tag, attributes)
        self.parts: list[str] = []
        self.sent = 0
        self.changed = False  # to be drawn anew
        self.gone = False  # taken away

    def become(self, attributes: str) -> None:
        """Other attributes than it began with."""
        self.start = _start(self.tag, attributes)
        self.changed = True

    def hold(self, *parts: str) -> None:
        """Other content than it had."""
        self.parts = list(parts)
        self.changed = True

    @property
    def content(self) -> str:
        return "".join(self.parts)

    @property
    def markup(self) -> str:
        return f"{self.start}{self.content}</{self.tag}>" if self.tag else self.content


class Canvas:
    """The content element of the page, and what is open in it."""

    def __init__(self) -> None:
        self._stack = [Open("")]
        self._page = list(self._stack)  # what was open when the page was last told

    @property
    def top(self) -> Open:
        return self._stack[-1]

    @property
    def html(self) -> str:
        return self._markup(0)

    def push(self, tag: str, attributes: str = "") -> Open:
        element = Open(tag, attributes)
        self._stack.append(element)
        return element

    def text(self, html: str) -> None:
        """Markup at the end of what is open."""
        self.top.parts.append(html)

    def pop(self) -> Open:
        """Close the innermost element."""
        element = self._stack.pop()
        if self._has(element):
            self.top.sent += 1  # the page holds it, as the next of its parts
        self.top.parts.append(element.markup)
        return element

    def drop(self) -> None:
        """Take the innermost element away."""
        self._stack.pop().gone = True

    def close_all(self) -> None:
        while len(self._stack) > 1:
            self.pop()

    def patches(self) -> list[Patch]:
        """What the page has not been told."""
        wrong = next((depth for depth, was in enumerate(self._page) if was.changed or was.gone), 0)
        found = [(depth, self._added(depth)) for depth in range(wrong or len(self._page))]
        result = [Patch(depth, "beforeend", html) for depth, html in found if html and depth != wrong - 1]
        if wrong:
            was = self._page[wrong]
            html = "" if was.gone else self._markup(wrong) if self._is_open(wrong) else was.markup
            result.append(Patch(wrong, "outerHTML", html + found[-1][1]))
        self._page = list(self._stack)
        for element in self._page:
            element.sent, element.changed = len(element.parts), False
        return result

    def _has(self, element: Open) -> bool:
        depth = len(self._stack)
        return depth < len(self._page) and self._page[depth] is element

    def _is_open(self, depth: int) -> bool:
        return depth < len(self._stack) and self._stack[depth] is self._page[depth]

    def _added(self, depth: int) -> str:
        """What came behind what the page has of the element at this depth, its open child left out."""
        was = self._page[depth]
        html = "".join(was.parts[was.sent :])
        inner = depth + 1
        if self._is_open(depth) and inner < len(self._stack):
            known = inner < len(self._page) and self._is_open(inner)
            html += "" if known else self._markup(inner)
        return html

    def _markup(self, depth: int) -> str:
        """The element at this depth with all that is open in it."""
        elements = self._stack[depth:]
        html = "".join(element.start + element.content for element in elements)
        return html + "".join(f"</{element.tag}>" for element in reversed(elements) if element.tag)


def _start(tag: str, attributes: str) -> str:
    return f"<{tag}{' ' if attributes else ''}{attributes}>" if tag else ""
