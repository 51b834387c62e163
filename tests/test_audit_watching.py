"""Once a minute a process keeps the audit's head, and its number to watch rises when something does not fit."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from chat import audit, metrics, sweep
from chat.audit import heads, watching
from tests.intruder import intruder

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_broken", False)


def number() -> float | None:
    return metrics.registry.get_sample_value("sluice_audit_findings")


def kept(folder: Path) -> list[int]:
    return [head.seq for head in heads.of(folder)]


def test_the_sweep_keeps_a_head_a_minute_and_no_more(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DATA_DIR = tmp_path
    caplog.set_level(logging.INFO, "chat.audit")
    monkeypatch.setattr(sweep, "_minute_at", 0.0)
    assert sweep.MINUTE == 60

    def one_round() -> list[int]:
        audit.record(None, "a.b")
        asyncio.run(sweep._each_minute())
        return kept(tmp_path)

    assert one_round() == [1]
    assert one_round() == [1]
    monkeypatch.setattr(sweep, "_minute_at", sweep._minute_at - sweep.MINUTE)
    assert one_round() == [1, 3]
    told = list(heads.parse(record.getMessage() for record in caplog.records))
    assert told == heads.of(tmp_path), "the log has the same"


def test_what_does_not_fit_is_counted_until_somebody_has_started_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        audit.record(None, "a.b")
    audit.watch(tmp_path)
    assert number() == 0
    with intruder() as somebody:
        somebody.run("DELETE FROM chat_auditentry WHERE seq = 3")
    audit.watch(tmp_path)
    assert number() == 1
    assert "the chain ends with entry 2; the head before had 3. Look with" in caplog.text
    audit.watch(tmp_path)
    assert number() == 1, "the head that was kept meanwhile fits again"


def test_what_the_last_verification_found_is_counted_in_every_process(tmp_path: Path) -> None:
    for _ in range(5):
        audit.record(None, "a.b")
    with intruder() as somebody:
        somebody.run("DELETE FROM chat_auditentry WHERE seq IN (2, 4)")
    audit.keep_result(audit.Check().run(), "daily")
    audit.watch(tmp_path)
    assert number() == 2


def test_a_folder_that_cannot_be_written_is_said_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    audit.record(None, "a.b")
    (tmp_path / heads.FILE).mkdir()
    audit.watch(tmp_path)
    assert "the head cannot be kept in" in caplog.text
    assert number() == 0
