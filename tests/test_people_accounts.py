"""Signing in and out, and what ends with a password or an account."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.test import Client

from chat import people
from chat.models import AuditEntry, Invitation, LoginFailure, User
from tests.conftest import PASSWORD
from tests.races import together

pytestmark = pytest.mark.slow

NEW = "another long password"


@pytest.fixture
def told(transactional_db: None) -> Iterator[list[tuple[str, int]]]:
    """Whom the hooks were told about, in order. Real transactions: hooks run when one has committed."""
    calls: list[tuple[str, int]] = []

    def change(pk: int) -> None:
        calls.append(("change", pk))

    def close(pk: int) -> None:
        calls.append(("close", pk))

    people.on_change.append(change)
    people.on_deactivate.append(close)
    yield calls
    people.on_change.remove(change)
    people.on_deactivate.remove(close)


def sign_in(name: str = "ann", password: str = PASSWORD, **fields: str):
    client = Client()
    return client, client.post("/login/", {"username": name, "password": password, **fields})


def signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_a_person_signs_in_and_goes_where_he_wanted(admin: User, person: Callable[..., User]) -> None:
    person("ann")
    client, response = sign_in(next="/account/")
    assert response["Location"] == "/account/"
    assert signed_in(client)
    assert client.get("/login/?next=/account/")["Location"] == "/account/"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:evil", ""],
)
def test_next_never_leads_elsewhere(admin: User, target: str) -> None:
    assert sign_in("alma", next=target)[1]["Location"] == "/"


def test_wrong_password_unknown_name_and_closed_account_read_the_same(
    admin: User, person: Callable[..., User]
) -> None:
    person("ann")
    person("zoe", is_active=False)
    answers = [sign_in("ann", "wrong")[1], sign_in("nobody")[1], sign_in("zoe")[1]]
    assert {response.status_code for response in answers} == {422}
    said = {str(response.context["form"].non_field_errors()) for response in answers}
    assert len(said) == 1
    assert "do not match" in said.pop()


def test_who_came_in_who_went_and_who_was_refused_is_on_record_without_names(
    admin: User, person: Callable[..., User]
) -> None:
    ann = person("ann")
    client, _ = sign_in()
    client.post("/logout/")
    client.post("/logout/")
    sign_in("ann", "wrong")
    sign_in("my secret password", "ann")
    entries = AuditEntry.objects.order_by("id").values_list("actor", "action", "subject", "data")
    assert list(entries) == [
        (ann.pk, "person.sign_in", str(ann.pk), {}),
        (ann.pk, "person.sign_out", str(ann.pk), {}),
        (None, "person.sign_in_refused", str(ann.pk), {}),
        (None, "person.sign_in_refused", "", {}),
    ]


def test_an_unknown_name_costs_as_many_hashes_as_a_known_one(admin: User, settings, monkeypatch) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    spent: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *a, **k: spent.append("") or encode(*a, **k))
    sign_in("alma", "wrong")
    known = len(spent)
    sign_in("nobody", "wrong")
    assert known == len(spent) - known > 0


def test_the_eleventh_attempt_is_refused_even_with_the_right_password(admin: User) -> None:
    for _ in range(10):
        assert sign_in("alma", "wrong")[1].status_code == 422
    client, response = sign_in("alma")
    assert response.status_code == 429
    assert "Try again in 15 minutes" in response.content.decode()
    assert not signed_in(client)
    assert Client().post(
        "/login/", {"username": "alma", "password": PASSWORD}, REMOTE_ADDR="198.51.100.7"
    ).status_code == 302  # fmt: skip


def test_signing_in_leaves_no_failure_behind(admin: User) -> None:
    sign_in("alma", "wrong")
    assert LoginFailure.objects.count() == 2
    sign_in("alma")
    assert LoginFailure.objects.count() == 1, "the address remembers the failure, the name does not"


def test_signing_out_needs_a_post_and_ends_streams(told: list[tuple[str, int]], admin: User) -> None:
    client, _ = sign_in("alma")
    assert client.get("/logout/").status_code == 405
    assert signed_in(client)
    assert told == []
    assert client.post("/logout/")["Location"] == "/login/"
    assert not signed_in(client)
    assert told == [("change", admin.pk)]


def test_a_sign_in_form_without_the_csrf_token_is_refused(admin: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/login/", {"username": "alma", "password": PASSWORD}).status_code == 403


class TestPassword:
    def change(self, client: Client, old: str = PASSWORD, new: str = NEW):
        fields = {"action": "password", "old_password": old, "new_password1": new, "new_password2": new}
        return client.post("/account/", fields)

    def test_this_session_stays_and_all_others_end(
        self, told: list[tuple[str, int]], admin: User, person: Callable[..., User]
    ) -> None:
        ann = person("ann")
        here, elsewhere, other = sign_in()[0], sign_in()[0], sign_in("alma")[0]
        assert self.change(here).status_code == 302
        assert signed_in(here)
        assert signed_in(other)
        assert not signed_in(elsewhere)
        assert told == [("change", ann.pk)]
        assert Session.objects.count() == 2
        assert sign_in("ann", NEW)[1].status_code == 302
        assert AuditEntry.objects.filter(action="person.password", subject=str(ann.pk)).count() == 1

    def test_a_wrong_or_weak_one_changes_nothing_and_ends_nothing(self, admin: User) -> None:
        here, elsewhere = sign_in("alma")[0], sign_in("alma")[0]
        assert self.change(here, old="wrong").status_code == 422
        assert self.change(here, new="1234").status_code == 422
        assert signed_in(here)
        assert signed_in(elsewhere)
        assert sign_in("alma")[1].status_code == 302

    def test_guessing_the_current_one_in_a_stolen_session_is_slowed_down(self, admin: User) -> None:
        here, _ = sign_in("alma")
        for _ in range(10):
            assert self.change(here, old="wrong").status_code == 422
        assert self.change(here).status_code == 429
        assert sign_in("alma")[1].status_code == 302


def test_a_person_chooses_the_name_others_see(admin: User) -> None:
    client, _ = sign_in("alma")
    assert client.post("/account/", {"action": "name", "first_name": "Alma Ruiz"}).status_code == 302
    assert User.objects.get().get_full_name() == "Alma Ruiz"
    assert client.post("/account/", {"action": "name", "first_name": "x" * 151}).status_code == 422


class TestDeactivation:
    def test_it_ends_sessions_streams_turns_and_open_invitations(
        self, told: list[tuple[str, int]], admin: User, person: Callable[..., User]
    ) -> None:
        ann = person("ann")
        ann.user_permissions.add(Permission.objects.get(codename="manage_people"))
        people.invite(User.objects.get(pk=ann.pk))
        theirs, root = sign_in()[0], sign_in("alma")[0]
        assert root.post(f"/people/{ann.pk}/deactivate/").status_code == 302
        assert sorted(told) == [("change", ann.pk), ("close", ann.pk)]
        assert not signed_in(theirs)
        assert signed_in(root)
        assert sign_in()[1].status_code == 422
        assert Invitation.objects.get().state == "revoked"
        entry = AuditEntry.objects.get(action="person.deactivate")
        assert (entry.actor, entry.subject, entry.data) == (
            admin,
            str(ann.pk),
            {"sessions": 1, "invitations": 1},
        )

    def test_an_account_that_opens_again_does_not_revive_old_sessions(
        self, admin: User, person: Callable[..., User]
    ) -> None:
        ann = person("ann")
        theirs, root = sign_in()[0], sign_in("alma")[0]
        root.post(f"/people/{ann.pk}/deactivate/")
        assert root.post(f"/people/{ann.pk}/activate/").status_code == 302
        assert not signed_in(theirs)
        assert sign_in()[1].status_code == 302

    def test_not_oneself_and_not_the_last_administrator(
        self, admin: User, person: Callable[..., User]
    ) -> None:
        root = sign_in("alma")[0]
        response = root.post(f"/people/{admin.pk}/deactivate/")
        assert response.status_code == 409
        assert "yourself" in response.context["error"]
        mona = person("mona")
        mona.user_permissions.add(Permission.objects.get(codename="manage_people"))
        response = sign_in("mona")[0].post(f"/people/{admin.pk}/deactivate/")
        assert response.status_code == 409
        assert User.objects.get(pk=admin.pk).is_active
        assert root.post(f"/people/{mona.pk}/deactivate/").status_code == 302

    def test_a_second_administrator_can_be_deactivated(
        self, admin: User, person: Callable[..., User]
    ) -> None:
        second = person("second", admin=True)
        assert sign_in("alma")[0].post(f"/people/{second.pk}/deactivate/").status_code == 302
        assert not User.objects.get(pk=second.pk).is_active
        assert sign_in("alma")[0].post("/people/999999/deactivate/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_deactivate_each_other() -> None:
    first, second = (User.objects.create_superuser(name, password=PASSWORD) for name in ("first", "second"))
    outcomes = together(
        lambda: people.deactivate(first, second.pk), lambda: people.deactivate(second, first.pk)
    )
    assert [outcome is True for outcome in outcomes].count(True) == 1, outcomes
    assert [isinstance(outcome, PermissionDenied) for outcome in outcomes].count(True) == 1
    assert User.objects.filter(is_active=True).count() == 1


def test_a_hook_that_fails_does_not_keep_the_others_from_hearing(told: list[tuple[str, int]], caplog) -> None:
    def broken(_: int) -> None:
        raise RuntimeError("no")

    people.on_change.insert(0, broken)
    try:
        people.notify_person_changed(7)
    finally:
        people.on_change.remove(broken)
    assert told == [("change", 7)]
    assert "RuntimeError: no" in caplog.text


def test_a_person_is_called_by_their_name_and_without_one_by_their_username() -> None:
    assert User(username="ann").name == "ann"
    assert User(username="ann", first_name="Ann").name == "Ann"
    assert User(username="ann", first_name="Ann", last_name="Moss").name == "Ann Moss"
