"""What an entry's MAC is over, which key it is under, and that both databases give back what was signed."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from chat import audit
from chat.audit import chain, rows
from chat.models import AuditEntry, User
from chatsite.secret import audit_keys
from tests.factories import person
from tests.intruder import intruder

OLD, NEW = "an-old-key-of-more-than-thirty-two-characters", "a-new-key-of-more-than-thirty-two-characters"


class Undone(Exception):
    """What an act fails with."""


def number(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:12]


@pytest.mark.django_db
class TestAnEntry:
    def test_has_the_mac_that_the_document_says(self, settings: Any) -> None:
        settings.AUDIT_KEYS = {number(OLD): OLD}
        ann = person("ann")
        audit.record(None, "a.b")
        audit.record(
            ann, "case.view", UUID(int=5), reference="ÄB", list=[1, None, True], nested={"b": 2, "a": 1}
        )
        first, second = AuditEntry.objects.order_by("seq")
        at = second.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        form = (
            f'["sluice.audit/1",2,"{first.mac}","{number(OLD)}","{at}",{ann.pk},"case.view",'
            '"00000000-0000-0000-0000-000000000005",'
            '{"list":[1,null,true],"nested":{"a":1,"b":2},"reference":"\\u00c4B"}]'
        )
        assert second.mac == hmac.new(OLD.encode(), form.encode(), "sha256").hexdigest()
        assert (second.seq, second.previous, second.key) == (2, first.mac, number(OLD))
        assert len(first.previous) == 64, "the chain's name"

    @pytest.mark.parametrize(
        "value",
        [
            1e5, 0.1, 1e-7, 1e300, -0.0, float("nan"), 2**70, True, None, "a\x00b", "\ud83d", "\u2028", [], {}, {"": [{}]},
            {1: 2}, ("a", "b"), {"é": 1, "e": 2, "E": 3}, UUID(int=1),
        ],
    )  # fmt: skip
    def test_is_read_as_it_was_signed_whatever_it_holds(self, value: Any) -> None:
        audit.record(None, "a.b", "\x00s\ud83d", value=value)
        assert audit.Check().run().well
        json.dumps(AuditEntry.objects.get().data)

    def test_is_cut_to_what_its_column_takes(self) -> None:
        audit.record(None, "a.b", "ä" * 200)
        assert AuditEntry.objects.get().subject == "ä" * 80
        assert audit.Check().run().well

    def test_is_not_there_when_what_it_is_about_did_not_happen(self) -> None:
        audit.record(None, "a.b", 1)

        def undone() -> None:
            with transaction.atomic():
                audit.record(None, "a.b", 2)
                User.objects.create(username="ann")
                audit.record(None, "a.b", 3)
                raise Undone

        with pytest.raises(Undone):
            undone()
        audit.record(None, "a.b", 4)
        assert list(AuditEntry.objects.order_by("seq").values_list("subject", flat=True)) == ["1", "4"]
        assert not User.objects.exists()
        assert audit.Check().run().well

    def test_asks_the_database_no_more_often_than_it_must(self, django_assert_max_num_queries: Any) -> None:
        ann = person("ann")
        audit.record(ann, "a.b")
        with django_assert_max_num_queries(4):  # on PostgreSQL two of them take the chain
            audit.record(ann, "a.b")

    def test_is_of_nobody_where_nobody_is_signed_in(self) -> None:
        from django.contrib.auth.models import AnonymousUser

        audit.record(AnonymousUser(), "a.b")
        assert AuditEntry.objects.get().actor is None


@pytest.mark.django_db(transaction=True)
class TestKeys:
    def test_old_ones_verify_and_the_newest_signs(self, settings: Any) -> None:
        settings.AUDIT_KEYS = audit_keys(OLD, Path("nowhere"))
        audit.record(None, "a.b")
        settings.AUDIT_KEYS = audit_keys(f"{OLD}, {NEW}", Path("nowhere"))
        audit.record(None, "a.b")
        assert [entry.key for entry in rows.chained()] == [number(OLD), number(NEW)]
        report = audit.Check().run()
        assert report.well
        assert report.keys == {number(OLD): 1, number(NEW): 1}

    def test_a_key_that_is_lost_is_named_and_so_is_what_cannot_be_known_without_it(
        self, settings: Any
    ) -> None:
        settings.AUDIT_KEYS = audit_keys(OLD, Path("nowhere"))
        for _ in range(3):
            audit.record(None, "a.b")
        settings.AUDIT_KEYS = audit_keys(NEW, Path("nowhere"))
        for _ in range(2):
            audit.record(None, "a.b")
        report = audit.Check().run()
        assert [str(each) for each in report.findings] == [
            f"Entries 1 to 3 are signed with the key {number(OLD)}, which is not known here."
        ]
        assert "Whether entries are genuine that are signed with a key that is not here." in report.unknown
        # How they hang together is known all the same.
        with intruder() as somebody:
            somebody.run(f"UPDATE chat_auditentry SET previous = '{'0' * 64}' WHERE seq = 3")
        assert "Entry 3 does not follow the entry before" in str(audit.Check().run().findings[-1])

    def test_another_key_under_the_old_ones_name_is_no_key(self, settings: Any) -> None:
        settings.AUDIT_KEYS = {"same": OLD}
        audit.record(None, "a.b")
        settings.AUDIT_KEYS = {"same": NEW}
        assert not audit.Check().run().well


class TestWhereKeysLie:
    def test_a_file_is_made_once_and_only_its_owner_reads_it(self, tmp_path: Path) -> None:
        keys = audit_keys("", tmp_path)
        assert keys == audit_keys("", tmp_path)
        assert len(keys) == 1
        assert (tmp_path / "audit_key").stat().st_mode & 0o777 == 0o600
        ((name, key),) = keys.items()
        assert name == number(key)
        assert len(key) >= 64

    def test_a_key_appended_to_the_file_signs_from_then_on(self, tmp_path: Path) -> None:
        (first,) = audit_keys("", tmp_path)
        with (tmp_path / "audit_key").open("a") as file:
            file.write(NEW + "\n")
        assert list(audit_keys("", tmp_path)) == [first, number(NEW)]

    def test_the_environments_sign_and_the_files_still_verify(self, tmp_path: Path) -> None:
        assert list(audit_keys(NEW, tmp_path)) == [number(NEW)]
        assert not (tmp_path / "audit_key").exists(), "a key that nobody needs"
        (filed,) = audit_keys("", tmp_path)
        assert list(audit_keys(NEW, tmp_path)) == [filed, number(NEW)]

    def test_a_key_that_is_too_short_or_missing_is_said_without_repeating_it(self, tmp_path: Path) -> None:
        with pytest.raises(ImproperlyConfigured, match="AUDIT_KEY has a key of 8 characters") as refused:
            audit_keys("shortkey", tmp_path)
        assert "shortkey" not in str(refused.value)
        (tmp_path / "audit_key").write_text("\n")
        with pytest.raises(ImproperlyConfigured, match="holds no key"):
            audit_keys("", tmp_path)


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "garbage"), ("at", 5), ("at", b"\xff"), ("data", "{"), ("data", b"\xff"), ("data", "[1]"), ("data", "NaN"),
        ("actor_id", "x"), ("action", 7), ("subject", 1.5), ("mac", ""), ("key", b"\xff"), ("previous", 1),
    ],
)  # fmt: skip
def test_what_cannot_even_be_read_is_named_like_whatever_else_was_altered(column: str, value: Any) -> None:
    for _ in range(3):
        audit.record(None, "a.b")
    with intruder() as somebody:
        somebody.run("PRAGMA ignore_check_constraints = ON")
        somebody.run(f"UPDATE chat_auditentry SET {column} = %s WHERE seq = 2", value)
    (finding,) = audit.Check().run().findings
    assert str(finding).startswith("Entry 2 ")


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_bytes_that_are_no_text_are_named_too() -> None:
    for _ in range(3):
        audit.record(None, "a.b")
    with intruder() as somebody:
        somebody.run("UPDATE chat_auditentry SET subject = CAST(x'ff41' AS TEXT) WHERE seq = 2")
    (finding,) = audit.Check().run().findings
    assert str(finding).startswith("Entry 2 ")


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_a_word_in_the_place_of_a_number_takes_an_entry_out_of_the_chain() -> None:
    for _ in range(3):
        audit.record(None, "a.b")
    with intruder() as somebody:
        somebody.run("PRAGMA ignore_check_constraints = ON")
        somebody.run("UPDATE chat_auditentry SET seq = 'two' WHERE seq = 2")
    said = [str(finding) for finding in audit.Check().run().findings]
    assert len(said) == 2
    assert "Entry 2 was removed." in said


def test_the_form_is_ascii_and_sorted() -> None:
    assert chain.form("ä", {"b": 1, "a": "\u2028"}) == b'["\\u00e4",{"a":"\\u2028","b":1}]'


@pytest.mark.django_db
def test_a_servers_own_time_zone_changes_nothing(settings: Any) -> None:
    settings.TIME_ZONE = "Pacific/Auckland"
    audit.record(None, "a.b")
    settings.TIME_ZONE = "America/Lima"
    assert audit.Check().run().well
