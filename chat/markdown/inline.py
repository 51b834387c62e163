"""The inside of a paragraph, heading or cell: text, emphasis, code, links.

A pure function of one piece of text. HTML of the source is text (but `<br>`), an image is a link
to it, and only http, https and mailto are followed. `unfinished`: more text will follow; then marks
at the very end are held back and what is open is drawn as it will most likely end, and no link is
live before its address is certainly complete.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping

from chat.markdown import emphasis
from chat.markdown.edge import visible
from chat.markdown.emphasis import Run
from chat.markdown.links import (
    AUTOLINK,
    BARE_URL,
    EMAIL,
    ENTITY,
    anchor,
    entity,
    host,
    inline_target,
    may_become_target,
    reference,
    without_edge,
)
from chat.markdown.nodes import Element, escape
from chat.markdown.tokens import Bracket, Close, Parsed, Token, code_span, tree

LONGEST_GUESSED_LINK = 80
_SPECIAL = re.compile(r"[\\`*_~\[\]<&\n]|!\[|(?<![A-Za-z0-9])https?://(?=[A-Za-z0-9])")
_BLANKS = re.compile(r"[ \t]*")
_RUN = re.compile(r"\*+|_+|~+")
_TICKS = re.compile(r"`+")
_BREAK = re.compile(r"<br[ \t]{0,3}/?>", re.IGNORECASE)


def parse(text: str, known: Mapping[str, str], before: str = "\n", unfinished: bool = False) -> Parsed:
    """The nodes of `text`; `known` maps label keys to addresses, `before` is the character to its left."""
    return _Parser(text, known, before, unfinished).run()


class _Parser:
    def __init__(self, text: str, known: Mapping[str, str], before: str, unfinished: bool) -> None:
        self.known, self.before, self.unfinished = known, before, unfinished
        text, self.edge, self.held = visible(text) if unfinished else (text, False, False)
        self.text, self.at = text, 0
        self.tokens: list[Token] = []
        self.runs: list[Run] = []
        self.brackets: list[Bracket] = []
        self.missing: list[str] = []
        self.open_end = False  # the text ends inside something that plain text may still change
        self.no_ticks: set[int] = set()

    def run(self) -> Parsed:
        text, end = self.text, len(self.text)
        while self.at < end:
            match = _SPECIAL.search(text, self.at)
            if match is None:
                self.tokens.append(escape(text[self.at :]))
                break
            if match.start() > self.at:
                self.tokens.append(escape(text[self.at : match.start()]))
                self.at = match.start()
            _HANDLERS[text[self.at]](self)
        if self.unfinished:
            self._guess_link()
        emphasis.match(self.runs, 0)
        hopeless = all(run.hopeless() for run in self.runs)
        settled = (
            hopeless and not self.open_end and not any(b.active for b in self.brackets) and not self.no_ticks
        )
        if self.unfinished:
            emphasis.guess(self.runs, 0)
        nodes = tree(self.tokens)
        return Parsed(nodes, settled and not self.held, not self.open_end and not self.held, self.missing)

    def _literal(self, length: int) -> None:
        self.tokens.append(escape(self.text[self.at : self.at + length]))
        self.at += length

    def _backslash(self) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if following == "\n":
            self.tokens.append(Element("br", []))
            self.at += 1
            self._newline()
        elif following and following in string.punctuation:
            self.tokens.append(escape(following))
            self.at += 2
        else:
            self._literal(1)
            self.open_end |= self.at == len(self.text)

    def _newline(self) -> None:
        last = self.tokens[-1] if self.tokens else None
        if isinstance(last, str):
            kept = last.rstrip(" ")
            self.tokens[-1] = kept
            if last.endswith("  "):
                self.tokens.append(Element("br", []))
        self.tokens.append("\n")
        self.at = _BLANKS.match(self.text, self.at + 1).end()  # type: ignore[union-attr]

    def _ticks(self) -> None:
        opener = _TICKS.match(self.text, self.at)
        assert opener is not None
        length = len(opener[0])
        if length not in self.no_ticks:
            for closer in _TICKS.finditer(self.text, opener.end()):
                if len(closer[0]) == length:
                    self.tokens.append(code_span(self.text[opener.end() : closer.start()], False))
                    self.at = closer.end()
                    return
            if self.unfinished and not self.no_ticks:
                self.tokens.append(code_span(self.text[opener.end() :], True))
                self.at = len(self.text)
                self.open_end = True
                return
            self.no_ticks.add(length)
        self._literal(length)

    def _run(self) -> None:
        found = _RUN.match(self.text, self.at)
        assert found is not None
        before = self.text[self.at - 1] if self.at else self.before
        after = self.text[found.end() : found.end() + 1] or "\n"
        run = Run(found[0][0], len(found[0]), before, after)
        self.tokens.append(run)
        self.runs.append(run)
        self.at = found.end()

    def _bracket(self) -> None:
        image = self.text[self.at] == "!"
        before = self.text[self.at - 1] if self.at else self.before
        self.at += 2 if image else 1
        bracket = Bracket(image, self.at, len(self.runs), before.isalnum())
        self.tokens.append(bracket)
        self.brackets.append(bracket)

    def _close_bracket(self) -> None:
        if not self.brackets:
            return self._literal(1)
        opener = self.brackets.pop()
        if not opener.active:
            return self._literal(1)
        after = self.at + 1
        target = inline_target(self.text, after)
        if target is not None:
            return self._link(opener, target.url, target.end)
        found = reference(self.text, opener.end, self.at)
        if found.key in self.known:
            return self._link(opener, self.known[found.key], found.end)
        meant = self.unfinished and self.at > opener.end and not opener.inside_word
        if meant and (may_become_target(self.text, after) or (self.edge and after == len(self.text))):
            self._link(opener, "", len(self.text))
            self.open_end = True
            return None
        if self.text.startswith("(", after) and may_become_target(self.text, after):
            self.open_end = True  # a line ended inside the address or title
        if found.key:
            self.missing.append(found.key)
        return self._literal(1)

    def _link(self, opener: Bracket, url: str, end: int) -> None:
        emphasis.match(self.runs, opener.runs)
        if self.unfinished and end == len(self.text) and not url:
            emphasis.guess(self.runs, opener.runs)
        del self.runs[opener.runs :]
        opener.active = False
        if opener.image and any(bracket.active and not bracket.image for bracket in self.brackets):
            opener.tag = "span"  # it may become the text of a link, and links hold no links
        else:
            opener.tag, opener.attributes = "a", anchor(url)
        where = host(url) if opener.image else ""
        self.tokens.append(Close(f" ({escape(where)})" if where else ""))
        self.at = end
        if not opener.image:
            self._no_link_around()

    def _no_link_around(self) -> None:
        """Links hold no links; an image, which is only its text, may."""
        for bracket in self.brackets:
            bracket.active = bracket.active and bracket.image

    def _angle(self) -> None:
        text = self.text
        if match := AUTOLINK.match(text, self.at):
            self._address(match[1], match[1], match.end())
        elif match := EMAIL.match(text, self.at):
            self._address("mailto:" + match[1], match[1], match.end())
        elif match := _BREAK.match(text, self.at):
            self.tokens.append(Element("br", []))
            self.at = match.end()
        else:
            self._literal(1)

    def _url(self) -> None:
        match = BARE_URL.match(self.text, self.at)
        assert match is not None
        url = match[0]
        if any(bracket.active and not bracket.image for bracket in self.brackets):
            return self._literal(len(url))
        if self.edge and match.end() == len(self.text):
            self.open_end = True
            return self._address("", url, match.end())
        url = without_edge(url)
        return self._address(url, url, self.at + len(url))

    def _address(self, url: str, shown: str, end: int) -> None:
        self._no_link_around()
        self.tokens.append(Element("a", [escape(shown)], anchor(url)))
        self.at = end

    def _entity(self) -> None:
        match = ENTITY.match(self.text, self.at)
        self.tokens.append(escape(entity(match[0]) if match else "&"))
        self.at = match.end() if match else self.at + 1

    def _guess_link(self) -> None:
        """An open `[` near the end of an unfinished text most likely begins a link."""
        opener = next((bracket for bracket in reversed(self.brackets) if bracket.active), None)
        if opener is None or opener.inside_word:
            return
        inside = self.text[opener.end :]
        if not inside.strip(" \t\n") or len(inside) > LONGEST_GUESSED_LINK or "\n" in inside:
            return
        self._link(opener, "", len(self.text))
        self.open_end = True


_HANDLERS = {
    "\\": _Parser._backslash,
    "`": _Parser._ticks,
    "*": _Parser._run,
    "_": _Parser._run,
    "~": _Parser._run,
    "[": _Parser._bracket,
    "!": _Parser._bracket,
    "]": _Parser._close_bracket,
    "<": _Parser._angle,
    "&": _Parser._entity,
    "\n": _Parser._newline,
    "h": _Parser._url,
}
