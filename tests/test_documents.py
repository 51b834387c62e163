"""Answers with a shape as a page shows them when they have ended, and what may be taken from there."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client, TestCase
from django.urls import reverse

from chat import turns
from chat.models import Finish, Turn, bodies
from chat.views.documents import document_view
from tests.factories import PASS, begun, held, new_turn, person
from tests.shapes import CUT_OFF, IN_PROSE, VALID, VALUE, WITHOUT_TOTAL, WRONG_TYPE, version

pytestmark = pytest.mark.slow

TAKEN = ("data-copy-json", "document.json")


class Pages(TestCase):
    def setUp(self) -> None:
        self.browser = Client(headers={"HX-Request": "true"})
        self.browser.force_login(person())

    def answered(self, finish: Finish = Finish.COMPLETE, *, shaped: bool = True, **body: Any) -> Turn:
        turn = begun()
        if shaped:
            Turn.objects.filter(pk=turn.pk).update(assistant_version=version(), shaped=True)
        claim = turns.claim(turn.pk, "test", 10)
        assert claim is not None
        waiting = turns.freeze(turn.pk, claim.attempt, finish, bodies.compose(**body))
        assert waiting is not None
        assert turns.conclude(waiting, "pass", 1, PASS)
        return Turn.objects.get(pk=turn.pk)

    def html(self, turn: Turn) -> str:
        response = self.browser.get(reverse("turn-answer", args=[turn.pk]))
        assert response.status_code == 200
        return response.content.decode()

    def download(self, turn: Turn, browser: Client | None = None) -> Any:
        return (browser or self.browser).get(reverse("turn-document", args=[turn.pk]))


class Answers(Pages):
    def test_a_document_that_fits_is_drawn_and_may_be_taken(self) -> None:
        html = self.html(self.answered(text=VALID))
        assert 'data-document="complete"' in html
        assert "<table>" in html
        assert all(word in html for word in TAKEN)
        assert "data-copy " not in html
        assert ">Continue<" not in html
        assert 'class="repair"' not in html

    def test_malformed_cut_off_and_unfit_are_told_apart_and_cannot_be_taken(self) -> None:
        for text, state, sentence in (
            (IN_PROSE, "malformed", "Malformed."),
            (CUT_OFF, "incomplete", "Cut off."),
            (WITHOUT_TOTAL, "unfit", "total"),
            (WRONG_TYPE, "unfit", "total"),
        ):
            html = self.html(self.answered(text=text))
            assert f'data-document="{state}"' in html
            assert sentence in html
            assert not any(word in html for word in TAKEN)
            assert 'class="repair"' in html
            assert "The text as it was written" in html

    def test_what_a_sentence_names_is_shown_as_code_and_never_as_markup(self) -> None:
        assert "<code>total</code> is missing." in self.html(self.answered(text=WITHOUT_TOTAL))
        strange = document_view('{"<img src=x>": 1}', {"additionalProperties": False})
        assert strange.problem
        assert "<img" not in strange.why

    def test_what_was_stopped_is_offered_to_be_repaired_and_not_to_be_continued(self) -> None:
        for finish in (Finish.STOPPED, Finish.LENGTH, Finish.BROKEN):
            html = self.html(self.answered(finish, text=CUT_OFF))
            assert 'data-document="incomplete"' in html
            assert 'class="repair"' in html
            assert 'value="continue"' not in html
            assert 'value="retry"' in html

    def test_what_was_stopped_right_after_its_end_is_not_to_be_taken_for_whole(self) -> None:
        html = self.html(self.answered(Finish.STOPPED, text=VALID))
        assert not any(word in html for word in TAKEN)

    def test_a_refusal_is_no_document(self) -> None:
        turn = self.answered(refusal="I cannot help with that.")
        html = self.html(turn)
        assert "I cannot help with that." in html
        assert "data-document" not in html
        assert self.download(turn).status_code == 409

    def test_markup_in_a_document_is_text(self) -> None:
        turn = self.answered(text=json.dumps({**VALUE, "<b onclick=x>": "<script>alert(1)</script>"}))
        html = self.html(turn)
        assert "<script>alert" not in html
        assert "<b onclick" not in html

    def test_a_branch_of_documents_is_read_with_one_statement_more(self) -> None:
        turn = self.answered(text=VALID)
        conversation = turn.conversation
        with self.assertNumQueries(4):
            answers, _ = turns.branch(conversation)
        assert answers[0].schema is not None
        Turn.objects.filter(pk=turn.pk).update(shaped=False)
        with self.assertNumQueries(3):
            turns.branch(conversation)


class Downloads(Pages):
    def test_the_owner_gets_the_text_as_it_was_judged(self) -> None:
        turn = self.answered(text=VALID)
        response = self.download(turn)
        assert response.status_code == 200
        assert response.content.decode() == VALID
        assert response["Content-Type"] == "application/json"
        assert response["Content-Disposition"].startswith('attachment; filename="')
        assert response["Content-Disposition"].endswith('.json"')

    def test_nobody_else_learns_that_it_is_there(self) -> None:
        turn = self.answered(text=VALID)
        other = Client(headers={"HX-Request": "true"})
        assert self.download(turn, other).status_code == 401
        other.force_login(person("eve"))
        assert self.download(turn, other).status_code == 404
        other.force_login(person("root", is_superuser=True))
        assert self.download(turn, other).status_code == 404

    def test_what_is_not_valid_or_not_saved_is_refused_with_a_sentence(self) -> None:
        for turn, words in (
            (self.answered(text=WITHOUT_TOTAL), "cannot be downloaded"),
            (self.answered(text=CUT_OFF), "cannot be downloaded"),
            (self.answered(Finish.STOPPED, text=VALID), "no document"),
            (self.answered(text=VALID, shaped=False), "no document"),
            (begun(), "no document"),
        ):
            response = self.download(turn)
            assert response.status_code == 409
            assert words in response.content.decode()


class Reviews(Pages):
    def test_a_reviewer_sees_a_document_beside_the_case_as_one(self) -> None:
        turn = self.answered(text=VALID)
        case = held(new=new_turn(turn.conversation_id, turn.pk, "And this?")).case
        reviewer = person("rita")
        reviewer.user_permissions.add(Permission.objects.get(codename="review_cases"))
        self.browser.force_login(reviewer)
        html = self.browser.get(reverse("case", args=[case.pk])).content.decode()
        assert 'class="json' in html
        assert "Lock gate" in html


class Calls(Pages):
    def called(self, *arguments: str) -> str:
        calls = [{"id": f"c{n}", "name": f"tool_{n}", "arguments": text} for n, text in enumerate(arguments)]
        return self.html(self.answered(Finish.TOOL_CALLS, shaped=False, tool_calls=calls))

    def test_each_calls_arguments_are_drawn_by_the_same_component(self) -> None:
        html = self.called('{"city": "Lyon", "days": [{"n": 1}, {"n": 2}]}', '{"a": ')
        assert html.count('class="call"') == 2
        assert "tool_0" in html
        assert "tool_1" in html
        assert "<table>" in html
        assert html.count('data-document="complete"') == html.count('data-document="incomplete"') == 1
        assert html.count("data-copy-json") == 1
        assert "document.json" not in html

    def test_a_call_without_arguments_is_no_broken_one(self) -> None:
        html = self.called("", "{}")
        assert html.count('data-document="complete"') == 2
        assert "No arguments" in html

    def test_invalid_arguments_are_shown_as_what_they_are(self) -> None:
        html = self.called("city=Lyon")
        assert 'data-document="malformed"' in html
        assert "city=Lyon" in html
