"""`make test`: each part in its own process, one line for what was left out and why, one summary at the end.

The last line is `N passed, N failed, N skipped`, over all parts. A part that is no test run (style, types) counts as
one. Exits non-zero when anything failed, or when no test ran.
"""

import collections
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from . import postgres
from .chaos import stack

# A file that cannot be read fails by itself; it must not hide what the others would have found.
PYTEST = [sys.executable, "-m", "pytest", "-q", "--continue-on-collection-errors"]
# Every worker has databases of its own, on the one PostgreSQL too. Most of a test's time is waiting for servers, so there may be
# more workers than cores; a browser needs a core.
PYTEST += ["--dist", "worksteal"]
CORES = os.cpu_count() or 1
MANY, FEWER = ["-n", str(min(4, 2 * CORES))], ["-n", str(min(4, CORES))]
# A minute or two of it; `make chaos` is the long one.
CHAOS = ("--turns", "60", "--faults", "16", "--seed", "11")


@dataclass
class Outcome:
    name: str
    passed: int = 0
    failed: int = 0
    skipped: collections.Counter[str] = field(default_factory=collections.Counter)
    seconds: float = 0.0

    def line(self) -> str:
        skipped = f", {self.skipped.total()} skipped" if self.skipped else ""
        return f"{self.name + ':':<32}{self.passed} passed, {self.failed} failed{skipped} in {self.seconds:.0f} s"


def main() -> int:
    outcomes = [
        _tool("style (ruff)", "ruff", "check", "."),
        _tool("format (ruff)", "ruff", "format", "--check", "--quiet", "."),
        _tool("types (mypy)", "mypy"),
        _tool("templates (djlint)", "djlint", "templates", "--lint", "--quiet"),
        _tests("on SQLite", [*PYTEST, *MANY, "-m", "not browser"]),
        _tests("in Chromium", [*PYTEST, *FEWER, "-m", "browser"]),
    ]
    if reason := postgres.unavailable():
        outcomes.append(Outcome("on PostgreSQL", skipped=collections.Counter({reason: 1})))
    else:
        command = [sys.executable, "-m", "tests.postgres", *PYTEST, *MANY, "-m", "database and not browser"]
        outcomes.append(_tests("on PostgreSQL", command))
    if reason := stack.unavailable():
        outcomes.append(Outcome("chaos (short)", skipped=collections.Counter({reason: 1})))
    else:
        outcomes.append(_tool("chaos (short)", "tests.chaos", *CHAOS))

    print("\n" + "\n".join(outcome.line() for outcome in outcomes))
    for outcome in outcomes:
        for reason, count in outcome.skipped.items():
            print(f"skipped {outcome.name}: {reason}" + (f" ({count} tests)" if count > 1 else ""))
    passed, failed = sum(each.passed for each in outcomes), sum(each.failed for each in outcomes)
    print(f"\n{passed} passed, {failed} failed, {sum(each.skipped.total() for each in outcomes)} skipped")
    return 1 if failed or not passed else 0


def _tool(name: str, module: str, *arguments: str) -> Outcome:
    _announce(name)
    started = time.monotonic()
    # mypy's plugin imports the settings, which would otherwise make a key and a folder for it.
    environment = {**os.environ, "SECRET_KEY": "only-to-read-the-types-" * 3}
    good = subprocess.run([sys.executable, "-m", module, *arguments], env=environment).returncode == 0
    return Outcome(name, passed=int(good), failed=int(not good), seconds=time.monotonic() - started)


def _tests(name: str, command: list[str]) -> Outcome:
    _announce(name)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        status = subprocess.run([*command, f"--junitxml={report}"]).returncode
        outcome = _read(name, report)
    if status and not outcome.failed:
        outcome.failed = 1  # it broke before or beside a test, and has said so above
    outcome.seconds = time.monotonic() - started
    return outcome


def _read(name: str, report: Path) -> Outcome:
    outcome = Outcome(name)
    if not report.exists():
        return outcome
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        skip = case.find("skipped")
        if kinds & {"failure", "error"}:
            outcome.failed += 1
        elif skip is not None:
            outcome.skipped[skip.get("message", "").removeprefix("Skipped: ")] += 1
        else:
            outcome.passed += 1
    return outcome


def _announce(name: str) -> None:
    print(f"\n--- {name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
