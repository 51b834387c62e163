"""Policies: which apply to a turn, how they are changed, and what is refused."""

import contextlib
import threading
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test import TestCase, override_settings
from django.utils import timezone

from chat import assistants, conf, generation, moderation, policies, turns
from chat.models import AuditEntry, Bypass, Policy, PolicyChange, PolicyVersion, Status, Turn
from chat.policies import (
    Refused,
    Unproven,
    activating,
    bypassing,
    drafting,
    environment,
    guarding,
    proving,
    shadows,
    storing,
)  # fmt: skip
from tests.factories import PASS, answered, begun, frozen, new_turn, person
from tests.policy_making import LAKE, draft, manager, policy, strict, switch_on, with_rule
from tests.races import together

pytestmark = pytest.mark.slow


def names(version: PolicyVersion) -> set[str]:
    """Of the rules that it has somebody here written."""
    return {rule["name"] for rule in drafting.rules_item(drafting.normal(version.definition))["own"]}


class Applying(TestCase):
    def setUp(self) -> None:
        policies.follow()
        self.addCleanup(storing.forget)

    def version(self, owner: str = "ada", assistant: int | None = None) -> PolicyVersion:
        return policies.for_turn(person(owner), assistant)

    def test_with_nothing_set_up_the_environments_policy_judges(self) -> None:
        version = self.version()
        assert version.policy == Policy.objects.get(from_environment=True)
        assert version.definition == conf.policy_definition()
        turn = generation.start(person(), new_turn())
        assert turn.policy == version

    def test_what_applies_to_nobody_in_question_changes_nothing(self) -> None:
        before = self.version()
        law = Group.objects.create(name="law")
        strict(everyone=False, groups=[law])
        assert self.version() == before

    def test_a_group_has_stricter_rules_and_everybodys_with_them(self) -> None:
        law = Group.objects.create(name="law")
        person("eve").groups.add(law)
        strict(everyone=False, groups=[law], mode="full")
        mine, theirs = self.version(), self.version("eve")
        assert (mine.definition["mode"], theirs.definition["mode"]) == ("post", "full")
        assert names(theirs) == {"a-lake"}
        rules = {rule.name for rule in moderation.ruleset(theirs.definition["checkers"][0])}
        assert {"a-lake", "payment-card"} <= rules
        assert theirs.policy is None
        assert theirs.definition["of"] == [mine.pk, Policy.objects.get(name="Strict").active_id]

    def test_an_assistant_has_stricter_rules_and_a_turn_is_judged_by_those_it_began_with(self) -> None:
        house = assistants.follow()
        row = strict(everyone=False, assistants=[house], mode="window")
        assert self.version().definition["mode"] == "post"
        first = generation.start(person(), new_turn())
        assert first.policy.definition["mode"] == "window"
        policies.switch_off(manager(), row, "Too slow.")
        assert Turn.objects.get(pk=first.pk).policy.definition["mode"] == "window"
        assert generation.start(person(), new_turn()).policy.definition["mode"] == "post"

    def test_a_repair_is_judged_with_the_assistant_that_wrote(self) -> None:
        house = assistants.follow()
        strict(everyone=False, assistants=[house], mode="full")
        parent = answered()
        Turn.objects.filter(pk=parent.pk).update(assistant_version=house.current, shaped=True)
        new = turns.NewTurn(turns.repair_id(parent.pk), parent.conversation_id, parent.pk, "repair", "Wrong.")
        made, _ = turns.create(person(), new, lambda key: policies.for_turn(person(), key))
        assert made.policy.definition["mode"] == "full"

    def test_the_same_policies_come_to_the_same_version_and_ask_once(self) -> None:
        strict()
        with self.captureOnCommitCallbacks(execute=True):
            first = self.version()
        ada = person()
        with self.assertNumQueries(1):
            assert policies.for_turn(ada, None) == first
        assert PolicyVersion.objects.filter(policy=None).count() == 1

    def test_what_was_made_and_rolled_back_is_not_remembered(self) -> None:
        strict()
        with self.captureOnCommitCallbacks(execute=True), transaction.atomic():
            made = self.version()
            transaction.set_rollback(True)
        assert not PolicyVersion.objects.filter(pk=made.pk).exists()
        assert PolicyVersion.objects.filter(pk=self.version().pk).exists()

    def test_where_no_policy_for_everybody_is_left_the_environments_judges(self) -> None:
        law = Group.objects.create(name="law")
        person("eve").groups.add(law)
        strict(everyone=False, groups=[law])
        Policy.objects.filter(from_environment=True).update(active=None, archived_at=timezone.now())
        assert self.version().definition == conf.policy_definition()
        rules = {rule.name for rule in moderation.ruleset(self.version("eve").definition["checkers"][0])}
        assert {"a-lake", "payment-card"} <= rules


