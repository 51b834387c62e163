"""Leases of many turns, renewed by one statement and answered each for itself."""

from datetime import timedelta

from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat import turns
from chat.models import Status, Turn
from chat.turns import running
from tests.factories import begun, frozen, person


def claimed() -> Turn:
    turn = begun()
    assert turns.claim(turn.pk, "a", 10)
    return turn


@override_settings(CHAT_MAX_RUNNING=100)
class Renewing(TestCase):
    def test_any_number_of_turns_that_are_simply_held_takes_one_statement(self) -> None:
        held = {claimed().pk: 1 for _ in range(5)}
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert running.renew_all(held, 60) == {}
        assert len(queries) == 1
        soon = timezone.now() + timedelta(seconds=50)
        assert Turn.objects.filter(pk__in=held, lease_until__gt=soon).count() == 5

    def test_each_turn_is_answered_as_if_it_were_alone(self) -> None:
        plain, stopped, taken, ended, judged = claimed(), claimed(), claimed(), claimed(), frozen()
        turns.request_stop(person(), stopped.pk)
        Turn.objects.filter(pk=taken.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        assert turns.claim(taken.pk, "b", 10)
        Turn.objects.filter(pk=ended.pk).update(status=Status.FAILED)
        held = {turn.pk: 1 for turn in (plain, stopped, taken, ended)} | {judged.turn.pk: judged.attempt}
        expected = {turn: turns.renew(turn, attempt, 10) for turn, attempt in held.items()}
        answers = running.renew_all(held, 10)
        assert {turn: answers.get(turn, "held") for turn in held} == expected
        assert sorted(expected.values()) == ["held", "held", "lost", "lost", "stop"]
