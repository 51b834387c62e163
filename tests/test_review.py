"""The queue: who waits for a reviewer, in which order, told without a word of what was held."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from chat import reviews, turns
from chat.models import Assistant, Candidate, Case, User
from chat.reviews import filters
from chat.turns import cases
from tests import held

pytestmark = pytest.mark.slow

FINDING = {"rule": "aws-key", "reason": "An access key.", "channel": "text", "start": 0, "end": 4}


@pytest.fixture
def opened(person: Callable[..., User]) -> Callable[..., Case]:
    """Opens a case of ann's: `opened(severity="hold", shown=30, age=2, kind="unchecked", rule="iban")`."""
    ann = person("ann", first_name="Ann")
    chat = held.conversation(ann)

    def make(
        severity: str = "block", shown: int | None = 0, age: float = 0, kind: str = "flagged", rule: str = "aws-key",
        owner: User | None = None, checker: str = "rules",
    ) -> Case:  # fmt: skip
        turn = held.turn(held.conversation(owner) if owner else chat, status="held", hold_kind=kind[:9])
        findings = [] if kind == "unchecked" else [{**FINDING, "rule": rule, "severity": severity}]
        outcome = "error" if kind == "unchecked" else "flag"
        results = [{"checker": checker, "outcome": outcome, "findings": findings}]
        exposures = (
            [{"person_id": ann.pk, "characters": shown, "beside": 0, "epoch": 0}] if shown != 0 else []
        )
        text = held.stored("x" * 100)
        Candidate.objects.create(turn=turn, role="assistant", attempt=1, finish="complete", **text)
        held.judge(turn, text["digest"], "flagged", findings)
        opened_at = timezone.now() - timedelta(hours=age)
        return turns.open_case(turn, kind, results, exposures, text["body"], opened_at=opened_at)

    return make


def listed(viewer: User, **wanted: str) -> list[Case]:
    return [entry.case for entry in reviews.page(viewer, reviews.Filter.of(wanted)).entries]


def test_what_blocks_comes_before_what_holds_then_how_far_it_was_shown_then_who_waits_longest(
    opened: Callable[..., Case], reviewer: User
) -> None:
    right = [
        opened("block", shown=None), opened("block", shown=100, age=1), opened("block", shown=60), opened("block", shown=10),
        opened("block", age=3), opened("block", age=1), opened("hold", shown=100, age=9), opened("hold", age=99),
    ]  # fmt: skip
    right[:2] = sorted(right[:2], key=lambda case: case.opened_at)
    assert listed(reviewer) == right
    assert listed(reviewer, sort="age")[0] == right[-1]
    assert listed(reviewer, sort="shown")[0].shown == Case.UNKNOWN
    assert [case.shown for case in listed(reviewer, sort="shown")] == sorted(
        (c.shown for c in right), reverse=True
    )


def test_flagged_unchecked_and_escalated_stand_apart(opened: Callable[..., Case], reviewer: User) -> None:
    flagged, unchecked, grave = opened(), opened(kind="unchecked"), opened()
    reviews.escalate(reviewer, grave.pk, 0, "Too grave for one person.")
    assert listed(reviewer) == [flagged]
    assert listed(reviewer, lane="unchecked") == [unchecked]
    assert listed(reviewer, lane="escalated") == [grave]
    assert reviews.lane_counts(reviewer) == {"waiting": 1, "escalated": 1, "unchecked": 1}
    assert reviews.open_count() == 3


def test_it_shows_reasons_and_no_text(desk: Client, case: Case) -> None:
    held.held(case.turn.conversation, "Another answer", (0, 3, "more"), parent=case.turn)
    response = desk.get("/review/")
    entry = next(entry for entry in response.context["page"].entries if entry.case.pk == case.pk)
    assert (entry.person, entry.reasons, entry.rules) == ("Ann", ["Looks like aws-key."], ["aws-key"])
    page = response.content.decode()
    assert case.reference in page
    for hidden in ("AKIA", "About my keys", "Question", "Another answer"):
        assert hidden not in page


def test_nobody_finds_a_case_of_their_own(opened: Callable[..., Case], reviewer: User, desk: Client) -> None:
    own, other = opened(owner=reviewer), opened()
    assert listed(reviewer) == [other]
    assert own.reference not in desk.get("/review/").content.decode()
    assert desk.get(f"/review/{own.pk}/").status_code == 403
    assert desk.post(f"/review/{own.pk}/claim/").status_code == 403
    assert reviews.next_case(reviewer, reviews.Filter()) == other
    assert reviews.some(reviewer, [own.pk, other.pk])[0].case == other


def test_decided_cases_are_listed_newest_first(
    opened: Callable[..., Case], reviewer: User, desk: Client
) -> None:
    first, second = opened(), opened()
    for each in (first, second):
        reviews.decide(reviewer, each.pk, "uphold", "A real key.", 0)
    page = desk.get("/review/?lane=closed").context["page"]
    assert [entry.case.pk for entry in page.entries] == [second.pk, first.pk]
    assert page.entries[0].last.action == "uphold"
    assert listed(reviewer) == []


