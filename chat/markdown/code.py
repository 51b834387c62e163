"""Code blocks, closed and coloured line by line."""

from __future__ import annotations

from chat.markdown.highlight import Highlighter, language
from chat.markdown.ink import Ink
from chat.markdown.nodes import Element, Node, attribute, cleaned, escape

_NEWLINE = "\n"


class Code:
    """A fenced or an indented block. `calm` after a drawing: more text of the line is just added."""

    def __init__(self, ink: Ink, info: str = "", fence: tuple[str, int, int] | None = None) -> None:
        self.ink = ink
        self.kind = "fence" if fence else "indented"
        self.mark, self.length, self.indent = fence or ("", 0, 0)
        name = language(info)
        self.highlighter = Highlighter(name)
        self.caption = Element("figcaption", [f"<span>{escape(name)}</span>{_COPY}"])
        self.code = Element("code", [], f' class="language-{attribute(name)}"' if name else "")
        self.blanks: list[str] = []  # lines of an indented block that may turn out to stand after it
        self.calm = False

    def add(self, text: str) -> None:
        if self.kind == "indented" and not text.strip(" \t"):
            self.blanks.append(text)
            return
        for line in [*self.blanks, text]:
            # No element for a line that is closed: in a replay those would be a sixth of the bytes.
            self.ink.close(self.code.base, [cleaned(self.highlighter.line(line)) + _NEWLINE])
        self.blanks = []

    def held(self, partial: str) -> bool:
        """Whether a beginning of a line may still be the fence that ends the block, or blank space."""
        rest = partial.strip(" \t")
        return not rest or (self.kind == "fence" and not rest.strip(self.mark))

    def draw(self, partial: str | None, closed: bool) -> list[Node]:
        kids: list[Node] = []
        self.calm = partial is not None and not closed
        if partial is not None:
            kids = [escape(line) + _NEWLINE for line in self.blanks]
            kids.append(Element("span", [escape(partial)], guarded=True, live=True))
        return [self._figure(self.code.view(kids))]

    def close(self) -> list[Node]:
        return [self._figure(self.code.view([]))]

    def _figure(self, code: Element) -> Element:
        pre = Element("pre", [code], live=True)
        return Element("figure", [self.caption, pre], ' class="code"', live=True)


_COPY = '<button type="button" class="copy-code">Copy</button>'
