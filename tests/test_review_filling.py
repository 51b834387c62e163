"""What processes of the version before write of cases is put right, and nothing that anybody does meanwhile is undone."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from chat import permissions, reviews, sweep, turns
from chat.models import Case, CaseReason, User
from chat.policies import suggesting
from chat.turns import filling
from chat.turns.describing import sort_in
from tests import held
from tests.held import SECRET, SPAN
from tests.races import together

pytestmark = pytest.mark.slow

BLANK = {
    "owner": None, "assistant": None, "severity": 0, "category": "", "length": 0, "shown": 0, "readers": 0, "lane": "waiting",
    "place": 0, "waited": None,
}  # fmt: skip


def as_before(*cases: Case, **fields: object) -> None:
    """As a process of the version before has written them."""
    found = [case.pk for case in cases]
    CaseReason.objects.filter(case__in=found).delete()
    Case.objects.filter(pk__in=found).update(**{**BLANK, **fields})


def row(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def stands_right(case: Case) -> bool:
    """Whether it, and its reasons, are where its columns say."""
    now = row(case)
    where = sort_in(now)
    reasons = set(now.reasons.values_list("lane", "place"))
    return {(now.lane, now.place), *reasons} == {(where["lane"], where["place"])}


def listed(viewer: User, **wanted: str) -> list[Case]:
    return [entry.case for entry in reviews.page(viewer, reviews.Filter.of(wanted)).entries]


@pytest.fixture
def own(reviewer: User) -> Case:
    """About a conversation of the reviewer's, who is named nowhere in it."""
    made = held.held(held.conversation(reviewer), SECRET, SPAN)
    as_before(made)
    return made


