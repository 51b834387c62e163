"""The whole document, strictly: nothing is acted on before this has read it."""

from __future__ import annotations

import re
from typing import Any

import jiter

from chat.partial_json.faults import Fault
from chat.partial_json.scanner import Scanner
from chat.partial_json.tokens import encodable

_PLAIN = re.compile(r"[\w$-]{1,60}")


class NotJSON(ValueError):
    """A text that is no JSON document. `cut_off`: it could have become one; else no continuation could have.

    `line` and `column` (from 1) are those of the character that is wrong, or that is missing.
    """

    def __init__(self, sentence: str, line: int, column: int, cut_off: bool) -> None:
        super().__init__(sentence)
        self.line, self.column, self.cut_off = line, column, cut_off


class _Nowhere:
    """A sink for what is only to be judged."""

    def ignore(self, *told: str | Fault) -> None:
        """Whatever it is."""

    open = close = key = begin_text = text = end_text = number = end_number = word = fault = rest = ignore


def value_of(text: str) -> Any:
    """The document's value. Of fields with the same name the last one counts; NotJSON for anything but one document."""
    text = encodable(text)
    scanner = Scanner(_Nowhere())
    scanner.feed(text)
    whole = scanner.finish()
    if scanner.fault:
        fault = scanner.fault
        what = "This is more than can be read here" if fault.limit else "This is not valid JSON"
        sentence = f"{what}: in line {fault.line}, column {fault.column}, {fault.reason}."
        raise NotJSON(sentence, fault.line, fault.column, False)
    if not whole:
        line, column = scanner.position
        if not scanner.begun:
            raise NotJSON("There is no document: the text is empty.", line, column, True)
        where = place(scanner.path)
        inside = f", {'after' if scanner.after else 'in'} {where}" if where else ""
        raise NotJSON(f"The document breaks off in line {line}, column {column}{inside}.", line, column, True)
    return jiter.from_json(text.encode())


def place(path: list[str | int]) -> str:
    """`items[2].price` for a path of names and 0-based positions; "" for the document itself."""
    written = ""
    for step in path:
        if isinstance(step, int):
            written += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            written += f".{step}"
        elif step:
            written += f"[“{step[:60]}”]"
    return f"`{written.lstrip('.')}`" if written else ""