def test_filters_leave_what_they_say_and_count_what_they_would(
    opened: Callable[..., Case], person: Callable[..., User], reviewer: User
) -> None:
    ben = person("ben")
    keys = [opened(), opened(owner=ben)]
    opened(rule="iban")
    judged = opened(rule="violence", checker="guard", severity="hold", age=30)
    assert listed(reviewer, rule="iban")[0].reasons.get().rule == "iban"
    assert set(listed(reviewer, rule="aws-key")) == set(keys)
    assert listed(reviewer, checker="guard") == [judged]
    assert listed(reviewer, person=str(ben.pk)) == [keys[1]]
    assert listed(reviewer, rule="aws-key", person=str(ben.pk)) == [keys[1]]
    assert listed(reviewer, age="1d") == [judged]
    assert listed(reviewer, rule="unknown", assistant="7") == []
    found = {facet.name: facet for facet in reviews.facets(reviews.Filter.of({"rule": "aws-key"}), reviewer)}
    counts = {choice.value: choice.count for choice in found["rule"].choices}
    assert counts == {"aws-key": 2, "iban": 1, "violence": 1}, (
        "a filter that is set is counted as though it were not"
    )
    assert {choice.label: choice.count for choice in found["person"].choices} == {"Ann": 1, "ben": 1}


def test_groups_and_assistants_are_filters_too(
    opened: Callable[..., Case], person: Callable[..., User], reviewer: User
) -> None:
    rows = [opened(), opened(owner=person("nora", role="Policy editor"))]
    letters = Assistant.objects.create(name="Letters")
    Case.objects.filter(pk=rows[0].pk).update(assistant=letters)
    group = rows[1].owner.groups.get()
    assert listed(reviewer, group=str(group.pk)) == [rows[1]]
    assert listed(reviewer, assistant=str(letters.pk)) == [rows[0]]
    found = {facet.title: facet.choices for facet in reviews.facets(reviews.Filter(), reviewer)}
    assert [(choice.label, choice.count) for choice in found["Group"]] == [("Policy editor", 1)]
    assert [(choice.label, choice.count) for choice in found["Assistant"]] == [("Letters", 1)]


@pytest.mark.parametrize(
    "query", ["assistant=x", "person=-1", "group=99999999999", "sort=no", "lane=no", "age=3y", "state=x"]
)
def test_what_an_address_says_that_makes_no_sense_is_ignored(query: str) -> None:
    name, value = query.split("=")
    assert reviews.Filter.of({name: value}) == reviews.Filter()


@pytest.mark.parametrize("sort", ["urgency", "age", "shown"])
def test_a_page_stays_where_it_is_while_cases_arrive_before_it(
    opened: Callable[..., Case], reviewer: User, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr(reviews.queue, "PAGE", 2)
    rows = [opened("hold", shown=50 - number, age=number) for number in range(5)]
    wanted = reviews.Filter(sort=sort)
    first = reviews.page(reviewer, wanted)
    late = [opened("block", shown=None, age=50), opened("block", shown=None, age=60)]
    seen, after = [entry.case for entry in first.entries], first.after
    while after:
        page = reviews.page(reviewer, wanted, after)
        seen += [entry.case for entry in page.entries]
        after = page.after
    assert len(seen) == len(set(seen)) == 5
    assert set(seen) == set(rows)
    assert not set(seen) & set(late)
    assert reviews.page(reviewer, wanted, "nonsense_1_2").entries[0].case in late


def test_an_open_page_is_told_how_many_are_new_and_how_its_own_are_now(
    opened: Callable[..., Case], reviewer: User, desk: Client, senior: User
) -> None:
    first, other = opened(), opened()
    page = desk.get("/review/").context["page"]
    since = page.since.isoformat()
    assert "new case" not in desk.get("/review/news/", {"since": since}).content.decode()
    opened("hold")
    opened(kind="unchecked")
    reviews.claim(senior, first.pk)
    reviews.decide(senior, other.pk, "release", "An example.", 0)
    said = desk.get("/review/news/", {"since": since, "ids": f"{first.pk},{other.pk},x"}).content.decode()
    assert "1 new case: show it" in said
    assert "sena, since" in said
    assert "released" in said


def test_its_queries_do_not_grow_with_the_queue(
    desk: Client, opened: Callable[..., Case], person: Callable[..., User], django_assert_max_num_queries
) -> None:
    for _ in range(3):
        opened()
    with django_assert_max_num_queries(22) as few:
        desk.get("/review/")
    for number in range(12):
        opened(rule=f"rule-{number}", owner=person(f"person-{number}"))
    with django_assert_max_num_queries(len(few)):
        desk.get("/review/")


def test_a_rule_behind_many_cases_is_looked_up_case_by_case(
    opened: Callable[..., Case], reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "_FEW", 0)
    wanted = [opened(rule="common"), opened(rule="common")]
    opened(rule="rare")
    cases.seen_by(wanted[1].turn_id, [{"person_id": 1, "characters": 60}])
    assert listed(reviewer, rule="common") == wanted[::-1], "the second has moved, and its reason with it"
    plan = reviews.Filter.of({"rule": "common"}).ordered(reviewer).explain()
    assert connection.vendor != "sqlite" or "rule=? AND lane=? AND place=?" in plan