def test_the_sweep_describes_what_such_a_process_has_held(
    case: Case, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_before(case)
    assert listed(reviewer) == [], "nobody knows yet whether it is the viewer's own"
    assert turns.fill_in() == 1
    assert listed(reviewer) == [case]
    now = row(case)
    assert (now.owner, now.severity, now.category, now.length) == (case.owner, 2, "other", len(SECRET))
    assert now.reasons.get().rule == "aws-key"
    assert stands_right(case)
    assert turns.fill_in() == 0


def test_a_migration_describes_all_and_puts_the_decided_where_they_belong(
    case: Case, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = [held.held(case.turn.conversation, SECRET, SPAN) for _ in range(4)]
    opened = timezone.now() - timedelta(minutes=10)
    for each in more[:2]:
        reviews.decide(reviewer, each.pk, "uphold", "Real.", 0)
    as_before(case, *more)
    closed = Case.objects.exclude(state="open")
    closed.update(opened_at=opened, closed_at=opened + timedelta(minutes=5))
    monkeypatch.setattr(filling.fill_in, "__defaults__", (2,))
    call_command("migrate", verbosity=0)
    assert not Case.objects.filter(owner=None).exists()
    assert all(stands_right(each) for each in [case, *more])
    assert set(closed.values_list("lane", "waited")) == {("closed", 300)}
    assert {each.pk for each in listed(reviewer, lane="closed")} == {each.pk for each in more[:2]}


@pytest.mark.parametrize(
    ("done", "lane"),
    [
        ({"state": "upheld", "closed_at": timezone.now()}, "closed"),
        ({"state": "passed", "closed_at": timezone.now()}, "closed"),
        ({"kind": "flagged", "lane": "unchecked"}, "waiting"),
        ({"lane": "closed", "opened_at": timezone.now()}, "waiting"),
    ],
    ids=["decided", "passed", "judged", "opened again"],
)
def test_what_such_a_process_does_with_a_case_moves_it_to_its_lane(
    case: Case, done: dict[str, object], lane: str
) -> None:
    Case.objects.filter(pk=case.pk).update(severity=0, **done)
    CaseReason.objects.filter(case=case).update(lane=done.get("lane", "waiting"))
    assert not stands_right(case)
    assert turns.fill_in() == 1
    assert stands_right(case)
    now = row(case)
    assert now.lane == lane
    assert (now.severity == 2) == (now.state == "open"), "what is to be decided is described anew"
    assert turns.fill_in() == 0


def test_a_decision_made_while_it_is_described_stands(
    case: Case, reviewer: User, senior: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decide_meanwhile(turn_id: object) -> list[dict[str, object]]:
        reviews.decide(reviewer, case.pk, "uphold", "Real.", 0, "hate")
        return found(turn_id)

    as_before(case)
    found = filling.last_results
    monkeypatch.setattr(filling, "last_results", decide_meanwhile)
    turns.fill_in()
    now = row(case)
    assert (now.state, now.version, now.lane, now.claimed_by) == ("upheld", 1, "closed", None)
    assert stands_right(case)
    with pytest.raises(reviews.Stale):
        reviews.decide(senior, case.pk, "release", "Again.", now.version)


def test_what_was_said_of_it_since_is_kept(case: Case) -> None:
    as_before(case, category="hate", severity=2, shown=Case.UNKNOWN, readers=3)
    turns.fill_in()
    now = row(case)
    assert (now.category, now.shown, now.readers) == ("hate", Case.UNKNOWN, 3)


def test_nobody_has_a_case_of_their_own_though_it_says_nowhere_whose_it_is(
    own: Case, case: Case, reviewer: User
) -> None:
    assert listed(reviewer) == [case]
    assert reviews.next_case(reviewer, reviews.Filter()) == case
    assert [entry.case for entry in reviews.some(reviewer, [own.pk, case.pk])] == [case]
    assert reviews.lane_counts(reviewer)["waiting"] == 1
    client = Client()
    client.force_login(reviewer)
    place = f"/review/{own.pk}/"
    forms: dict[str, dict[str, object]] = {
        "claim": {},
        "reveal": {"why": "decide"},
        "note": {"words": "Mine."},
        "decide": {"action": "release", "because": "alarm", "version": 0},
    }
    for verb, form in forms.items():
        as_before(own)
        assert client.post(f"{place}{verb}/", form).status_code == 403, verb
    as_before(own)
    for act in (
        lambda: reviews.brief(reviewer, own.pk),
        lambda: reviews.escalate(reviewer, own.pk, 0, "Not mine."),
        lambda: suggesting.suggest(reviewer, own.pk, "x", "pass", "x"),
    ):
        with pytest.raises(PermissionDenied, match="of your own"):
            act()
    assert row(own).owner is None, "only a look at its page describes it"
    assert client.get(place).status_code == 403
    assert (row(own).claimed_by, row(own).version, own.entries.count()) == (None, 0, 0)
    assert not permissions.can_decide(reviewer, row(own))


def test_its_page_describes_that_case_alone(case: Case, reviewer: User) -> None:
    other = held.held(case.turn.conversation, SECRET, SPAN)
    as_before(case, other)
    assert reviews.look(reviewer, other.pk).person == "Ann"
    assert (row(other).owner, row(case).owner) == (case.owner, None)


def test_the_queue_asks_as_often_however_many_are_not_described(
    case: Case, reviewer: User, django_assert_num_queries
) -> None:
    assert permissions.can_open_desk(reviewer)  # asked once
    with django_assert_num_queries(2):
        listed(reviewer)
    as_before(*(held.held(case.turn.conversation, SECRET, SPAN) for _ in range(5)))
    with django_assert_num_queries(2):
        listed(reviewer)
    assert Case.objects.filter(owner=None).count() == 5


@pytest.mark.django_db(transaction=True)
def test_each_round_of_the_sweep_looks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    case = held.after_three_turns(User.objects.create_user("ann"))
    as_before(case)

    async def nothing() -> None:
        """The rest of the round, which needs a log and a runner."""

    monkeypatch.setattr(sweep, "_rarely_at", 0.0)
    monkeypatch.setattr(sweep, "_look_for_untold", nothing)
    for name in ("assistants", "proving", "retention"):
        monkeypatch.setattr(getattr(sweep, name), "try_due", nothing)
    asyncio.run(sweep._round())
    assert row(case).owner == case.owner


def escalated(case: Case, reviewer: User) -> None:
    reviews.escalate(reviewer, case.pk, 0, "Not sure.")


def decided(case: Case, reviewer: User) -> None:
    reviews.decide(reviewer, case.pk, "release", "An example.", 0)


@pytest.mark.parametrize(("act", "lane"), [(escalated, "escalated"), (decided, "closed")])
def test_a_reader_who_leaves_moves_no_case_back(
    case: Case, reviewer: User, act: Callable[..., None], lane: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act_meanwhile(exposures: object) -> tuple[int, int]:
        act(case, reviewer)
        return counted(exposures)

    counted = turns.cases.shown_to
    monkeypatch.setattr(turns.cases, "shown_to", act_meanwhile)
    turns.expose(case.turn, [{"person_id": case.owner_id, "characters": 5, "epoch": 0, "at": timezone.now()}])
    now = row(case)
    assert (now.lane, now.shown, now.readers) == (lane, 5, 1)
    assert stands_right(case)


def test_where_a_case_stands_is_reckoned_from_what_is_stored_of_it(case: Case) -> None:
    before = row(case)
    turns.expose(
        case.turn, [{"person_id": case.owner_id, "characters": None, "epoch": 0, "at": timezone.now()}]
    )
    turns.move_case(before)
    assert stands_right(case)
    assert before.place == row(case).place


@pytest.mark.django_db(transaction=True)
def test_readers_leave_and_cases_are_described_while_others_decide() -> None:
    ann, people = User.objects.create_user("ann"), [User.objects.create_superuser(name) for name in "ab"]
    chat = held.conversation(ann)
    cases = [held.held(chat, SECRET, SPAN) for _ in range(12)]
    as_before(*cases)

    def decide() -> None:
        for number, case in enumerate(cases):
            (decided if number % 2 else escalated)(case, people[0])

    def leave() -> None:
        for number, case in enumerate(cases):
            gone = {"person_id": ann.pk, "characters": number + 1, "epoch": 0, "at": timezone.now()}
            turns.expose(case.turn, [gone])

    def fill_in() -> None:
        for _ in cases:
            turns.fill_in(3)

    assert together(decide, leave, fill_in, fill_in) == [None] * 4
    while turns.fill_in():
        pass
    now = [row(case) for case in cases]
    assert [each.lane for each in now] == ["escalated", "closed"] * 6
    assert [(each.version, each.shown, each.owner_id) for each in now] == [
        (1, number + 1, ann.pk) for number in range(12)
    ]
    assert all(stands_right(case) for case in cases)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_what_somebody_is_just_deciding_is_left_for_the_next_time() -> None:
    case, rita = (
        held.after_three_turns(User.objects.create_user("ann")),
        User.objects.create_superuser("rita"),
    )
    as_before(case)
    locked, looked = threading.Event(), threading.Event()

    def decide() -> None:
        with transaction.atomic():
            decided(case, rita)
            locked.set()
            assert looked.wait(30)

    def fill_in() -> int:
        assert locked.wait(30)
        try:
            return turns.fill_in()
        finally:
            looked.set()

    assert together(decide, fill_in) == [None, 0]
    assert row(case).state == "released"
    assert turns.fill_in() == 1
    assert stands_right(case)
