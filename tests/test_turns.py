"""A turn's life in the database: every transition, and who wins when two want it."""

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from chat import conversations, policies, turns
from chat.models import (
    Candidate,
    Case,
    Conversation,
    Exposure,
    Finish,
    Kind,
    Message,
    Role,
    Status,
    Turn,
    User,
    bodies,
)
from chat.turns import creating, reading, states
from tests.factories import ERROR, FLAG, PASS, RULES_ONLY, answered, begun, frozen, held, new_turn, person
from tests.races import together


def status(turn: Turn) -> str:
    return Turn.objects.get(pk=turn.pk).status


def expire(turn: Turn) -> None:
    Turn.objects.filter(pk=turn.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


class Creating(TestCase):
    def create(self, new: turns.NewTurn, owner: str = "ada") -> tuple[Turn, bool]:
        return turns.create(person(owner), new, lambda assistant: policies.current(RULES_ONLY))

    def test_the_same_post_twice_is_one_turn(self) -> None:
        new = new_turn()
        first, created = self.create(new)
        again, created_again = self.create(new)
        assert (first.pk, created, created_again) == (again.pk, True, False)
        assert Message.objects.filter(role=Role.USER).count() == 1

    def test_the_same_id_with_another_text_is_a_conflict(self) -> None:
        new = new_turn()
        self.create(new)
        with pytest.raises(turns.Conflict, match="already sent"):
            self.create(new_turn(new.conversation, text="Other", id=new.id))

    def test_another_persons_turn_conversation_and_parent_are_unknown(self) -> None:
        new = new_turn()
        self.create(new)
        mine = answered()
        for foreign in (
            new,
            new_turn(new.conversation),
            new_turn(uuid4(), parent=mine.pk),
            new_turn(mine.conversation_id, parent=uuid4()),
        ):
            with pytest.raises(turns.Unknown):
                self.create(foreign, owner="eve")

    def test_under_a_running_parent_is_a_conflict(self) -> None:
        parent, _ = self.create(new_turn())
        with pytest.raises(turns.Conflict, match="still being written"):
            self.create(new_turn(parent.conversation_id, parent.pk))

    def test_a_held_failed_or_withdrawn_parent_may_be_answered_without_its_answer(self) -> None:
        for parent in (held(), answered()):
            if parent.status == Status.SAVED:
                Turn.objects.filter(pk=parent.pk).update(status=Status.WITHDRAWN)
            turn, _ = self.create(new_turn(parent.conversation_id, parent.pk, "And then?"))
            assert [m["content"] for m in turns.context(turn, turns.Budget(10_000)).messages] == [
                "Hello?",
                "And then?",
            ]
            Turn.objects.filter(pk=turn.pk).update(status=Status.STOPPED)

    def test_a_person_has_a_limit_of_running_turns(self) -> None:
        with self.settings(CHAT_MAX_RUNNING=2):
            self.create(new_turn())
            self.create(new_turn())
            with pytest.raises(turns.TooMany, match="limit"):
                self.create(new_turn())
            self.create(new_turn(), owner="eve")

    def test_a_continuation_asks_the_model_to_go_on_and_needs_something_to_continue(self) -> None:
        parent = answered(text="Once upon")
        turn, _ = self.create(new_turn(parent.conversation_id, parent.pk, "", Kind.CONTINUE))
        roles = [
            (m["role"], m["content"]) for m in turns.context(turn, turns.Budget(10_000, "Be kind.")).messages
        ]
        assert roles[0] == ("system", "Be kind.")
        assert roles[2] == ("assistant", "Once upon")
        assert "ontinue" in roles[3][1]
        stopped = held()
        with pytest.raises(turns.Conflict, match="no answer to continue"):
            self.create(new_turn(stopped.conversation_id, stopped.pk, "", Kind.CONTINUE))

    def test_a_long_context_loses_its_oldest_exchanges_and_keeps_the_question(self) -> None:
        parent = None
        conversation = uuid4()
        for number in range(6):
            parent = answered(
                new=new_turn(conversation, parent, f"question {number} " + "x" * 90), text="y" * 100
            ).pk
        turn, _ = self.create(new_turn(conversation, parent, "last"))
        contents = [m["content"][:10] for m in turns.context(turn, turns.Budget(450)).messages]
        assert contents == ["question 4", "yyyyyyyyyy", "question 5", "yyyyyyyyyy", "last"]
        assert [m["content"] for m in turns.context(turn, turns.Budget(1)).messages] == ["last"]


class Branches(TestCase):
    def test_edits_and_retries_are_siblings_and_the_leaf_names_the_branch(self) -> None:
        first = answered(new=new_turn(text="one"))
        conversation = first.conversation
        second = answered(new=new_turn(conversation.pk, first.pk, "two"))
        edited = answered(new=new_turn(conversation.pk, None, "uno"))
        conversation.refresh_from_db()
        shown, earlier = turns.branch(conversation)
        assert [a.question for a in shown] == ["uno"]
        assert earlier is None
        assert shown[0].siblings == [first.pk, edited.pk]
        turns.select(person(), first.pk)
        conversation.refresh_from_db()
        assert conversation.leaf_id == second.pk
        assert [a.question for a in turns.branch(conversation)[0]] == ["one", "two"]
        with pytest.raises(turns.Unknown):
            turns.select(person("eve"), first.pk)

    def test_a_long_branch_is_read_page_by_page_in_a_constant_number_of_queries(self) -> None:
        conversation, parent, ids = uuid4(), None, []
        for number in range(7):
            parent = answered(new=new_turn(conversation, parent, str(number))).pk
            ids.append(parent)
        found = Conversation.objects.get(pk=conversation)
        with self.assertNumQueries(3):
            last, earlier = turns.branch(found, count=3)
        assert [a.question for a in last] == ["4", "5", "6"]
        assert earlier == ids[4]
        page, earlier = turns.branch(found, before=earlier, count=3)
        assert [a.question for a in page] == ["1", "2", "3"]
        page, earlier = turns.branch(found, before=earlier, count=3)
        assert ([a.question for a in page], earlier) == (["0"], None)


class Running(TestCase):
    def test_one_of_two_claims_wins_and_an_expired_lease_is_taken_once(self) -> None:
        turn = begun()
        first = turns.claim(turn.pk, "a", 10)
        assert first is not None
        assert (first.attempt, first.restarted) == (1, False)
        assert turns.claim(turn.pk, "b", 10) is None
        expire(turn)
        second = turns.claim(turn.pk, "b", 10)
        assert second is not None
        assert (second.attempt, second.epoch, second.restarted) == (2, 2, True)
        expire(turn)
        assert turns.claim(turn.pk, "c", 10) is None, "begun again once, not twice"
        assert turns.waiting() == [turn.pk]
        leftover = turns.take(turn.pk, "c", 10)
        assert isinstance(leftover, Turn)
        assert leftover.attempt == 3
        assert turns.take(turn.pk, "d", 10) is None

    def test_a_handed_back_turn_is_not_counted_as_a_death(self) -> None:
        turn = begun()
        for attempt in (1, 2, 3):
            claim = turns.claim(turn.pk, "a", 10)
            assert claim is not None
            assert claim.attempt == attempt
            turns.hand_back(turn.pk, attempt)
            assert status(turn) == Status.ACCEPTED

    def test_an_old_attempt_can_neither_renew_nor_freeze_nor_end_the_turn(self) -> None:
        turn = begun()
        turns.claim(turn.pk, "a", 10)
        expire(turn)
        turns.claim(turn.pk, "b", 10)
        assert turns.renew(turn.pk, 1, 10) == "lost"
        assert turns.freeze(turn.pk, 1, Finish.COMPLETE, bodies.compose("x")) is None
        assert not turns.interrupt(turn.pk, 1, Finish.BROKEN, "x")
        turns.hand_back(turn.pk, 1)
        assert status(turn) == Status.STREAMING
        assert turns.renew(turn.pk, 2, 10) == "held"

    def test_a_stop_ends_an_accepted_turn_tells_a_streaming_one_and_leaves_a_judged_one(self) -> None:
        accepted = begun()
        assert turns.request_stop(person(), accepted.pk)
        assert status(accepted) == Status.STOPPED
        assert turns.claim(accepted.pk, "a", 10) is None
        streaming = begun()
        turns.claim(streaming.pk, "a", 10)
        assert turns.request_stop(person("eve"), streaming.pk) is None
        assert turns.renew(streaming.pk, 1, 10) == "held"
        turns.request_stop(person(), streaming.pk)
        assert turns.renew(streaming.pk, 1, 10) == "stop"
        expire(streaming)
        assert turns.claim(streaming.pk, "b", 10) is None, "a stopped turn is wound up, not begun again"
        assert isinstance(turns.take(streaming.pk, "b", 10), Turn)
        judged = frozen()
        turns.request_stop(person(), judged.turn.pk)
        assert status(judged.turn) == Status.MODERATING
        assert turns.renew(judged.turn.pk, judged.attempt, 10) == "held"

    def test_only_the_named_transitions_exist(self) -> None:
        assert set(states.TRANSITIONS) == set(Status)
        with pytest.raises(AssertionError):
            states.move(begun().pk, Status.ACCEPTED, Status.SAVED)
        assert {states.page_state(s) for s in Status} == {
            "streaming", "moderating", "saved", "stopped", "failed", "held"
        }  # fmt: skip


class Judging(TestCase):
    def test_a_pass_writes_the_message_and_removes_the_candidate(self) -> None:
        waiting = frozen(text="kept")
        settled = turns.conclude(waiting, "pass", 1, PASS)
        assert settled is not None
        assert settled.status == Status.SAVED
        message = Message.objects.get(turn=waiting.turn, role=Role.ASSISTANT)
        assert bodies.channels(message.body)["text"] == "kept"
        assert not Candidate.objects.exists()

    def test_how_it_finished_decides_where_a_pass_ends(self) -> None:
        for finish, end in (
            (Finish.COMPLETE, Status.SAVED), (Finish.LENGTH, Status.SAVED), (Finish.TOOL_CALLS, Status.SAVED),
            (Finish.STOPPED, Status.STOPPED), (Finish.BROKEN, Status.FAILED), (Finish.BLOCKED, Status.FAILED),
        ):  # fmt: skip
            settled = turns.conclude(frozen(finish=finish), "pass", 1, PASS)
            assert settled is not None
            assert settled.status == end

    def test_anything_else_holds_the_turn_opens_a_case_and_says_who_had_seen_what(self) -> None:
        for outcome, results in (("flagged", FLAG), ("unchecked", ERROR)):
            waiting = frozen()
            shown = [
                {
                    "epoch": 1,
                    "person_id": person().pk,
                    "route": "sse",
                    "characters": 5,
                    "at": timezone.now(),
                }
            ]
            settled = turns.conclude(waiting, outcome, 1, results, shown)
            assert settled is not None
            turn = Turn.objects.get(pk=waiting.turn.pk)
            assert (turn.status, turn.hold_kind, bool(turn.recheck_at)) == (
                "held",
                outcome,
                outcome == "unchecked",
            )
            assert Case.objects.get(turn=turn).reference == settled.reference
            assert Exposure.objects.get(turn=turn).characters == 5
            assert not Message.objects.filter(turn=turn, role=Role.ASSISTANT).exists()
            assert Candidate.objects.filter(turn=turn).exists()

    def test_an_exposure_written_by_a_process_of_the_version_before_has_its_epoch(self) -> None:
        turn = begun()
        key = turn.pk if connection.vendor == "postgresql" else turn.pk.hex
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO chat_exposure (turn_id, attempt, route, at, beside) VALUES (%s, 3, 'sse', %s, 0)",
                [key, timezone.now()],
            )
        assert Exposure.objects.get(turn=turn).epoch == 3

    def test_a_judge_that_was_taken_over_writes_nothing(self) -> None:
        waiting = frozen()
        expire(waiting.turn)
        newer = turns.claim_judging(waiting.turn.pk, 10)
        assert newer is not None
        assert turns.conclude(waiting, "pass", 1, PASS) is None
        assert not Message.objects.filter(role=Role.ASSISTANT).exists()
        assert turns.conclude(newer, "pass", 1, PASS)
        assert turns.conclude(newer, "pass", 1, PASS) is None

    def test_an_unchecked_one_is_tried_again_later_and_can_pass_by_itself(self) -> None:
        turn = held(outcome="unchecked")
        assert turns.take(turn.pk, "a", 10) is None, "not before its time"
        later = timezone.now() + timedelta(seconds=15)
        assert turns.due_for_recheck(later) == [turn.pk]
        again = turns.claim_recheck(turn.pk, later)
        assert again is not None
        assert (again.round, again.held) == (2, True)
        assert turns.claim_recheck(turn.pk, later) is None, "taken by one process only"
        settled = turns.reconclude(again, "pass", 1, PASS)
        assert settled is not None
        assert (status(turn), Case.objects.get(turn=turn).state) == (Status.SAVED, Case.State.PASSED)
        assert Message.objects.filter(turn=turn, role=Role.ASSISTANT).exists()

    def test_an_unchecked_one_that_is_flagged_later_waits_for_a_reviewer(self) -> None:
        turn = held(outcome="unchecked")
        again = turns.claim_recheck(turn.pk, timezone.now() + timedelta(minutes=1))
        assert again is not None
        turns.reconclude(again, "flagged", 1, FLAG)
        turn.refresh_from_db()
        assert (turn.status, turn.hold_kind, turn.recheck_at) == (Status.HELD, "flagged", None)
        assert Case.objects.get(turn=turn).kind == "flagged"

    def test_nobody_is_asked_about_one_of_a_deleted_conversation_until_that_is_taken_back(self) -> None:
        turn = held(outcome="unchecked")
        chat, later = turn.conversation, timezone.now() + timedelta(minutes=1)
        for gone in (lambda: conversations.delete(chat), lambda: User.objects.update(is_active=False)):
            gone()
            assert turns.due_for_recheck(later) == []
            assert turns.claim_recheck(turn.pk, later) is None
            User.objects.update(is_active=True)
            conversations.restore(chat.owner, chat.pk)
        assert turns.due_for_recheck(later) == [turn.pk]
        again = turns.claim_recheck(turn.pk, later)
        assert again is not None
        conversations.delete(chat)
        assert turns.reconclude(again, "pass", 1, PASS) is None, "deleted while it was checked"
        assert (status(turn), Message.objects.filter(turn=turn, role=Role.ASSISTANT).count()) == (
            Status.HELD,
            0,
        )

    def test_a_recheck_loses_against_a_reviewer(self) -> None:
        turn = held(outcome="unchecked")
        again = turns.claim_recheck(turn.pk, timezone.now() + timedelta(minutes=1))
        assert again is not None
        assert turns.uphold(turn.pk)
        assert turns.reconclude(again, "pass", 1, PASS) is None
        assert status(turn) == Status.UPHELD


