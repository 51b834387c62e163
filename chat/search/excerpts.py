"""What of an utterance is looked through, and the line of it that a result shows."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from .. import markdown
from ..models import Role, bodies
from .words import Part, Parts, fold, folded_places, marked

LENGTH = 180  # characters a line shows
BEFORE = 50  # of them at most before the first word
_AROUND = 300  # characters of Markdown before and behind it that are drawn to find them
_STEP = 1000  # characters that are folded at once to find a place in a text again

# Cutting in front of one of these would part it from the sign it belongs to.
_JOINED = re.compile("[\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")


def said(body: str, role: str, shaped: bool) -> str:
    """What a person reads of a message as its conversation: its text and a refusal, not reasoning or calls of tools.

    Of a document the names and the values, without JSON's own signs.
    """
    channels = bodies.channels(body)
    text = channels["text"]
    if shaped and role == Role.ASSISTANT:
        text = _document(text)
    return "\n\n".join(part for part in (text, channels["refusal"]) if part)


def excerpt(text: str, role: str, shaped: bool, wanted: Sequence[str]) -> Parts:
    """One line of the text, where most of the words are first near each other, with these marked."""
    place = _place(text, wanted)
    around = text[max(0, place - _AROUND) : place + LENGTH + _AROUND]
    line = " ".join(around.split())
    if role == Role.ASSISTANT and not shaped:
        drawn = markdown.plain(around)
        # Where a word is only in what is not seen, such as a link's address, it is shown as it was written.
        line = drawn if any(part.marked for part in marked(drawn, wanted)) else line
    line = unicodedata.normalize("NFC", line)
    start, end = _window(line, _place(line, wanted))
    parts = marked(line[start:end].strip(), wanted)
    more = start > 0 or place > _AROUND, end < len(line) or place + LENGTH + _AROUND < len(text)
    return [*[Part("…")][: more[0]], *parts, *[Part("…")][: more[1]]]


def _document(text: str) -> str:
    """`name: value` for each value of a JSON document; the text itself where it is none."""
    try:
        value = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return text
    return "\n".join(_values(value))


def _values(value: Any, name: str = "") -> Iterator[str]:
    # Without recursion: what `json` reads may be nested as deep as Python goes.
    waiting = [(name, value)]
    while waiting:
        name, value = waiting.pop()
        label = f"{name}: " if name else ""
        if isinstance(value, dict):
            waiting += reversed([(str(key), each) for key, each in value.items()])
            if name:
                yield name
        elif isinstance(value, list):
            waiting += [(name, each) for each in reversed(value)]
        else:
            yield label + (value if isinstance(value, str) else json.dumps(value))


def _place(text: str, wanted: Sequence[str]) -> int:
    """Where the line is to begin to show words: at the one with the most others behind it, the first of those."""
    folded = fold(text)
    first = [found.start() for word in wanted if (found := re.search(_pattern(word), folded))]
    if not first:
        return 0

    def near(at: int) -> int:
        behind = folded[at : at + LENGTH - BEFORE]
        return sum(re.search(_pattern(word), behind) is not None for word in wanted)

    return _unfolded(text, max(sorted(first), key=near))


def _pattern(word: str) -> str:
    """Whatever white space parts the words of a quotation."""
    return r"\s+".join(map(re.escape, word.split()))


def _unfolded(text: str, place: int) -> int:
    """The place in the text of a place in the folded text; a character or two beside it where a step parted letters."""
    if text.isascii():
        return place
    for start in range(0, len(text), _STEP):
        step = text[start : start + _STEP]
        size = len(fold(step))
        if place < size:
            places = folded_places(step)[1]
            return start + places[min(place, len(places) - 1)]
        place -= size
    return len(text)


def _window(line: str, place: int) -> tuple[int, int]:
    """The start and end of the piece around `place`, between words where there are any."""
    start, end = max(0, place - BEFORE), min(len(line), max(0, place - BEFORE) + LENGTH)
    if start and (blank := line.find(" ", start, place)) >= 0:
        start = blank + 1
    if end < len(line) and (blank := line.rfind(" ", place + 1, end)) > end - BEFORE:
        end = blank
    return _between(line, start), _between(line, end)


def _between(line: str, place: int) -> int:
    """The next place at which no sign is parted from what belongs to it."""
    while 0 < place < len(line) and (
        unicodedata.combining(line[place]) or _JOINED.match(line[place]) or line[place - 1] == "\u200d"
    ):
        place += 1
    return place
