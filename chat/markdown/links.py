"""Destinations, titles, labels and reference definitions of links.

Grammar: https://spec.commonmark.org/0.31.2/#links and #link-reference-definitions.
"""

from __future__ import annotations

import re
from html.entities import html5
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from chat.markdown.nodes import attribute

LABEL = re.compile(r"\[((?:[^\\\[\]]|\\.){0,999})\]", re.DOTALL)
TITLE = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|\((?:[^()\\]|\\.)*\)', re.DOTALL)
ENTITY = re.compile(r"&(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
_SPACE = re.compile(r"[ \t]*\n?[ \t]*")
_LINE_END = re.compile(r"[ \t]*(?:\n|$)")
_ANGLED = re.compile(r"<((?:[^<>\n\\]|\\.)*)>")
_BARE = re.compile(r"(?:[^\\()\x00-\x20\x7f]|\\[!-/:-@\[-`{-~]|\\)+")
_UNESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])|" + ENTITY.pattern)
_SCHEME = re.compile(r"(https?)://[^/?#\\]|mailto:[^?]", re.IGNORECASE)
_HOST = re.compile(r"[\w.-]+")
_BRACKETED = re.compile(r"(https?://(?:[^\[\]/?#\\]*@)?)(\[[0-9a-f:.]+\])(?=[:/?#]|\Z)", re.IGNORECASE)
_KEPT = ";/?:@&=+$,-_.!~*'()#%"
_STRAY_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_LONGEST_DEFINITION = 2000


class Target(NamedTuple):
    url: str
    end: int


def entity(found: str) -> str:
    """The character of a reference like `&amp;` or `&#65;`; an unknown name stays as written.

    A carriage return becomes a newline, as everywhere: SSE has no other way to carry it.
    """
    if found[1] != "#":
        return html5.get(found[1:], found)
    code = int(found[3:-1], 16) if found[2] in "xX" else int(found[2:-1])
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return "\n" if code == 13 else chr(code)


def unescape(text: str) -> str:
    if "\\" not in text and "&" not in text:
        return text
    return _UNESCAPE.sub(lambda match: match[1] or entity(match[0]), text)


def label_key(label: str) -> str:
    """What two labels must share to be the same."""
    return " ".join(label.split()).casefold().upper()


def destination(text: str, at: int) -> Target | None:
    if text.startswith("<", at):
        match = _ANGLED.match(text, at)
        return Target(unescape(match[1]), match.end()) if match else None
    end, open_parentheses = at, 0
    while match := _BARE.match(text, end) or _PARENTHESIS.match(text, end):
        if match[0] == "(":
            open_parentheses += 1
            if open_parentheses > 32:
                return None
        elif match[0] == ")":
            if not open_parentheses:
                break
            open_parentheses -= 1
        end = match.end()
    return None if open_parentheses else Target(unescape(text[at:end]), end)


_PARENTHESIS = re.compile(r"[()]")


def inline_target(text: str, at: int) -> Target | None:
    """What follows a link's text: `(destination "title")`. The title is dropped: ours tells the host."""
    if not text.startswith("(", at):
        return None
    at = _SPACE.match(text, at + 1).end()  # type: ignore[union-attr]
    found = destination(text, at)
    if found is None:
        return None
    end = _SPACE.match(text, found.end).end()  # type: ignore[union-attr]
    if end > found.end and (title := TITLE.match(text, end)):
        end = _SPACE.match(text, title.end()).end()  # type: ignore[union-attr]
    return Target(found.url, end + 1) if text.startswith(")", end) else None


# A text that may still grow into such a tail. Nothing is given back: blanks stand in three places of it, and
# could be shared out among these again and again, with the cube of their number as the work.
_UNFINISHED_TARGET = re.compile(
    r"""\([ \t\n]*+(?:<(?:[^<>\n\\]|\\.)*+>?+|[^\x00-\x20\x7f<][^\x00-\x20\x7f]*+)?+"""
    r"""(?:[ \t\n]++(?:"(?:[^"\\]|\\.)*+"?+|'(?:[^'\\]|\\.)*+'?+|\((?:[^()\\]|\\.)*+\)?+)?+)?+[ \t\n]*+\Z""",
    re.DOTALL,
)
_UNFINISHED_LABEL = re.compile(r"\[(?:[^\\\[\]]|\\.|\\\Z){0,200}\Z", re.DOTALL)


def may_become_target(text: str, at: int) -> bool:
    """Whether what follows a link's text may, with more text, say where it leads."""
    return bool(_UNFINISHED_TARGET.match(text, at) or _UNFINISHED_LABEL.match(text, at))


class Reference(NamedTuple):
    key: str
    end: int


