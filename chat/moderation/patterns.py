"""Pattern rules as what judges a body, and as what a gate holds a text back by."""

import asyncio
import functools
import time
from collections.abc import Iterable, Mapping
from typing import Any

from ..markdown.plain import seen
from .automaton import Automaton
from .channels import Kind, pieces
from .gate import MODES, Gate
from .holding import Hold
from .marks import Markdown
from .redactions import Redactions
from .rules import Direction, Rule, compile_all
from .scanning import PLACES, Found, scan
from .verdict import Finding, Outcome, Result, Subject
from .views import Json, Plain

# Code points from which a scan leaves the event loop: about a millisecond's work.
_LARGE = 4_000
_VIEWS: dict[Kind, type[Plain]] = {"plain": Plain, "markdown": Markdown, "json": Json}


class PatternChecker:
    """Finds rules in every text of a body: as written, folded, and as a page shows it."""

    def __init__(self, rules: Iterable[Rule], name: str = "rules") -> None:
        """Raises BadRule for a rule that cannot be used."""
        self.name = name
        self._compiled = compile_all(rules)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(compiled.rule for compiled in self._compiled)

    @functools.cached_property
    def output(self) -> Automaton:
        """What looks at answers. Made when it is first asked for, in tenths of a second: not on an event loop."""
        return self._looking("output")

    @functools.cached_property
    def input(self) -> Automaton:
        """What looks at what people write."""
        return self.output if self._looks("input") == self._looks("output") else self._looking("input")

    @property
    def ready(self) -> bool:
        """Whether both have been made."""
        return {"output", "input"} <= vars(self).keys()

    def gate(self, mode: str, kind: Kind) -> Gate:
        """The gate of one text of an answer that is shown as `kind`; `mode` is one of gate.MODES."""
        return MODES[mode](Hold(self.output, _VIEWS[kind](), seen))

    async def check(self, subject: Subject) -> Result:
        """`scan`, away from the event loop where there is much to read; RE2 works without Python's lock."""
        sizes = (
            len(value) if isinstance(value, str) else _LARGE for value in subject.channels.values() if value
        )
        if sum(sizes) < _LARGE:
            return self.scan(subject.channels, subject.role)
        return await asyncio.get_running_loop().run_in_executor(
            None, self.scan, subject.channels, subject.role
        )

    def scan(self, channels: Mapping[str, Any], role: str = "assistant") -> Result:
        """Judge a body now. Does not raise: a fault in here is a Result with the outcome `error`."""
        began = time.perf_counter()
        findings: tuple[Finding, ...] = ()
        detail = ""
        try:
            rules = self.input if role == "user" else self.output
            findings = tuple(
                Finding(found.rule.name, found.rule.reason, piece.channel, found.start, found.end)
                for piece in pieces(channels)
                for found in _found(rules, piece.text, piece.kinds)
            )
        except Exception as error:  # Whatever it is, the text has not been judged and must not pass.
            detail = f"The rules could not be applied ({type(error).__name__})."
        outcome: Outcome = "error" if detail else "flag" if findings else "pass"
        return Result(self.name, outcome, findings, detail, round((time.perf_counter() - began) * 1000))

    def redacted(self, text: str) -> tuple[str, list[Found]]:
        """What a person wrote with everything that is found in it replaced, and what that is: all of it, whatever the rules
        would have done.
        """
        # A text has no more places than characters: what is offered in its stead would be refused for one that is left.
        found, places = _found(self.input, text, ("markdown",), len(text)), Redactions()
        for each in found:
            places.add(each.start, each.end, each.rule.label)
        return places.applied(text, 0), found

    def _looks(self, direction: Direction) -> list[bool]:
        return [direction in compiled.rule.directions for compiled in self._compiled]

    def _looking(self, direction: Direction) -> Automaton:
        return Automaton([compiled for compiled in self._compiled if direction in compiled.rule.directions])


def _found(rules: Automaton, text: str, kinds: tuple[Kind, ...], most: int = PLACES) -> list[Found]:
    found: dict[Found, None] = {}
    for kind in kinds:
        visible = seen if kind == "markdown" else None
        found |= dict.fromkeys(scan(rules, text, _VIEWS[kind](), visible, most))
    return list(found)
