"""The branch of a conversation that is shown, as Markdown that every reader of it takes apart in the same way.

Whatever a turn's text leaves open, the next turn begins outside of it, and whatever links it defines, they are its own.
"""

import re
from datetime import datetime, tzinfo

from .. import partial_json, wire
from .notes import note
from .portable import portable
from .rows import Head, Row

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def begin(head: Head, now: datetime, zone: tzinfo) -> str:
    return f"# {_plain(head.title or 'New chat')}\n\nExported on {_moment(now, zone)}. Times are those of {zone}.\n"


def turn(row: Row, zone: tzinfo) -> str:
    """One turn: what was asked, and the answer or why there is none."""
    parts = []
    if row.question is not None:
        parts += [
            f"## You · {_moment(row.created_at, zone)}",
            quoted(_portable(row, "question", row.question)),
        ]
    if row.told:
        parts.append(quoted(_portable(row, "repair", f"The model was told: {row.told}")))
    parts.append(f"## {_plain(row.assistant or 'Answer')} · {_moment(row.ended_at or row.created_at, zone)}")
    parts += _answer(row)
    if said := note(row):
        parts.append(f"*{_plain(said)}*")
    return "".join(f"\n{part}\n" for part in parts)


def _answer(row: Row) -> list[str]:
    answer = row.answer
    if answer is None:
        return []
    parts = []
    if answer["reasoning"]:
        parts.append(
            f"**{wire.thought(row.thought)}**\n\n{quoted(_portable(row, 'reasoning', answer['reasoning']))}"
        )
    if answer["text"] and row.shaped:
        parts.append(_fenced(answer["text"], "json"))
        if not answer["refusal"] and (problem := partial_json.problem(answer["text"], row.schema)):
            parts.append(_portable(row, "problem", problem))
    elif answer["text"]:
        parts.append(_portable(row, "answer", answer["text"]))
    if answer["refusal"]:
        parts.append(f"**Refused**\n\n{_portable(row, 'refusal', answer['refusal'])}")
    for call in answer["tool_calls"]:
        parts.append(f"**Tool** {_code(call['name'])}\n\n{_fenced(call['arguments'], 'json')}")
    return parts


def _portable(row: Row, part: str, text: str) -> str:
    return portable(text, f"{part} {row.id.hex[-12:]}")


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _fenced(text: str, language: str) -> str:
    mark = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{mark}{language}\n{text.rstrip()}\n{mark}"


def _code(text: str) -> str:
    mark = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    edge = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{mark}{edge}{' '.join(text.split())}{edge}{mark}"


def _plain(text: str) -> str:
    """A line in which no sign means anything."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def _moment(moment: datetime, zone: tzinfo) -> str:
    there = moment.astimezone(zone)
    return f"{there.day} {there:%B %Y, %H:%M}"
