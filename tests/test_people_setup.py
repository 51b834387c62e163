"""The first administrator: the environment's, or whoever holds the code printed at start, once."""

import re

import pytest
from django.core.management import call_command
from django.test import Client

from chat import people
from chat.management.commands import changepassword
from chat.models import AuditEntry, LoginFailure, SetupCode, User
from tests.races import together

pytestmark = pytest.mark.slow

PASSWORD = "a long enough password"


def fields(code: str, username: str = "root", **changes: str) -> dict[str, str]:
    return {"code": code, "username": username, "password1": PASSWORD, "password2": PASSWORD, **changes}


def newcomer(username: str) -> User:
    user = User(username=username)
    user.set_password(PASSWORD)
    return user


def test_the_code_has_128_bits_and_only_its_hash_is_stored(db: None) -> None:
    code = people.issue_setup_code()
    assert re.fullmatch(r"([A-Z2-7]{4}-){6}[A-Z2-7]{2}", code)
    stored = SetupCode.objects.get()
    assert stored.code_hash != code
    assert re.fullmatch(r"[0-9a-f]{64}", stored.code_hash)


def test_each_start_prints_another_code_and_only_the_last_is_valid(db: None) -> None:
    first = people.issue_setup_code()
    assert people.code_matches(first)
    second = people.issue_setup_code()
    assert people.code_matches(second)
    assert not people.code_matches(first)
    assert SetupCode.objects.count() == 1


def test_the_code_may_be_typed_in_small_letters_and_with_spaces(db: None) -> None:
    code = people.issue_setup_code()
    assert people.code_matches(code.lower().replace("-", " "))
    assert not people.code_matches("")


def test_without_an_administrator_the_sign_in_page_leads_to_set_up(client: Client, db: None) -> None:
    response = client.get("/login/?next=/review/")
    assert (response.status_code, response["Location"]) == (302, "/setup/")
    assert client.get("/setup/").status_code == 200


def test_the_code_makes_the_administrator_and_signs_him_in(client: Client, db: None) -> None:
    response = client.post("/setup/", fields(people.issue_setup_code()))
    assert response.status_code == 302
    root = User.objects.get(username="root")
    assert root.is_superuser
    assert root.is_staff
    assert client.session["_auth_user_id"] == str(root.pk)
    assert not SetupCode.objects.exists()


def test_set_up_is_gone_once_there_is_an_administrator(client: Client, admin: User) -> None:
    assert client.get("/setup/").status_code == 404
    assert client.post("/setup/", fields(people.issue_setup_code())).status_code == 404
    assert User.objects.count() == 1


def test_a_deactivated_administrator_does_not_open_set_up_again(client: Client, admin: User) -> None:
    User.objects.update(is_active=False)
    assert client.get("/setup/").status_code == 404


def test_a_wrong_code_makes_nobody_and_says_nothing_about_the_rest(client: Client, db: None) -> None:
    people.issue_setup_code()
    User.objects.create_user("taken")
    response = client.post("/setup/", fields("AAAA-" * 6 + "AA", username="taken", password1="1"))
    assert response.status_code == 422
    assert "not the code" in response.context["error"]
    assert not response.context["form"].errors
    assert not people.administrator_exists()


def test_a_right_code_with_a_bad_password_can_be_used_again(client: Client, db: None) -> None:
    code = people.issue_setup_code()
    response = client.post("/setup/", fields(code, password1="1", password2="1"))
    assert response.status_code == 422
    assert response.context["form"].errors
    assert client.post("/setup/", fields(code)).status_code == 302
    assert not LoginFailure.objects.exists()


def test_guessing_the_code_is_slowed_down(client: Client, db: None) -> None:
    code = people.issue_setup_code()
    for _ in range(10):
        assert client.post("/setup/", fields("wrong")).status_code == 422
    response = client.post("/setup/", fields(code))
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 900
    assert client.post("/setup/", fields(code), REMOTE_ADDR="198.51.100.7").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_two_who_hold_the_code_exactly_one_becomes_administrator() -> None:
    code = people.issue_setup_code()
    users = [newcomer(f"root{number}") for number in range(4)]
    # All of them pass every check that comes before the lock: without it there would be four.
    assert not people.administrator_exists()
    assert people.code_matches(code)
    outcomes = together(*[lambda user=user: people.set_up(code, user) for user in users])
    refusals = [outcome for outcome in outcomes if isinstance(outcome, people.PeopleError)]
    assert len(refusals) == 3, outcomes
    assert User.objects.filter(is_superuser=True).count() == 1
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_with_the_code_make_one_administrator() -> None:
    code = people.issue_setup_code()
    names = ["root1", "root2"]
    answers = together(*[lambda name=name: Client().post("/setup/", fields(code, name)) for name in names])
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] == 302
    assert codes[1] in {404, 409, 422}
    assert User.objects.count() == 1


def test_the_environments_administrator_is_made_once_and_then_left_alone(db: None) -> None:
    assert people.ensure_administrator("root", PASSWORD)
    root = User.objects.get()
    assert root.is_superuser
    assert root.check_password(PASSWORD)
    assert not people.ensure_administrator("root", "another password entirely")
    assert User.objects.get().check_password(PASSWORD)


def test_who_has_left_does_not_come_back_with_the_password_that_still_stands_there(
    db: None, caplog: pytest.LogCaptureFixture
) -> None:
    assert people.ensure_administrator("root", PASSWORD)
    User.objects.update(username="erased-1", is_active=False)
    User.objects.create_superuser("alma")
    assert not people.ensure_administrator("root", PASSWORD)
    assert "is not made again" in caplog.text
    assert people.ensure_administrator("rosa", PASSWORD), "another name is another person"
    User.objects.update(is_superuser=False)
    assert people.ensure_administrator("root", PASSWORD), "and somebody has to have all rights"


def test_an_existing_person_of_that_name_is_not_made_administrator(db: None) -> None:
    User.objects.create_user("root", password="hers alone")
    assert not people.ensure_administrator("root", PASSWORD)
    assert not User.objects.get().is_superuser
    assert not people.administrator_exists()


@pytest.mark.parametrize(("username", "password"), [("root", ""), ("", PASSWORD)])
def test_one_half_of_the_environments_administrator_is_refused(
    db: None, username: str, password: str
) -> None:
    with pytest.raises(people.PeopleError, match="CHAT_ADMIN_USERNAME and CHAT_ADMIN_PASSWORD"):
        people.ensure_administrator(username, password)


def test_neither_half_is_fine_and_an_impossible_name_is_named(db: None) -> None:
    assert not people.ensure_administrator("", "")
    with pytest.raises(people.PeopleError, match="CHAT_ADMIN_USERNAME is 'a b'"):
        people.ensure_administrator("a b", PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_processes_that_start_together_make_one_administrator() -> None:
    outcomes = together(*[lambda: people.ensure_administrator("root", PASSWORD)] * 3)
    assert sorted(outcomes) == [False, False, True]
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_djangos_own_commands_do_to_accounts_is_on_record(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("createsuperuser", username="root", email="", interactive=False)
    root = User.objects.get(username="root")
    theirs = Client()
    theirs.force_login(root)
    monkeypatch.setattr(changepassword.Command, "_get_pass", lambda self, prompt="": "another long password")
    call_command("changepassword", "root")
    assert User.objects.get(pk=root.pk).check_password("another long password")
    assert theirs.get("/account/").status_code == 302
    entries = AuditEntry.objects.order_by("id").values_list("actor", "action", "subject")
    assert list(entries) == [
        (None, "administrator.by_command", str(root.pk)), (None, "person.password", str(root.pk)),
    ]  # fmt: skip
