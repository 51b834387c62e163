"""What was on record before there was a chain, and what processes of the version before still write beside it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from chat import audit
from chat.models import AuditEntry
from tests.factories import person
from tests.intruder import forge, intruder

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def old(*subjects: str) -> None:
    """Rows as the version before writes them: it names no other columns, and none of them is chained."""
    ann = person("ann")
    with connection.cursor() as cursor:
        for subject in subjects:
            cursor.execute(
                "INSERT INTO chat_auditentry (at, actor_id, action, subject, data) VALUES (%s, %s, 'case.view', %s, %s)",
                [timezone.now() if connection.vendor == "postgresql" else str(timezone.now().replace(tzinfo=None)),
                 ann.pk, subject, '{"reference": "X", "share": 0.5}'],
            )  # fmt: skip


def found() -> list[str]:
    return [str(finding) for finding in audit.Check().run().findings]


@pytest.fixture
def begun() -> AuditEntry:
    """Three entries of before, and the chain that begins with them."""
    old("one", "two", "three")
    audit.begin()
    return AuditEntry.objects.get(seq=1)


def test_the_chain_begins_with_what_was_there(begun: AuditEntry) -> None:
    assert (begun.action, begun.actor) == ("audit.begun", None)
    assert begun.data["entries"] == 3
    audit.begin()
    audit.record(None, "case.view")
    assert list(AuditEntry.objects.exclude(seq=None).order_by("seq").values_list("action", flat=True)) == [
        "audit.begun", "case.view",
    ]  # fmt: skip
    report = audit.Check().run()
    assert report.well
    assert report.before == 3
    assert report.notes[0].startswith(
        "3 entries were written before the chain and entry 1 has their sum: they are as"
    )


def test_it_does_so_too_where_the_first_entry_comes_before_anybody_asked() -> None:
    old("one")
    audit.record(None, "case.view")
    assert AuditEntry.objects.get(seq=1).action == "audit.begun"
    assert AuditEntry.objects.get(seq=2).action == "case.view"
    assert found() == []


def test_a_new_database_begins_with_its_first_entry() -> None:
    audit.begin()
    assert not AuditEntry.objects.exists()
    audit.record(None, "case.view")
    assert AuditEntry.objects.get().seq == 1


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (
            "UPDATE chat_auditentry SET subject = 'x' WHERE subject = 'two'",
            "one or more of them were altered",
        ),
        ("DELETE FROM chat_auditentry WHERE subject = 'two'", "1 of them was removed"),
        ("DELETE FROM chat_auditentry WHERE subject IN ('one', 'two')", "2 of them were removed"),
        ("UPDATE chat_auditentry SET id = id + 100000 WHERE subject = 'two'", "1 of them was removed"),
    ],
)
def test_what_is_done_to_them_is_found_though_not_to_which(
    begun: AuditEntry, statement: str, says: str
) -> None:
    with intruder() as somebody:
        somebody.run(statement)
    told = found()
    assert (
        told[0]
        == f"3 entries were written before the chain and entry 1 has their sum: {says}. Which, cannot be known."
    )


def test_who_upgrades_one_process_after_the_other_loses_no_entry(begun: AuditEntry) -> None:
    old("of the version before")
    audit.record(None, "case.view")
    old("another", "and another")
    report = audit.Check().run()
    assert report.well
    assert "wait to be taken into the chain" in report.notes[-1]
    assert audit.adopt() == 3
    assert audit.adopt() == 0
    old("a last one")
    assert audit.adopt() == 1
    report = audit.Check().run()
    assert report.well
    assert [note.partition(" and")[0] for note in report.notes] == [
        "3 entries were written before the chain",
        "3 entries were written beside the chain, by processes of the version before,",
        "1 entry was written beside the chain, by processes of the version before,",
    ]
    with intruder() as somebody:
        somebody.run("UPDATE chat_auditentry SET action = 'x' WHERE subject = 'another'")
    assert ["one or more of them were altered" in each for each in found()] == [True]


def aged(days: float) -> None:
    """The chain began earlier: written once more, as the key allows."""
    moment = timezone.now() - timedelta(days=days)
    with intruder() as somebody:
        value = moment if connection.vendor == "postgresql" else str(moment.replace(tzinfo=None))
        somebody.run("UPDATE chat_auditentry SET at = %s WHERE seq = 1", value)
    forge(after=0)


def test_after_a_day_nothing_is_written_beside_the_chain_any_more(begun: AuditEntry) -> None:
    aged(0.9)
    old("still")
    assert audit.adopt() == 1
    aged(1.01)
    with pytest.raises(DatabaseError, match="guard:"), transaction.atomic():
        old("too late")
    with intruder() as somebody:
        somebody.run(
            "INSERT INTO chat_auditentry (at, action, subject, data) SELECT at, action, 'forged', data FROM chat_auditentry "
            "WHERE seq = 1"
        )
    aged(1.5)
    assert audit.adopt() == 0
    assert ["outside the chain, and nothing in it speaks of them" in each for each in found()] == [True]


def test_nothing_is_written_beside_a_chain_that_began_with_an_entry() -> None:
    audit.record(None, "case.view")
    with pytest.raises(DatabaseError, match="guard:"), transaction.atomic():
        old("never")