class Environment(TestCase):
    def test_changed_settings_count_from_the_next_start_on(self) -> None:
        first = policies.follow()
        assert policies.follow().active == first.active, "nothing has changed since"
        with override_settings(CHAT_REASONING=False):
            second = policies.follow()
        assert second.active is not None
        assert (second.active.number, second.active.definition["reasoning"]) == (2, False)
        assert [change.by for change in second.changes.all()] == [None, None]

    def test_what_an_administrator_has_switched_on_stays(self) -> None:
        row = policies.follow()
        drafted = with_rule(row)
        with override_settings(CHAT_REASONING=False):
            third = policies.follow()
            assert third.active is not None
            assert third.active.number == 3, "a draft decides nothing"
            mine = switch_on(drafted)
            assert policies.follow().active == mine
        # Back on a version of the environment's, it follows again.
        switch_on(third.active)
        assert policies.follow().active.definition == conf.policy_definition()  # type: ignore[union-attr]

    def test_one_that_was_switched_off_stays_off(self) -> None:
        row = policies.follow()
        switch_on(draft(policy(), drafting.with_pack(drafting.EMPTY, "starter", True, {})))
        policies.switch_off(manager(), row, "Ours is stricter.")
        assert policies.follow().active is None
        policies.archive(manager(), row)
        assert policies.follow().archived_at

    def test_a_request_that_is_rolled_back_has_followed_nothing(self) -> None:
        """A server that another program started follows with its first question, which a rule may refuse."""
        ann = person()
        policies.follow()
        was, environment._followed = environment._followed, False
        self.addCleanup(setattr, environment, "_followed", was)
        with override_settings(CHAT_REASONING=False):
            with contextlib.suppress(RuntimeError), transaction.atomic():
                assert policies.for_turn(ann, None).definition["reasoning"] is False
                raise RuntimeError
            assert policies.for_turn(ann, None).definition["reasoning"] is False

    def test_a_name_that_is_taken_is_no_obstacle(self) -> None:
        Policy.objects.create(name="Basic")
        assert policies.follow().name == "Basic 2"


class Editing(TestCase):
    def setUp(self) -> None:
        policies.follow()

    def test_each_save_is_a_version_and_none_where_nothing_differs(self) -> None:
        row = policy()
        first = policies.latest_version(row)
        assert (first.number, first.author) == (1, manager())
        second = with_rule(row)
        assert (second.number, names(second)) == (2, {"a-lake"})
        assert policies.save_version(manager(), second, second.definition) == second
        assert Policy.objects.get(pk=row.pk).active is None, "a draft is not on"

    def test_two_who_change_it_at_once_do_not_undo_each_other(self) -> None:
        row = policy()
        base = policies.latest_version(row)
        with_rule(row)
        with pytest.raises(Refused, match="version 2 was saved by mia"):
            policies.save_version(manager(), base, drafting.with_mode(base.definition, "full", True))

    def test_only_who_may_set_them_up(self) -> None:
        row, bypass = strict(), bypassing.begin(manager(), "Down.", 15)
        version = policies.latest_version(row)
        for act in (
            lambda: policies.save_policy(person(), None, {"name": "x"}),
            lambda: policies.save_version(person(), version, drafting.EMPTY),
            lambda: policies.activate(person(), version, "x", row.active_id),
            lambda: policies.switch_off(person(), row, "x"),
            lambda: policies.shadow(person(), version),
            lambda: policies.stop_shadow(person(), row),
            lambda: policies.archive(person(), row),
            lambda: policies.unarchive(person(), row),
            lambda: bypassing.begin(person(), "x", 15),
            lambda: bypassing.end(person(), bypass),
        ):
            with pytest.raises(PermissionDenied):
                act()

    def test_a_name_stands_for_one_policy(self) -> None:
        policy("Lakes")
        with pytest.raises(Refused, match="another policy of the name"):
            policy("Lakes")
        with pytest.raises(Refused, match="Give the policy a name"):
            policy(" ")

    def test_what_was_written_stays_as_it_was(self) -> None:
        row = strict()
        for table in ("chat_policyversion", "chat_policychange"):
            for statement in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}"):
                with (
                    pytest.raises(DatabaseError, match="guard:"),
                    transaction.atomic(),
                    connection.cursor() as cursor,
                ):
                    cursor.execute(statement)
        for wrong in ({"reason": " "}, {"version": Policy.objects.get(from_environment=True).active}):
            fields = {"policy": row, "version": row.active, "action": "activate", "reason": "x"} | wrong
            with pytest.raises(DatabaseError, match="guard:"), transaction.atomic():
                PolicyChange.objects.create(**fields)


