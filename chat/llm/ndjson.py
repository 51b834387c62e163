"""JSON documents one to a line, from raw bytes. Source: https://github.com/ndjson/ndjson-spec"""

from .sse import BOM, MAX_EVENT, EventTooLarge


class Decoder:
    """`feed()` bytes cut anywhere, get the lines they complete, without those that are blank; `finish()` at the end.

    Lines end in LF or CRLF and in nothing else: a document may hold U+2028 as it is. Raises EventTooLarge past
    `max_line` bytes.
    """

    def __init__(self, max_line: int = MAX_EVENT) -> None:
        self._max = max_line
        self._line = bytearray()  # the line that has not ended yet
        self._begun = False

    def feed(self, data: bytes) -> list[bytes]:
        if not data:
            return []
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = bytes(self._line) + lines[0]
            self._line.clear()
        self._line += rest
        longest = max(map(len, lines), default=0)
        if longest > self._max or len(self._line) > self._max:
            raise EventTooLarge(f"a line of more than {self._max} bytes")
        return self._filled(lines)

    def finish(self, *, lenient: bool = False) -> list[bytes]:
        """End of the stream. `lenient` delivers the last line, where nothing ended it; it may have been cut in half."""
        line, self._line = bytes(self._line), bytearray()
        return self._filled([line]) if lenient else []

    def _filled(self, lines: list[bytes]) -> list[bytes]:
        if lines and not self._begun:
            self._begun = True
            lines[0] = lines[0].removeprefix(BOM)
        return [line for raw in lines if (line := raw.strip(b" \t\r"))]
