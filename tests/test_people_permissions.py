"""Who may open what: every address of people, review, admin and machines, as everybody there is."""

import uuid
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client
from django.urls import resolve

from chat import permissions, urls
from chat.models import AuditEntry, Conversation, User
from tests import held

pytestmark = pytest.mark.slow

ANONYMOUS, PERSON, REVIEWER, MANAGER = range(4)
IN = "to sign in"  # sent to the sign-in page

# method, address, and the answers to: nobody, a person, a reviewer, an administrator
TABLE = [
    ("GET", "/login/", 200, 302, 302, 302),
    ("POST", "/logout/", 302, 302, 302, 302),
    ("GET", "/account/", IN, 200, 200, 200),
    ("POST", "/account/", IN, 422, 422, 422),
    ("GET", "/setup/", 404, 404, 404, 404),
    ("POST", "/setup/", 404, 404, 404, 404),
    ("GET", "/signup/", 404, 404, 404, 404),
    ("GET", "/invite/unknown/", 404, 404, 404, 404),
    ("GET", "/people/", IN, 403, 403, 200),
    ("POST", "/people/invite/", IN, 403, 403, 200),
    ("POST", "/people/invitations/999999/revoke/", IN, 403, 403, 409),
    ("POST", "/people/999999/deactivate/", IN, 403, 403, 404),
    ("POST", "/people/999999/activate/", IN, 403, 403, 404),
    ("GET", "/assistants/", IN, 403, 403, 200),
    ("GET", "/assistants/new/", IN, 403, 403, 200),
    ("POST", "/assistants/new/", IN, 403, 403, 422),
    ("GET", "/assistants/999999/", IN, 403, 403, 404),
    ("POST", "/assistants/999999/first/", IN, 403, 403, 404),
    ("POST", "/assistants/999999/archive/", IN, 403, 403, 404),
    ("POST", "/assistants/999999/restore/", IN, 403, 403, 404),
    ("GET", "/assistants/999999/versions/1/", IN, 403, 403, 404),
    ("POST", "/assistants/999999/versions/1/restore/", IN, 403, 403, 404),
    ("GET", "/endpoints/new/", IN, 403, 403, 200),
    ("GET", "/endpoints/models/", IN, 403, 403, 404),
    ("GET", "/endpoints/999999/", IN, 403, 403, 404),
    ("POST", "/endpoints/999999/test/", IN, 403, 403, 404),
    ("POST", "/endpoints/999999/archive/", IN, 403, 403, 404),
    ("POST", "/endpoints/999999/restore/", IN, 403, 403, 404),
    ("GET", "/rules/", IN, 200, 200, 200),
    ("GET", "/policies/", IN, 403, 403, 200),
    ("GET", "/policies/new/", IN, 403, 403, 200),
    ("POST", "/policies/new/", IN, 403, 403, 422),
    ("POST", "/policies/bypass/", IN, 403, 403, 422),
    ("POST", "/policies/bypass/999999/end/", IN, 403, 403, 404),
    ("GET", "/policies/replays/999999/", IN, 403, 403, 404),
    ("POST", "/policies/replays/999999/step/", IN, 403, 403, 404),
    ("POST", "/policies/replays/999999/stop/", IN, 403, 403, 404),
    ("GET", "/policies/999999/", IN, 403, 403, 404),
    ("POST", "/policies/999999/", IN, 403, 403, 404),
    ("POST", "/policies/999999/off/", IN, 403, 403, 404),
    ("POST", "/policies/999999/archive/", IN, 403, 403, 404),
    ("POST", "/policies/999999/restore/", IN, 403, 403, 404),
    ("POST", "/policies/999999/shadow/stop/", IN, 403, 403, 404),
    ("GET", "/policies/999999/mode/", IN, 403, 403, 404),
    ("POST", "/policies/999999/mode/", IN, 403, 403, 404),
    ("POST", "/policies/999999/packs/", IN, 403, 403, 404),
    ("POST", "/policies/999999/packs/starter/", IN, 403, 403, 404),
    ("POST", "/policies/999999/rules/new/", IN, 403, 403, 404),
    ("POST", "/policies/999999/rules/named/x/", IN, 403, 403, 404),
    ("POST", "/policies/999999/classifiers/answers/new/", IN, 403, 403, 404),
    ("POST", "/policies/999999/classifiers/answers/named/x/", IN, 403, 403, 404),
    ("GET", "/policies/999999/versions/1/", IN, 403, 403, 404),
    ("POST", "/policies/999999/versions/1/on/", IN, 403, 403, 404),
    ("POST", "/policies/999999/versions/1/shadow/", IN, 403, 403, 404),
    ("POST", "/policies/999999/versions/1/try/", IN, 403, 403, 404),
    ("POST", "/policies/999999/versions/1/replay/", IN, 403, 403, 404),
    ("GET", "/review/", IN, 403, 200, 200),
    ("GET", "/review/{case}/", IN, 403, 200, 200),
    ("GET", "/review/{unknown}/", IN, 403, 404, 404),
    ("POST", "/review/{case}/decide/", IN, 403, 422, 422),
    ("POST", "/review/{unknown}/decide/", IN, 403, 404, 404),
    ("GET", "/healthz", 200, 200, 200, 200),
    ("GET", "/readyz", 200, 200, 200, 200),
    ("GET", "/metrics", 404, 404, 404, 404),
    ("GET", "/admin/", IN, IN, IN, 200),
    ("GET", "/admin/chat/turn/", IN, IN, IN, 200),
]


