"""Statements that are compiled once give what the ORM gives."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.utils import timezone

from chat.models import Candidate, Case, Conversation, HoldKind, Message, Role, Turn, bodies
from chat.models.prepared import Select, Write, insert
from tests.factories import begun, person

SALT = "0" * 32


class Statements(TestCase):
    def test_a_row_comes_as_the_orm_gives_it_with_those_it_brings_along(self) -> None:
        turn = begun(person())
        rows = Turn.objects.select_related("conversation", "policy", "case")
        prepared = Select(lambda slot: rows.filter(pk=slot("pk"), created_at__lte=slot("now")))
        for _ in range(2):  # compiled, and used again
            found = prepared(pk=turn.pk, now=timezone.now())[0]
            expected = rows.get(pk=turn.pk)
            assert found == expected
            for name in ("conversation", "policy", None):
                one, other = (getattr(each, name) if name else each for each in (found, expected))
                for field in one._meta.concrete_fields:
                    assert getattr(one, field.attname) == getattr(other, field.attname), field
            with self.assertNumQueries(0):
                assert getattr(found, "case", None) is None
        Case.objects.create(turn=turn, kind=HoldKind.FLAGGED, reference="X")
        assert prepared(pk=turn.pk, now=timezone.now())[0].case.reference == "X"
        assert prepared(pk=turn.pk, now=timezone.now() - timedelta(days=1)) == []
        assert prepared.first(pk=uuid4(), now=timezone.now()) is None

    def test_single_columns_come_as_values(self) -> None:
        turn = begun(person())
        pairs = Select(
            lambda slot: Turn.objects.filter(conversation=slot("conversation")).values_list("pk", "status")
        )
        flat = Select(lambda slot: Turn.objects.filter(status=slot("status")).values_list("pk", flat=True))
        assert pairs(conversation=turn.conversation_id) == [(turn.pk, turn.status)]
        assert flat(status=turn.status) == [turn.pk]

    def test_writing_says_how_many_rows_it_met(self) -> None:
        turn = begun(person())
        ending = Write(
            lambda slot: (
                Turn.objects.filter(pk=slot("pk"), attempt=slot("attempt")),
                {"ended_at": slot("at"), "usage": slot("usage")},
            )
        )
        now = timezone.now()
        assert ending(pk=turn.pk, attempt=turn.attempt + 1, at=now, usage=None) == 0
        for at, usage in ((now, {"tokens": 3}), (None, None)):
            assert ending(pk=turn.pk, attempt=turn.attempt, at=at, usage=usage) == 1
            turn.refresh_from_db()
            assert (turn.ended_at, turn.usage) == (at, usage)
        assert Turn.objects.filter(usage__isnull=True).count() == 1

    def test_a_row_that_is_there_is_left_as_it_is(self) -> None:
        ada = person()
        first = Conversation(owner=ada, title="first", active_at=timezone.now())
        assert insert(first, unless_there=True)
        assert not insert(Conversation(pk=first.pk, owner=ada, active_at=timezone.now()), unless_there=True)
        assert Conversation.objects.get(pk=first.pk).title == "first"
        with pytest.raises(IntegrityError), transaction.atomic():
            insert(Conversation(pk=first.pk, owner=ada, active_at=timezone.now()))

    def test_after_an_error_nothing_more_is_asked_in_its_transaction(self) -> None:
        turn = begun(person())
        twice = Message(turn=turn, role=Role.USER, body="{}", salt=SALT, digest=bodies.digest(SALT, "{}"))
        with transaction.atomic():
            with pytest.raises(IntegrityError):
                insert(twice)
            assert connection.needs_rollback
        assert Message.objects.filter(turn=turn, role=Role.USER).count() == 1

    def test_deleting(self) -> None:
        turn = begun(person())
        digest = bodies.digest(SALT, "{}")
        insert(Candidate(turn=turn, attempt=1, role=Role.ASSISTANT, body="{}", salt=SALT, digest=digest))
        delete = Write(lambda slot: (Candidate.objects.filter(turn=slot("turn")), None))
        assert delete(turn=turn.pk) == 1
        assert not Candidate.objects.exists()
