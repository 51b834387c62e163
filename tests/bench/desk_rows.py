"""Fills a database with cases, as many as are asked for: `python -m tests.bench.desk_rows 100000`, with the product's environment.

Half of them wait, a twentieth could not be checked, the others are decided. They are of 200 people; one rule is behind two
fifths of them, and one, `rare`, behind one in 5,000.
"""

import os
import random
import sys
import uuid
from datetime import timedelta
from typing import Any

PEOPLE, RULES, EACH = 200, 40, 2000


def main(wanted: int) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
    django.setup()
    from django.db import transaction

    from chat.models import Case

    draw = random.Random(wanted)
    there = Case.objects.count()
    for start in range(there, wanted, EACH):
        with transaction.atomic():
            _fill(draw, range(start, min(wanted, start + EACH)))


def _fill(draw: random.Random, numbers: range) -> None:
    from django.utils import timezone

    from chat import policies, turns
    from chat.models import (
        Candidate,
        Case,
        CaseReason,
        CheckResult,
        Conversation,
        Decision,
        Exposure,
        Message,
        Turn,
        User,
        Verdict,
        bodies,
    )  # fmt: skip

    now, version = (
        timezone.now(),
        policies.current({"mode": "post", "checkers": [{"kind": "rules", "packs": ["starter"]}]}),
    )
    people = list(User.objects.filter(username__startswith="person-").order_by("pk"))
    if not people:
        User.objects.bulk_create(User(username=f"person-{number}") for number in range(PEOPLE))
        people = list(User.objects.filter(username__startswith="person-").order_by("pk"))
    reviewer = User.objects.get(username="admin")
    rows: dict[type, list[Any]] = {
        model: [] for model in (Conversation, Turn, Message, Candidate, CheckResult, Verdict, Exposure, Case, CaseReason, Decision)
    }  # fmt: skip
    for number in numbers:
        owner = people[number % PEOPLE]
        rule = (
            "rare"
            if number % 5000 == 17
            else "common"
            if draw.random() < 0.4
            else f"rule-{draw.randrange(RULES)}"
        )
        kind = "unchecked" if draw.random() < 0.05 else "flagged"
        decided = kind == "flagged" and draw.random() < 0.5
        opened = now - timedelta(minutes=number + 1)
        chat = Conversation(pk=uuid.UUID(int=draw.getrandbits(128)), owner=owner, active_at=opened)
        turn = Turn(
            pk=uuid.UUID(int=draw.getrandbits(128)), conversation=chat, kind="send", payload="0" * 64, policy=version,
            status="upheld" if decided else "held", hold_kind=kind, finish="complete",
        )  # fmt: skip
        text = bodies.compose(f"Text {number}. " * 40)
        salt = bodies.new_salt()
        digest = bodies.digest(salt, text)
        candidate = Candidate(
            turn=turn, role="assistant", body=text, salt=salt, digest=digest, finish="complete", attempt=1
        )
        question = bodies.compose("How does it work?")
        asked = Message(
            turn=turn, role="user", body=question, salt=salt, digest=bodies.digest(salt, question)
        )
        finding = {"rule": rule, "reason": f"It looks like {rule}.", "channel": "text", "start": 0, "end": 4}
        result = CheckResult(
            turn=turn, digest=digest, round=1, checker="rules", outcome="error" if kind == "unchecked" else "flag",
            findings=[] if kind == "unchecked" else [finding], created_at=opened,
        )  # fmt: skip
        verdict = Verdict(turn=turn, digest=digest, round=1, outcome=kind, required=1, policy=version)
        case = Case(
            turn=turn, kind=kind, reference=f"B{number:07d}", owner=owner, opened_at=opened, length=len(text),
            severity=0 if kind == "unchecked" else draw.choice([1, 2]), shown=draw.choice([0, 0, 100, 300, len(text)]),
            category="" if kind == "unchecked" else draw.choice(["secrets", "personal", "other"]), readers=1,
        )  # fmt: skip
        if decided:
            case.state, case.closed_at, case.waited, case.version = (
                "upheld",
                opened + timedelta(minutes=9),
                540,
                1,
            )
            decision = Decision(
                case=case, turn=turn, digest=digest, reviewer=reviewer, action="uphold", reason="Real."
            )
            rows[Decision].append(decision)
        stands = turns.describing.sort_in(case)
        case.lane, case.place = stands["lane"], stands["place"]
        if case.shown:
            rows[Exposure].append(
                Exposure(turn=turn, epoch=0, person=owner, route="sse", characters=case.shown, at=opened)
            )
        if kind == "flagged":
            rows[CaseReason].append(
                CaseReason(
                    case=case,
                    checker="rules",
                    rule=rule,
                    reason=finding["reason"],
                    severity=case.severity,
                    **stands,
                )
            )
        made = {
            Conversation: chat,
            Turn: turn,
            Message: asked,
            Candidate: candidate,
            CheckResult: result,
            Verdict: verdict,
        }
        for model, row in (made | {Case: case}).items():
            rows[model].append(row)
    for model, each in rows.items():
        model.objects.bulk_create(each, batch_size=500)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(int(sys.argv[1]))
