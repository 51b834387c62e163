"""A verdict counts for the bytes it was given on, and for no others: the database has the last word."""

import dataclasses

import pytest
from django.db import DatabaseError, transaction

from chat import turns
from chat.models import Candidate, Message, Status, Turn, bodies
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_pass_on_other_bytes_writes_nothing() -> None:
    frozen = factories.frozen(text="judged were these")
    other = dataclasses.replace(frozen, digest=bodies.digest(bodies.new_salt(), bodies.compose("those")))
    with pytest.raises(DatabaseError, match=r"verdict|pass|message"), transaction.atomic():
        turns.conclude(other, "pass", 1, factories.PASS)
    assert not Message.objects.filter(turn=frozen.turn, role="assistant").exists()
    assert Turn.objects.get(pk=frozen.turn.pk).status == Status.MODERATING
    assert Candidate.objects.filter(turn=frozen.turn).exists()
    # The same call with the candidate's own digest is what makes the message.
    assert turns.conclude(frozen, "pass", 1, factories.PASS)
    assert Message.objects.filter(turn=frozen.turn, role="assistant", digest=frozen.digest).exists()


def test_a_pass_that_does_not_name_every_required_checker_writes_nothing() -> None:
    frozen = factories.frozen()
    with pytest.raises(DatabaseError), transaction.atomic():
        turns.conclude(frozen, "pass", 2, factories.PASS)
    assert not Message.objects.filter(turn=frozen.turn, role="assistant").exists()


def test_a_pass_of_another_turn_with_the_same_text_writes_nothing() -> None:
    first, second = factories.frozen(text="the same"), factories.frozen(text="the same")
    assert turns.conclude(first, "pass", 1, factories.PASS)
    borrowed = dataclasses.replace(second, digest=first.digest)
    with pytest.raises(DatabaseError), transaction.atomic():
        turns.conclude(borrowed, "pass", 1, factories.PASS)
    assert not Message.objects.filter(turn=second.turn, role="assistant").exists()