class Activating(TestCase):
    def setUp(self) -> None:
        policies.follow()

    def test_a_rule_that_fails_its_examples_is_not_switched_on(self) -> None:
        row = policy()
        for rule, sentence in (
            ({"positives": ["the sea"]}, "does not find its positive example 1"),
            ({"negatives": ["a lake"]}, "finds its negative example 1"),
            ({"negatives": []}, "needs at least one text it finds and one it leaves alone"),
            ({"words": [], "pattern": "(lake"}, "the pattern cannot be used"),
            ({"words": [], "pattern": "lake|"}, "matches the empty text"),
            ({"action": "redact"}, "“.lake removed.”, is found by the rule “a-lake”"),
        ):
            version = with_rule(row, **rule)
            with pytest.raises(Unproven, match=sentence):
                switch_on(version)
            with pytest.raises(Unproven, match=sentence):
                policies.shadow(manager(), version)
            draft(row, drafting.EMPTY)
        assert not PolicyChange.objects.filter(policy=row).exists()

    def test_there_and_back_with_the_reason_on_record(self) -> None:
        row = strict()
        first, second = (
            row.active,
            switch_on(with_rule(row, title="A pond", words=["pond"], positives=["pond"]), "More."),
        )
        policies.activate(manager(), first, "Too many false alarms.", second.pk)  # type: ignore[arg-type]
        assert Policy.objects.get(pk=row.pk).active == first
        changes = (
            PolicyChange.objects.filter(policy=row)
            .order_by("pk")
            .values_list("action", "version__number", "reason", "by__username")
        )
        assert list(changes) == [
            ("activate", 2, "Tried.", "mia"), ("activate", 3, "More.", "mia"),
            ("roll_back", 2, "Too many false alarms.", "mia"),
        ]  # fmt: skip
        entries = AuditEntry.objects.filter(action="policy.roll_back").values_list("data", flat=True)
        assert list(entries) == [{"name": "Strict", "version": 2}]

    def test_who_looked_at_what_was_on_before_looks_again(self) -> None:
        row = strict()
        mine = with_rule(row, title="A pond", words=["pond"], positives=["pond"])
        with pytest.raises(Refused, match="another version was switched on"):
            policies.activate(manager(), mine, "x", None)
        with pytest.raises(Refused, match="Write the reason") as refused:
            policies.activate(manager(), mine, "  ", row.active_id)
        assert refused.value.field == "reason"

    def test_for_everybody_something_is_checked_whatever_is_done(self) -> None:
        basic = Policy.objects.get(from_environment=True)
        empty = draft(basic, drafting.EMPTY)
        for act in (
            lambda: policies.switch_off(manager(), basic, "x"),
            lambda: policies.archive(manager(), basic),
            lambda: policies.save_policy(manager(), basic, {"everyone": False}),
            lambda: switch_on(empty),
        ):
            with pytest.raises(Refused, match="nothing would be checked"):
                act()
        strict()
        policies.archive(manager(), basic)
        assert policies.for_turn(person(), None).policy == Policy.objects.get(name="Strict")

    def test_an_archived_one_is_off_and_comes_back_off(self) -> None:
        row = strict()
        version = row.active
        assert version is not None
        policies.archive(manager(), row)
        with pytest.raises(Refused, match="is archived"):
            policies.activate(manager(), version, "x", None)
        policies.unarchive(manager(), row)
        row.refresh_from_db()
        assert (row.active, row.archived_at) == (None, None)

    def test_a_shadow_is_on_beside_and_ends_when_it_is_switched_on(self) -> None:
        row = strict()
        version = with_rule(row, title="A pond", words=["pond"], positives=["pond"])
        policies.shadow(manager(), version)
        assert policies.for_turn(person(), None).definition["of"][-1] == row.active_id
        with pytest.raises(Refused, match="judges already"):
            policies.shadow(manager(), version)
        switch_on(version)
        row.refresh_from_db()
        assert (row.active, row.shadow) == (version, None)
        with pytest.raises(Refused, match="No version"):
            policies.stop_shadow(manager(), row)

    def test_the_classifiers_that_judge_or_stand_in_the_shadow_are_in_use(self) -> None:
        row = policy()
        items = [{"kind": "endpoint", "model": name} for name in "abc"]
        first = draft(row, drafting.EMPTY | {"input": [items[0]]})
        policies.activate(manager(), first, "x", None)
        second = draft(row, drafting.with_classifier(drafting.EMPTY, drafting.ANSWERS, "", items[1]))
        policies.shadow(manager(), second)
        draft(row, drafting.with_classifier(drafting.EMPTY, drafting.ANSWERS, "", items[2]))
        assert policies.in_use() == [(items[0], "input"), (items[1], "output")]
        policies.archive(manager(), row)
        assert policies.in_use() == []

    def test_a_rule_is_tried_on_the_latest_messages_in_its_direction(self) -> None:
        answered(new=new_turn(text="Is the lake warm?"), text="The lake is. The pond is not.")
        answered(new=new_turn(text="And the pond?"), text="No lake at all.")
        pond = moderation.own(LAKE | {"name": "pond", "words": ["pond"], "directions": ["input"]})
        lake = moderation.own(LAKE | {"name": "lake"})
        found, looked = proving.hits([lake, pond])
        assert looked == 4
        assert [(hit.answers, hit.questions) for hit in found] == [(2, 1), (0, 1)]
        assert all(hit.milliseconds > 0 for hit in found)

    def test_only_rules_that_look_for_something_new_are_tried(self) -> None:
        row = strict()
        version = with_rule(row, title="A pond", words=["pond"], positives=["pond"])
        assert [rule.title for rule in proving.new_rules(version, row.active)] == ["A pond"]