class Bodies(TestCase):
    def test_nul_and_lone_surrogates_become_the_replacement_character(self) -> None:
        assert bodies.channels(bodies.compose("a\x00b"))["text"] == "a\ufffdb"
        assert bodies.channels(bodies.compose("a\ud83d"))["text"] == "a\ufffd"
        assert bodies.channels(bodies.compose("\ud83d\ude00"))["text"] == "😀"
        assert bodies.channels(bodies.compose(r"literally \u0000"))["text"] == r"literally \u0000"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_turn_that_begins_while_its_branch_is_chosen_is_what_the_conversation_shows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = answered(new=new_turn(text="one"))
    answered(new=new_turn(first.conversation_id, None, "uno"))
    child, owner = new_turn(first.conversation_id, first.pk, "two"), person()
    looked, begun_meanwhile = threading.Event(), threading.Event()

    def deepest(turn: Turn) -> UUID:
        found = reading.deepest(turn)
        looked.set()
        begun_meanwhile.wait(2)  # in vain, where the other waits for this
        return found

    def begin() -> None:
        looked.wait(10)
        turns.create(owner, child, lambda assistant: policies.current(RULES_ONLY))
        begun_meanwhile.set()

    monkeypatch.setattr(creating, "deepest", deepest)
    outcomes = together(lambda: turns.select(owner, first.pk), begin)
    assert not [each for each in outcomes if isinstance(each, Exception)]
    assert Conversation.objects.get().leaf_id == child.id
