"""What becomes of an audit that somebody tampers with who has the database itself: `verify_audit` names it."""

import contextlib
import re
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction

from chat import audit
from chat.audit import reading, rows
from chat.models import AuditEntry
from tests.factories import person
from tests.intruder import Intruder, intruder

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

COLUMNS = "at, actor_id, action, subject, data, seq, previous, mac, key"


@pytest.fixture
def ten() -> list[AuditEntry]:
    """A chain of ten entries."""
    ann = person("ann")
    for number in range(10):
        audit.record(ann if number % 2 else None, "case.view", f"case-{number}", number=number, word="ä")
    return list(AuditEntry.objects.order_by("seq"))


def found(*given: audit.Head) -> list[str]:
    return [str(finding) for finding in audit.Check(given).run().findings]


def test_a_chain_that_nobody_touched_is_well(ten: list[AuditEntry]) -> None:
    assert [entry.seq for entry in ten] == list(range(1, 11))
    assert [entry.previous for entry in ten[1:]] == [entry.mac for entry in ten[:-1]]
    report = audit.Check().run()
    assert report.well
    assert (report.entries, report.last, report.mac) == (10, 10, ten[-1].mac)
    assert "Without a head" in report.unknown[0]


# What somebody does to a chain of ten, and what is found.
ATTACKS: dict[str, tuple[list[str], list[str]]] = {
    "another subject": (["UPDATE chat_auditentry SET subject = 'case-9' WHERE seq = 4"], ["Entry 4 was altered."]),
    "another moment": (["UPDATE chat_auditentry SET at = '2020-01-01 00:00:00+00:00' WHERE seq = 4"], ["Entry 4 was altered."]),
    "another action": (["UPDATE chat_auditentry SET action = 'x' WHERE seq IN (4, 5)"],
                       ["Entry 4 .*", "Entry 5 was altered."]),
    "nobody did it": (["UPDATE chat_auditentry SET actor_id = NULL WHERE seq = 4"], ["Entry 4 was altered."]),
    "other data": (["UPDATE chat_auditentry SET data = '{\"number\": 9}' WHERE seq = 4"], ["Entry 4 was altered."]),
    "another link": ([f"UPDATE chat_auditentry SET previous = '{'0' * 64}' WHERE seq = 4"], ["Entry 4 was altered."]),
    "another MAC": ([f"UPDATE chat_auditentry SET mac = '{'0' * 64}' WHERE seq = 4"],
                    ["Entry 4 is not what was written there."]),
    "the last one": (["UPDATE chat_auditentry SET subject = 'x' WHERE seq = 10"],
                     ["Entry 10 was altered or added by somebody without the key."]),
    "one removed": (["DELETE FROM chat_auditentry WHERE seq = 4"], ["Entry 4 was removed."]),
    "some removed": (["DELETE FROM chat_auditentry WHERE seq BETWEEN 4 AND 6"], ["Entries 4 to 6 were removed."]),
    "the first removed": (["DELETE FROM chat_auditentry WHERE seq <= 2"], ["Entries 1 to 2 were removed."]),
    "two swapped": (["UPDATE chat_auditentry SET seq = 99 WHERE seq = 4", "UPDATE chat_auditentry SET seq = 4 WHERE seq = 7",
                     "UPDATE chat_auditentry SET seq = 7 WHERE seq = 99"],
                    ["Entry 4 was moved there from number 7.", "Entry 7 was moved there from number 4."]),
    "a gap closed": (["DELETE FROM chat_auditentry WHERE seq = 4",
                      *(f"UPDATE chat_auditentry SET seq = {n} WHERE seq = {n + 1}" for n in range(4, 10))],
                     ["Entries 4 to 9 stand 1 place earlier than they were written."]),
    "one put in between": ([*(f"UPDATE chat_auditentry SET seq = {n + 1} WHERE seq = {n}" for n in range(10, 3, -1)),
                            f"INSERT INTO chat_auditentry ({COLUMNS}) SELECT at, actor_id, action, 'forged', data, 4, previous, mac, key "
                            "FROM chat_auditentry WHERE seq = 5"],
                           ["Entry 4 was altered or added by somebody without the key.",
                            "Entries 5 to 11 stand 1 place later than they were written."]),
    "one put at the end": ([f"INSERT INTO chat_auditentry ({COLUMNS}) SELECT at, actor_id, action, 'forged', data, 11, mac, "
                            f"'{'1' * 64}', key FROM chat_auditentry WHERE seq = 10"],
                           ["Entry 11 was altered or added by somebody without the key."]),
    "one put outside": (["INSERT INTO chat_auditentry (at, action, subject, data) SELECT at, action, subject, data FROM "
                         "chat_auditentry WHERE seq = 10"], [r"Rows \d+ \(`id`\) are outside the chain.*"]),
    "one put before all others": ([f"INSERT INTO chat_auditentry (id, {COLUMNS}) SELECT -1, at, actor_id, action, subject, data, NULL, '', "
                                   "'', '' FROM chat_auditentry WHERE seq = 10"], [r"Rows -1 \(`id`\) are outside the chain.*"]),
    "one put at number 0": ([f"INSERT INTO chat_auditentry ({COLUMNS}) SELECT at, actor_id, action, subject, data, 0, previous, mac, key "
                             "FROM chat_auditentry WHERE seq = 10"], [r"Rows \d+ \(`id`\) are outside the chain.*"]),
    "one taken out of the chain": (["UPDATE chat_auditentry SET seq = NULL WHERE seq = 4"],
                                   ["Rows .* outside the chain.*", "Entry 4 was removed."]),
    "another row number": (["UPDATE chat_auditentry SET id = id + 1000 WHERE seq = 4"],
                           ["Entry 5 was given a row number .*"]),
    "another key's name": (["UPDATE chat_auditentry SET key = 'abc' WHERE seq = 4"],
                           ["Entry 4 is signed with the key abc, which is not known here."]),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_somebody_does_with_raw_sql_is_named(attack: str, ten: list[AuditEntry]) -> None:
    statements, expected = ATTACKS[attack]
    assert found() == []
    with intruder() as somebody:
        for statement in statements:
            somebody.run(statement)
    said = found()
    assert len(said) == len(expected), said
    for sentence, pattern in zip(said, expected, strict=True):
        assert re.fullmatch(pattern, sentence), said


def test_an_export_has_what_stands_beside_the_chain_whatever_its_numbers(ten: list[AuditEntry]) -> None:
    with intruder() as somebody:
        for name in ("one put before all others", "one put at number 0", "one put outside"):
            somebody.run(ATTACKS[name][0][0])
    known = {entry.pk for entry in ten}
    found = reading.beside(reading.Selection(), None)
    assert [entry.id for entry in found] == sorted({*AuditEntry.objects.values_list("id", flat=True)} - known)
    assert len(found) == 3
    assert {entry.seq for entry in found} == {0}
    assert reading.beside(reading.Selection(), found[-1].id) == []


# A guard knows no key, and so takes an entry that continues the chain in its form alone. It is found, as above.
REFUSED = [attack for attack in ATTACKS if attack != "one put at the end"]


@pytest.mark.parametrize("attack", REFUSED)
def test_the_guards_refuse_the_same_from_the_programs_own_role(attack: str, ten: list[AuditEntry]) -> None:
    def tried() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in ATTACKS[attack][0]:
                cursor.execute(statement)

    with pytest.raises(DatabaseError, match="guard:"):
        tried()
    assert found() == []


@contextlib.contextmanager
def without_constraints() -> Iterator[Intruder]:
    """The table is one in which a number may stand twice; afterwards it is the one from before."""
    with intruder() as somebody:
        somebody.run("ALTER TABLE chat_auditentry RENAME TO chat_auditentry_kept")
        somebody.run("CREATE TABLE chat_auditentry AS SELECT * FROM chat_auditentry_kept")
        try:
            yield somebody
        finally:
            somebody.run("DROP TABLE chat_auditentry")
            somebody.run("ALTER TABLE chat_auditentry_kept RENAME TO chat_auditentry")


@pytest.mark.parametrize("place", ["id + 1000", "-id"])
@pytest.mark.parametrize("action", ["'forged'", "action"])
@pytest.mark.parametrize("many", [2, 3, 2000])
def test_a_number_that_is_there_twice_is_named(
    place: str, action: str, many: int, ten: list[AuditEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MANY", many)
    with without_constraints() as somebody:
        assert found() == []
        for seq in (5, 10):
            somebody.run(
                f"INSERT INTO chat_auditentry (id, {COLUMNS}) SELECT {place}, {COLUMNS.replace('action', action)} "
                f"FROM chat_auditentry WHERE seq = {seq}"
            )
        said = found()
    assert [sentence for sentence in said if "row number" not in sentence] == [
        "Entry 5 is there twice: one was inserted.",
        "Entry 10 is there twice: one was inserted.",
    ]
    assert all(re.match("Entry (5|10) ", sentence) for sentence in said)
