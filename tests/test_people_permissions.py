"""What stands behind who may open what (test_roles.py): sentences, owners, and twins that agree."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client

from chat import permissions
from chat.models import AuditEntry, Conversation, User
from tests import held

pytestmark = pytest.mark.slow

ANONYMOUS, PERSON, REVIEWER, MANAGER = range(4)


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


def test_a_refused_page_says_why(client_of: Callable[[int], Client]) -> None:
    assert "Only reviewers see held answers" in client_of(PERSON).get("/review/").content.decode()
    assert "Only administrators see this page" in client_of(PERSON).get("/people/").content.decode()


def test_a_person_without_the_right_leaves_no_look_on_record(
    client_of: Callable[[int], Client], person: Callable[..., User]
) -> None:
    case = held.held(held.conversation(person("olga")), "No.", (0, 2, "no"))
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
    case = held.held(held.conversation(ann), "No.", (0, 2, "no"))
    for user in (admin, reviewer, ann):
        for name, arguments in [
            ("review", ()), ("open_desk", ()), ("break_glass", ()), ("see_numbers", ()), ("read_policies", ()), ("decide", (case,)),
            ("manage_people", ()), ("manage_policies", ()), ("deactivate", (second,)), ("deactivate", (user,)), ("activate", (ann,)),
            ("give_roles", (ann,)), ("give_roles", (user,)), ("give_roles", (second,)),
        ]:  # fmt: skip
            check, allowed = getattr(permissions, f"check_can_{name}"), getattr(permissions, f"can_{name}")
            if allowed(user, *arguments):
                check(user, *arguments)
            else:
                with pytest.raises(PermissionDenied, match=r"[.]$"):
                    check(user, *arguments)
    assert permissions.can_deactivate(admin, second)
    assert not permissions.can_deactivate(admin, admin)
