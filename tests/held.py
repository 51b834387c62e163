"""Puts turns into the database in the states a test needs, by the rows the program itself would write."""

import hashlib
import secrets
import uuid
from typing import Any

from django.utils import timezone

from chat import policies
from chat.models import (
    Candidate,
    Case,
    CheckResult,
    Conversation,
    Finish,
    HoldKind,
    Message,
    Role,
    Status,
    Turn,
    User,
    Verdict,
    bodies,
)

SECRET = "The key is AKIA-NOT-A-KEY, keep it."
SPAN = (11, 25, "aws-key")
DEFINITION = {"mode": "post", "checkers": [{"kind": "rules", "pack": "starter"}]}


def conversation(owner: User, title: str = "") -> Conversation:
    return Conversation.objects.create(owner=owner, title=title, active_at=timezone.now())


def turn(chat: Conversation, question: str = "What now?", parent: Turn | None = None, **fields: Any) -> Turn:
    """A turn with its question, chosen as the conversation's leaf."""
    made = Turn.objects.create(
        id=uuid.uuid4(),
        conversation=chat,
        parent=parent,
        kind="send",
        payload=hashlib.sha256(question.encode()).hexdigest(),
        policy=policies.current(DEFINITION),
        finish=Finish.COMPLETE,
        **fields,
    )
    Message.objects.create(turn=made, role=Role.USER, **_body(question))
    Conversation.objects.filter(pk=chat.pk).update(leaf=made)
    chat.leaf_id = made.pk
    return made


def saved(chat: Conversation, question: str, answer: str, parent: Turn | None = None) -> Turn:
    made = turn(chat, question, parent, status=Status.SAVED)
    body = _body(answer)
    judge(made, body["digest"], "pass")
    Message.objects.create(turn=made, role=Role.ASSISTANT, finish=Finish.COMPLETE, **body)
    return made


def held(
    chat: Conversation, answer: str, *spans: tuple[int, int, str], parent: Turn | None = None, **channels: Any
) -> Case:
    """A held answer and its open case: flagged by the rules at `spans` (start, end, rule)."""
    made = turn(chat, "And then?", parent, status=Status.HELD, hold_kind=HoldKind.FLAGGED)
    body = _body(answer, **channels)
    Candidate.objects.create(turn=made, role=Role.ASSISTANT, attempt=1, finish=Finish.COMPLETE, **body)
    findings = [
        {"rule": rule, "reason": f"Looks like {rule}.", "channel": "text", "start": start, "end": end}
        for start, end, rule in spans
    ]
    judge(made, body["digest"], "flagged", findings)
    return Case.objects.create(turn=made, kind=HoldKind.FLAGGED, reference=secrets.token_hex(4).upper())


def after_three_turns(owner: User) -> Case:
    """A conversation of three saved turns and then SECRET, held for SPAN."""
    chat = conversation(owner, title="About my keys")
    first = saved(chat, "Question one", "Answer **one**")
    second = saved(chat, "Question two", "Answer two", first)
    third = saved(chat, "Question three", "Answer three", second)
    return held(chat, SECRET, SPAN, parent=third)


def judge(made: Turn, digest: str, outcome: str, findings: list[dict[str, Any]] | None = None) -> None:
    common = {"turn": made, "digest": digest, "round": 1}
    result = "pass" if outcome == "pass" else "flag"
    CheckResult.objects.create(**common, checker="rules", outcome=result, findings=findings or [])
    Verdict.objects.create(**common, outcome=outcome, required=1, policy=made.policy)


def _body(text: str, **channels: Any) -> dict[str, str]:
    body, salt = bodies.compose(text, **channels), bodies.new_salt()
    return {"body": body, "salt": salt, "digest": bodies.digest(salt, body)}
