"""From a body to the parts that are judged, and where each stands."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..channels import channel_text, pieces
from ..verdict import Subject
from .dialect import Dialect, Part


class Placed(NamedTuple):
    """A part, and the code points of its channel that a finding in it covers."""

    channel: str
    start: int
    end: int
    part: Part


def parts(subject: Subject, dialect: type[Dialect] | Dialect) -> list[Placed]:
    """Every text of the body with a visible character, in parts where it is long.

    Arguments of a tool's call are JSON, as is an answer with a shape, and a text in them may be spelled with escapes: they
    are judged as written and, where that differs, as they read. Raises ValueError for a body that is nested too deeply.
    """
    found = []
    for channel, value in subject.channels.items():
        whole = channel_text(value)
        for start, text in split(whole, dialect.part, dialect.overlap):
            part = Part(text, subject.question, subject.before if not start else "", subject.role)
            found.append(Placed(channel, start, start + len(text), part))
        for _, text in split("\n".join(_read(channel, value)), dialect.part, dialect.overlap):
            found.append(Placed(channel, 0, len(whole), Part(text, subject.question, role=subject.role)))
    return found


def split(text: str, part: int, overlap: int) -> Iterator[tuple[int, str]]:
    """Parts of at most `part` code points with where each begins; none for a text without a visible character."""
    if not text.strip():
        return
    for start in range(0, max(len(text) - overlap, 1), part - overlap):
        yield start, text[start : start + part]


def _read(channel: str, value: Any) -> Iterator[str]:
    """The texts within JSON that do not stand there as they read."""
    for piece in pieces({channel: value}):
        if "json" not in piece.kinds:
            continue
        try:
            document = json.loads(piece.text)
        except (ValueError, RecursionError):
            continue  # judged as written; half-finished arguments are ordinary in a stopped answer
        yield from (text for text in _texts(document) if text not in piece.text)


def _texts(value: Any) -> Iterator[str]:
    """Strings of parsed JSON, keys included. A stack, not recursion: the model chose the depth."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting.extend(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
