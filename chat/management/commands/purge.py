"""`manage.py purge`: remove what is past its time now, and say how much of each kind that was, and what is out of reach."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ... import retention


class Command(BaseCommand):
    help = "Remove what is past its time (docs/retention.md): Sluice does so once a day by itself."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be removed, and remove nothing"
        )
        parser.add_argument(
            "--rewrite", action="store_true",
            help="write the database's files anew, so that nothing of what was erased is left in unused parts of them; "
            "others wait meanwhile",
        )  # fmt: skip

    def handle(self, *args: Any, dry_run: bool, rewrite: bool, **options: Any) -> None:
        purge = retention.Purge()
        if dry_run:
            print("Past their time:")
            _show(purge.due())
            return
        while purge.step():
            pass
        cleaned = purge.finish("command", rewrite or None)
        print("Removed:")
        _show(purge.counts)
        for sentence in cleaned.sentences:
            print(sentence)
        if not cleaned.whole:
            raise SystemExit(1)


def _show(counts: dict[str, int]) -> None:
    for name, count in counts.items():
        print(f"{count:>8} {name}")
