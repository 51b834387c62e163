"""The review desk: what a reviewer sees, what a decision does, and what stays on record."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from chat import reviews
from chat.models import (
    AuditEntry,
    Candidate,
    Case,
    CheckResult,
    Decision,
    Exposure,
    Message,
    Role,
    Status,
    Turn,
    User,
    Verdict,
    bodies,
)
from tests import held
from tests.races import together

SECRET = "The key is AKIA-NOT-A-KEY, keep it."
SPAN = (11, 25, "aws-key")


@pytest.fixture
def case(person: Callable[..., User]) -> Case:
    chat = held.conversation(person("ann", first_name="Ann"), title="About my keys")
    first = held.saved(chat, "Question one", "Answer **one**")
    second = held.saved(chat, "Question two", "Answer two", first)
    third = held.saved(chat, "Question three", "Answer three", second)
    return held.held(chat, SECRET, SPAN, parent=third)


@pytest.fixture
def desk(reviewer: User) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


def decide(desk: Client, case: Case, action: str = "release", reason: str = "An example.", version: int = 0):
    return desk.post(f"/review/{case.pk}/decide/", {"action": action, "reason": reason, "version": version})


def answer(turn_id: UUID) -> str:
    return bodies.channels(Message.objects.get(turn=turn_id, role=Role.ASSISTANT).body)["text"]


class TestQueue:
    def test_it_lists_who_waits_longest_first_with_reasons_and_without_text(
        self, desk: Client, case: Case
    ) -> None:
        chat = case.turn.conversation
        older = held.held(chat, "Another answer", parent=case.turn)
        Case.objects.filter(pk=older.pk).update(opened_at=timezone.now() - timedelta(hours=1))
        response = desk.get("/review/")
        assert [entry.case.pk for entry in response.context["open"]] == [older.pk, case.pk]
        assert response.context["open"][1].reasons == ["Looks like aws-key."]
        assert response.context["open"][1].person == "Ann"
        page = response.content.decode()
        assert case.reference in page
        for hidden in ("AKIA", "About my keys", "Question", "Another answer"):
            assert hidden not in page

    def test_decided_cases_move_to_the_other_list(self, desk: Client, case: Case) -> None:
        decide(desk, case, "uphold")
        response = desk.get("/review/")
        assert response.context["open"] == []
        assert [entry.case.pk for entry in response.context["closed"]] == [case.pk]
        assert [decision.action for decision in response.context["closed"][0].decisions] == ["uphold"]

    def test_its_queries_do_not_grow_with_the_queue(
        self, desk: Client, case: Case, django_assert_max_num_queries
    ) -> None:
        parent = case.turn
        for _ in range(6):
            parent = held.held(case.turn.conversation, "More", (0, 4, "more"), parent=parent).turn
        with django_assert_max_num_queries(12):
            desk.get("/review/")

    def test_past_a_page_it_says_that_there_are_more(self, case: Case) -> None:
        held.held(case.turn.conversation, "More", parent=case.turn)
        assert reviews.open_entries(limit=2)[1] is False
        entries, more = reviews.open_entries(limit=1)
        assert (len(entries), more) == (1, True)


class TestCase:
    def test_it_shows_the_text_with_its_matches_and_the_turns_around(self, desk: Client, case: Case) -> None:
        chat = case.turn.conversation
        later = held.saved(chat, "Question five", "Answer five", case.turn)
        response = desk.get(f"/review/{case.pk}/")
        context = response.context
        assert context["question"] == "And then?"
        (channel,) = context["channels"]
        assert [(piece.text, piece.rules) for piece in channel.segments] == [
            ("The key is ", ()), ("AKIA-NOT-A-KEY", ("aws-key",)), (", keep it.", ()),
        ]  # fmt: skip
        assert [around.question for around in context["before"]] == ["Question two", "Question three"]
        assert [around.question for around in context["after"]] == ["Question five"]
        assert "Answer five" in context["after"][0].answer_html
        assert context["reasons"][0]["rule"] == "aws-key"
        assert later.pk == chat.leaf_id
        page = response.content.decode()
        assert "About my keys" not in page
        assert "Question one" not in page
        assert "<mark" in page

    def test_text_from_a_model_is_escaped_on_the_page(
        self, desk: Client, person: Callable[..., User]
    ) -> None:
        nasty = "<script>alert(1)</script><img src=x onerror=alert(1)>"
        case = held.held(held.conversation(person("eve")), nasty, (0, 8, "<b>rule"))
        page = desk.get(f"/review/{case.pk}/").content.decode()
        assert nasty not in page
        assert "&lt;script&gt;" in page
        assert "<b>rule" not in page

    def test_held_answers_near_it_show_no_text(self, desk: Client, case: Case) -> None:
        other = held.held(case.turn.conversation, "A second held answer", parent=case.turn)
        context = desk.get(f"/review/{case.pk}/").context
        assert [around.answer_html for around in context["after"]] == [""]
        assert context["after"][0].state == "held"
        context = desk.get(f"/review/{other.pk}/").context
        assert [around.answer_html for around in context["before"]][-1] == ""

    def test_the_branch_below_is_the_one_its_owner_sees(self, case: Case, reviewer: User) -> None:
        chat = case.turn.conversation
        chosen = held.saved(chat, "Chosen", "One", case.turn)
        held.saved(chat, "Beside it", "Two", case.turn)
        type(chat).objects.filter(pk=chat.pk).update(leaf=chosen)
        assert [around.question for around in reviews.look(reviewer, case.pk).after] == ["Chosen"]

    def test_every_channel_a_person_could_see_is_shown(
        self, desk: Client, person: Callable[..., User]
    ) -> None:
        calls = [{"name": "lookup", "arguments": '{"city": "Rome"}'}]
        case = held.held(
            held.conversation(person("ann")), "Text", reasoning="Thoughts", refusal="No", tool_calls=calls
        )
        shown = {
            channel.name: channel.segments[0].text for channel in reviews.look(_root(), case.pk).channels
        }
        assert shown == {
            "text": "Text",
            "reasoning": "Thoughts",
            "refusal": "No",
            "tool_calls.0.name": "lookup",
            "tool_calls.0.arguments": '{"city": "Rome"}',
        }

    def test_a_classifier_that_objects_to_all_of_it_marks_nothing(self, case: Case, reviewer: User) -> None:
        digest = Candidate.objects.get().digest
        finding = {
            "rule": "violence",
            "reason": "Violence.",
            "channel": "text",
            "start": 0,
            "end": len(SECRET),
        }
        CheckResult.objects.create(
            turn=case.turn, digest=digest, round=1, checker="moderation", outcome="flag", findings=[finding]
        )
        page = reviews.look(reviewer, case.pk)
        assert [piece.rules for piece in page.channels[0].segments] == [(), ("aws-key",), ()]
        assert {reason["rule"] for reason in page.reasons} == {"violence", "aws-key"}

    def test_findings_of_other_bytes_mark_nothing(self, case: Case, reviewer: User) -> None:
        finding = {"rule": "other", "reason": "Other.", "channel": "text", "start": 0, "end": 3}
        CheckResult.objects.create(
            turn=case.turn, digest="0" * 64, round=2, checker="rules", outcome="flag", findings=[finding]
        )
        assert "other" not in str(reviews.look(reviewer, case.pk).channels)

    def test_rounds_exposures_and_decisions_are_shown(self, desk: Client, case: Case, reviewer: User) -> None:
        now = timezone.now()
        common = {"turn": case.turn, "attempt": 1, "at": now}
        Exposure.objects.create(person=case.turn.conversation.owner, route="sse", characters=12, **common)
        Exposure.objects.create(person=None, route="lost", characters=None, **common)
        decide(desk, case, "uphold", "A real key.")
        page = reviews.look(reviewer, case.pk)
        assert [(seen.who, seen.characters) for seen in page.exposures] == [
            ("Ann", 12),
            ("Readers unknown", None),
        ]
        assert [(row.number, row.verdict, row.results[0]["checker"]) for row in page.rounds] == [
            (1, "flagged", "rules")
        ]
        assert [decision.reason for decision in page.decisions] == ["A real key."]
        assert not page.can_decide
        assert "A real key." in desk.get(f"/review/{case.pk}/").content.decode()

    def test_every_look_is_on_record(self, desk: Client, case: Case, reviewer: User) -> None:
        for _ in range(2):
            desk.get(f"/review/{case.pk}/")
        entries = AuditEntry.objects.filter(actor=reviewer, action="case.view", subject=str(case.pk))
        assert entries.count() == 2
        assert "AKIA" not in str(list(entries.values()))

    def test_an_erased_answer_says_so_and_can_be_upheld_but_not_released(
        self, desk: Client, case: Case
    ) -> None:
        Candidate.objects.all().delete()
        response = desk.get(f"/review/{case.pk}/")
        assert response.context["erased"]
        assert response.context["channels"] == []
        response = decide(desk, case)
        assert response.status_code == 409
        assert "erased" in response.context["error"]
        assert decide(desk, case, "uphold").status_code == 302


class TestDecision:
    def test_a_release_makes_exactly_the_held_bytes_a_message(
        self, desk: Client, case: Case, reviewer: User
    ) -> None:
        frozen = Candidate.objects.get()
        assert not Message.objects.filter(turn=case.turn, role=Role.ASSISTANT).exists()
        assert decide(desk, case).status_code == 302
        message = Message.objects.get(turn=case.turn, role=Role.ASSISTANT)
        same = ("body", "salt", "digest", "finish")
        assert [getattr(message, name) for name in same] == [getattr(frozen, name) for name in same]
        assert not Candidate.objects.exists()
        assert Turn.objects.get(pk=case.turn_id).status == Status.SAVED
        decision = Decision.objects.get()
        assert (decision.reviewer, decision.action, decision.reason) == (reviewer, "release", "An example.")
        assert decision.digest == frozen.digest
        case.refresh_from_db()
        assert (case.state, case.version) == ("released", 1)
        assert case.closed_at
        page = desk.get(f"/review/{case.pk}/").context
        assert page["channels"][0].segments[1].text == "AKIA-NOT-A-KEY"

    def test_an_uphold_keeps_it_out(self, desk: Client, case: Case) -> None:
        assert decide(desk, case, "uphold").status_code == 302
        assert Turn.objects.get(pk=case.turn_id).status == Status.UPHELD
        assert not Message.objects.filter(turn=case.turn, role=Role.ASSISTANT).exists()
        assert Candidate.objects.exists()
        case.refresh_from_db()
        assert (case.state, case.version) == ("upheld", 1)

    def test_it_is_on_record_for_good(self, desk: Client, case: Case) -> None:
        decide(desk, case)
        entry = AuditEntry.objects.get(action="case.release")
        assert entry.data["reference"] == case.reference
        with connection.cursor() as cursor:
            for table in ("chat_decision", "chat_auditentry"):
                with pytest.raises(DatabaseError, match="guard"), transaction.atomic():
                    cursor.execute(f"DELETE FROM {table}")

    @pytest.mark.parametrize(
        ("fields", "wrong"),
        [
            ({"reason": ""}, "reason"),
            ({"reason": "  x "}, "reason"),
            ({"reason": "x" * 2001}, "reason"),
            ({"action": "delete"}, "action"),
            ({"action": ""}, "action"),
            ({"version": "-1"}, "version"),
            ({"version": "x"}, "version"),
        ],
    )
    def test_without_an_action_a_reason_and_a_version_nothing_happens(
        self, desk: Client, case: Case, fields: dict[str, str], wrong: str
    ) -> None:
        given = {"action": "release", "reason": "An example.", "version": "0", **fields}
        response = desk.post(f"/review/{case.pk}/decide/", given)
        assert response.status_code == 422
        assert wrong in response.context["form"].errors
        assert not Decision.objects.exists()
        given = {"action": "release", "reason": "abc", "version": "0"}
        assert desk.post(f"/review/{case.pk}/decide/", given).status_code == 302

    def test_who_comes_second_is_told_who_decided_what(self, desk: Client, case: Case, admin: User) -> None:
        User.objects.filter(pk=admin.pk).update(first_name="Alma Ruiz")
        other = Client()
        other.force_login(admin)
        assert decide(other, case, "uphold").status_code == 302
        response = decide(desk, case)
        assert response.status_code == 409
        assert "Alma Ruiz upheld this answer on " in response.context["error"]
        assert Decision.objects.count() == 1
        assert Turn.objects.get(pk=case.turn_id).status == Status.UPHELD

    def test_what_was_written_for_an_older_version_is_offered_again(self, desk: Client, case: Case) -> None:
        Case.objects.update(version=3)
        response = decide(desk, case, reason="My careful words.")
        assert response.status_code == 409
        assert response.context["form"]["reason"].value() == "My careful words."
        assert response.context["form"]["version"].value() == 3
        assert decide(desk, case, version=3).status_code == 302

    def test_an_answer_that_passed_by_itself_cannot_be_decided(self, desk: Client, case: Case) -> None:
        Case.objects.update(state=Case.State.PASSED, closed_at=timezone.now())
        response = decide(desk, case, "uphold")
        assert response.status_code == 409
        assert "passed its checks" in response.context["error"]

    def test_a_turn_that_moved_underneath_rolls_everything_back(self, desk: Client, case: Case) -> None:
        Turn.objects.filter(pk=case.turn_id).update(status=Status.UPHELD)
        assert decide(desk, case).status_code == 409
        case.refresh_from_db()
        assert (case.state, case.version) == ("open", 0)
        assert not Decision.objects.exists()
        assert not AuditEntry.objects.filter(action__startswith="case.release").exists()

    def test_the_released_answer_reaches_the_conversation(self, desk: Client, case: Case) -> None:
        decide(desk, case)
        assert answer(case.turn_id) == SECRET
        assert Verdict.objects.get(turn=case.turn_id).outcome == "flagged", "the verdict stays what it was"


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_the_same_moment_exactly_one_decides() -> None:
    first = User.objects.create_superuser("first", first_name="First")
    second = User.objects.create_superuser("second", first_name="Second")
    for _ in range(3):
        case = held.held(held.conversation(first), SECRET, SPAN)
        # Both read version 0 before either decides.
        assert {reviews.look(user, case.pk).case.version for user in (first, second)} == {0}
        outcomes = together(
            lambda case=case: reviews.decide(first, case.pk, "release", "Harmless.", 0),
            lambda case=case: reviews.decide(second, case.pk, "uphold", "A key.", 0),
        )
        (stale,) = [outcome for outcome in outcomes if isinstance(outcome, reviews.Stale)]
        (won,) = [outcome for outcome in outcomes if isinstance(outcome, Case)]
        decision = Decision.objects.get(case=case)
        assert decision.reviewer.first_name in str(stale)
        released = decision.action == "release"
        assert won.state == ("released" if released else "upheld")
        assert Message.objects.filter(turn=case.turn, role=Role.ASSISTANT).exists() is released
        assert Candidate.objects.filter(turn=case.turn).exists() is not released


def _root() -> User:
    return User.objects.create_superuser("root")
