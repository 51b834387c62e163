"""Puts turns into the database in the states a test needs, by the rows the program itself would write."""

import hashlib
import uuid
from typing import Any

from django.utils import timezone

from chat import policies, turns
from chat.models import (
    Candidate,
    Case,
    CheckResult,
    Conversation,
    Finish,
    HoldKind,
    Message,
    PolicyVersion,
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


def turn(
    chat: Conversation,
    question: str = "What now?",
    parent: Turn | None = None,
    policy: PolicyVersion | None = None,
    **fields: Any,
) -> Turn:
    """A turn with its question, chosen as the conversation's leaf; under DEFINITION, where no policy is said."""
    made = Turn.objects.create(
        id=uuid.uuid4(),
        conversation=chat,
        parent=parent,
        kind="send",
        payload=hashlib.sha256(question.encode()).hexdigest(),
        policy=policy or policies.current(DEFINITION),
        finish=Finish.COMPLETE,
        **fields,
    )
    Message.objects.create(turn=made, role=Role.USER, **stored(question))
    Conversation.objects.filter(pk=chat.pk).update(leaf=made)
    chat.leaf_id = made.pk
    return made


def saved(chat: Conversation, question: str, answer: str, parent: Turn | None = None) -> Turn:
    made = turn(chat, question, parent, status=Status.SAVED)
    body = stored(answer)
    judge(made, body["digest"], "pass")
    Message.objects.create(turn=made, role=Role.ASSISTANT, finish=Finish.COMPLETE, **body)
    return made


def held(
    chat: Conversation, answer: str, *spans: tuple[int, int, str], parent: Turn | None = None, **channels: Any
) -> Case:
    """A held answer and its open case: flagged by the rules at `spans` (start, end, rule)."""
    made = turn(chat, "And then?", parent, status=Status.HELD, hold_kind=HoldKind.FLAGGED)
    body = stored(answer, **channels)
    Candidate.objects.create(turn=made, role=Role.ASSISTANT, attempt=1, finish=Finish.COMPLETE, **body)
    findings = [
        {"rule": rule, "reason": f"Looks like {rule}.", "channel": "text", "start": start, "end": end}
        for start, end, rule in spans
    ]
    judge(made, body["digest"], "flagged", findings)
    results = [{"checker": "rules", "outcome": "flag", "findings": findings}]
    return turns.open_case(made, HoldKind.FLAGGED, results, body=body["body"])


def asked(chat: Conversation, question: str, *spans: tuple[int, int, str]) -> Case:
    """A held question, which no model has seen, and its open case."""
    policy = policies.current(
        DEFINITION | {"input": [{"kind": "llama-guard-3", "name": "guard", "endpoint": 1}]}
    )
    made = Turn.objects.create(
        id=uuid.uuid4(), conversation=chat, kind="send", payload="0" * 64, policy=policy, status=Status.HELD,
        hold_kind=HoldKind.FLAGGED,
    )  # fmt: skip
    Conversation.objects.filter(pk=chat.pk).update(leaf=made)
    body = stored(question)
    Candidate.objects.create(turn=made, role=Role.USER, attempt=0, **body)
    findings = [
        {"rule": rule, "reason": f"Looks like {rule}.", "channel": "text", "start": start, "end": end}
        for start, end, rule in spans
    ]
    judge(made, body["digest"], "flagged", findings)
    results = [{"checker": "rules", "outcome": "flag", "findings": findings}]
    return turns.open_case(made, HoldKind.FLAGGED, results, body=body["body"], about=Case.About.QUESTION)


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


def stored(text: str, **channels: Any) -> dict[str, str]:
    body, salt = bodies.compose(text, **channels), bodies.new_salt()
    return {"body": body, "salt": salt, "digest": bodies.digest(salt, body)}
