"""Heads: how far the chain had come, and with which MAC, kept where who writes the database does not get at them.

A line for each goes to the file `audit_heads` of the data folder, which is only ever appended to, and to the log. In both
it reads `audit-head chain=… seq=… mac=…`, so either can be given to `verify_audit`.
"""

import fcntl
import logging
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from django.utils import timezone

from ..models import AuditEntry
from . import chain

log = logging.getLogger("chat.audit")

FILE = "audit_heads"
_LINE = re.compile(r"audit-head chain=([0-9a-f]{64}) seq=([0-9]{1,18}) mac=([0-9a-f]{64})")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
_TAIL = 4096  # bytes: more than a line


@dataclass(frozen=True, slots=True)
class Head:
    """The chain of this name had `seq` entries, the last of them with this MAC. `at`: when that was, as it was written."""

    chain: str
    seq: int
    mac: str
    at: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"audit-head chain={self.chain} seq={self.seq} mac={self.mac}"


def current() -> Head | None:
    """The chain's head now; None while nothing is in it."""
    last = AuditEntry.objects.filter(seq__gt=0).order_by("-seq").only("seq", "mac").first()
    first = AuditEntry.objects.filter(seq=1).values_list("previous", flat=True).first()
    return Head(first or "", last.seq or 0, last.mac) if last else None


def parse(lines: Iterable[str]) -> Iterator[Head]:
    """The heads in a file of them, or in a log."""
    for line in lines:
        if found := _LINE.search(line):
            moment = _MOMENT.search(line)
            name, seq, mac = found.groups()
            yield Head(name, int(seq), mac, moment.group() if moment else "")


def of(directory: Path) -> list[Head]:
    """Those that the folder's file has."""
    try:
        with (directory / FILE).open(encoding="ascii", errors="replace") as lines:
            return list(parse(lines))
    except FileNotFoundError:
        return []


def keep(directory: Path) -> str:
    """Append the head to the folder's file, and tell the log, where it is another than the last one there.

    One process at a time for each folder. What is wrong with what the last one said, in a sentence, or "".
    """
    descriptor = os.open(directory / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return ""
        tail = _tail(file)
        last = next(iter([*parse(tail.decode("ascii", "replace").splitlines())][-1:]), None)
        head = current()
        if head == last or (head is None and last is None):
            return ""
        problem = _problem(last, head) if last else ""
        if problem:
            log.error("audit: %s Look with `manage.py verify_audit`.", problem)
        if head is not None:
            # What a crash left of a line stays a line of its own.
            begin = b"" if tail.endswith(b"\n") or not tail else b"\n"
            file.write(begin + f"{chain.moment(timezone.now())} {head}\n".encode("ascii"))
            os.fsync(file.fileno())
            log.info("%s", head)
    return problem


def _problem(last: Head, now: Head | None) -> str:
    if now is None or now.chain != last.chain:
        return "this database holds another chain than the head before."
    if now.seq < last.seq:
        return f"the chain ends with entry {now.seq}; the head before had {last.seq}."
    mac = AuditEntry.objects.filter(seq=last.seq).values_list("mac", flat=True).first()
    return "" if mac == last.mac else f"entry {last.seq} is not the one that the head before named."


def _tail(file: BinaryIO) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    return file.read()
