"""Heads are kept outside the database, and with them a cut tail, another history and another database are found."""

import contextlib
import fcntl
import logging
import secrets
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from chat import audit
from chat.audit import heads, rows
from chat.models import AuditEntry
from tests.intruder import forge, intruder

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def written(count: int) -> None:
    for number in range(count):
        audit.record(None, "case.view", number)


def found(*given: audit.Head) -> list[str]:
    return [str(finding) for finding in audit.Check(given).run().findings]


def kept(folder: Path) -> list[audit.Head]:
    return list(heads.parse((folder / heads.FILE).read_text().splitlines()))


def test_a_head_is_appended_when_it_has_changed_and_only_then(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "chat.audit")
    heads.keep(tmp_path)
    assert (tmp_path / heads.FILE).read_bytes() == b""
    written(3)
    heads.keep(tmp_path)
    heads.keep(tmp_path)
    written(2)
    heads.keep(tmp_path)
    last = AuditEntry.objects.get(seq=5)
    assert [head.seq for head in kept(tmp_path)] == [3, 5]
    assert kept(tmp_path)[-1].mac == last.mac
    assert (tmp_path / heads.FILE).stat().st_mode & 0o777 == 0o600
    # The log has the same, and may be given to `verify_audit` as well.
    assert list(heads.parse(record.getMessage() for record in caplog.records)) == kept(tmp_path)


def test_one_process_at_a_time_writes_into_a_folder(tmp_path: Path) -> None:
    written(1)
    with (tmp_path / heads.FILE).open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        heads.keep(tmp_path)
        assert kept(tmp_path) == []
    heads.keep(tmp_path)
    assert len(kept(tmp_path)) == 1


def test_half_a_line_that_a_crash_has_left_spoils_nothing(tmp_path: Path) -> None:
    written(1)
    heads.keep(tmp_path)
    with (tmp_path / heads.FILE).open("a") as file:
        file.write(str(kept(tmp_path)[0])[:60])
    written(1)
    heads.keep(tmp_path)
    assert [head.seq for head in kept(tmp_path)] == [1, 2]


def test_a_cut_tail_is_found_with_a_head_and_only_then(tmp_path: Path) -> None:
    written(10)
    heads.keep(tmp_path)
    with intruder() as somebody:
        somebody.run("DELETE FROM chat_auditentry WHERE seq > 7")
    assert found() == []
    moment = kept(tmp_path)[0].at
    assert found(*kept(tmp_path)) == [
        f"Entries 8 to 10 were cut off at the end: the head of {moment} still had them."
    ]
    # The sweep, which keeps the next one, says so by itself.
    assert heads.keep(tmp_path) == "the chain ends with entry 7; the head before had 10."
    # And that the chain goes on afterwards hides nothing.
    written(5)
    assert [str(each)[:60] for each in found(*kept(tmp_path))] == [
        "Entry 10 is not the one that the head of " + moment
    ]


def test_a_chain_written_anew_with_the_key_is_found_with_a_head(tmp_path: Path) -> None:
    written(6)
    heads.keep(tmp_path)
    forge(after=3, subject="another")
    assert found() == [], "who has the key can do this unseen, without a head"
    assert [each.split(" names")[0] for each in found(*kept(tmp_path))] == [
        f"Entry 6 is not the one that the head of {kept(tmp_path)[0].at}"
    ]
    written(1)
    assert heads.keep(tmp_path) == "entry 6 is not the one that the head before named."


def test_a_head_of_another_database_is_told_apart(tmp_path: Path) -> None:
    written(3)
    other = audit.Head(secrets.token_hex(32), 3, secrets.token_hex(32), "2026-11-29 10:00:00")
    (sentence,) = found(other)
    assert sentence.startswith("1 head is of another chain")
    assert "2026-11-29 10:00:00" in sentence
    (tmp_path / heads.FILE).write_text(f"{other}\n")
    assert heads.keep(tmp_path) == "this database holds another chain than the head before."


def test_a_database_that_was_emptied_is_found_with_a_head(tmp_path: Path) -> None:
    written(3)
    heads.keep(tmp_path)
    with intruder() as somebody:
        somebody.run("DELETE FROM chat_auditentry")
    assert heads.keep(tmp_path) == "this database holds another chain than the head before."
    (sentence,) = found(*kept(tmp_path))
    assert "another chain" in sentence


def test_rows_of_a_restored_backup_among_others_are_of_another_history() -> None:
    written(4)
    fork = rows.chained()
    with intruder() as somebody:
        somebody.run("DELETE FROM chat_auditentry WHERE seq > 2")
    written(2)  # 3 and 4, once more
    assert found() == []
    with intruder() as somebody:
        old = fork[3]
        somebody.run("UPDATE chat_auditentry SET at = %s, previous = %s, mac = %s, subject = %s WHERE seq = 4",
                     old.at if connection.vendor == "postgresql" else old.at.replace(tzinfo=None).isoformat(" "), old.previous, old.mac, old.subject)  # fmt: skip
    assert found() == [
        "Entry 4 does not follow the entry before: one of the two is of another history, such as a restored backup's."
    ]


class TestTheCommand:
    def run(self, *arguments: str) -> tuple[int, str]:
        out, code = StringIO(), 0
        with contextlib.redirect_stdout(out):
            try:
                call_command("verify_audit", *arguments)
            except SystemExit as end:
                code = int(end.code or 0)
        return code, out.getvalue()

    @pytest.fixture(autouse=True)
    def folder(self, settings: object, tmp_path: Path) -> Path:
        settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
        return tmp_path

    def test_says_that_all_is_well_and_what_it_cannot_tell(self, folder: Path) -> None:
        written(3)
        code, said = self.run()
        assert code == 0
        assert "3 entries of the chain" in said
        assert "✓ Nothing was altered" in said
        assert "Without a head of this chain" in said
        heads.keep(folder)
        code, said = self.run()
        assert code == 0
        assert "fit, the last of" in said
        assert "lies beside the key" in said
        code, said = self.run("--head", str(folder / heads.FILE))
        assert code == 0
        assert "lies beside the key" not in said

    def test_puts_itself_on_record_unless_it_is_not_to(self) -> None:
        written(3)
        self.run("--no-entry")
        assert audit.last_result() is None
        self.run()
        result = audit.last_result()
        assert result is not None
        assert result.data == {"by": "command", "entries": 3, "last": 3, "findings": 0}

    def test_ends_with_1_for_what_it_finds_and_with_2_where_it_cannot_look(self, folder: Path) -> None:
        written(5)
        heads.keep(folder)
        with intruder() as somebody:
            somebody.run("DELETE FROM chat_auditentry WHERE seq IN (2, 5)")
        code, said = self.run("--no-entry")
        assert code == 1
        assert "✗ Entry 2 was removed." in said
        assert "✗ Entry 5 was cut off at the end" in said
        assert "✓" not in said
        code, said = self.run("--head", str(folder / "nothing"))
        assert code == 2
        assert said.startswith("Cannot be verified: ")
