"""What the desk says: why somebody looked, how long a case is theirs, what became of a decision, and which filters are set."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from chat import conversations, retention, reviews
from chat.models import Case, CaseEntry, CaseReason, Category, Conversation, User
from chat.reviews import reporting
from tests import held

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("why", CaseEntry.Why)
def test_why_somebody_looked_stands_in_the_record_also_for_who_reads_no_text(
    case: Case, reviewer: User, desk: Client, person: Callable[..., User], why: str
) -> None:
    auditor = Client()
    auditor.force_login(person("otto", role="Auditor"))
    words = f'<p class="muted">{CaseEntry.Why(why).label}</p>'
    for reader in (desk, auditor):
        assert words not in reader.get(f"/review/{case.pk}/").content.decode()
    reviews.reveal(reviewer, case.pk, why)
    for reader in (desk, auditor):
        assert words in reader.get(f"/review/{case.pk}/").content.decode()


def test_a_note_and_a_reveal_in_words_have_no_other_reason(case: Case, reviewer: User) -> None:
    reviews.reveal(reviewer, case.pk, "", "Ben asked me.")
    reviews.note(reviewer, case.pk, "decide")
    assert [entry.why for entry in case.entries.all()] == ["", ""]


def test_who_has_a_case_is_told_until_when_at_least(case: Case, reviewer: User, desk: Client) -> None:
    claimed = reviews.claim(reviewer, case.pk)
    assert claimed.claimed_until is not None
    until = timezone.localtime(claimed.claimed_until)
    page = desk.get(f"/review/{case.pk}/").content.decode()
    assert f", until {until:%H:%M} at least" in page
    assert '<span class="js-only">, and while this page is open</span>' in page


class TestWhatADecisionHasDone:
    @pytest.fixture
    def case_about(self, person: Callable[..., User]) -> Callable[[str], Case]:
        def make(about: str) -> Case:
            ann = person("ann")
            chat = held.conversation(ann, title="A title")
            if about == "report":
                told = held.saved(chat, "What is the limit?", "Four hundred.")
                return reporting.report(ann, told, Category.WRONG, "It is forty.")
            made = held.held if about == "answer" else held.asked
            return made(chat, held.SECRET, held.SPAN)

        return make

    @pytest.mark.parametrize(
        ("about", "action", "sentence"),
        [
            ("answer", "release", "Released. It is part of the conversation, and"),
            ("answer", "uphold", "Upheld. It stays out of the conversation, and"),
            ("question", "release", "Released. The model is asked, and"),
            ("question", "uphold", "Upheld. No model sees it, and"),
            ("report", "release", "It stays part of the conversation, and"),
            ("report", "uphold", "Taken out of the conversation, and"),
            ("answer", "escalate", "Escalated. A senior reviewer decides."),
        ],
    )
    def test_is_said_of_what_it_was_about(
        self, case_about: Callable[[str], Case], desk: Client, about: str, action: str, sentence: str
    ) -> None:
        case = case_about(about)
        form = {"action": action, "reason": "I am sure of it.", "category": "other", "version": case.version}
        page = desk.post(f"/review/{case.pk}/decide/", form, follow=True)
        assert [str(message).startswith(sentence) for message in page.context["messages"]] == [True]


class TestTheTitleOfAConversation:
    """Is made of the first exchange that is saved, also by a release."""

    @pytest.mark.parametrize(("action", "title"), [("release", "And then?"), ("uphold", "")])
    def test_comes_from_a_release_and_not_from_an_uphold(
        self, desk: Client, person: Callable[..., User], action: str, title: str
    ) -> None:
        case = held.held(held.conversation(person("ann")), held.SECRET, held.SPAN)
        form = {"action": action, "reason": "I am sure of it.", "category": "other", "version": 0}
        assert desk.post(f"/review/{case.pk}/decide/", form).status_code == 302
        assert Conversation.objects.get().title == title

    def test_is_not_made_of_an_answer_that_an_uphold_takes_out(
        self, desk: Client, person: Callable[..., User]
    ) -> None:
        chat = held.conversation(person("ann"))
        told = held.saved(chat, "What is the limit?", "Four hundred.")
        case = reporting.report(chat.owner, told, Category.WRONG, "It is forty.")
        form = {"action": "uphold", "reason": "It is wrong.", "category": "wrong", "version": case.version}
        assert desk.post(f"/review/{case.pk}/decide/", form).status_code == 302
        chat.refresh_from_db()
        assert chat.title == ""

    def test_stays_empty_once_it_is_erased(self, person: Callable[..., User]) -> None:
        chat = held.conversation(person("ann"))
        told = held.saved(chat, "What is the limit?", "Four hundred.")
        conversations.delete(chat)
        assert retention.erase(chat.pk) is not None
        conversations.entitle(told)
        chat.refresh_from_db()
        assert chat.title == ""


def test_a_filter_that_is_set_can_be_seen_however_rare_its_value_is(case: Case, desk: Client) -> None:
    rows = []
    for number in range(60):
        rows += [CaseReason(case=case, lane=case.lane, rule=f"rule-{number}", checker=f"checker-{number}")]
    CaseReason.objects.bulk_create(rows)
    for name, value in (("rule", "rule-59"), ("checker", "checker-59"), ("rule", "nowhere")):
        page = desk.get("/review/", {name: value})
        choices = next(facet.choices for facet in page.context["facets"] if facet.name == name)
        assert [choice.value for choice in choices if choice.chosen] == [value]
        assert len({choice.value for choice in choices}) == len(choices)
