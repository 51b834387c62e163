"""The pages about endpoints and assistants: who may open them, what a form says, what becomes of what was typed."""

import json
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from chat import assistants
from chat.models import Assistant, AssistantVersion, AuditEntry, Conversation, Endpoint, Turn, User
from tests import factories

pytestmark = pytest.mark.slow

KEY = "sk-test-0123456789abcdef"
ENDPOINT = {
    "name": "House", "url": "http://127.0.0.1:1/v1", "key": "", "key_variable": "", "continues": "none",
    "connect_timeout": "10", "first_byte_timeout": "60", "idle_timeout": "60", "total_timeout": "900",
}  # fmt: skip


@pytest.fixture
def root(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def endpoint(admin: User) -> Endpoint:
    return assistants.save_endpoint(admin, None, {**_stored(), "name": "House"}, KEY)


@pytest.fixture
def letters(admin: User, endpoint: Endpoint) -> Assistant:
    fields = {"name": "Letters", "endpoint": endpoint, "model": "small", "instructions": "Write letters."}
    return assistants.save_assistant(admin, None, fields).assistant


def _stored() -> dict[str, object]:
    return {"protocol": "openai", "url": "http://127.0.0.1:1/v1"}


def _assistant(endpoint: Endpoint, **fields: object) -> dict[str, object]:
    return {
        "name": "Letters", "description": "", "endpoint": endpoint.pk, "model": "small", "instructions": "",
        "starters": "", "reasoning": "on", **fields,
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "assistants",
        "assistant-new",
        "assistant",
        "assistant-version",
        "endpoint-new",
        "endpoint",
        "endpoint-models",
    ],
)
def test_only_who_sets_up_assistants_sees_the_pages(
    letters: Assistant, person: Callable[..., User], name: str
) -> None:
    places = {
        "assistant": [letters.pk],
        "assistant-version": [letters.pk, 1],
        "endpoint": [letters.current.endpoint_id],
    }
    place = reverse(name, args=places.get(name, [])) + ("?for=model" if name == "endpoint-models" else "")
    client = Client()
    assert client.get(place).status_code == 302
    client.force_login(person("ann"))
    refused = client.get(place)
    assert refused.status_code == 403
    assert "Only administrators set up assistants" in refused.content.decode()
    assert reverse("assistants") not in client.get("/").content.decode()
    manager = person("mia")
    manager.user_permissions.add(Permission.objects.get(codename="manage_assistants"))
    client.force_login(manager)
    assert client.get(place).status_code == 200
    assert reverse("assistants") in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("assistant-first", 1), ("assistant-archive", 1), ("assistant-restore", 1), ("assistant-version-restore", 2),
        ("endpoint-archive", 1), ("endpoint-restore", 1), ("endpoint-test", 1),
    ],
)  # fmt: skip
def test_nobody_else_changes_anything(
    letters: Assistant, person: Callable[..., User], name: str, arguments: int
) -> None:
    key = letters.current.endpoint_id if name.startswith("endpoint") else letters.pk
    client = Client()
    client.force_login(person("ann"))
    assert client.post(reverse(name, args=[key, 1][:arguments])).status_code == 403


