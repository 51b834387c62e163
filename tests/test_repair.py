"""A document that does not fit is asked for once more by itself, and as often as a person wants."""

from uuid import uuid4

import pytest
from django.test import Client, TestCase
from django.urls import reverse

from chat import policies, turns
from chat.generation import judgement, repair
from chat.models import Conversation, Finish, HoldKind, Kind, Message, PolicyVersion, Role, Status, Turn
from tests.factories import ERROR, PASS, RULES_ONLY, begun, frozen, new_turn, person
from tests.shapes import CUT_OFF, IN_PROSE, VALID, WITHOUT_TOTAL, version

pytestmark = pytest.mark.slow


def settle(frozen: turns.Frozen) -> turns.Settled | None:
    return judgement._settle(frozen, "pass", PASS, [], problem_of(frozen))


def problem_of(frozen: turns.Frozen) -> str | None:
    """As `repair.problem`, in one thread."""
    schema = turns.schema_of(frozen.turn)
    return turns.problem_in(frozen.body, schema) if repair.wants(frozen.turn) else None


class Repairing(TestCase):
    def answered(self, text: str, finish: Finish = Finish.COMPLETE, turn: Turn | None = None) -> Turn:
        """A turn with a shape, whose answer is judged as a process judges it."""
        turn = turn or begun()
        if not turn.shaped:
            Turn.objects.filter(pk=turn.pk).update(assistant_version=version(), shaped=True)
        assert settle(frozen(turn, text, finish))
        return Turn.objects.get(pk=turn.pk)

    def repairs(self, turn: Turn) -> list[Turn]:
        return list(Turn.objects.filter(parent=turn).order_by("created_at"))

    def test_what_does_not_fit_is_asked_for_once_more_below_it_with_the_reason(self) -> None:
        for text in (WITHOUT_TOTAL, CUT_OFF, IN_PROSE):
            turn = self.answered(text)
            (made,) = self.repairs(turn)
            assert (made.kind, made.status, made.shaped) == (Kind.REPAIR, Status.ACCEPTED, True)
            assert made.assistant_version_id == turn.assistant_version_id
            assert Conversation.objects.get(pk=turn.conversation_id).leaf_id == made.pk
            problem = turns.problem(turn)
            assert problem
            roles = [
                (m["role"], m["content"])
                for m in turns.context(made, turns.Budget(60_000, "Be brief.")).messages
            ]
            assert [role for role, _ in roles] == ["system", "user", "assistant", "user"]
            assert roles[2][1] == text
            assert problem in roles[3][1]
            Turn.objects.filter(pk=made.pk).update(status=Status.STOPPED)

    def test_what_fits_is_left_alone(self) -> None:
        assert self.repairs(self.answered(VALID)) == []

    def test_the_answer_of_an_assistant_without_a_shape_is_left_alone(self) -> None:
        turn = begun()
        assert settle(frozen(turn, CUT_OFF))
        assert self.repairs(turn) == []

    def test_a_length_limit_is_repaired_and_a_stop_or_a_failure_is_not(self) -> None:
        assert len(self.repairs(self.answered(CUT_OFF, Finish.LENGTH))) == 1
        for finish in (Finish.STOPPED, Finish.BROKEN, Finish.BLOCKED):
            assert self.repairs(self.answered(CUT_OFF, finish)) == []

    def test_a_repair_that_does_not_fit_either_is_not_repaired_by_itself(self) -> None:
        (made,) = self.repairs(self.answered(CUT_OFF))
        again = self.answered(WITHOUT_TOTAL, turn=made)
        assert again.status == Status.SAVED
        assert self.repairs(again) == []

    def test_judging_the_same_bytes_twice_makes_no_second_repair(self) -> None:
        turn = begun()
        Turn.objects.filter(pk=turn.pk).update(assistant_version=version(), shaped=True)
        waiting = frozen(turn, CUT_OFF)
        assert settle(waiting)
        assert settle(waiting) is None
        assert [made.pk for made in self.repairs(turn)] == [turns.repair_id(turn.pk)]

    def test_what_was_held_is_repaired_when_it_passes_and_not_before(self) -> None:
        turn = begun()
        Turn.objects.filter(pk=turn.pk).update(assistant_version=version(), shaped=True)
        assert judgement._settle(frozen(turn, CUT_OFF), "unchecked", ERROR, [])
        assert self.repairs(turn) == []
        Turn.objects.filter(pk=turn.pk, hold_kind=HoldKind.UNCHECKED).update(recheck_at="2020-01-01T00:00Z")
        waiting = turns.claim_recheck(turn.pk)
        assert waiting is not None
        assert judgement._settle_recheck(waiting, "pass", PASS, problem_of(waiting))
        assert len(self.repairs(turn)) == 1

    def test_whoever_has_gone_on_gets_no_repair_in_between(self) -> None:
        turn = begun()
        Turn.objects.filter(pk=turn.pk).update(assistant_version=version(), shaped=True)
        waiting = frozen(turn, CUT_OFF)
        other = begun(new=new_turn(turn.conversation_id, None, "Something else"))
        assert settle(waiting)
        assert self.repairs(turn) == []
        assert Conversation.objects.get(pk=turn.conversation_id).leaf_id == other.pk

    def test_nothing_is_begun_in_a_deleted_conversation_or_past_the_limit_of_running_answers(self) -> None:
        deleted = begun()
        Conversation.objects.filter(pk=deleted.conversation_id).update(deleted_at="2026-01-01T00:00Z")
        assert self.repairs(self.answered(CUT_OFF, turn=deleted)) == []
        turn, _other = begun(), begun()
        with self.settings(CHAT_MAX_RUNNING=1):
            assert self.repairs(self.answered(CUT_OFF, turn=turn)) == []

    def test_a_person_may_ask_for_more_and_for_the_repair_of_a_repair(self) -> None:
        turn = self.answered(CUT_OFF)
        (first,) = self.repairs(turn)
        self.answered(CUT_OFF, turn=first)
        browser = Client(headers={"HX-Request": "true"})
        browser.force_login(person())
        for parent in (turn, first):
            form = {
                "kind": "repair",
                "conversation": turn.conversation_id,
                "parent": parent.pk,
                "turn": uuid4(),
            }
            assert browser.post(reverse("turn-create"), form).status_code == 200
            made = Turn.objects.get(pk=form["turn"])
            assert (made.kind, made.parent_id, made.shaped) == (Kind.REPAIR, parent.pk, True)
            Turn.objects.filter(pk=made.pk).update(status=Status.STOPPED)

    def test_there_is_nothing_to_repair_in_what_fits_and_nothing_to_continue_in_half_a_document(self) -> None:
        whole, half = self.answered(VALID), self.answered(CUT_OFF, Finish.STOPPED)

        def policy(assistant: int | None) -> PolicyVersion:
            return policies.current(RULES_ONLY)

        with pytest.raises(turns.Conflict, match="nothing to repair"):
            turns.create(person(), new_turn(whole.conversation_id, whole.pk, "", Kind.REPAIR), policy)
        with pytest.raises(turns.Conflict, match="cannot be continued"):
            turns.create(person(), new_turn(half.conversation_id, half.pk, "", Kind.CONTINUE), policy)
        made, _ = turns.create(person(), new_turn(half.conversation_id, half.pk, "", Kind.REPAIR), policy)
        asked = Message.objects.get(turn=made, role=Role.USER)
        assert "cannot be used" in asked.body
        # Half an answer is no part of the context of another question, and the whole matter of its repair.
        assert CUT_OFF in [m["content"] for m in turns.context(made, turns.Budget(60_000)).messages]
