"""Rows for tests, made the way the product makes them."""

from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from chat import policies, turns
from chat.models import Finish, Kind, PolicyVersion, Turn, User, bodies

RULES_ONLY = {"mode": "post", "checkers": [{"kind": "rules", "pack": "starter"}]}
PASS = [{"checker": "rules", "outcome": "pass"}]
FLAG = [
    {
        "checker": "rules",
        "outcome": "flag",
        "findings": [{"rule": "aws-key", "reason": "an access key", "channel": "text", "start": 4, "end": 8}],
    }
]
ERROR = [{"checker": "rules", "outcome": "error", "detail": "timeout"}]


def person(name: str = "ada", **fields: Any) -> User:
    return User.objects.filter(username=name).first() or User.objects.create_user(
        name, password="kept-secret", **fields
    )


def new_turn(
    conversation: UUID | None = None,
    parent: UUID | None = None,
    text: str = "Hello?",
    kind: Kind = Kind.SEND,
    **fields: Any,
) -> turns.NewTurn:
    return turns.NewTurn(fields.get("id") or uuid4(), conversation or uuid4(), parent, kind, text)


def begun(
    owner: User | None = None, new: turns.NewTurn | None = None, policy: PolicyVersion | None = None
) -> Turn:
    """An accepted turn."""
    with transaction.atomic():
        turn, _ = turns.create(
            owner or person(), new or new_turn(), lambda assistant: policy or policies.current(RULES_ONLY)
        )
    return turn


def frozen(
    turn: Turn | None = None, text: str = "The answer.", finish: Finish = Finish.COMPLETE
) -> turns.Frozen:
    """A turn whose candidate waits for its judgement."""
    claim = turns.claim((turn or begun()).pk, "test", 10)
    assert claim is not None
    found = turns.freeze(claim.turn.pk, claim.attempt, finish, bodies.compose(text))
    assert found is not None
    return found


def answered(owner: User | None = None, new: turns.NewTurn | None = None, text: str = "The answer.") -> Turn:
    """A turn whose answer is saved."""
    waiting = frozen(begun(owner, new), text)
    assert turns.conclude(waiting, "pass", 1, PASS)
    return Turn.objects.get(pk=waiting.turn.pk)


def held(
    owner: User | None = None,
    new: turns.NewTurn | None = None,
    text: str = "key AKIA",
    outcome: str = "flagged",
) -> Turn:
    waiting = frozen(begun(owner, new), text)
    assert turns.conclude(waiting, outcome, 1, FLAG if outcome == "flagged" else ERROR)
    return Turn.objects.get(pk=waiting.turn.pk)
