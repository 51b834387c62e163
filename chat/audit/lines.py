"""The audit as JSON Lines, for who keeps or checks it elsewhere (docs/audit.md has the format).

A first line says what the file is, each further one is an entry with all that its MAC is over, and the last one says
how many there are, so that a file that was cut does not look whole.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from . import chain
from .chain import Entry
from .heads import Head

FORMAT, VERSION = "sluice.audit", 1


class Unreadable(Exception):
    """This is no export, or not one of ours; the message is a sentence that says where."""


def first(now: datetime, head: Head | None, selection: Mapping[str, str]) -> str:
    """`selection`: by what the entries were chosen, empty for all of them."""
    about = (
        {"chain": head.chain, "seq": head.seq, "mac": head.mac}
        if head
        else {"chain": None, "seq": 0, "mac": None}
    )
    return _line(
        {
            "format": FORMAT,
            "version": VERSION,
            "exported_at": chain.moment(now),
            **about,
            "selection": selection or None,
        }
    )


def entry(row: Entry, name: str) -> str:
    """`name` is of the person, for people who read it; the MAC is over their id."""
    fields: dict[str, Any] = {
        # What is no moment is written as it lies there: the MAC will not fit.
        "at": chain.moment(row.at) if isinstance(row.at, datetime) else str(row.at), "actor": row.actor, "name": name, "action": row.action, "subject": row.subject, "data": row.data,
    }  # fmt: skip
    if row.seq:
        return _line({"seq": row.seq, **fields, "previous": row.previous, "mac": row.mac, "key": row.key})
    return _line({"id": row.id, **fields})


def last(count: int) -> str:
    return _line({"end": True, "entries": count})


class Reader:
    """Reads an export's lines. `about` is its first line, `complaints` are sentences about what is wrong with it as a
    file, whole once `entries` has been read to its end.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.complaints: list[str] = []
        try:
            self.about = json.loads(next(self._lines, ""))
            known = (self.about["format"], self.about["version"]) == (FORMAT, VERSION)
        except (ValueError, TypeError, KeyError):
            known = False
        if not known:
            raise Unreadable(
                f"The first line does not say that this is an export of the audit ({FORMAT!r}, version {VERSION})."
            )

    def entries(self) -> Iterator[Entry]:
        count, ended = 0, False
        for number, line in enumerate(self._lines, 2):
            try:
                found = json.loads(line)
                if ended:
                    self.complaints.append(f"Line {number} stands behind the last one.")
                if found.get("end"):
                    ended = True
                    if found["entries"] != count:
                        self.complaints.append(
                            f"The file has {count} entries; its last line says {found['entries']}."
                        )
                    continue
                row = _entry(found)
            except (ValueError, TypeError, KeyError, AttributeError):
                self.complaints.append(f"Line {number} cannot be read as an entry.")
                continue
            count += 1
            yield row
        if not ended:
            self.complaints.append("The file ends without its last line: it was cut, or is not all there.")


def _entry(found: dict[str, Any]) -> Entry:
    common = (
        datetime.fromisoformat(found["at"]),
        found["actor"],
        found["action"],
        found["subject"],
        found["data"],
    )
    if "seq" not in found:
        return Entry(int(found["id"]), *common)
    return Entry(0, *common, int(found["seq"]), found["previous"], found["mac"], found["key"])


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=repr) + "\n"
