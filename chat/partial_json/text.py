"""A document's text as markup."""

from __future__ import annotations

# What cannot be seen is drawn as a sign for it; U+0000 would be dropped or replaced by the page's parser.
_VISIBLE = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n\r"}
_VISIBLE |= {0x7F: "\u2421", ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}


def escape(text: str) -> str:
    """`text` as the content of an element."""
    return text.translate(_VISIBLE)


def whole(text: str) -> str:
    """The same for a text that is not in pieces: its newlines are LF."""
    return escape(Newlines().fit(text))


def attribute(text: str) -> str:
    """`text` as the value of an attribute in double quotes."""
    return whole(text).replace('"', "&quot;")


class Newlines:
    """Turns CR and CRLF into LF, in pieces: on the way to the page CR would become LF of itself."""

    __slots__ = ("_carriage",)

    def __init__(self) -> None:
        self._carriage = False

    def fit(self, text: str) -> str:
        if self._carriage and text.startswith("\n"):
            text = text[1:]
            self._carriage = False
        if text:
            self._carriage = text.endswith("\r")
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
