"""A process that shuts down while a stop is on its way hands on a turn that still comes to its end."""

import pytest

from chat import turns
from chat.models import Finish, Status, Turn
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_turn_handed_back_is_begun_again_and_that_is_no_recovery() -> None:
    turn = factories.begun()
    claim = turns.claim(turn.pk, "first", 10)
    assert claim is not None
    turns.hand_back(turn.pk, claim.attempt)
    again = turns.take(turn.pk, "second", 10)
    assert isinstance(again, turns.Claim)
    assert again.restarted
    assert Turn.objects.get(pk=turn.pk).recoveries == 0


def test_a_turn_handed_back_after_a_stop_is_taken_up_to_be_ended() -> None:
    turn = factories.begun()
    claim = turns.claim(turn.pk, "first", 10)
    assert claim is not None
    assert turns.request_stop(turn.conversation.owner, turn.pk)
    turns.hand_back(turn.pk, claim.attempt)
    Turn.objects.filter(pk=turn.pk).update(created_at="2020-01-01T00:00:00Z")
    assert turn.pk in turns.waiting()
    leftover = turns.take(turn.pk, "second", 10)
    assert isinstance(leftover, Turn)
    assert turns.interrupt(turn.pk, leftover.attempt, Finish.STOPPED, "")
    assert Turn.objects.get(pk=turn.pk).status == Status.STOPPED