def reference(text: str, start: int, closing: int) -> Reference:
    """What a link with its text from `start` to the bracket at `closing` refers to: `[text][label]`,
    `[text][]` or `[text]`. An empty key: to nothing."""
    after = closing + 1
    label = LABEL.match(text, after)
    named = label is not None and bool(label[1].strip(" \t\n"))
    own = label[1] if label and named else text[start:closing]
    end = label.end() if label and (named or label[0] == "[]") else after
    return Reference("" if "[" in own.replace("\\[", "") else label_key(own), end)


def host(url: str) -> str:
    """Where a link leads, for the eye: the host, or the address of a mailto. Empty: not followed."""
    if not _SCHEME.match(url):
        return ""
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() == "mailto":
            return parts.path
        named = parts.hostname or ""
        sixth = _BRACKETED.match(url)
        proper = IPv6Address(named) if sixth else "[" not in parts.netloc and _HOST.fullmatch(named)
        return named if proper and (parts.port or 0) >= 0 else ""
    except ValueError:  # brackets around no address of IPv6, a port that is none
        return ""


def anchor(url: str) -> str:
    """The attributes of an `<a>` to `url`; none for what is not http, https or mailto."""
    where = host(url)
    if not where:
        return ""
    bracketed = _BRACKETED.match(url)
    lead, address, rest = (bracketed[1], bracketed[2], url[bracketed.end() :]) if bracketed else ("", "", url)
    kept = _quoted(lead) + address + _quoted(rest)
    return (
        f' href="{attribute(kept)}" title="{attribute(where)}" target="_blank"'
        ' rel="noopener noreferrer nofollow ugc"'
    )


def _quoted(part: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=_KEPT)


AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>\x00-\x20]*)>")
EMAIL = re.compile(r"<([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>")
# Dashes, quotation marks, the ellipsis, and the marks of scripts that put no blank before or behind them: in an
# address they are written as %….
_TYPOGRAPHIC = (
    r"\u2013\u2014\u2018-\u201f\u2026\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
BARE_URL = re.compile(rf"https?://[^\s\x00-\x1f<>`\[\]|\"{_TYPOGRAPHIC}]+")
_LONGEST_NAME = 32  # of a character, as in ENTITY


def without_edge(url: str) -> str:
    """A bare address without what belongs to the sentence around it. Every character is looked at once."""
    end, unopened = len(url), url.count(")") - url.count("(")
    while end:
        last = url[end - 1]
        if last == ";":
            end = _entity_start(url, end - 1)
        elif last in "?!.,:*_~'":
            end -= 1
        elif last == ")" and unopened > 0:
            end -= 1
            unopened -= 1
        else:
            break
    return url[:end]


def _entity_start(url: str, semicolon: int) -> int:
    """Where the reference to a character begins that ends with the semicolon; the semicolon if it ends none."""
    start = url.rfind("&", max(0, semicolon - _LONGEST_NAME - 1), semicolon)
    name = url[start + 1 : semicolon] if start >= 0 else ""
    return start if name.isascii() and name.isalnum() else semicolon


class Definition(NamedTuple):
    key: str
    url: str
    end: int


UNDECIDED = Definition("", "", -1)


def definition(text: str, at: int, final: bool) -> Definition | None:
    """The reference definition at `at`, None if there is none, or `UNDECIDED` if more text can tell.

    `final`: no more text will come, so nothing is undecided.
    """
    unknown = None if final or len(text) - at > _LONGEST_DEFINITION else UNDECIDED
    label = LABEL.match(text, at)
    if label is None:
        return unknown if _UNFINISHED_LABEL.match(text, at) else None
    if label.end() == len(text):
        return unknown
    if text[label.end()] != ":" or not label[1].strip(" \t\n"):
        return None
    start = _SPACE.match(text, label.end() + 1).end()  # type: ignore[union-attr]
    if start == len(text):
        return unknown
    found = destination(text, start)
    if found is None:
        return unknown if text.find("\n", start) < 0 else None
    if found.end == start:
        return None
    if found.end == len(text) and unknown:
        return unknown
    line_end = _LINE_END.match(text, found.end)
    if line_end and line_end.end() == len(text) and unknown:
        return unknown
    plain = Definition(label_key(label[1]), found.url, line_end.end()) if line_end else None
    quoted = _SPACE.match(text, found.end).end()  # type: ignore[union-attr]
    if quoted == found.end or text[quoted : quoted + 1] not in ('"', "'", "("):
        return plain
    title = TITLE.match(text, quoted)
    if title is None:
        return unknown or plain
    after = _LINE_END.match(text, title.end())
    if after is None:
        return plain
    if after.end() == len(text) and "\n" not in after[0] and unknown:
        return unknown
    return Definition(label_key(label[1]), found.url, after.end())
