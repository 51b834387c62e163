"""Who appends to the audit holds its chain until their transaction ends, so nothing that may wait for somebody comes after it:
tried with everything that is done at the review desk.
"""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat import people, policies, reviews
from chat.models import AuditEntry, Case, Suggestion, User
from chat.policies import drafting
from chat.reviews import transcripts
from tests import held

pytestmark = pytest.mark.slow

Act = Callable[[], object]
RULE = {
    "title": "A pond", "reason": "Ponds are secret.", "words": ["pond"], "action": "block",
    "directions": ["output"], "positives": ["the pond"], "negatives": ["the sea"],
}  # fmt: skip


@pytest.fixture
def case(person: Callable[..., User], admin: User) -> Case:
    """Held by a rule of the policy for everybody."""
    basic = policies.follow()
    definition, _ = drafting.with_rule(basic.active.definition, "", RULE)
    version = policies.save_version(admin, policies.latest_version(basic), definition)
    chat = held.conversation(person("ann"))
    made = held.held(chat, "the pond", (4, 8, "a-pond"), parent=held.saved(chat, "Where?", "At the sea."))
    made.turn.policy = policies.current({**version.definition, "of": [version.pk], "mode": "full"})
    made.turn.save(update_fields=["policy"])
    return made


@pytest.fixture
def acts(case: Case, person: Callable[..., User], admin: User) -> dict[str, Act]:
    """Entry → what leaves it, in the order in which it can be done."""
    rita, sena = person("rita", reviewer=True), person("sena", role="Senior reviewer")
    policy = policies.follow()

    def version() -> int:
        return Case.objects.get(pk=case.pk).version

    def suggest(text: str) -> Suggestion:
        return policies.suggest(rita, case.pk, f"{policy.pk}:rule:a-pond", "pass", text)

    another = suggest("a pond of mine")
    return {
        "case.claim": lambda: reviews.claim(rita, case.pk),
        "case.view": lambda: reviews.look(rita, case.pk),
        "case.reveal": lambda: reviews.reveal(rita, case.pk, "decide"),
        "case.note": lambda: reviews.note(rita, case.pk, "Look again."),
        "case.leave": lambda: reviews.let_go(rita, case.pk),
        "case.take_over": lambda: reviews.take_over(sena, case.pk, "Rita is away.", version()),
        "case.escalate": lambda: reviews.escalate(sena, case.pk, version(), "A hard one."),
        "case.uphold": lambda: reviews.decide(sena, case.pk, "uphold", "No.", version()),
        "case.undo": lambda: reviews.undo(sena, case.pk, version(), "Yes."),
        "case.release": lambda: reviews.decide(sena, case.pk, "release", "Yes.", version()),
        "case.report": lambda: reviews.report(case.owner, case.turn, "wrong", "It is no pond."),
        "case.wrong": lambda: suggest("the pond lily"),
        "suggestion.view": lambda: policies.suggestions(admin, policy),
        "suggestion.accepted": lambda: policies.accept(admin, Suggestion.objects.latest("pk")),
        "suggestion.dismissed": lambda: policies.dismiss(admin, another),
        "transcript.search": lambda: transcripts.find(sena, case.reference),
        "transcript.open": lambda: transcripts.break_glass(sena, case.turn.conversation_id, "A report."),
        "transcript.view": lambda: transcripts.read(sena, transcripts.opened(sena)[0].pk),
        "transcript.close": lambda: transcripts.close(sena, transcripts.opened(sena)[0].pk),
        "person.roles": lambda: people.give_roles(admin, rita.pk, ["Auditor"]),
    }


def after_the_record(statements: list[str]) -> list[str]:
    """What is written or locked after the last act's first entry, other than entries."""
    first = next(number for number, sql in enumerate(statements) if 'INTO "chat_auditentry"' in sql)
    return [
        sql
        for sql in statements[first:]
        if (
            sql.startswith(("INSERT", "UPDATE", "DELETE"))
            or "FOR UPDATE" in sql
            or "FOR NO KEY UPDATE" in sql
        )
        and 'INTO "chat_auditentry"' not in sql
    ]


@pytest.mark.django_db
def test_the_record_comes_last_in_whatever_is_done_at_the_desk(acts: dict[str, Act]) -> None:
    for action, act in acts.items():
        before = AuditEntry.objects.count()
        with CaptureQueriesContext(connection) as queries:
            act()
        made = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)[before:])
        assert made[-1] == action
        assert after_the_record([query["sql"] for query in queries.captured_queries]) == [], action


def test_what_would_come_after_it_is_seen() -> None:
    late = 'UPDATE "chat_suggestion" SET "made_id" = 1'
    entry = 'INSERT INTO "chat_auditentry" ("at") VALUES (1)'
    assert after_the_record([late, entry, entry]) == []
    lock = 'SELECT "id" FROM "chat_user" WHERE "id" = 1 FOR NO KEY UPDATE'
    assert after_the_record([entry, late, entry, lock]) == [late, lock]
