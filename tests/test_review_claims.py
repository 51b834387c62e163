"""Claims: one reviewer at a case at a time, for as long as they are there, and the best case for each who asks."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from chat import permissions, reviews, turns
from chat.models import AuditEntry, Case, CaseEntry, User
from tests import held
from tests.races import together

pytestmark = pytest.mark.slow


@pytest.fixture
def cases(person: Callable[..., User]) -> list[Case]:
    """Three open cases of ann's, the one that waits longest first."""
    chat = held.conversation(person("ann"))
    found = [held.held(chat, f"Text {number}", (0, 4, "rule")) for number in range(3)]
    for number, case in enumerate(found):
        case.opened_at = timezone.now() - timedelta(hours=5 - number)
        case.save()
        reviews.deciding.turns.move_case(case)
    return found


def post(user: User, case: Case, verb: str, **form: object) -> object:
    client = Client()
    client.force_login(user)
    return client.post(f"/review/{case.pk}/{verb}/", form)


def lapse(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))


def test_the_next_case_is_the_best_that_nobody_is_at(cases: list[Case], reviewer: User, senior: User) -> None:
    assert reviews.next_case(reviewer, reviews.Filter()) == cases[0]
    assert reviews.next_case(senior, reviews.Filter()) == cases[1]
    # Who asks again without having decided is given what they have.
    assert reviews.next_case(reviewer, reviews.Filter()) == cases[0]
    assert reviews.next_case(reviewer, reviews.Filter(), cases[0]) == cases[2]
    assert AuditEntry.objects.filter(action="case.claim", actor=reviewer).count() == 3
    for case in cases:
        reviews.decide(senior if case == cases[1] else reviewer, case.pk, "uphold", "Real.", 0)
    assert reviews.next_case(reviewer, reviews.Filter()) is None


def test_a_case_left_for_later_is_behind_the_others(cases: list[Case], reviewer: User) -> None:
    client = Client()
    client.force_login(reviewer)
    order, leave = [], ""
    for _ in range(5):
        at = client.post("/review/next/", {"leave": leave}).headers["Location"]
        leave = at.split("/")[2]
        order.append(next(number for number, case in enumerate(cases) if str(case.pk) == leave))
    assert order == [0, 1, 2, 0, 1]


def test_escalated_cases_are_for_seniors_and_come_first_to_them(
    cases: list[Case], reviewer: User, senior: User
) -> None:
    reviews.escalate(reviewer, cases[2].pk, 0, "Not sure.")
    assert reviews.next_case(senior, reviews.Filter()).pk == cases[2].pk
    assert reviews.next_case(reviewer, reviews.Filter(lane="escalated")) is None
    with pytest.raises(PermissionDenied, match="senior"):
        reviews.claim(reviewer, cases[2].pk)


