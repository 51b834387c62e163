"""An invitation lets exactly one person in, for seven days, unless it is revoked."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from chat import people
from chat.models import AuditEntry, Invitation, User
from tests.races import together

pytestmark = pytest.mark.slow

PASSWORD = "a long enough password"


def fields(username: str = "ben", **changes: str) -> dict[str, str]:
    return {"username": username, "password1": PASSWORD, "password2": PASSWORD, **changes}


def newcomer(username: str) -> User:
    user = User(username=username)
    user.set_password(PASSWORD)
    return user


@pytest.fixture
def token(admin: User) -> str:
    return people.invite(admin)[1]


def test_the_link_is_shown_once_and_stored_as_a_hash(client: Client, admin: User) -> None:
    client.force_login(admin)
    response = client.post("/people/invite/", {"note": "For Ben"})
    link = response.context["new_link"]
    found = re.fullmatch(r"http://testserver(/invite/([\w-]{43})/)", link)
    assert found
    assert link in response.content.decode()
    invitation = Invitation.objects.get()
    assert invitation.note == "For Ben"
    assert found[2] not in str(Invitation.objects.values())
    assert timedelta(days=6, hours=23) < invitation.expires_at - timezone.now() <= timedelta(days=7)
    again = client.get("/people/")
    assert found[2] not in again.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_opening_the_link_consumes_nothing(client: Client, token: str) -> None:
    for _ in range(3):
        assert client.get(f"/invite/{token}/").status_code == 200
        assert client.head(f"/invite/{token}/").status_code == 200
    assert Invitation.objects.get().state == "open"
    assert client.post(f"/invite/{token}/", fields()).status_code == 302
    assert Invitation.objects.get().state == "used"


def test_who_accepts_is_signed_in_without_rights_and_on_record(client: Client, token: str) -> None:
    client.post(f"/invite/{token}/", fields())
    ben = User.objects.get(username="ben")
    assert (ben.is_staff, ben.is_superuser) == (False, False)
    assert client.session["_auth_user_id"] == str(ben.pk)
    assert Invitation.objects.get().used_by == ben
    assert AuditEntry.objects.filter(actor=ben, action="invitation.accept").exists()


def test_a_mistake_in_the_form_does_not_use_it_up(client: Client, token: str, admin: User) -> None:
    for wrong in (fields(password2="other"), fields(password1="1", password2="1"), fields(username="alma")):
        response = client.post(f"/invite/{token}/", wrong)
        assert response.status_code == 422
        assert response.context["form"].errors
    assert Invitation.objects.get().state == "open"


def test_the_name_taken_in_the_last_moment_does_not_use_it_up(token: str, admin: User) -> None:
    with pytest.raises(people.PeopleError, match="taken"):
        people.accept(token, newcomer(admin.username))
    assert Invitation.objects.get().state == "open"


@pytest.mark.parametrize("change", ["used", "revoked", "expired"])
def test_a_link_that_is_no_longer_open_lets_nobody_in(
    client: Client, token: str, admin: User, change: str
) -> None:
    assert client.get(f"/invite/{token}/").status_code == 200
    moment = timezone.now()
    column = {"used": "used_at", "revoked": "revoked_at", "expired": "expires_at"}[change]
    Invitation.objects.update(**{column: moment})
    assert client.get(f"/invite/{token}/").status_code == 404
    response = client.post(f"/invite/{token}/", fields())
    assert response.status_code == 404
    assert "no" in response.context["error"] or "used" in response.context["error"]
    assert not User.objects.filter(username="ben").exists()
    assert Invitation.objects.get().state == change
    assert client.get("/invite/unknown/").status_code == 404


def test_somebody_signed_in_is_told_to_sign_out_first(client: Client, token: str, admin: User) -> None:
    client.force_login(admin)
    for response in (client.get(f"/invite/{token}/"), client.post(f"/invite/{token}/", fields())):
        assert "Sign out" in response.context["error"]
    assert Invitation.objects.get().state == "open"


def test_revoking_closes_it_once(client: Client, token: str, admin: User) -> None:
    client.force_login(admin)
    url = f"/people/invitations/{Invitation.objects.get().pk}/revoke/"
    assert client.post(url).status_code == 302
    assert Invitation.objects.get().state == "revoked"
    assert client.post(url).status_code == 409


def test_who_may_manage_people_may_invite_without_being_administrator(
    client: Client, admin: User, person: Callable[..., User]
) -> None:
    mona = person("mona")
    client.force_login(mona)
    assert client.post("/people/invite/").status_code == 403
    mona.user_permissions.add(Permission.objects.get(codename="manage_people"))
    assert client.post("/people/invite/", {"note": ""}).status_code == 200
    assert Invitation.objects.get().created_by == mona


@pytest.mark.django_db(transaction=True)
def test_of_several_at_the_same_moment_exactly_one_comes_in() -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    own = [people.invite(root)[1] for _ in range(3)]
    outcomes = together(
        *[lambda pair=pair: people.accept(pair[1], newcomer(f"own{pair[0]}")) for pair in enumerate(own)]
    )
    assert all(isinstance(outcome, User) for outcome in outcomes), "with a link each, all come in"
    shared = people.invite(root)[1]
    outcomes = together(*[lambda n=n: people.accept(shared, newcomer(f"shared{n}")) for n in range(3)])
    assert [isinstance(outcome, User) for outcome in outcomes].count(True) == 1, outcomes
    assert User.objects.filter(username__startswith="shared").count() == 1
    assert Invitation.objects.filter(used_by__username__startswith="shared").count() == 1


def test_open_sign_up_is_off_unless_the_setting_says_otherwise(client: Client, admin: User, settings) -> None:
    assert client.get("/signup/").status_code == 404
    assert client.post("/signup/", fields()).status_code == 404
    settings.CHAT_OPEN_SIGNUP = True
    assert client.get("/signup/").status_code == 200
    assert client.post("/signup/", fields()).status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.get(username="ben").pk)


def test_sign_up_is_slowed_down_by_accounts_made_too(admin: User, settings) -> None:
    settings.CHAT_OPEN_SIGNUP = True
    for number in range(10):
        assert Client().post("/signup/", fields(f"ben{number}")).status_code == 302
    assert Client().post("/signup/", fields("one-more")).status_code == 429
    assert not User.objects.filter(username="one-more").exists()


def test_sign_up_waits_for_the_first_administrator(client: Client, db: None, settings) -> None:
    settings.CHAT_OPEN_SIGNUP = True
    assert client.post("/signup/", fields())["Location"] == "/setup/"
    assert not User.objects.exists()
