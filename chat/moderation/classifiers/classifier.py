"""A checker that asks a server, whatever the dialect: all of a text, within its time, and closed where anything fails."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..verdict import Finding, Outcome, Result, Role, Subject
from .breaker import Breaker
from .dialect import Category, Dialect, Golden, Judgement, Part
from .splitting import Placed, parts
from .strict import NotAVerdict

AT_ONCE = 4  # requests of one check
TRIES = 3  # requests for one part
# Statuses that are about what was sent, which may be one person's text: too long, or what the server's own filter stops.
REFUSALS = frozenset({400, 413, 422})
PASSES: Outcome = "pass"
FLAGGED: Outcome = "flag"
PAUSE = 0.25  # seconds before the second, doubling


@dataclass(frozen=True, slots=True)
class Judged:
    """A result, and whether the server answered all that it was asked, be it with something that is no verdict."""

    result: Result
    answered: bool = True


@dataclass(frozen=True, slots=True)
class _Failed:
    sentence: str
    answered: bool


class Classifier:
    """Has every channel of a body judged, in parts where it is long; the worst part decides.

    `line` is what the dialect asks through. `timeout`: seconds for a text of up to AT_ONCE parts, its retries included; a
    longer one has as much again for each AT_ONCE parts more. After a part that had no answer in its time no further one
    is asked. A part without a verdict makes the outcome `error`, unless another was flagged. `good` and `bad` are known
    texts beside the dialect's own, written by `role`. Raises nothing but CancelledError.
    """

    def __init__(
        self, name: str, dialect: Dialect, line: Any, *, timeout: float = 10, good: tuple[str, ...] = (),
        bad: tuple[str, ...] = (), role: Role = "assistant", key: str | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, breaker: Breaker | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.breaker = breaker or Breaker(name)
        self.proving: asyncio.Task[Any] | None = None  # while it is proved, for all who wait for that
        self.dialect, self.good, self.bad, self.role = dialect, good, bad, role
        self._line, self._timeout, self._key, self._sleep = line, timeout, key, sleep

    async def check(self, subject: Subject) -> Result:
        """Judge a body. A body without a visible character has nothing to judge and passes."""
        return self.left_alone() or (await self.judge(subject)).result

    def left_alone(self) -> Result | None:
        """An error where the breaker is open; else None, and who is told so asks now."""
        if self.breaker.admits():
            return None
        detail = f"{self.dialect.who} has not answered for a while and is not asked at the moment."
        return Result(self.name, "error", detail=detail)

    async def judge(self, subject: Subject) -> Judged:
        """As `check`, past the breaker, which is told how it went."""
        try:
            judged = await self._judge(subject)
        except BaseException:
            self.breaker.gave_up()
            raise
        if judged is None:
            self.breaker.gave_up()
            return Judged(Result(self.name, "pass"))
        (self.breaker.answered if judged.answered else self.breaker.unanswered)()
        return judged

    def known(self) -> Iterator[tuple[Subject, Outcome, str]]:
        """Texts whose judgement is known, what it is, and what to call each."""
        dialect, whose = self.dialect, self._own
        for subjects, expected, kind in (
            (map(_built_in, dialect.good), PASSES, "built-in good"), (map(whose, self.good), PASSES, "good"),
            (map(_built_in, dialect.bad), FLAGGED, "built-in bad"), (map(whose, self.bad), FLAGGED, "bad"),
        ):  # fmt: skip
            for number, subject in enumerate(subjects, 1):
                yield subject, expected, f"{kind} text {number}"

    def _own(self, text: str) -> Subject:
        return Subject({"text": text}, role=self.role)

    async def _judge(self, subject: Subject) -> Judged | None:
        """None where there is nothing to judge."""
        began = time.perf_counter()
        findings: list[Finding] = []
        failures: list[_Failed] = []
        try:
            placed = parts(subject, self.dialect)
            if not placed:
                return None
            for where, judged in zip(placed, await self._ask_all(placed), strict=True):
                if isinstance(judged, _Failed):
                    failures.append(judged)
                elif judged is not None and judged.severity is not None:
                    findings += _findings(where, judged)
        except Exception as error:  # Whatever it is, the text has not been judged and must not pass.
            failures.append(_Failed(f"The text could not be judged ({type(error).__name__}).", answered=True))
        outcome: Outcome = "flag" if findings else "error" if failures else "pass"
        detail = " ".join(dict.fromkeys(failed.sentence for failed in failures))[:500]
        result = Result(
            self.name, outcome, tuple(findings), detail, round((time.perf_counter() - began) * 1000)
        )
        return Judged(result, all(failed.answered for failed in failures))

    async def _ask_all(self, placed: list[Placed]) -> list[Judgement | _Failed | None]:
        """What became of each part; None for one that was not asked since another had no answer."""
        places, over = asyncio.Semaphore(AT_ONCE), asyncio.Event()

        async def one(part: Part) -> Judgement | _Failed | None:
            async with places:
                if over.is_set():
                    return None
                judged = await self._ask(part)
                if isinstance(judged, _Failed) and not judged.answered:
                    over.set()
                return judged

        return await asyncio.gather(*(one(each.part) for each in placed))

    async def _ask(self, part: Part) -> Judgement | _Failed:
        """The judgement of a part. Asked again, within its time, where that can help."""
        who, clock = self.dialect.who, asyncio.get_running_loop().time
        until = clock() + self._timeout
        for number in range(TRIES):
            try:
                async with asyncio.timeout_at(until):
                    return await self.dialect.ask(self._line, part, max(until - clock(), 0.01))
            except NotAVerdict as error:
                return _Failed(f"{who} gave no verdict: {error}.", answered=True)
            except TimeoutError:
                return _Failed(f"{who} did not answer within {self._timeout:g} s.", answered=False)
            except Exception as error:
                refused = getattr(error, "status", None) in REFUSALS
                failed = _Failed(f"{who} could not be asked ({self._why(error)}).", answered=refused)
                pause = _pause(error, number)
                if pause is None or clock() + pause >= until:
                    return failed
            await self._sleep(pause)
        return failed

    def _why(self, error: Exception) -> str:
        """What the client says for the operator in `detail`, else the error's kind.

        Never its own words: they may hold the address with its key, or the text.
        """
        said = getattr(error, "detail", None)
        words = said if isinstance(said, str) and said else type(error).__name__
        if self._key:
            words = words.replace(self._key, "…")
        return "".join(char for char in words if char.isprintable())[:200]


def _built_in(known: Golden) -> Subject:
    role: Role = "assistant" if known.question else "user"
    return Subject({"text": known.text}, question=known.question, role=role)


def _pause(error: Exception, number: int) -> float | None:
    """Seconds before a part is asked once more, after request `number` (the first is 0); None where it is not."""
    if number + 1 >= TRIES or getattr(error, "retryable", False) is not True:
        return None
    wait = getattr(error, "wait", None)
    if isinstance(wait, int | float):
        return float(wait)
    return PAUSE * 2**number * random.uniform(0.5, 1.0)  # noqa: S311 - jitter


def _findings(where: Placed, judgement: Judgement) -> Iterator[Finding]:
    assert judgement.severity is not None
    for found in judgement.categories or (Category("unspecified", "The classifier flagged this text."),):
        yield Finding(
            found.rule[:64], found.reason, where.channel, where.start, where.end, found.score, found.threshold,
            judgement.severity,
        )  # fmt: skip
