"""JSON read piece by piece, strictly.

Every character is judged when it comes. What no continuation can make valid is a fault at that character, so what is
merely unfinished and what is wrong are never mistaken for each other.
"""

from __future__ import annotations

from collections.abc import Callable

from chat.partial_json import tokens
from chat.partial_json.faults import BEFORE, DEEPEST, LONGEST_NAME, LONGEST_NUMBER, MOST_VALUES, Fault, named
from chat.partial_json.sink import Sink


class Scanner:
    """Reads one document into a sink. `path`: where it stands, by names and 0-based positions."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._step: Callable[[str, int], int] = self._value
        # Where a space is no space.
        self._inside = (self._characters, self._name_inside, self._digits, self._word)
        # Taken, but not understood before more comes: the beginning of an escape, a word, a name.
        self._carried = ""
        self._number = ""
        self._name = ""
        self._values = 0
        self._line, self._column = 1, 1  # of the first character that is not understood
        self.path: list[str | int] = []
        self.after = False  # the value at `path` has ended, and it is not known what follows
        self.fault: Fault | None = None

    @property
    def begun(self) -> bool:
        return self._values > 0

    @property
    def position(self) -> tuple[int, int]:
        """Line and column of the next character, from 1."""
        return self._line, self._column

    def feed(self, text: str) -> None:
        """Read `text` more. Lone surrogates, which no encoding can hold, become U+FFFD."""
        text = tokens.encodable(text)
        if self.fault:
            self._sink.rest(text)
            return
        text, at = self._carried + text, 0
        while at < len(text):
            step = self._step
            if step not in self._inside:
                at = tokens.skip(text, at)
                if at == len(text):
                    break
            now = step(text, at)
            if self.fault:
                return
            if now == at and self._step == step:
                break
            at = now
        self._advance(text[:at])
        self._carried = text[at:]

    def finish(self) -> bool:
        """End of the text: whether it was a whole document."""
        if self._step == self._digits and not self.path:
            wrong = tokens.wrong_number(self._number)
            if not wrong:
                self._sink.end_number()
                self._ended()
            elif wrong == tokens.TOO_LARGE:
                self._fail("", 0, 0, wrong, True)
        self._advance(self._carried)
        return self.fault is None and self._step == self._nothing

    def _advance(self, text: str) -> None:
        lines = text.count("\n")
        self._column = len(text) - text.rindex("\n") if lines else self._column + len(text)
        self._line += lines

    def _fail(self, text: str, start: int, at: int, reason: str, limit: bool = False) -> int:
        """A fault at the character `at`; what begins at `start` has not been told."""
        self._advance(text[:at])
        self.fault = Fault(reason, *self.position, limit)
        self._sink.fault(self.fault)
        self._sink.rest(text[start:])
        return at

    # ---- between values
    def _value(self, text: str, at: int, closer: str = "") -> int:
        char = text[at]
        if char == closer:
            return self._close(at)
        if char not in tokens.VALUE_BEGINS:
            where = "a value has to stand here, not " if self.begun else BEFORE
            return self._fail(text, at, at, where + named(text[at]))
        if self._values == MOST_VALUES:
            return self._fail(text, at, at, f"it has more than {MOST_VALUES:,} values", True)
        if char in "{[" and len(self.path) == DEEPEST:
            return self._fail(text, at, at, f"it is more than {DEEPEST} levels deep", True)
        self._values += 1
        inside = self.path[-1] if self.path else ""
        if self.after and isinstance(inside, int):
            self.path[-1] = inside + 1
        self.after = False
        if char in "{[":
            self._sink.open(char)
            self.path.append("" if char == "{" else 0)
            self._step = self._first_name if char == "{" else self._first
            return at + 1
        if char == '"':
            self._sink.begin_text()
            self._step = self._characters
            return at + 1
        self._number = ""
        self._step = self._word if char in tokens.WORDS else self._digits
        return at

    def _first(self, text: str, at: int) -> int:
        return self._value(text, at, "]")

    def _first_name(self, text: str, at: int, closer: str = "}") -> int:
        if text[at] == closer:
            return self._close(at)
        if text[at] != '"':
            return self._fail(
                text, at, at, f"a name in double quotes has to stand here, not {named(text[at])}"
            )
        self._step = self._name_inside
        return at

    def _next_name(self, text: str, at: int) -> int:
        return self._first_name(text, at, "")

    def _colon(self, text: str, at: int) -> int:
        if text[at] != ":":
            return self._fail(text, at, at, f"a colon has to stand here, not {named(text[at])}")
        self.path[-1] = self._name
        self.after = False
        self._sink.key(self._name)
        self._step = self._value
        return at + 1

    def _comma(self, text: str, at: int) -> int:
        inside = self.path[-1]
        closer = "}" if isinstance(inside, str) else "]"
        if text[at] == closer:
            return self._close(at)
        if text[at] != ",":
            return self._fail(text, at, at, f"a comma or {closer} has to stand here, not {named(text[at])}")
        self._step = self._next_name if isinstance(inside, str) else self._value
        return at + 1

    def _nothing(self, text: str, at: int) -> int:
        return self._fail(text, at, at, f"after the end of the document comes {named(text[at])}")

    def _close(self, at: int) -> int:
        self.path.pop()
        self._sink.close()
        self._ended()
        return at + 1

    def _ended(self) -> None:
        self._step = self._comma if self.path else self._nothing
        self.after = True

    # ---- inside of one
    def _characters(self, text: str, at: int) -> int:
        end = tokens.run(text, at)
        if end > at:
            self._sink.text(tokens.decoded(text[at:end]))
        if end == len(text):
            return end
        if text[end] == '"':
            self._sink.end_text()
            self._ended()
            return end + 1
        return self._escape(text, end, end)

    def _name_inside(self, text: str, at: int) -> int:
        end = tokens.run(text, at + 1)
        if end - at - 1 > LONGEST_NAME:
            end = at + 1 + LONGEST_NAME
            return self._fail(text, at, end, f"a name has more than {LONGEST_NAME:,} characters", True)
        if end == len(text):
            return at
        if text[end] != '"':
            return at if self._escape(text, at, end) == end else end
        self._name = tokens.decoded(text[at + 1 : end])
        self._step = self._colon
        return end + 1

    def _escape(self, text: str, start: int, at: int) -> int:
        """At a character that text cannot hold, or an escape that is unfinished (`at` comes back) or wrong."""
        rest = text[at : at + tokens.LONGEST_ESCAPE]
        good = tokens.begun_escape(rest)
        return (
            at if good == len(rest) else self._fail(text, start, at + good, tokens.wrong_escape(rest, good))
        )

    def _digits(self, text: str, at: int) -> int:
        end = tokens.numeric(text, at)
        before = len(self._number)
        if before + end - at > LONGEST_NUMBER:
            end = at + LONGEST_NUMBER - before
            if end == at:
                return self._fail(text, at, at, f"a number has more than {LONGEST_NUMBER} characters", True)
        self._number += text[at:end]
        if end == at:
            wrong = tokens.wrong_number(self._number)
            if wrong:
                return self._fail(text, at, at, wrong, wrong == tokens.TOO_LARGE)
            self._sink.end_number()
            self._ended()
            return at
        good = tokens.begun_number(self._number, before)
        if good > before:
            self._sink.number(self._number[before:good])
        if good < len(self._number):
            at += good - before
            return self._fail(text, at, at, tokens.NO_NUMBER)
        return end

    def _word(self, text: str, at: int) -> int:
        word = tokens.WORDS[text[at]]
        for size, char in enumerate(word):
            if at + size == len(text):
                return at
            if text[at + size] != char:
                return self._fail(text, at, at + size, "of words there are only true, false and null")
        self._sink.word(word)
        self._ended()
        return at + len(word)
