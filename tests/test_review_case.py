"""A case's page: everything a reviewer needs, and every look on record."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from chat import reviews
from chat.models import AuditEntry, Candidate, Case, CheckResult, Exposure, User
from tests import held
from tests.held import SECRET

pytestmark = pytest.mark.slow


def test_it_shows_the_text_with_its_matches_and_the_turns_around(
    desk: Client, case: Case, reviewer: User
) -> None:
    chat = case.turn.conversation
    later = held.saved(chat, "Question five", "Answer five", case.turn)
    reviews.reveal(reviewer, case.pk, "decide")
    response = desk.get(f"/review/{case.pk}/")
    found = response.context["found"]
    assert found.question == "And then?"
    (channel,) = found.channels
    assert [(piece.text, piece.rules) for piece in channel.segments] == [
        ("The key is ", ()), ("AKIA-NOT-A-KEY", ("aws-key",)), (", keep it.", ()),
    ]  # fmt: skip
    assert [around.question for around in found.before] == ["Question two", "Question three"]
    assert [around.question for around in found.after] == ["Question five"]
    assert "Answer five" in found.after[0].answer_html
    assert found.reasons[0]["rule"] == "aws-key"
    assert later.pk == chat.leaf_id
    page = response.content.decode()
    assert "About my keys" not in page
    assert "Question one" not in page
    assert "<mark" in page


def test_text_from_a_model_is_escaped_on_the_page(desk: Client, person: Callable[..., User]) -> None:
    nasty = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    case = held.held(held.conversation(person("eve")), nasty, (0, 8, "<b>rule"))
    desk.post(f"/review/{case.pk}/reveal/", {"why": "decide"})
    page = desk.get(f"/review/{case.pk}/").content.decode()
    assert nasty not in page
    assert "&lt;script&gt;" in page
    assert "<b>rule" not in page


def test_held_answers_near_it_show_no_text(desk: Client, case: Case) -> None:
    other = held.held(case.turn.conversation, "A second held answer", parent=case.turn)
    found = desk.get(f"/review/{case.pk}/").context["found"]
    assert [around.answer_html for around in found.after] == [""]
    assert found.after[0].state == "held"
    found = desk.get(f"/review/{other.pk}/").context["found"]
    assert [around.answer_html for around in found.before][-1] == ""


def test_the_branch_below_is_the_one_its_owner_sees(case: Case, reviewer: User) -> None:
    chat = case.turn.conversation
    chosen = held.saved(chat, "Chosen", "One", case.turn)
    held.saved(chat, "Beside it", "Two", case.turn)
    type(chat).objects.filter(pk=chat.pk).update(leaf=chosen)
    assert [around.question for around in reviews.look(reviewer, case.pk).after] == ["Chosen"]


def test_every_channel_a_person_could_see_is_shown(reviewer: User, person: Callable[..., User]) -> None:
    calls = [{"name": "lookup", "arguments": '{"city": "Rome"}'}]
    case = held.held(
        held.conversation(person("ann")), "Text", reasoning="Thoughts", refusal="No", tool_calls=calls
    )
    reviews.reveal(reviewer, case.pk, "decide")
    shown = {channel.name: channel.segments[0].text for channel in reviews.look(reviewer, case.pk).channels}
    assert shown == {
        "text": "Text",
        "reasoning": "Thoughts",
        "refusal": "No",
        "tool_calls.0.name": "lookup",
        "tool_calls.0.arguments": '{"city": "Rome"}',
    }


def test_a_classifier_that_objects_to_all_of_it_marks_nothing(case: Case, reviewer: User) -> None:
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


def test_findings_of_other_bytes_mark_nothing(case: Case, reviewer: User) -> None:
    finding = {"rule": "other", "reason": "Other.", "channel": "text", "start": 0, "end": 3}
    CheckResult.objects.create(
        turn=case.turn, digest="0" * 64, round=2, checker="rules", outcome="flag", findings=[finding]
    )
    assert "other" not in str(reviews.look(reviewer, case.pk).channels)


def test_rounds_exposures_and_decisions_are_shown(desk: Client, case: Case, reviewer: User) -> None:
    now = timezone.now()
    common = {"turn": case.turn, "epoch": 1, "at": now}
    Exposure.objects.create(
        person=case.turn.conversation.owner, route="sse", characters=12, beside=30, **common
    )
    Exposure.objects.create(person=None, route="lost", characters=None, **common)
    reviews.decide(reviewer, case.pk, "uphold", "A real key.", 0)
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
    shown = desk.get(f"/review/{case.pk}/").content.decode()
    assert "A real key." in shown
    assert "the text up to character 12, and 30 characters of reasoning and tool calls" in shown


def test_every_look_is_on_record(desk: Client, case: Case, reviewer: User) -> None:
    for _ in range(2):
        desk.get(f"/review/{case.pk}/")
    entries = AuditEntry.objects.filter(actor=reviewer, action="case.view", subject=str(case.pk))
    assert entries.count() == 2
    assert "AKIA" not in str(list(entries.values()))


def test_an_erased_answer_says_so_and_can_be_upheld_but_not_released(
    desk: Client, case: Case, reviewer: User
) -> None:
    Candidate.objects.all().delete()
    found = desk.get(f"/review/{case.pk}/").context["found"]
    assert found.erased
    assert found.channels == []
    with pytest.raises(reviews.Stale, match="erased"):
        reviews.decide(reviewer, case.pk, "release", "Harmless.", 0)
    assert reviews.decide(reviewer, case.pk, "uphold", "A real key.", 0).state == "upheld"
