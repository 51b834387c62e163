"""A case that is opened again is about another text: what was said of the first, and shown of it, does not count for that."""

from collections.abc import Callable

import pytest

from chat import reviews, turns
from chat.models import Case, CheckResult, Turn, User
from tests import held


def judged(turn: Turn, text: str, *rules: str, round: int) -> tuple[list[dict[str, object]], str]:
    """The results of a round over an answer, and the answer as it is stored."""
    found = [{"rule": rule, "reason": f"{rule}.", "channel": "text", "start": 0, "end": 4} for rule in rules]
    body = held.stored(text)
    common = {"turn": turn, "digest": body["digest"], "round": round}
    outcome = "flag" if found else "pass"
    CheckResult.objects.create(**common, checker="rules", outcome=outcome, findings=found)
    return [{"checker": "rules", "outcome": outcome, "findings": found}], body["body"]


def test_a_case_whose_answer_is_held_after_its_question_is_about_the_answer_alone(
    person: Callable[..., User], reviewer: User
) -> None:
    case = held.asked(held.conversation(person("ann")), "My key AKIA", (7, 11, "aws-key"))
    reviews.reveal(reviewer, case.pk, "decide")
    assert reviews.look(reviewer, case.pk).revealed_until is not None
    reviews.decide(reviewer, case.pk, "release", "An example.", 0)
    results, body = judged(case.turn, "Your card is 4111", "payment-card", round=2)
    turns.open_case(case.turn, "flagged", results, (), body)
    again = Case.objects.get(pk=case.pk)
    assert (again.about, again.state, again.version) == ("answer", "open", 2)
    assert [row.rule for row in again.reasons.all()] == ["payment-card"]
    assert reviews.look(reviewer, case.pk).revealed_until is None, (
        "the question was looked at, not the answer"
    )
    reviews.reveal(reviewer, case.pk, "decide")
    assert reviews.look(reviewer, case.pk).revealed_until is not None


def test_an_answer_that_passed_by_itself_is_not_taken_back_with_the_release_of_its_question(
    person: Callable[..., User], reviewer: User
) -> None:
    case = held.asked(held.conversation(person("ann")), "My key AKIA", (7, 11, "aws-key"))
    reviews.decide(reviewer, case.pk, "release", "An example.", 0)
    results, body = judged(case.turn, "Keep it safe.", "payment-card", round=2)
    turns.open_case(case.turn, "unchecked", results, (), body)
    turns.cases.passed(Case.objects.get(pk=case.pk))
    again = Case.objects.get(pk=case.pk)
    assert (again.about, again.state) == ("answer", "passed")
    assert reviews.look(reviewer, case.pk).undo_until is None
    with pytest.raises(reviews.Stale):
        reviews.undo(reviewer, case.pk, again.version, "A slip.")


def test_a_reported_answer_has_no_reasons_of_its_question(
    person: Callable[..., User], reviewer: User
) -> None:
    case = held.asked(held.conversation(person("ann")), "My key AKIA", (7, 11, "aws-key"))
    reviews.decide(reviewer, case.pk, "release", "An example.", 0)
    judged(case.turn, "Keep it safe.", round=2)
    turns.report_case(Case.objects.get(pk=case.pk), "wrong", 13)
    row = Case.objects.get(pk=case.pk)
    assert (row.about, row.kind, row.severity, row.category) == ("answer", "reported", 1, "wrong")
    assert not row.reasons.exists()