def test_an_endpoint_is_made_and_its_key_is_in_no_page(root: Client) -> None:
    made = root.post("/endpoints/new/?kind=compatible", ENDPOINT | {"key": KEY})
    row = Endpoint.objects.get(name="House")
    assert made.headers["Location"] == reverse("endpoint", args=[row.pk])
    assert row.protocol == "openai"
    assert KEY not in row.key_sealed
    assert row.key_sealed
    page = root.get(made.headers["Location"]).content.decode()
    assert "A key is stored; leave empty to keep it." in page
    assert KEY not in page
    assert KEY not in json.dumps(list(AuditEntry.objects.values("data")))
    # Kept where the box is left empty, gone where it is thrown away.
    sealed = row.key_sealed
    root.post(reverse("endpoint", args=[row.pk]), ENDPOINT | {"idle_timeout": "30"})
    row.refresh_from_db()
    assert (row.key_sealed, row.idle_timeout) == (sealed, 30)
    root.post(reverse("endpoint", args=[row.pk]), ENDPOINT | {"forget_key": "on"})
    row.refresh_from_db()
    assert row.key_sealed == ""


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"url": "example"}, "begins with http:// or https://"),
        ({"url": "http://169.254.169.254/v1"}, "its own credentials"),
        ({"url": "http://me:secret@127.0.0.1/v1"}, "must not hold a name or password"),
        ({"key_variable": "SECRET_KEY"}, "cannot be used"),
        ({"key": KEY, "key_variable": "HOUSE_API_KEY"}, "Leave one of them empty"),
        ({"name": ""}, "Give it a name."),
        ({"connect_timeout": "0"}, "greater than or equal to 0.1"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_else_is_lost(
    root: Client, wrong: dict[str, str], sentence: str
) -> None:
    answer = root.post(
        "/endpoints/new/?kind=compatible", ENDPOINT | {"name": "My house"} | {"key": KEY} | wrong
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert page.count('class="error"') == 1
    assert "name" in wrong or "My house" in page
    assert KEY not in page
    assert not Endpoint.objects.filter(from_environment=False).exists()


def test_a_service_needs_a_key_and_a_moved_endpoint_asks_for_it_again(
    root: Client, endpoint: Endpoint
) -> None:
    answer = root.post("/endpoints/new/?kind=openai", ENDPOINT | {"name": "Other"})
    assert "Paste the key" in answer.content.decode()
    moved = root.post(reverse("endpoint", args=[endpoint.pk]), ENDPOINT | {"url": "http://127.0.0.1:2/v1"})
    assert "Enter the key again" in moved.content.decode()
    endpoint.refresh_from_db()
    assert endpoint.url == "http://127.0.0.1:1/v1"


def test_what_the_environment_says_is_not_changed_here(root: Client) -> None:
    row = assistants.default().current.endpoint
    page = root.get(reverse("endpoint", args=[row.pk])).content.decode()
    assert "CHAT_PROVIDER_" in page
    assert 'name="url"' not in page
    root.post(reverse("endpoint", args=[row.pk]), ENDPOINT)
    row.refresh_from_db()
    assert row.name != "House"


def test_the_assistant_of_a_fresh_installation_can_be_changed(root: Client) -> None:
    row = assistants.default()
    place = reverse("assistant", args=[row.pk])
    fields = _assistant(row.current.endpoint, name="House", model="", instructions="Be kind.")
    assert root.post(place, fields).headers["Location"] == place
    row.refresh_from_db()
    assert (row.name, row.current.instructions) == ("House", "Be kind.")


def test_the_first_real_model_takes_the_demos_place(root: Client, endpoint: Endpoint) -> None:
    demo = assistants.default()
    home = root.get("/").content.decode()
    assert "No model is connected yet" in home
    assert "Connect a model" in home
    made = root.post("/assistants/new/", _assistant(endpoint), follow=True)
    assert "New chats begin with it, in place of the demo." in made.content.decode()
    page = root.get("/")
    assert page.context["assistant"].name == "Letters"
    assert 'class="notice"' not in page.content.decode()
    beside = root.get(f"/?assistant={demo.pk}").content.decode()
    assert "This is the built-in demo" in beside
    assert "No model is connected yet" not in beside
    # The next one waits until it is put first.
    root.post("/assistants/new/", _assistant(endpoint, name="Second"))
    assert root.get("/").context["assistant"].name == "Letters"


def test_an_assistant_is_made_changed_and_an_earlier_version_restored(
    root: Client, endpoint: Endpoint
) -> None:
    fields = _assistant(
        endpoint,
        instructions="Be brief.",
        starters="One?\n\n Two? \n",
        temperature="0.2",
        description="For letters",
    )
    made = root.post("/assistants/new/", fields)
    row = Assistant.objects.get(name="Letters")
    place = reverse("assistant", args=[row.pk])
    assert made.headers["Location"] == place
    assert (row.current.starters, row.current.parameters) == (["One?", "Two?"], {"temperature": 0.2})
    root.post(place, fields | {"instructions": "Be long."})
    root.post(place, fields | {"instructions": "Be long.", "description": "Another line"})
    row.refresh_from_db()
    assert (row.current.number, row.description) == (2, "Another line")
    page = root.get(place).content.decode()
    assert "Changed: instructions" in page
    assert "Be brief." in root.get(reverse("assistant-version", args=[row.pk, 1])).content.decode()
    root.post(reverse("assistant-version-restore", args=[row.pk, 1]))
    row.refresh_from_db()
    assert (row.current.number, row.current.instructions) == (3, "Be brief.")
    assert AssistantVersion.objects.filter(assistant=row).count() == 3


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "house LETTERS"}, "Another assistant has this name"),
        ({"endpoint": ""}, "Choose where its answers come from."),
        ({"model": ""}, "Choose the model"),
        ({"temperature": "3"}, "less than or equal to 2"),
        ({"starters": "a?\nb?\nc?\nd?\ne?\nf?\ng?"}, "These are 7 questions"),
        ({"schema": "{"}, "line 1"),
        ({"schema": '{"type": "nothing"}'}, "nothing"),
        ({"schema": '{"$ref": "https://example.org/s.json"}'}, "$ref"),
    ],
)
def test_an_assistant_that_cannot_be_is_not_made(
    root: Client, letters: Assistant, wrong: dict[str, str], sentence: str
) -> None:
    Assistant.objects.filter(pk=letters.pk).update(name="House letters")
    fields = _assistant(letters.current.endpoint, instructions="Words that took an hour.") | wrong
    answer = root.post("/assistants/new/", fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "Words that took an hour." in page
    assert Assistant.objects.filter(from_environment=False).count() == 1


def test_an_endpoint_in_use_stays_and_an_archived_assistant_comes_back(
    root: Client, letters: Assistant
) -> None:
    assistants.default()
    endpoint = letters.current.endpoint
    refused = root.post(reverse("endpoint-archive", args=[endpoint.pk]))
    assert refused.status_code == 409
    assert "is in use: Letters" in refused.content.decode()
    away = root.post(reverse("assistant-archive", args=[letters.pk]), follow=True).content.decode()
    assert "Letters is archived." in away
    assert f'action="{reverse("assistant-restore", args=[letters.pk])}"' in away.partition("<h1>")[0]
    assert root.post(reverse("endpoint-archive", args=[endpoint.pk])).status_code == 302
    early = root.post(reverse("assistant-restore", args=[letters.pk]), follow=True)
    assert "is archived" in early.content.decode()
    root.post(reverse("endpoint-restore", args=[endpoint.pk]))
    root.post(reverse("assistant-restore", args=[letters.pk]))
    letters.refresh_from_db()
    assert letters.archived_at is None


def test_the_first_assistant_is_the_one_that_was_put_first(root: Client, letters: Assistant) -> None:
    other = assistants.default()
    assert root.get("/").context["assistant"].pk == letters.pk
    root.post(reverse("assistant-first", args=[other.pk]))
    assert root.get("/").context["assistant"].pk == other.pk


def test_a_chat_offers_what_its_person_may_use(
    admin: User, letters: Assistant, person: Callable[..., User]
) -> None:
    assistants.default()
    client, ann = Client(), person("ann")
    client.force_login(ann)
    group = Group.objects.create(name="Office")
    assistants.save_assistant(admin, letters, {"groups": [group]})
    page = client.get(f"/?assistant={letters.pk}")
    assert "Letters" not in page.content.decode()
    assert 'class="menu picker"' not in page.content.decode(), "one assistant needs no menu"
    ann.groups.add(group)
    page = client.get(f"/?assistant={letters.pk}").content.decode()
    assert 'class="menu picker"' in page
    assert f'name="assistant" value="{letters.pk}"' in page
    assert 'name="assistant"' not in client.get("/").content.decode(), "nothing was chosen"


@pytest.mark.parametrize("word", ["x", "-1", "9" * 5000, "٣", "0"])
def test_what_is_no_id_is_no_fault(root: Client, letters: Assistant, word: str) -> None:
    for place in ("/?assistant=", "/assistants/?archived=assistant-", "/assistants/new/?endpoint="):
        assert root.get(place + word).status_code == 200
    assert root.get(f"/endpoints/models/?for=model&endpoint={word}").status_code == 200
    assert root.post("/assistants/new/", {"endpoint": word, "list": "model"}).status_code == 200


def test_an_assistant_that_is_down_says_so(admin: User, letters: Assistant, root: Client) -> None:
    assistants.default()
    assert "Not available right now" not in root.get("/").content.decode()
    Endpoint.objects.filter(pk=letters.current.endpoint_id).update(
        failing_since=letters.created_at, failure="Nothing answers at its address."
    )
    assert "Not available right now: the server of its model fails." in root.get("/").content.decode()
    assert "Nothing answers at its address." not in root.get("/").content.decode()
    assert (
        "Nothing answers at its address."
        in root.get(reverse("endpoint", args=[letters.current.endpoint_id])).content.decode()
    )


def test_an_answer_names_its_assistant_where_another_answers_now(
    letters: Assistant, person: Callable[..., User]
) -> None:
    ann, other = person("ann"), assistants.default()
    turn = factories.answered(ann)
    Turn.objects.filter(pk=turn.pk).update(assistant_version=letters.current)
    client = Client()
    client.force_login(ann)
    places = [reverse("conversation", args=[turn.conversation_id]), reverse("turn-answer", args=[turn.pk])]
    for answers, said in ((letters, False), (other, True)):
        Conversation.objects.filter(pk=turn.conversation_id).update(assistant=answers)
        for place in places:
            assert ("Written by Letters" in client.get(place).content.decode()) is said


def test_a_form_older_than_the_last_change_takes_nothing_back(
    root: Client, admin: User, letters: Assistant, endpoint: Endpoint
) -> None:
    place = reverse("assistant", args=[letters.pk])
    legal = Group.objects.create(name="Legal")
    older = root.get(place).context["form"].initial["seen"]
    assistants.save_assistant(admin, letters, {"groups": [legal]})
    reply = root.post(place, _assistant(endpoint, instructions="Write short letters.", seen=older))
    assert "Meanwhile somebody else has changed this assistant." in reply.content.decode()
    assert "Write short letters." in reply.content.decode(), "nothing that was typed is lost"
    assert list(letters.groups.all()) == [legal]
    assert letters.versions.count() == 1
    newer = root.get(place).context["form"].initial["seen"]
    kept = _assistant(endpoint, instructions="Write short letters.", groups=[legal.pk], seen=newer)
    assert root.post(place, kept).status_code == 302
    assert root.post(place, kept).status_code == 422, "and so by itself once it has been used"
