"""A pasted text tried on a version, with every step shown: nothing of it is stored."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from .. import conf, moderation
from ..models import PolicyVersion
from .composing import RULES
from .judging import PASS, Judged, blocked, judge, judge_question, names

LONGEST = 20_000  # characters
STEPS_MOST = 200  # rows that a page shows
_NEAR = 40  # letters: what rules hold back of nearly every text for a moment
# Much as a model writes: a few letters at a time, with the space before them.
_PIECE = re.compile(r"\s*\S{1,4}|\s+", re.DOTALL)


@dataclass(slots=True)
class Step:
    """What came, and what was shown for it. `kind`: shown (at most a few letters behind), waits, let go (after waiting),
    checked, blocked, taken back (all that had been shown), whole (the rest, once all of it has passed).

    `results`: of a check in the middle of an answer. `rule`: the title of the one that blocked it, "" where a classifier did;
    `never` is then what had come and was not shown.
    """

    kind: str
    came: str = ""
    shown: str = ""
    results: tuple[moderation.Result, ...] = ()
    rule: str = ""
    never: str = ""


@dataclass(slots=True)
class Trial:
    """`final` is what every checker says of `stored`, the text as it would be kept; `cut`: it has more steps than are shown."""

    version: PolicyVersion
    text: str
    question: str
    steps: list[Step]
    stored: str
    final: Judged
    cut: bool = False
    matched: tuple[moderation.Finding, ...] = ()


@dataclass(slots=True)
class QuestionTrial:
    """The same of what somebody writes: it is judged at once and whole."""

    version: PolicyVersion
    text: str
    final: Judged
    matched: tuple[moderation.Finding, ...] = field(default=())


async def try_answer(version: PolicyVersion, text: str, question: str = "") -> Trial:
    """As if a model had written `text` in answer to `question`."""
    steps, shown, stored, stopped = await _streamed(version, text, question)
    if stopped is None:
        final = await judge(version, {"text": stored}, question)
    else:
        final = Judged("flagged", (stopped,), findings=names([stopped]))
    if final.outcome != PASS and shown:
        steps.append(Step("taken back"))
    elif final.outcome == PASS and stored != shown:
        steps.append(Step("whole", shown=stored[len(shown) :]))
    matched = conf.rules(version).scan({"text": text}).findings
    return Trial(version, text, question, steps[:STEPS_MOST], stored, final, len(steps) > STEPS_MOST, matched)


async def try_question(version: PolicyVersion, text: str) -> QuestionTrial:
    """As if somebody had written `text`."""
    final = await judge_question(version, text)
    matched = conf.rules(version).scan({"text": text}, "user").findings
    return QuestionTrial(version, text, final, matched)


async def _streamed(
    version: PolicyVersion, text: str, question: str
) -> tuple[list[Step], str, str, moderation.Result | None]:
    """The steps, what had been shown by the end, what would be judged then, and what stopped it before."""
    gate = conf.gate(version, "markdown")
    said = _Said(_NEAR if version.definition["mode"] == "post" else 0)
    pieces: list[str] = _PIECE.findall(text)
    for piece in (*pieces, None):
        said.comes(piece or "")
        actions = gate.finish() if piece is None else gate.feed(piece)
        for action in actions:  # which grows, as checks are answered
            match action:
                case moderation.Release(part):
                    said.shows(part)
                case moderation.Check(number, part, before):
                    results = await _checked(version, part, question, before)
                    said.steps.append(Step("checked", part, results=results))
                    actions += gate.judged(number, moderation.worst(results))
                case moderation.Block(candidate, place):
                    never = said.came[len(said.shown) :] if said.came.startswith(said.shown) else ""
                    said.steps.append(Step("blocked", rule=place.rule.title if place else "", never=never))
                    return said.steps, said.shown, candidate, blocked(place)
                case moderation.Done(candidate):
                    return said.steps, said.shown, candidate, None
    raise AssertionError("a gate ends with Done or Block")


class _Said:
    """An answer as far as it has come, as steps. Up to `near` letters behind it counts as shown as it came."""

    def __init__(self, near: int) -> None:
        self.steps: list[Step] = []
        self.came = self.shown = ""
        self._near = near

    def comes(self, text: str) -> None:
        if text:
            self.came += text
            late = len(self.came) - len(self.shown) > self._near
            self._step("waits" if late else "shown").came += text

    def shows(self, text: str) -> None:
        if text:
            waited = bool(self.steps) and self.steps[-1].kind != "shown"
            self.shown += text
            self._step("let go" if waited else "shown").shown += text

    def _step(self, kind: str) -> Step:
        """The last one, where the same goes on; else a new one."""
        if not self.steps or self.steps[-1].kind != kind:
            self.steps.append(Step(kind))
        return self.steps[-1]


async def _checked(
    version: PolicyVersion, text: str, question: str, before: str
) -> tuple[moderation.Result, ...]:
    """What the classifiers say of a piece; the rules have seen it already."""
    subject = moderation.Subject({"text": text}, question=question, before=before)
    asked = [checker for checker in await conf.checkers(version) if checker.name != RULES]
    return tuple(await asyncio.gather(*(checker.check(subject) for checker in asked)))