@pytest.fixture
def client_of(admin: User, person: Callable[..., User]) -> Callable[[int], Client]:
    people = [None, person("ann"), person("rita", reviewer=True), admin]
    client = Client(REMOTE_ADDR="203.0.113.5")

    def make(who: int) -> Client:
        client.cookies.clear()
        if person := people[who]:
            client.force_login(person)
        return client

    return make


@pytest.mark.parametrize("who", [ANONYMOUS, PERSON, REVIEWER, MANAGER])
def test_everybody_gets_the_answers_of_the_table(
    client_of: Callable[[int], Client], admin: User, who: int
) -> None:
    case = held.held(held.conversation(admin), "No.", (0, 2, "no"))
    wrong = []
    for method, address, *answers in TABLE:
        address = address.format(case=case.pk, unknown=uuid.uuid4())
        response = client_of(who).generic(method, address)
        target = response.headers.get("Location", "")
        to_sign_in = response.status_code == 302 and target.startswith(
            ("/login/?next=", "/admin/login/?next=")
        )
        answer = IN if to_sign_in else response.status_code
        if answer != answers[who]:
            wrong.append((method, address, answer, answers[who]))
    assert wrong == []


def test_the_table_leaves_out_no_address_of_ours() -> None:
    ours = (
        "account", "assistants", "bypass", "endpoints", "health", "people", "policies", "policy_classifiers",
        "policy_parts", "policy_replays", "policy_trying", "policy_versions", "review", "rules", "setup",
    )  # fmt: skip
    named = {route.name for route in urls.urlpatterns if route.callback.__module__.split(".")[-1] in ours}
    # resolve() needs real arguments in place of the table's names
    listed = {resolve(row[1].format(case=uuid.uuid4(), unknown=uuid.uuid4())).url_name for row in TABLE}
    assert named
    assert named <= listed


def test_a_refused_page_says_why(client_of: Callable[[int], Client]) -> None:
    assert "Only reviewers see held answers" in client_of(PERSON).get("/review/").content.decode()
    assert "Only administrators see this page" in client_of(PERSON).get("/people/").content.decode()


def test_a_person_without_the_right_leaves_no_look_on_record(
    client_of: Callable[[int], Client], admin: User
) -> None:
    case = held.held(held.conversation(admin), "No.", (0, 2, "no"))
    for who in (ANONYMOUS, PERSON):
        client_of(who).get(f"/review/{case.pk}/")
    assert not AuditEntry.objects.exists()
    client_of(REVIEWER).get(f"/review/{case.pk}/")
    assert AuditEntry.objects.get().action == "case.view"


class TestConversations:
    def test_the_owner_finds_it_and_nobody_else_not_even_an_administrator(
        self, admin: User, reviewer: User, person: Callable[..., User]
    ) -> None:
        chat = held.conversation(person("ann"))
        turn = held.saved(chat, "Hello?", "Hello.")
        assert permissions.conversation_for(chat.owner, chat.pk) == chat
        assert permissions.turn_for(chat.owner, turn.pk) == turn
        for other in (admin, reviewer, person("ben")):
            with pytest.raises(Http404):
                permissions.conversation_for(other, chat.pk)
            with pytest.raises(Http404):
                permissions.turn_for(other, turn.pk)

    def test_a_deleted_one_is_found_only_for_taking_it_back(self, admin: User) -> None:
        from django.utils import timezone

        chat = held.conversation(admin)
        turn = held.saved(chat, "Hello?", "Hello.")
        with pytest.raises(Http404):
            permissions.conversation_for(admin, chat.pk, deleted=True)
        Conversation.objects.update(deleted_at=timezone.now())
        with pytest.raises(Http404):
            permissions.conversation_for(admin, chat.pk)
        with pytest.raises(Http404):
            permissions.turn_for(admin, turn.pk)
        assert permissions.conversation_for(admin, chat.pk, deleted=True) == chat
        Conversation.objects.update(erased_at=timezone.now())
        with pytest.raises(Http404):
            permissions.conversation_for(admin, chat.pk, deleted=True)

    def test_an_account_that_was_closed_owns_nothing_any_more(self, admin: User) -> None:
        chat = held.conversation(admin)
        admin.is_active = False
        with pytest.raises(Http404):
            permissions.conversation_for(admin, chat.pk)


def test_each_rule_has_a_twin_that_agrees(admin: User, reviewer: User, person: Callable[..., User]) -> None:
    ann, second = person("ann"), person("second", admin=True)
    for user in (admin, reviewer, ann):
        for name, arguments in [
            ("review", ()), ("manage_people", ()), ("manage_policies", ()), ("deactivate", (second,)), ("deactivate", (user,)), ("activate", (ann,)),
        ]:  # fmt: skip
            check, allowed = getattr(permissions, f"check_can_{name}"), getattr(permissions, f"can_{name}")
            if allowed(user, *arguments):
                check(user, *arguments)
            else:
                with pytest.raises(PermissionDenied, match=r"[.]$"):
                    check(user, *arguments)
    assert permissions.can_deactivate(admin, second)
    assert not permissions.can_deactivate(admin, admin)
