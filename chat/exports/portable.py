"""Markdown that every reader of it takes apart as the page does, and out of which nothing runs over."""

import itertools
import re
from collections.abc import Iterable

from .. import markdown

# What has a meaning before HTML could have one: an escaped sign, an address in angle brackets, code. Then the beginning of
# a tag, which in a page is text.
_BEFORE = r"\\[\\`<]|<(?:https?|mailto):[^\s<>]*>"
_TAG = r"<(?=[A-Za-z/!?])"
_PLAIN = re.compile(f"{_BEFORE}|{_TAG}")
_CODED = re.compile(rf"{_BEFORE}|(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|{_TAG}")
_BLANK = re.compile(r"\s")
_TABLE = re.compile(r"(?:[-:| \t]*+>)*+(?=[-:| \t]*?(?:-[ \t]*+\||\|[ \t]*+-|:-|-:))[-:| \t]*+")


def portable(text: str, name: str) -> str:
    """The text with what others take for HTML escaped, and with no block of code left open at its end. `name` is that of no
    other text in the file, and becomes a part of each label that this one defines: it defines none for the others.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    text = markdown.relabelled(text, f" of {name}")
    if "<" not in text and "```" not in text and "~~~" not in text:
        return text
    coded, end = markdown.coded(text)
    made: list[str] = []
    lines = zip(text.split("\n"), coded, strict=True)
    for plain, group in itertools.groupby(lines, key=lambda line: bool(line[0].strip()) and not line[1]):
        found = [line for line, _ in group]
        made += _without_html(found) if plain else found
    return "\n".join([*made, end] if end else made)


def _without_html(lines: list[str]) -> Iterable[str]:
    """Of lines that follow each other, none of them in a block of code. In code between backticks nothing is escaped, where
    that ends in the line in which it begins, or in the cell, and so does all such code in these lines: else it is not
    certain what is code.
    """
    table = any(map(_TABLE.fullmatch, lines))
    pieces = [line.split("|") if table else [line] for line in lines]
    certain = not any(map(_coded_link, lines)) and all(
        "`" not in _CODED.sub("", piece) for line in pieces for piece in line
    )
    sign = _CODED if certain else _PLAIN
    return ("|".join(sign.sub(_escaped, piece) for piece in line) for line in pieces)


def _coded_link(line: str) -> bool:
    """Whether a backtick may stand in the address or the title of a link, where it begins no code. Of what is left of a
    backtick only the last beginning of a link is looked at: one before it has the more blanks and brackets behind it.
    """
    for piece in line.split("`")[:-1]:
        _, link, inside = piece.rpartition("](")
        if "]:" in piece or (link and (")" not in inside or not _BLANK.search(inside))):
            return True
    return False


def _escaped(found: re.Match[str]) -> str:
    return "\\<" if found[0] == "<" else found[0]
