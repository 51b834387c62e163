"""Taking a decision back, escalating, and what is done beside deciding: each a row of its own, on record for good."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from chat import reviews, turns
from chat.models import AuditEntry, Candidate, Case, CaseEntry, Decision, Message, Role, Status, Turn, User
from chat.reviews import deciding
from tests import held
from tests.held import SECRET, SPAN

pytestmark = pytest.mark.slow


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Five minutes are over."""

    def go() -> None:
        monkeypatch.setattr(deciding, "UNDO", timedelta(seconds=-1))

    return go


def shown(client: Client, case: Case) -> str:
    return client.get(f"/turns/{case.turn_id}/answer/").content.decode()


@pytest.fixture
def owner(case: Case) -> Client:
    client = Client()
    client.force_login(case.owner)
    return client


def test_a_release_taken_back_is_shown_nowhere_and_can_be_released_again(
    case: Case, reviewer: User, owner: Client
) -> None:
    reviews.decide(reviewer, case.pk, "release", "An example.", 0)
    assert SECRET in shown(owner, case)
    row = reviews.undo(reviewer, case.pk, 1, "A slip.")
    assert (row.state, row.version, row.claimed_by, row.closed_at) == ("open", 2, reviewer, None)
    assert Turn.objects.get(pk=case.turn_id).status == Status.WITHDRAWN
    assert Message.objects.filter(turn=case.turn, role=Role.ASSISTANT).exists(), (
        "its row stays, for the record"
    )
    page = shown(owner, case)
    assert SECRET not in page
    assert "A reviewer is looking at this answer again." in page
    reviews.decide(reviewer, case.pk, "release", "It was one after all.", 2)
    assert SECRET in shown(owner, case)
    assert [(d.action, d.undoes_id is not None) for d in Decision.objects.order_by("pk")] == [
        ("release", False), ("undo", True), ("release", False),
    ]  # fmt: skip


def test_an_uphold_taken_back_is_held_as_before(case: Case, reviewer: User, owner: Client) -> None:
    reviews.decide(reviewer, case.pk, "uphold", "Secrets and keys", 0, "secrets")
    page = shown(owner, case)
    assert "kept it back: secrets and keys." in page
    assert "AKIA" not in page
    reviews.undo(reviewer, case.pk, 1, "A slip.")
    assert Turn.objects.get(pk=case.turn_id).status == Status.HELD
    assert Candidate.objects.filter(turn=case.turn).exists()
    assert "This answer was held by moderation." in shown(owner, case)


def test_a_release_undone_and_then_upheld_stays_hidden_whatever_is_undone(case: Case, reviewer: User) -> None:
    reviews.decide(reviewer, case.pk, "release", "An example.", 0)
    reviews.undo(reviewer, case.pk, 1, "A slip.")
    reviews.decide(reviewer, case.pk, "uphold", "Real.", 2)
    reviews.undo(reviewer, case.pk, 3, "Another.")
    assert Turn.objects.get(pk=case.turn_id).status == Status.WITHDRAWN


def test_it_is_for_who_decided_or_a_senior_within_five_minutes(
    case: Case, reviewer: User, senior: User, person: Callable[..., User], later: Callable[[], None]
) -> None:
    reviews.decide(reviewer, case.pk, "uphold", "Real.", 0)
    with pytest.raises(PermissionDenied, match="Only who decided"):
        reviews.undo(person("otto", role="Reviewer"), case.pk, 1, "No.")
    with pytest.raises(reviews.Stale, match="rita upheld this"):
        reviews.undo(senior, case.pk, 0, "An older page.")
    reviews.undo(senior, case.pk, 1, "Let us look at it together.")
    with pytest.raises(reviews.Stale, match="sena took the decision back"):
        reviews.decide(reviewer, case.pk, "release", "Mine.", 1)
    with pytest.raises(reviews.Stale):
        reviews.undo(senior, case.pk, 2, "There is nothing to take back.")
    reviews.decide(senior, case.pk, "release", "Fine.", 2)
    later()
    with pytest.raises(reviews.Stale, match="five minutes"):
        reviews.undo(senior, case.pk, 3, "Too late.")


def test_the_page_offers_it_while_it_can_be_done(desk: Client, case: Case, later: Callable[[], None]) -> None:
    desk.post(f"/review/{case.pk}/decide/", {"action": "release", "because": "example", "version": 0})
    page = desk.get(f"/review/{case.pk}/").content.decode()
    assert "Take it back" in page
    assert Decision.objects.get().reason == "An example, nothing real"
    assert desk.post(f"/review/{case.pk}/undo/", {"version": 1}).status_code == 302
    assert Case.objects.get(pk=case.pk).state == "open"