class Bypassing(TestCase):
    def setUp(self) -> None:
        policies.follow()
        self.addCleanup(storing.forget)

    def test_turns_that_begin_meanwhile_are_judged_by_rules_alone(self) -> None:
        row = policy()
        judge = {"kind": "endpoint", "model": "a"}
        definition = drafting.with_classifier(drafting.EMPTY, drafting.ANSWERS, "", judge)
        version = draft(row, definition | {"input": [judge]})
        policies.activate(manager(), version, "x", None)
        before = policies.for_turn(person(), None).definition
        assert (len(before["checkers"]), len(before["input"])) == (2, 1)
        bypass = bypassing.begin(manager(), "The classifier is down.", 30)
        during = policies.for_turn(person(), None)
        assert [item["kind"] for item in during.definition["checkers"]] == ["rules"]
        assert (during.definition["input"], during.definition["bypass"]) == ([], bypass.pk)
        bypassing.end(manager(), bypass)
        assert policies.for_turn(person(), None).definition == before

    def test_it_ends_by_itself(self) -> None:
        bypass = bypassing.begin(manager(), "Down.", 15)
        assert bypass.until - bypass.started_at == timedelta(minutes=15)
        Bypass.objects.filter(pk=bypass.pk).update(until=timezone.now() - timedelta(seconds=1))
        assert bypassing.running() is None
        assert "bypass" not in policies.for_turn(person(), None).definition
        with pytest.raises(Refused, match="over already"):
            bypassing.end(manager(), bypass)

    def test_there_is_one_at_a_time_for_a_reason_and_not_for_ever(self) -> None:
        for reason, minutes in ((" ", 15), ("x", 5), ("x", 300)):
            with pytest.raises(Refused):
                bypassing.begin(manager(), reason, minutes)
        bypassing.begin(manager(), "Down.", 240)
        with pytest.raises(Refused, match="one already"):
            bypassing.begin(manager(), "Down.", 15)
        assert list(AuditEntry.objects.values_list("action", "data")) == [("bypass.begun", {"minutes": 240})]

    def test_what_was_saved_under_it_is_counted(self) -> None:
        bypass = bypassing.begin(manager(), "Down.", 15)
        version = policies.for_turn(person(), None)
        assert bypassing.saved_under(bypass) == 0
        saved = _judged_by(version)
        assert saved.status == Status.SAVED
        answered()
        assert bypassing.saved_under(bypass) == 1


def _judged_by(version: PolicyVersion) -> Turn:
    waiting = frozen(begun(policy=version))
    assert turns.conclude(waiting, "pass", 1, PASS)
    return Turn.objects.get(pk=waiting.turn.pk)


def test_a_version_in_the_shadow_is_looked_for_again_at_once() -> None:
    shadows._looked = (time.monotonic(), False)
    assert shadows._fresh()
    shadows.look_again()
    assert not shadows._fresh()


@pytest.mark.django_db(transaction=True)
def test_two_policies_switched_off_at_once_leave_one_that_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by itself leaves the other: so who comes second has to wait until it can see what the first has done."""
    Policy.objects.update(active=None, shadow=None)
    boss, rows = manager(), [strict("One"), strict("Two")]
    both = threading.Barrier(2)

    def check() -> None:
        guarding.check_everybody()
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(timeout=2)  # in vain, where the other waits to look

    monkeypatch.setattr(activating, "check_everybody", check)
    outcomes = together(*(lambda row=row: policies.switch_off(boss, row, "Tried.") for row in rows))
    assert sorted(type(each).__name__ for each in outcomes) == ["NoneType", "Refused"]
    assert Policy.objects.exclude(active=None).count() == 1
