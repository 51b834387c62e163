"""What a checker answers, and how several answers become one verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Outcome = Literal["pass", "flag", "error"]
Verdict = Literal["pass", "flagged", "unchecked"]
# What a finding asks for: `hold` waits for a person, `block` also closes the provider at once.
Severity = Literal["hold", "block"]
# Who wrote what is judged.
Role = Literal["assistant", "user"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: the channels of one canonical body, or a part of an answer that is still being written.

    `question` is what it answers, for a checker that judges the one by the other; "" where the question itself is
    judged (`role` is then `user`). `before` is what came before a part, judged already: it is context, not judged again.
    """

    channels: Mapping[str, Any]
    question: str = ""
    before: str = ""
    role: Role = "assistant"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place a checker objects to. Holds no text: a held answer must not live on in its findings.

    `start` and `end` are offsets in code points into the text of `channel`, end exclusive. `score`
    and `threshold` are set by classifiers that give them.
    """

    rule: str
    reason: str
    channel: str
    start: int
    end: int
    score: float | None = None
    threshold: float | None = None
    severity: Severity = "block"


@dataclass(frozen=True, slots=True)
class Result:
    """One checker's judgement of one body. `detail` is for the operator and never holds judged text or a key."""

    checker: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    detail: str = ""
    milliseconds: int = 0


class Checker(Protocol):
    """Judges what it is given, all of it.

    `check` never raises but for `asyncio.CancelledError`: what goes wrong is a Result with the
    outcome `error`, and an error is not a pass.
    """

    @property
    def name(self) -> str: ...

    async def check(self, subject: Subject) -> Result: ...


def aggregate(required: Sequence[str], results: Sequence[Result]) -> Verdict:
    """The verdict of one round: `pass` only where every required checker passed and none objected.

    A flag outweighs everything, because a person has to look at it however the others fared.
    An error, a required checker without a result, or no required checker at all is `unchecked`.
    """
    if any(result.outcome == "flag" for result in results):
        return "flagged"
    passed = {result.checker for result in results if result.outcome == "pass"}
    if not required or any(result.outcome != "pass" for result in results):
        return "unchecked"
    return "pass" if passed.issuperset(required) else "unchecked"


def worst(results: Sequence[Result]) -> Result:
    """The result that says most against a text: a flag before an error before a pass; nothing said is a pass."""
    ranks = {"flag": 0, "error": 1, "pass": 2}
    return min(results, key=lambda result: ranks[result.outcome], default=Result("none", "pass"))