def test_the_page_says_that_what_was_written_below_a_release_stays(
    desk: Client, case: Case, reviewer: User
) -> None:
    said = "What was written below it meanwhile stays"
    reviews.decide(reviewer, case.pk, "release", "An example.", 0)
    assert said not in desk.get(f"/review/{case.pk}/").content.decode()
    held.saved(case.turn.conversation, "And now?", "Now this.", case.turn)
    assert said in desk.get(f"/review/{case.pk}/").content.decode()


def test_who_reads_no_texts_reads_no_words_of_reviewers_either(
    case: Case, reviewer: User, senior: User, person: Callable[..., User]
) -> None:
    other = held.held(case.turn.conversation, SECRET, SPAN)
    reviews.note(reviewer, case.pk, "It says AKIA, a note.")
    reviews.escalate(reviewer, case.pk, 0, "It says AKIA, escalated.")
    reviews.decide(senior, case.pk, "uphold", "It says AKIA, decided.", 1)
    places = [f"/review/{each.pk}/" for each in (case, other)]

    def read_by(who: User) -> list[str]:
        client = Client()
        client.force_login(who)
        return [client.get(place).content.decode() for place in places]

    assert all("It says AKIA" in page for page in read_by(reviewer))
    own, before = read_by(person("audrey", role="Auditor"))
    assert "It says" not in own + before
    assert ("Note</strong> by" in own, "Escalated</strong> by" in own, "Upheld</strong> by" in own) == (
        True,
    ) * 3
    assert case.reference in before
    assert "erased with the conversation" not in own


def test_a_question_that_was_let_through_is_with_its_model(
    case: Case, reviewer: User, person: Callable[..., User]
) -> None:
    made = held.asked(held.conversation(person("ben")), "My question is secret.", (15, 21, "secret"))
    page = reviews.look(reviewer, made.pk)
    assert (page.question, page.channels[0].segments[1].veiled) == ("", True)
    reviews.reveal(reviewer, made.pk, "decide")
    assert reviews.look(reviewer, made.pk).channels[0].segments[1].text == "secret"
    reviews.decide(reviewer, made.pk, "release", "Harmless.", 0)
    assert Turn.objects.get(pk=made.turn_id).status == Status.ACCEPTED
    assert reviews.look(reviewer, made.pk).undo_until is None
    with pytest.raises(reviews.Stale, match="cannot be taken back"):
        reviews.undo(reviewer, made.pk, 1, "No.")


def test_escalating_leaves_it_to_seniors_and_says_so(
    case: Case, desk: Client, reviewer: User, senior: User
) -> None:
    form = {"action": "escalate", "because": "grave", "version": 0, "reason": "Read it twice."}
    assert desk.post(f"/review/{case.pk}/decide/", form).status_code == 302
    entry = CaseEntry.objects.get(kind="escalate")
    assert entry.words == "Too grave for one person. Read it twice."
    refused = desk.post(f"/review/{case.pk}/decide/", {**form, "version": 1})
    assert refused.status_code == 409
    assert "waits for a senior reviewer" in refused.context["error"]
    assert refused.context["form"]["reason"].value() == "Read it twice."
    assert not refused.context["found"].can_decide
    with pytest.raises(reviews.Stale, match="rita escalated this"):
        reviews.decide(senior, case.pk, "uphold", "Real.", 0)
    assert reviews.decide(senior, case.pk, "uphold", "Real.", 1).state == "upheld"


def test_text_is_veiled_until_somebody_says_why_they_look(
    case: Case, desk: Client, reviewer: User, senior: User
) -> None:
    page = desk.get(f"/review/{case.pk}/")
    assert "AKIA" not in page.content.decode()
    assert [segment.veiled for segment in page.context["found"].channels[0].segments] == [False, True, False]
    assert desk.post(f"/review/{case.pk}/reveal/", {"why": "", "words": "x"}).status_code == 422
    desk.post(f"/review/{case.pk}/reveal/", {"why": "", "words": "To compare it with a leak."})
    assert "AKIA-NOT-A-KEY" in desk.get(f"/review/{case.pk}/").content.decode()
    assert reviews.look(senior, case.pk).revealed_until is None, "to who asked for it alone"
    entry = CaseEntry.objects.get(kind="reveal")
    assert (entry.by, entry.words) == (reviewer, "To compare it with a leak.")
    entries = AuditEntry.objects.filter(action="case.view", actor=reviewer).order_by("pk")
    assert [each.data["revealed"] for each in entries] == [False, False, True]
    assert "leak" not in str(list(AuditEntry.objects.values()))


