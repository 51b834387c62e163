"""The texts of the bench, cut into pieces about the size of a model's tokens.

Real answers from the shared cases where there are any, else texts of our own; `source` says which.
"""

import functools
import re

from tests.material import folder, load

KINDS = ("prose", "code", "lists", "tables")
_TOKEN = re.compile(r"\s*\S{1,6}|\s+")

_OWN = {
    "prose": "The keeper opened the upper gate, and the water fell quietly into the chamber while two boats waited "
    "below it. Nobody spoke; a **bell** rang somewhere, and `lock 7` was ready.\n\n",
    "code": '```python\ndef lift(boat, level):\n    """Raise a boat to the upper level."""\n    while boat.height < '
    "level:\n        boat.height += chamber.fill(litres=1200)  # slowly\n    return boat\n```\n\nThat is all.\n\n",
    "lists": "- **Upper gate**: opened last, when the levels are equal\n- Lower gate: closed first\n  - with its paddles "
    "down\n  - and a rope on each side\n1. Wait for the light\n2. Enter slowly\n\n",
    "tables": "Which database suits a team depends on how many people write at once, and on who looks after it:\n\n"
    "| Question | SQLite | PostgreSQL |\n| --- | --- | --- |\n"
    "| Where it runs | in the program itself | as a server of its own |\n"
    "| People writing at once | one at a time, each for a moment | as many as the machine can carry |\n"
    "| Backup | a copy of one file, taken with its own command | `pg_dump`, or a second server |\n"
    "| Largest practical size | some tens of gigabytes | far more than a chat ever needs |\n"
    "| Upgrades | none to speak of | once a year, with a plan |\n\n"
    "Start with the first. When a second machine joins, move to the second; the data can be taken along.\n\n"
    "| Lock | Rise | Year |\n| --- | ---: | --- |\n| Upper | 3.2 m | 1801 |\n| Middle | 2.9 m | 1803 |\n"
    "| Lower | 4.1 m | 1811 |\n\nAll three are still in use.\n\n",
}
_MARKS = {
    "prose": lambda text: not re.search(r"^(\s*[-*\d]|\||```|#)", text, re.M),
    "code": lambda text: text.count("```") >= 2,
    "lists": lambda text: len(re.findall(r"^\s*(?:[-*]|\d+\.) ", text, re.M)) >= 6 and "```" not in text,
    "tables": lambda text: len(re.findall(r"^\|", text, re.M)) >= 4,
}


@functools.cache
def text(kind: str) -> str:
    found = [answer for answer in _answers() if _MARKS[kind](answer)]
    return "\n\n".join(found)[:40_000] if found else _OWN[kind] * 40


def tokens(kind: str) -> list[str]:
    return _TOKEN.findall(text(kind))


def source() -> str:
    """Where the texts of each kind come from."""
    own = [kind for kind in KINDS if text(kind) == _OWN[kind] * 40]
    if len(own) == len(KINDS):
        return "texts of tests/bench/corpus.py"
    return "real answers of the shared cases" + (f"; {', '.join(own)}: tests/bench/corpus.py" if own else "")


@functools.cache
def _answers() -> list[str]:
    if folder() is None:
        return []
    rows = load("3-markdown/open_llm_answers.jsonl")
    return [row["text"] for row in rows]
