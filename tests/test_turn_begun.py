"""A turn that has just begun is drawn from a frame: the same, to the letter, as its template draws it."""

import dataclasses
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse

from chat import policies, turns
from chat.models import Kind, User
from chat.views import begun
from chat.views.presenters import TurnView, turn_view
from tests import factories

pytestmark = pytest.mark.django_db

QUESTIONS = [
    "Hello?",
    "<script>alert('&amp;')</script> \"quoted\"",
    "\n\n    indented\n```\ncode\n```\n",
    "</textarea>{{ turn.id }}{% csrf_token %}",
    "naïve 🙂",
]


@pytest.fixture(autouse=True)
def constants(monkeypatch: pytest.MonkeyPatch) -> None:
    new_turn = uuid4()
    monkeypatch.setattr(begun, "uuid4", lambda: new_turn)
    monkeypatch.setattr(begun, "get_token", lambda request: "to<ken")
    monkeypatch.setattr(begun, "_frames", [])


def agree(view: TurnView) -> None:
    conversation = uuid4()
    wanted = begun.context(view, conversation, begun.uuid4()) | {"csrf_token": "to<ken"}
    assert begun.begun(RequestFactory().post("/"), view, conversation) == render_to_string(
        begun.TEMPLATE, wanted
    )


def view_of(new: turns.NewTurn, mode: str = "post", owner: User | None = None) -> TurnView:
    policy = policies.current(factories.RULES_ONLY | {"mode": mode})
    return turn_view(turns.siblings(factories.begun(owner, new, policy), own=True))


@pytest.mark.parametrize("mode", policies.MODES)
@pytest.mark.parametrize("follows", [False, True])
def test_it_is_what_the_template_draws(mode: str, follows: bool) -> None:
    for number, question in enumerate(QUESTIONS):
        owner = factories.person(f"person-{number}")
        before = factories.answered(owner) if follows else None
        new = (
            factories.new_turn(before.conversation_id, before.pk, question)
            if before
            else factories.new_turn(text=question)
        )
        agree(view_of(new, mode, owner))
    assert len(begun._frames) == 1


def test_what_differs_is_drawn_of_its_own() -> None:
    view = view_of(factories.new_turn())
    others = [
        view,
        dataclasses.replace(view, question=""),
        dataclasses.replace(view, waits="Waits for <it>."),
        dataclasses.replace(view, shaped=True),
        dataclasses.replace(view, state="moderating"),
        dataclasses.replace(view, kind=Kind.RETRY, can_edit=False),
    ]
    for each in others + others:
        agree(each)
    assert len(begun._frames) == len(others)


def test_no_more_frames_are_kept_than_a_chat_has_use_for() -> None:
    view = view_of(factories.new_turn())
    for number in range(2 * begun.MOST):
        agree(dataclasses.replace(view, waits=f"Waits {number}."))
    assert len(begun._frames) == begun.MOST


def test_others_are_left_to_the_template() -> None:
    request = RequestFactory().post("/")
    view = view_of(factories.new_turn())
    assert begun.begun(request, dataclasses.replace(view, state="saved"), uuid4()) is None
    assert begun.begun(request, dataclasses.replace(view, count=2), uuid4()) is None


def test_a_page_is_sent_it() -> None:
    browser = Client(headers={"HX-Request": "true"})
    browser.force_login(factories.person())
    for _ in range(2):
        turn, conversation = uuid4(), uuid4()
        form = {
            "turn": turn,
            "conversation": conversation,
            "parent": "",
            "kind": "send",
            "text": f"<{turn}>?",
        }
        page = browser.post(reverse("turn-create"), form).content.decode()
        assert f'id="answer-{turn}"' in page
        assert f"&lt;{turn}&gt;?" in page
        assert f'name="conversation" value="{conversation}"' in page
        assert 'value="to&lt;ken"' in page


def test_a_page_is_given_the_token_that_it_sent_and_never_the_secret() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.person("somebody"))
    page = client.get("/")
    token, secret = page.context["csrf_token"], client.cookies["csrftoken"].value

    def sent(field: str, header: str) -> str:
        new = {"turn": uuid4(), "conversation": uuid4(), "parent": "", "kind": "send", "text": "Hello?"}
        headers = {"HX-Request": "true", "X-CSRFToken": header}
        answer = client.post("/turns/", new | {"csrfmiddlewaretoken": field}, headers=headers)
        assert answer.status_code == 200
        return answer.content.decode()

    assert f'value="{token}"' in sent(str(token), "")
    # As a script may send it.
    for html in (sent(secret, ""), sent("", secret)):
        assert 'value="to&lt;ken"' in html
        assert secret not in html