def test_where_no_place_is_named_all_of_it_is_veiled(reviewer: User, person: Callable[..., User]) -> None:
    made = held.held(held.conversation(person("ann")), "All of this.\nIs veiled.", reasoning="This too.")
    found = reviews.look(reviewer, made.pk)
    assert found.whole
    shown = "".join(segment.text for channel in found.channels for segment in channel.segments)
    assert set(shown) <= {"•", " ", "\n"}


def test_notes_are_kept_for_good(case: Case, desk: Client) -> None:
    assert desk.post(f"/review/{case.pk}/note/", {"words": ""}).status_code == 422
    desk.post(f"/review/{case.pk}/note/", {"words": "Seen before."})
    assert "Seen before." in desk.get(f"/review/{case.pk}/").content.decode()
    assert Case.objects.get(pk=case.pk).version == 0, "a note changes no case"
    with connection.cursor() as cursor:
        for statement in ("DELETE FROM chat_caseentry", "UPDATE chat_caseentry SET words = 'x'"):
            with pytest.raises(DatabaseError, match="guard"), transaction.atomic():
                cursor.execute(statement)


def test_an_open_page_is_told_what_has_happened(case: Case, desk: Client, senior: User) -> None:
    place = f"/review/{case.pk}/changes/?version=0"
    assert desk.get(place).status_code == 204
    reviews.decide(senior, case.pk, "uphold", "Real.", 0)
    assert "sena upheld this on" in desk.get(place).content.decode()


def test_what_was_decided_before_is_beside_it(
    case: Case, reviewer: User, senior: User, person: Callable[..., User]
) -> None:
    chat = held.conversation(person("ben"))
    for action in ("release", "release", "uphold"):
        reviews.decide(senior, held.held(chat, SECRET, SPAN).pk, action, f"It is {action}.", 0)
    own = held.held(held.conversation(reviewer), SECRET, SPAN)
    reviews.decide(senior, own.pk, "release", "Of the viewer.", 0)
    page = reviews.look(reviewer, case.pk)
    (alike,) = page.alike
    assert (alike.rule, alike.decided, alike.released, alike.rate) == ("aws-key", 3, 2, 67)
    assert [decision.reason for decision in alike.decisions] == [
        "It is uphold.",
        "It is release.",
        "It is release.",
    ]
    assert page.earlier.total == 0
    last = held.held(chat, SECRET, SPAN)
    assert reviews.look(reviewer, last.pk).earlier.counts == {"upheld": 1, "released": 2}


def test_the_frontier_stands_where_its_reader_had_come_to(
    case: Case, reviewer: User, person: Callable[..., User]
) -> None:
    ann, ben = case.owner, person("ben", first_name="Ben")
    turns.expose(case.turn, [
        {"person_id": ann.pk, "route": "sse", "characters": 15, "epoch": 0, "at": timezone.now()},
        {"person_id": ben.pk, "route": "sse", "characters": 35, "epoch": 0, "at": timezone.now()},
        {"person_id": ben.pk, "route": "sse", "characters": 5, "epoch": 7, "at": timezone.now()},
    ])  # fmt: skip
    reviews.reveal(reviewer, case.pk, "decide")
    page = reviews.look(reviewer, case.pk)
    marks = [(segment.text, segment.frontier) for segment in page.channels[0].segments]
    assert marks == [
        ("The key is ", ""),
        ("AKIA", "Ann had been shown the text up to here"),
        ("-NOT-A-KEY", ""),
        (", keep it.", "Ben had been shown the text up to here"),
    ]
    assert [seen.other for seen in page.exposures] == [False, False, True]
    row = Case.objects.get(pk=case.pk)
    assert (row.shown, row.length, row.readers) == (35, 35, 2)


def test_its_page_asks_as_often_however_many_cases_there_are(
    case: Case, reviewer: User, desk: Client, senior: User, django_assert_max_num_queries
) -> None:
    place = f"/review/{case.pk}/"
    with django_assert_max_num_queries(45) as few:
        desk.get(place)
    for number in range(8):
        made = held.held(case.turn.conversation, SECRET, SPAN)
        if number % 2:
            reviews.decide(senior, made.pk, "uphold", "Real.", 0)
    with django_assert_max_num_queries(
        len(few) + 2
    ):  # the decisions that are alike, which there were none of
        desk.get(place)
