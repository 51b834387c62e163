"""Server-sent events from raw bytes.

Written for bytes because every ready-made line splitter also splits on U+2028, U+0085 or `\\x0b`, which are
ordinary characters here. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import re
from typing import NamedTuple

MAX_EVENT = 1 << 20  # bytes
BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\r|\n")


class EventTooLarge(ValueError):
    """One event (or one line) is larger than the decoder was told to hold."""


class Event(NamedTuple):
    """One dispatched event. `raw` is its data in bytes, lines joined by `\\n`; `data` is the same as text."""

    name: str
    raw: bytes
    id: str

    @property
    def data(self) -> str:
        return self.raw.decode("utf-8", "replace")


class Decoder:
    """`feed()` bytes cut anywhere, get the events they complete; `finish()` at the end of the stream.

    Lines end only in CR, LF or CRLF, so text is decoded a whole line at a time and a character cut
    between two reads needs no care. Raises EventTooLarge past `max_event` bytes.
    """

    def __init__(self, max_event: int = MAX_EVENT) -> None:
        self.retry: int | None = None  # milliseconds, as the server last asked
        self._max = max_event
        self._line = bytearray()  # the line that has not ended yet
        self._data: list[bytes] = []
        self._size = 0
        self._name = ""
        self._id = ""
        self._begun = False
        self._after_cr = False

    def feed(self, data: bytes) -> list[Event]:
        if not data:
            return []
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]  # the second half of a CRLF whose CR ended the previous piece
        if b"\r" in data:
            lines = _LINE_END.split(data)
            self._after_cr = data.endswith(b"\r")
        else:
            lines = data.split(b"\n")
            self._after_cr = False
        if self._line:
            self._line += lines[0]
            if len(lines) == 1:
                self._check(len(self._line))
                return []
            lines[0] = bytes(self._line)
        self._line = bytearray(lines.pop())
        events: list[Event] = []
        for line in lines:
            self._end_line(line, events)
        self._check(len(self._line))
        return events

    def finish(self, *, lenient: bool = False) -> list[Event]:
        """End of the stream. The standard discards an event that no blank line ended: strict does so.

        `lenient` delivers it, for a model's server that forgets the last blank line: what it carries is
        the finish reason. The caller must then bear with an event that was cut in half.
        """
        events: list[Event] = []
        if lenient:
            if self._line:
                self._end_line(bytes(self._line), events)
            self._end_line(b"", events)
        self._line.clear()
        self._data = []
        return events

    def _end_line(self, line: bytes, events: list[Event]) -> None:
        if not self._begun:
            self._begun = True
            line = line.removeprefix(BOM)
        if not line:
            if self._data:
                events.append(Event(self._name or "message", b"\n".join(self._data), self._id))
                self._data = []
                self._size = 0
            self._name = ""
        elif line.startswith(b"data: "):  # all but a few lines of a real stream
            self._add(line[6:])
        else:
            self._field(line)

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._add(value)
        elif name == b"event":
            self._name = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit():
            self.retry = int(value[:12])

    def _add(self, value: bytes) -> None:
        self._data.append(value)
        self._size += len(value) + 1
        self._check(self._size)

    def _check(self, size: int) -> None:
        if size > self._max:
            raise EventTooLarge(f"an event of more than {self._max} bytes")
