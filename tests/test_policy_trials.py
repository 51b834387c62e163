"""What a version says of a text without anything coming of it: trials, replays, the shadow."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Group
from django.test import TestCase

from chat import conf, conversations, moderation, policies
from chat.generation import judgement
from chat.models import Candidate, Message, Policy, Replay, ReplayFlip, ShadowResult, Turn
from chat.policies import drafting, judging, proving, replaying, shadows, trying
from tests.classifying import Posts, made
from tests.factories import answered, frozen, held, new_turn, person
from tests.policy_making import draft, manager, policy, strict, switch_on, with_rule

pytestmark = pytest.mark.slow

POND = {"title": "A pond", "words": ["pond"], "positives": ["the pond"], "negatives": ["the sea"]}


class Words:
    """Stands for every classifier: a moderation service that flags “bad” and what is known to be bad, and has nothing to say
    of “odd”. `asked` counts the texts it was sent.
    """

    def __init__(self) -> None:
        self.posts = Posts(self._reply)

    @property
    def asked(self) -> int:
        return len(self.posts.requests)

    @staticmethod
    def _reply(text: str) -> Any:
        if "odd" in text:
            return {"error": "busy"}
        flagged = any(word in text.casefold() for word in ("bad", "kill"))
        result = {
            "flagged": flagged, "categories": {"harm": flagged}, "category_scores": {"harm": 0.9 if flagged else 0.1}
        }  # fmt: skip
        return {"results": [result]}

    async def classifier(self, item: Mapping[str, Any], direction: str = "output") -> moderation.Classifier:
        return made(dict(item), self.posts, name=item["name"])

    async def checkers(self, version: Any, direction: str = "output") -> list[moderation.Checker]:
        items = version.definition["checkers" if direction == "output" else "input"]
        return [
            conf.rules(version) if item["kind"] == "rules" else await self.classifier(item) for item in items
        ]


ITEM = {
    "kind": "moderations", "name": "words", "endpoint": 1, "model": "m", "thresholds": {"harm": 0.5}, "timeout": 5,
    "good": ["fine"], "bad": ["bad"],
}  # fmt: skip


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Words:
    made = Words()
    monkeypatch.setattr(conf, "classifier", made.classifier)
    monkeypatch.setattr(conf, "checkers", made.checkers)
    request.instance.words = made
    return made


@pytest.mark.usefixtures("words")
class Trials(TestCase):
    words: Words

    def setUp(self) -> None:
        policies.follow()
        definition, _ = drafting.with_rule(drafting.EMPTY, "", {
            "title": "A lake", "reason": "Secret.", "words": ["lake"], "positives": ["lake"], "negatives": ["sea"],
        })  # fmt: skip
        self.row = policy()
        self.version = draft(self.row, drafting.with_classifier(definition, drafting.ANSWERS, "", ITEM))

    def tried(self, text: str, question: str = "") -> trying.Trial:
        return async_to_sync(trying.try_answer)(self.version, text, question)

    def test_each_step_and_each_checker_is_shown(self) -> None:
        trial = self.tried("All is well by the sea.")
        assert "".join(step.shown for step in trial.steps) == trial.text == trial.stored
        assert trial.final.outcome == "pass"
        assert [result.checker for result in trial.final.results] == ["rules", "words"]

    def test_a_mode_shows_when_text_would_appear(self) -> None:
        long = " ".join(f"Sentence {number} is about the sea." for number in range(12))
        steps = {}
        for mode in ("post", "window", "full"):
            self.version = draft(self.row, drafting.with_mode(self.version.definition, mode, reasoning=True))
            trial = self.tried(long)
            assert trial.stored == long
            steps[mode] = [step.kind for step in trial.steps]
            assert "".join(step.shown for step in trial.steps) == long
            bad = self.tried(f"{long} And bad.")
            assert bad.final.outcome == "flagged"
            assert (bad.steps[-1].kind == "taken back") is (mode != "full")
        assert steps["post"] == ["shown"]
        assert steps["window"][:3] == ["waits", "checked", "let go"]
        assert steps["full"] == ["waits", "whole"]

    def test_what_is_replaced_is_shown_as_it_would_be_kept(self) -> None:
        definition, _ = drafting.with_rule(self.version.definition, "a-lake", {
            "title": "A water", "reason": "Secret.", "words": ["lake"], "action": "redact", "positives": ["lake"],
            "negatives": ["sea"],
        })  # fmt: skip
        self.version = draft(self.row, definition)
        trial = self.tried("It is by the lake, they say.")
        assert trial.stored == "It is by the [water removed], they say."
        assert "".join(step.shown for step in trial.steps) == trial.stored
        assert trial.final.outcome == "pass"
        assert [finding.rule for finding in trial.matched] == ["a-lake"]

    def test_a_rule_stops_an_answer_where_it_is_found(self) -> None:
        trial = self.tried("It is by the lake, they say, and deep.")
        assert [step.kind for step in trial.steps] == ["shown", "blocked", "taken back"]
        assert trial.steps[1].rule == "A lake"
        assert "lake" in trial.steps[1].never
        assert "lake" not in "".join(step.shown for step in trial.steps)

    def test_what_a_rule_finds_is_marked(self) -> None:
        trial = self.tried("It is by the lake.")
        assert [(each.rule, each.start, each.end) for each in trial.matched] == [("a-lake", 13, 17)]
        assert trial.final.outcome == "flagged"
        assert "a-lake" in trial.final.findings

    def test_a_classifiers_score_is_shown_against_its_threshold(self) -> None:
        trial = self.tried("Something bad.")
        [finding] = trial.final.results[1].findings
        assert (finding.score, finding.threshold) == (0.9, 0.5)
        assert (trial.final.outcome, self.tried("odd").final.outcome) == ("flagged", "unchecked")

    def test_what_somebody_writes_is_looked_at_by_its_own_rules_and_classifiers(self) -> None:
        only_answers, _ = drafting.with_rule(
            self.version.definition,
            "",
            {"title": "A sea", "reason": "No.", "words": ["sea"], "directions": ["output"]},
        )
        version = draft(
            self.row, drafting.with_classifier(only_answers, drafting.QUESTIONS, "", ITEM | {"name": "q"})
        )
        for text, outcome in (
            ("the sea", "pass"),
            ("the lake", "flagged"),
            ("bad", "flagged"),
            ("odd", "unchecked"),
        ):
            assert async_to_sync(trying.try_question)(version, text).final.outcome == outcome

    def test_a_classifier_that_fails_its_own_texts_is_not_switched_on(self) -> None:
        switch_on(self.version)
        wrong = draft(
            self.row,
            drafting.with_classifier(self.version.definition, "checkers", "words", ITEM | {"bad": ["good"]}),
        )
        with pytest.raises(policies.Unproven, match="words"):
            switch_on(wrong)
        silent = draft(
            self.row, drafting.with_classifier(wrong.definition, "checkers", "words", ITEM | {"bad": ["odd"]})
        )
        with pytest.raises(policies.Unproven, match="no verdict"):
            switch_on(silent)

    def test_the_way_back_asks_no_classifier(self) -> None:
        first = switch_on(self.version)
        switch_on(draft(self.row, drafting.without_classifier(first.definition, "checkers", "words")))
        asked = self.words.asked
        switch_on(first)
        assert self.words.asked == asked


@pytest.mark.usefixtures("words")
class Replays(TestCase):
    words: Words

    def setUp(self) -> None:
        policies.follow()

    def replay(self, version: Any, count: int = 100) -> Replay:
        row = replaying.begin(manager(), version, count)
        return replaying.step(row, seconds=60)

    def flips(self, row: Replay) -> list[tuple[Any, str, str, list[str]]]:
        return list(
            ReplayFlip.objects.filter(replay=row)
            .order_by("pk")
            .values_list("turn", "was", "would", "findings")
        )

    def test_decisions_that_would_flip_are_listed_both_ways_and_hold_no_text(self) -> None:
        fine, pond = answered(text="The sea."), answered(text="The pond.")
        lake = held(text="The lake is deep.")
        row = strict(rule={"title": "A lake"})
        version = draft(row, drafting.without_rule(policies.latest_version(row).definition, "a-lake"))
        version = with_rule(row, **POND)
        done = self.replay(version)
        assert done.finished_at
        assert (done.position, done.same) == (3, 1)
        assert self.flips(done) == [
            (lake.pk, "flagged", "pass", []), (pond.pk, "pass", "flagged", ["a-pond"]),
        ]  # fmt: skip
        assert fine.pk not in {turn for turn, *_ in self.flips(done)}
        assert "pond." not in str(list(ReplayFlip.objects.values()) + list(Replay.objects.values()))

    def test_what_other_policies_hold_is_held_with_the_version_too(self) -> None:
        held(text="Card 4111 1111 1111 1111")
        row = policy()
        assert self.flips(self.replay(with_rule(row, **POND))) == []

    def test_the_cost_is_told(self) -> None:
        answered(text="All is well. " * 40)
        row = policy()
        version = draft(row, drafting.with_classifier(drafting.EMPTY, drafting.ANSWERS, "", ITEM))
        done = self.replay(version)
        assert self.words.asked == done.requests == 1
        assert done.tokens == 130
        assert done.milliseconds > 0

    def test_a_question_that_would_not_be_taken_flips_its_answer(self) -> None:
        turn = answered(new=new_turn(text="Where is the pond?"), text="There.")
        done = self.replay(with_rule(policy(), **POND, directions=["input"]))
        assert self.flips(done) == [(turn.pk, "pass", "refused", ["a-pond"])]

    def test_only_answers_that_the_policy_is_for_are_tried(self) -> None:
        law = Group.objects.create(name="law")
        person("eve").groups.add(law)
        theirs = answered(person("eve"), text="The pond.")
        answered(text="The pond.")
        done = self.replay(with_rule(policy(everyone=False, groups=[law]), **POND))
        assert [turn for turn, *_ in self.flips(done)] == [theirs.pk]
        assert done.turns == [str(theirs.pk)]

    def test_no_more_than_were_asked_for_the_newest_first(self) -> None:
        made = [answered(text="The pond.") for _ in range(3)]
        done = self.replay(with_rule(policy(), **POND), count=2)
        assert done.turns == [str(turn.pk) for turn in reversed(made[1:])]
        for count in (0, 2001):
            with pytest.raises(policies.Refused):
                replaying.begin(manager(), done.version, count)

    def test_what_was_erased_meanwhile_is_counted_as_gone(self) -> None:
        turn = answered(text="The pond.")
        row = replaying.begin(manager(), with_rule(policy(), **POND), 10)
        message = Message.objects.get(turn=turn, role="assistant")
        Message.objects.filter(pk=message.pk).update(body="", salt="", erased_at=message.created_at)
        assert replaying.step(row).gone == 1

    def test_what_its_person_has_deleted_is_read_by_nobody(self) -> None:
        turn, other = answered(text="The pond."), answered(text="The pond.")
        version = with_rule(policy(), **POND)
        row = replaying.begin(manager(), version, 10)
        conversations.delete(turn.conversation)
        done = replaying.step(row, seconds=60)
        assert (done.gone, [found for found, *_ in self.flips(done)]) == (1, [other.pk])
        assert replaying.begin(manager(), version, 10).turns == [str(other.pk)]
        ((hit,), looked) = proving.hits(proving.new_rules(version, None))
        assert (hit.messages, looked) == (1, 2)

    def test_it_goes_on_where_it_was_left_and_two_pages_count_nothing_twice(self) -> None:
        for _ in range(2 * replaying.BATCH + 1):
            answered(text="The pond.")
        row = replaying.begin(manager(), with_rule(policy(), **POND), 100)
        first = replaying.step(row, seconds=0)
        assert (first.position, first.finished_at) == (replaying.BATCH, None)
        # A page that judged the same answers and comes second.
        stale = Replay.objects.select_related("version").get(pk=row.pk)
        stale.position = 0
        assert not replaying._store(stale, replaying._batch(stale, {}))
        Replay.objects.filter(pk=row.pk).update(busy_until=first.created_at + timedelta(days=365))
        assert replaying.step(row, seconds=0).position == replaying.BATCH, "another page is at it"
        Replay.objects.filter(pk=row.pk).update(busy_until=first.created_at)
        done = replaying.step(row, seconds=60)
        assert done.finished_at
        assert done.position == len(self.flips(done)) == 2 * replaying.BATCH + 1

    def test_one_that_was_stopped_goes_no_further(self) -> None:
        answered()
        row = replaying.begin(manager(), with_rule(policy(), **POND), 10)
        replaying.stop(manager(), row)
        assert replaying.step(row).position == 0

    def test_none_begins_with_a_rule_that_fails(self) -> None:
        with pytest.raises(policies.Unproven):
            replaying.begin(manager(), with_rule(policy(), positives=["sea"]), 10)

    def test_with_no_answers_it_is_over_at_once(self) -> None:
        assert replaying.begin(manager(), with_rule(policy(), **POND), 10).finished_at


@pytest.mark.usefixtures("words")
class Shadows(TestCase):
    words: Words

    def setUp(self) -> None:
        policies.follow()
        shadows.look_again()
        self.addCleanup(shadows.look_again)

    def settled(self, text: str, version: Any = None) -> Turn:
        """An answer, judged as generation judges it, and what is in the shadow after it."""
        turn = _begun_by(version or policies.for_turn(person(), None))
        waiting = frozen(turn, text)
        outcome, rows = async_to_sync(judgement.ask)(waiting)
        judgement._settle(waiting, outcome, rows, [])
        found = shadows._shadowing(waiting.turn)
        for own, whole, question in found:
            judged = async_to_sync(judging.judge)(
                whole, {"text": text, "reasoning": "", "refusal": "", "tool_calls": []}, question,
                shadows._known(waiting.turn.policy, rows),
            )  # fmt: skip
            shadows._store(waiting.turn, own, outcome, judged)
        return Turn.objects.get(pk=turn.pk)

    def test_it_judges_beside_and_its_differences_are_counted(self) -> None:
        row = policy()
        version = with_rule(row, **POND)
        policies.shadow(manager(), version)
        fine, pond = self.settled("The sea."), self.settled("The pond.")
        assert [fine.status, pond.status] == ["saved", "saved"], "it decides nothing"
        assert shadows.differences(version) == (2, 1)
        result = ShadowResult.objects.get(turn=pond)
        assert (result.enforced, result.outcome, result.findings) == ("pass", "flagged", ["a-pond"])

    def test_a_version_that_lets_more_through_differs_where_something_is_held(self) -> None:
        row = strict()
        version = draft(row, drafting.without_rule(policies.latest_version(row).definition, "a-lake"))
        policies.shadow(manager(), version)
        assert self.settled("The lake.").status == "held"
        result = ShadowResult.objects.get()
        assert (result.enforced, result.outcome) == ("flagged", "pass")
        assert self.settled("Card 4111 1111 1111 1111").status == "held"
        assert shadows.differences(version) == (2, 1), "another policy holds that one"

    def test_a_classifier_that_judged_already_is_not_asked_again(self) -> None:
        row = policy()
        first = switch_on(draft(row, drafting.with_classifier(drafting.EMPTY, drafting.ANSWERS, "", ITEM)))
        policies.shadow(manager(), with_rule(row, **POND))
        asked = self.words.asked
        self.settled("The pond is bad.")
        self.settled("The sea is bad.")
        assert self.words.asked == asked + 2
        assert shadows.differences(Policy.objects.get(pk=row.pk).shadow) == (2, 0)
        assert first.pk != Policy.objects.get(pk=row.pk).shadow_id
        found = ShadowResult.objects.order_by("pk").values_list("findings", flat=True)
        assert list(found) == [["a-pond"], ["harm"]], "a rule stops an answer before anybody is asked"

    def test_where_it_is_for_others_or_rules_alone_judge_there_is_none(self) -> None:
        law = Group.objects.create(name="law")
        policies.shadow(manager(), with_rule(policy(everyone=False, groups=[law]), **POND))
        self.settled("The pond.")
        assert not ShadowResult.objects.exists()

    def test_its_failure_is_nobodys(self) -> None:
        async def scenario() -> None:
            shadows.judge_later(turn, "{no json", "pass", [])
            await asyncio.gather(*shadows._tasks)

        policies.shadow(manager(), with_rule(policy(), **POND))
        turn = frozen(_begun_by(policies.for_turn(person(), None))).turn
        with self.assertLogs("chat.policies", "ERROR"):
            _run(scenario, shadows._shadowing(turn))
        assert not ShadowResult.objects.exists()
        assert Candidate.objects.filter(turn=turn).exists()


def _run(scenario: Any, found: Any) -> None:
    """With what the database would have said: its threads see nothing of a test's transaction."""

    async def answered(function: Any, *arguments: Any) -> Any:
        return found

    real, conf.in_database = conf.in_database, answered  # type: ignore[assignment]
    try:
        asyncio.run(scenario())
    finally:
        conf.in_database = real


def _begun_by(version: Any) -> Turn:
    from tests.factories import begun

    return begun(policy=version)
