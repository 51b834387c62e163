"""Code coloured line by line: Pygments reads it, and what it tells apart becomes the few colours there are.

The state after a line is a function of the lines so far, so a streamed block and a whole one get
the same markup. A lexer built from states keeps its stack from line to line; the others see each
line alone. A comment `/* … */` is carried over lines here, because most lexers match it as one piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from pygments.lexer import ExtendedRegexLexer, Lexer, RegexLexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, Comment, Error, _TokenType
from pygments.util import ClassNotFound

from chat.markdown.links import unescape
from chat.markdown.nodes import COLOURS, escape

# Known to work line by line; a name of the model's choosing never loads another module.
_LANGUAGES = """
    awk bash c c# c++ clojure cmake console cpp cs csharp css dart diff docker dockerfile elixir erlang
    fortran fsharp go golang graphql groovy haskell hcl html http ini java javascript js json json5 jsx
    julia kotlin latex less lua make makefile markdown md matlab nginx nim objective-c ocaml perl php
    powershell properties proto protobuf ps1 py py3 python python3 r rb ruby rs rust sass scala scheme
    scss sh shell sql swift terraform tex text toml ts tsx typescript vb.net vim xml yaml yml zig zsh
"""
LANGUAGES = frozenset(_LANGUAGES.split())
_STARRED = """
    c c# c++ cpp cs csharp css dart go golang groovy java javascript js jsx kotlin less php proto protobuf
    rs rust sass scala scss sql swift ts tsx typescript objective-c hcl terraform
"""
_STAR_COMMENTS = frozenset(_STARRED.split())
_NAME = re.compile(r"\w[\w+#.-]{0,30}")
_IN_TEXT = re.compile(r"str|comment|regex|quote|dq|sq|bt|tpl|heredoc|nowdoc|slash")
LONGEST_LINE = 1000  # characters; longer ones stay plain (a regex may backtrack)
# Pygments' short names (https://pygments.org/docs/tokens/) by the colour they have here. Whatever else it tells
# apart, operators and plain names above all, has the colour of the text and no markup: a third of all bytes.
_NAMES = {
    "c": "c ch cm c1 cs cp cpf",
    "k": "k kc kd kn kp kr ow",
    "t": "kt nc nn ne no nl",
    "f": "nf fm nb bp nd na py",
    "s": "s sa sb sc dl sd s2 se sh si sx sr s1 ss l ld",
    "m": "m mb mf mh mi il mo",
    "g": "nt nv vc vg vi vm gr gt gd",
    "a": "gi",
    "h": "gh gu gs",
    "e": "ge",
}
_COLOUR = {name: colour for colour in COLOURS for name in _NAMES[colour].split()}


def language(info: str) -> str:
    """The language an info string names, safe as a class; empty if none."""
    found = _NAME.match(unescape(info).strip())
    return found[0] if found else ""


@lru_cache(maxsize=128)
def _lexer(name: str) -> Lexer | None:
    if name not in LANGUAGES:
        return None
    try:
        return get_lexer_by_name(name)
    except ClassNotFound:
        return None


class Highlighter:
    """Colours the lines of one block, in order."""

    def __init__(self, name: str) -> None:
        self.lexer = _lexer(name.lower())
        self.starred = name.lower() in _STAR_COMMENTS
        self.stack = ["root"]
        self.in_comment = False

    def line(self, text: str) -> str:
        """The markup of one line, given without its newline and returned without one."""
        if self.lexer is None or not text or len(text) > LONGEST_LINE:
            return escape(text)
        try:
            return _spans(self._tokens(text + "\n"))
        except Exception:  # whatever a foreign lexer does, the text is shown
            self.lexer = None
            return escape(text)

    def _tokens(self, text: str) -> Iterator[tuple[_TokenType, str]]:
        at = 0
        if self.in_comment:
            at = self._comment_end(text, 0)
            yield Comment.Multiline, text[:at]
        if isinstance(self.lexer, RegexLexer) and not isinstance(self.lexer, ExtendedRegexLexer):
            yield from self._stateful(self.lexer, text, at)
        elif self.lexer is not None and at < len(text):
            for _, kind, value in self.lexer.get_tokens_unprocessed(text[at:]):
                yield kind, value

    def _comment_end(self, text: str, start: int) -> int:
        end = text.find("*/", start)
        self.in_comment = end < 0
        return len(text) if end < 0 else end + 2

    def _stateful(self, lexer: RegexLexer, text: str, at: int) -> Iterator[tuple[_TokenType, str]]:
        stack, states = self.stack, lexer._tokens
        for _ in range(20 * len(text) + 100):  # a rule may match nothing; never for ever
            if at >= len(text):
                return
            if self.starred and text.startswith("/*", at) and not _IN_TEXT.search(str(stack[-1])):
                end = self._comment_end(text, at + 2)
                yield Comment.Multiline, text[at:end]
                at = end
                continue
            for rule in states[stack[-1]]:
                match = rule[0](text, at)
                if match:
                    break
            else:
                if text[at] == "\n":
                    stack[:] = ["root"]
                yield Error, text[at]
                at += 1
                continue
            _, action, state = rule
            if action is not None:
                if type(action) is _TokenType:
                    yield action, match.group()
                else:
                    for _, kind, value in action(lexer, match):
                        yield kind, value
            at = match.end()
            if state is not None:
                _move(stack, state)
        raise RuntimeError("lexer makes no progress")


def _move(stack: list[str], state: object) -> None:
    if isinstance(state, int):
        del stack[max(1, len(stack) + state) :]
    elif isinstance(state, tuple):
        for name in state:
            _move(stack, name)
    elif state == "#pop":
        if len(stack) > 1:
            stack.pop()
    elif state == "#push":
        stack.append(stack[-1])
    else:
        stack.append(str(state))


def _spans(tokens: Iterator[tuple[_TokenType, str]]) -> str:
    """The tokens of one line as markup, neighbours of one colour in one element, without the newline."""
    pieces: list[tuple[str, str]] = []
    for kind, value in tokens:
        value = value.rstrip("\n")
        colour = _colour(kind)
        if pieces and (pieces[-1][0] == colour or not value.strip()):
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + value)
        elif value:
            pieces.append((colour, value))
    return "".join(
        f'<b class="{colour}">{escape(value)}</b>' if colour else escape(value) for colour, value in pieces
    )


@lru_cache(maxsize=512)
def _colour(kind: _TokenType) -> str:
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    return _COLOUR.get(STANDARD_TYPES.get(kind, ""), "")
