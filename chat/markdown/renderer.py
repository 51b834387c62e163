"""Markdown as it arrives: text in, changes to the page out."""

from __future__ import annotations

import re

from chat.markdown.blocks import Blocks
from chat.markdown.nodes import Element, escape, markup
from chat.markdown.patches import changes
from chat.patches import Patch

# Characters that, behind text like themselves, mean nothing to Markdown.
_PROSE = re.compile(r"[^\x00-\x1f!\\`*_~\[\]<>&|#/\x7f\ud800-\udfff]+")
_CODE = re.compile(r"[^\x00\r\n\ud800-\udfff]+")
_UNFIT = re.compile(r"[\x00\ud800-\udfff]")


class Renderer:
    """Draws one answer while it is written.

    What is drawn is a function of the text so far, not of how it was cut. U+0000 and lone surrogates
    become U+FFFD, CR and CRLF become LF. `known`: link addresses by label key, known beforehand.
    """

    def __init__(self, known: dict[str, str] | None = None) -> None:
        self._blocks = Blocks(known)
        self._drawn = Element("div", [])
        self._plain: re.Pattern[str] | None = None  # what may be appended without reading
        self._target = self._drawn  # the innermost live element
        self._depth = 0
        self._space = ""  # blanks at the end that are not drawn yet
        self._source: list[str] = []
        self._carriage = False
        self._finished = False

    def feed(self, text: str) -> list[Patch]:
        """Patches for `text` more; ValueError after `finish`."""
        if self._finished:
            raise ValueError("the text has been finished")
        if not text:
            return []
        self._source.append(text)
        if self._plain is not None and self._plain.fullmatch(text):
            self._carriage = False
            if self._blocks.more(text):
                return self._append(text)
        else:
            self._blocks.take(self._fit(text))
        return self._redraw(self._blocks.draw())

    def finish(self) -> list[Patch]:
        """Patches for the end of the text; the page then shows what `render` gives."""
        if self._finished:
            return []
        self._finished = True
        self._blocks.end()
        patches = self._redraw(self._blocks.draw())
        if not self._blocks.ink.late:
            return patches
        again = Renderer(self._blocks.ink.known)
        again.feed("".join(self._source))
        again.finish()
        self._drawn = again._drawn
        return [Patch(0, "innerHTML", self.html)]

    @property
    def html(self) -> str:
        """The whole markup that the page should hold now."""
        return markup([*self._drawn.base[: self._drawn.size], *self._drawn.kids], False)

    def _fit(self, text: str) -> str:
        """`text` with one kind of newline and nothing that HTML cannot hold."""
        if not text.isascii() or "\x00" in text:
            text = _UNFIT.sub("\ufffd", text)
        if self._carriage and text.startswith("\n"):
            text = text[1:]
        self._carriage = text.endswith("\r")
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def _append(self, text: str) -> list[Patch]:
        if self._plain is _PROSE:
            body = text.rstrip(" ")
            if not body:
                self._space += text
                return []
            text, self._space = self._space + body, text[len(body) :]
        html = escape(text)
        kids = self._target.kids
        if kids and isinstance(kids[-1], str):
            kids[-1] += html
        else:
            kids.append(html)
        return [Patch(self._depth, "beforeend", html)]

    def _redraw(self, now: Element) -> list[Patch]:
        patches = changes(self._drawn, now)
        self._drawn = now
        self._blocks.ink.dry()
        self._aim()
        return patches

    def _aim(self) -> None:
        """Find where plain text would be added, and which text is plain there."""
        self._plain, tail = None, self._blocks.tail()
        if not self._blocks.calm or not tail:
            return
        self._target, self._depth = self._drawn, 0
        while self._target.kids:
            last = self._target.kids[-1]
            if isinstance(last, str) or not last.live:
                break
            self._target, self._depth = last, self._depth + 1
        if self._blocks.in_code:
            self._plain = _CODE
            return
        body = tail.rstrip(" ")
        if body and _PROSE.fullmatch(body[-1]):
            self._plain, self._space = _PROSE, tail[len(body) :]


def render(text: str) -> str:
    """The sanitised HTML of a whole answer."""
    renderer = Renderer()
    renderer.feed(text)
    renderer.finish()
    return renderer.html
