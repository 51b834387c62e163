"""`manage.py verify_audit`: whether the audit is as it was written. Ends with 1 where it is not, with 2 where nobody can tell."""

import contextlib
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from ... import audit
from ...audit import heads


class Command(BaseCommand):
    help = "Verify the audit's chain: name what was altered, removed, inserted or reordered, and what cannot be known."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head", action="append", type=Path, metavar="FILE", default=[],
            help="heads that were kept elsewhere: a copy of DATA_DIR/audit_heads, or a log; may be given again "
            "(without it the file in DATA_DIR is used)",
        )  # fmt: skip
        parser.add_argument(
            "--file", type=Path, metavar="EXPORT", help="verify an export instead of the database"
        )
        parser.add_argument(
            "--no-entry", action="store_true", help="do not put on record that the audit was verified"
        )

    def handle(self, *args: Any, head: list[Path], file: Path | None, no_entry: bool, **options: Any) -> None:
        own = settings.DATA_DIR / heads.FILE
        files = head or ([own] if file is None and own.exists() else [])
        try:
            kept = [found for path in files for found in _heads(path)]
            report = _of_file(file, kept) if file else audit.Check(kept).run()
        except (OSError, audit.Unreadable, DatabaseError) as error:
            print(f"Cannot be verified: {str(error).strip().partition(chr(10))[0]}")
            sys.exit(2)
        _show(report, files, not head and bool(files))
        if file is None and not no_entry:
            with contextlib.suppress(DatabaseError):  # one that can only be read is verified too
                audit.keep_result(report, "command")
        if not report.well:
            sys.exit(1)


def _heads(path: Path) -> list[audit.Head]:
    with path.open(encoding="utf-8", errors="replace") as lines:
        return list(heads.parse(lines))


def _of_file(path: Path, kept: list[audit.Head]) -> audit.Report:
    with path.open(encoding="utf-8", errors="replace") as lines:
        return audit.check_file(lines, kept)


def _show(report: audit.Report, files: list[Path], own: bool) -> None:
    signed = ", ".join(f"{count} with the key {key or '(none)'}" for key, count in report.keys.items())
    print(
        f"{report.entries} entries of the chain{f', signed {signed}' if signed else ''}; the last is number {report.last}."
    )
    for note in report.notes:
        print(note)
    if report.head is not None:
        where = ", ".join(str(path) for path in files)
        print(
            f"{report.heads} heads of {where} fit, the last of {report.head.at or 'unknown time'} at entry {report.head.seq}."
        )
    print()
    for finding in report.findings:
        print(f"✗ {finding}")
    if report.well:
        print("✓ Nothing was altered, removed, inserted or reordered.")
    print("\nWhat this cannot tell:")
    for sentence in report.unknown:
        print(f"- {sentence}")
    if own:
        print(
            "- Whether the heads are those that were written: their file lies beside the key. Give a copy, or a log, with --head."
        )
    print("- Whether somebody who has the key wrote the chain anew: only heads that are kept elsewhere tell.")