def test_an_escalated_case_is_handed_to_nobody_else_wherever_it_stands(
    cases: list[Case], reviewer: User, senior: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews.escalate(reviewer, cases[0].pk, 0, "Not sure.")
    Case.objects.filter(pk=cases[0].pk).update(lane="waiting")
    assert reviews.next_case(reviewer, reviews.Filter()) == cases[1]
    assert reviews.next_case(senior, reviews.Filter()) == cases[0]

    may = permissions.check_can_decide

    def may_until_it_is_escalated(user: User, case: Case) -> None:
        may(user, case)
        monkeypatch.setattr(permissions, "check_can_decide", may)
        reviews.escalate(senior, case.pk, 0, "I know him.")

    monkeypatch.setattr(permissions, "check_can_decide", may_until_it_is_escalated)
    with pytest.raises(reviews.Stale, match="escalated this"):
        reviews.claim(reviewer, cases[2].pk)


@pytest.mark.parametrize("ends", ["decided", "passed"])
def test_a_case_that_is_over_is_not_left_when_the_next_one_is_asked_for(
    ends: str, cases: list[Case], reviewer: User
) -> None:
    client = Client()
    client.force_login(reviewer)
    assert reviews.next_case(reviewer, reviews.Filter()) == cases[0]
    if ends == "decided":
        reviews.decide(reviewer, cases[0].pk, "uphold", "Real.", 0)
    else:
        turns.cases.passed(Case.objects.get(pk=cases[0].pk))
    at = client.post("/review/next/", {"leave": cases[0].pk}).headers["Location"]
    assert str(cases[1].pk) in at
    assert not AuditEntry.objects.filter(action="case.leave").exists()
    assert Case.objects.get(pk=cases[0].pk).claimed_by is None


def test_somebody_elses_case_is_theirs_until_they_leave_or_are_away(
    cases: list[Case], reviewer: User, senior: User
) -> None:
    case = cases[0]
    reviews.claim(reviewer, case.pk)
    with pytest.raises(reviews.Stale, match="rita has had this case since"):
        reviews.claim(senior, case.pk)
    refused = post(
        senior, case, "decide", action="uphold", category="secrets", version=0, reason="My own words."
    )
    assert refused.status_code == 409
    assert "rita has had this case since" in refused.context["error"]
    assert refused.context["form"]["reason"].value() == "My own words."
    reviews.renew(reviewer, case.pk)
    lapse(case)
    reviews.renew(reviewer, case.pk)  # nobody has taken it meanwhile
    lapse(case)
    reviews.claim(senior, case.pk)
    assert post(reviewer, case, "claim", renew="1").status_code == 409
    reviews.let_go(reviewer, case.pk)  # it is not theirs to leave
    assert Case.objects.get(pk=case.pk).claimed_by == senior
    assert not AuditEntry.objects.filter(action="case.leave").exists()
    reviews.let_go(senior, case.pk)
    left = AuditEntry.objects.get(action="case.leave")
    assert (left.actor, left.subject, left.data) == (senior, str(case.pk), {"reference": case.reference})
    reviews.claim(reviewer, case.pk)


def test_a_senior_takes_it_over_with_a_reason_and_the_other_is_told(
    cases: list[Case], reviewer: User, senior: User
) -> None:
    case = cases[0]
    reviews.claim(reviewer, case.pk)
    assert post(reviewer, case, "take-over", reason="Mine.", version=0).status_code == 403
    assert post(senior, case, "take-over", reason="", version=0).status_code == 422
    assert post(senior, case, "take-over", reason="Rita is ill.", version=0).status_code == 302
    entry = CaseEntry.objects.get(kind="take_over")
    assert (entry.by, entry.words) == (senior, "Rita is ill.")
    late = post(
        reviewer, case, "decide", action="release", because="alarm", version=0, reason="I was here first."
    )
    assert late.status_code == 409
    assert "sena took this case over on" in late.context["error"]
    assert late.context["form"]["reason"].value() == "I was here first."


def test_a_case_that_is_decided_is_nobodys(cases: list[Case], reviewer: User, senior: User) -> None:
    reviews.claim(reviewer, cases[0].pk)
    reviews.decide(reviewer, cases[0].pk, "uphold", "Real.", 0)
    with pytest.raises(reviews.Stale, match="rita upheld this"):
        reviews.claim(senior, cases[0].pk)
    with pytest.raises(reviews.Stale):
        reviews.renew(reviewer, cases[0].pk)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_each_is_given_another() -> None:
    owner = User.objects.create_user("owner")
    chat = held.conversation(owner)
    cases = [held.held(chat, "Text", (0, 4, "rule")) for _ in range(6)]
    people = [User.objects.create_superuser(f"reviewer-{number}") for number in range(8)]

    def ask(user: User) -> Callable[[], object]:
        return lambda: reviews.next_case(user, reviews.Filter())

    given = together(*(ask(user) for user in people))
    assert not [each for each in given if isinstance(each, Exception)], given
    taken = [case.pk for case in given if case is not None]
    assert len(taken) == len(set(taken)) == len(cases)
