"""`manage.py check_streaming URL`: what the way between a browser and this site does to a stream, and what to change."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ... import trial
from .. import way

_MARK = {True: "✓", False: "✗", None: "–"}


class Command(BaseCommand):
    help = "Measure whether what is between here and URL lets answers stream, and name what to change."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="the site as browsers reach it: https://chat.example.com")
        parser.add_argument(
            "--idle", type=_seconds, default=20.0, metavar="N",
            help="seconds of silence that must pass (20; a stream says at least a ping every 15)",
        )  # fmt: skip

    def handle(self, *args: Any, url: str, idle: float, **options: Any) -> None:
        findings = []
        try:
            for finding in way.check(url, trial.token(), idle):
                findings.append(finding)
                self._show(finding)
        except way.Unreachable as error:
            self._show(way.Finding(False, "reached", str(error)))
            sys.exit(1)
        wrong = sum(finding.well is False for finding in findings)
        print(f"\n{wrong} of {len(findings)} are wrong." if wrong else "\nAnswers stream through.")
        if wrong:
            sys.exit(1)

    def _show(self, finding: way.Finding) -> None:
        print(f"{_MARK[finding.well]} {finding.name:<13} {finding.found}", flush=True)
        for line in finding.change:
            print(f"    {line}", flush=True)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= trial.LONGEST:
        raise ValueError
    return seconds
