"""Runs turns while everything breaks, compares all of it, and exits non-zero on a single violation."""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import django

# The texts' renderer lives beside Django's models, and needs to have heard of settings.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.chaos import rows  # noqa: E402
from tests.chaos.report import Report  # noqa: E402
from tests.chaos.run import Run  # noqa: E402
from tests.chaos.stack import Stack, stack, unavailable  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--turns", type=int, default=500)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument(
        "--seed", type=int, default=None, help="draws the texts, the people and the faults; random by default"
    )
    parser.add_argument("--only", default="", help="only faults whose kind contains this, such as 'worker'")
    options = parser.parse_args()
    seed = random.SystemRandom().randint(1, 999_999) if options.seed is None else options.seed
    if reason := unavailable():
        print(f"No chaos here: {reason}")
        return 1
    print(f"seed {seed}: {options.turns} turns, {options.faults} faults", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="sluice-chaos-", ignore_cleanup_errors=True) as folder,
        stack(Path(folder), seed) as made,
    ):
        return asyncio.run(_run(made, options, seed))


async def _run(made: Stack, options: argparse.Namespace, seed: int) -> int:
    try:
        return await _through(made, options, seed)
    finally:
        made.end()
        for line in made.lines.values():
            await line.close()


async def _through(made: Stack, options: argparse.Namespace, seed: int) -> int:
    await made.start()
    run = Run(made, options.turns, options.faults, options.only, random.Random(f"{seed}/run"))
    print(f"all parts are ready; {time.strftime('%H:%M:%S')}", flush=True)
    await run.go()
    report = Report(run, await asyncio.to_thread(rows.read, made), await made.plays())
    await report.compare()
    report.tell(ROOT / "test-results" / "chaos" / f"{seed}-{time.strftime('%H%M%S')}")
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
