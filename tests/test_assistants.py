"""Assistants: whom they are offered to, which one answers, and how they and their endpoints are changed."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.test import TestCase, override_settings

from chat import assistants, conf, generation, policies, turns
from chat.assistants import Refused
from chat.endpoints import keys
from chat.models import (
    Assistant,
    AssistantVersion,
    AuditEntry,
    Conversation,
    Endpoint,
    Kind,
    Policy,
    Turn,
    User,
)
from tests.factories import answered, begun, new_turn, person
from tests.races import together

pytestmark = pytest.mark.slow

URL = "http://127.0.0.1:9/v1"
KEY = "sk-a-very-secret-key-1234567890"


def manager(name: str = "mia") -> User:
    found = person(name)
    found.user_permissions.add(Permission.objects.get(codename="manage_assistants"))
    return User.objects.get(pk=found.pk)


def endpoint(
    name: str = "Ours", key: str | None = None, row: Endpoint | None = None, **fields: Any
) -> Endpoint:
    fields = fields if row else {"name": name, "protocol": "openai", "url": URL, "model": "small", **fields}
    return assistants.save_endpoint(manager(), row, fields, key)


def assistant(name: str = "Lawyer", row: Assistant | None = None, **fields: Any) -> AssistantVersion:
    fields = fields if row else {"name": name, "endpoint": endpoint(f"For {name}"), **fields}
    return assistants.save_assistant(manager(), row, fields)


class Choosing(TestCase):
    def setUp(self) -> None:
        assistants.follow()  # as each start does

    def start(self, *, owner: str = "ada", **fields: Any) -> Turn:
        with self.captureOnCommitCallbacks():
            return generation.start(person(owner), turns.NewTurn(uuid4(), **fields))

    def ask(self, conversation: Any = None, owner: str = "ada", **fields: Any) -> Turn:
        fields = {"parent": None, "kind": Kind.SEND, "text": "Hello?", **fields}
        return self.start(owner=owner, conversation=conversation or uuid4(), **fields)

    def answerer(self, turn: Turn) -> str:
        version = (
            Turn.objects.select_related("assistant_version__assistant").get(pk=turn.pk).assistant_version
        )
        assert version is not None
        return version.assistant.name

    def test_with_nothing_set_up_the_environments_assistant_answers(self) -> None:
        turn = self.ask()
        assert self.answerer(turn) == "Sluice"
        assert Conversation.objects.get(pk=turn.conversation_id).assistant == assistants.default()
        assert [each.name for each in assistants.available_to(person())] == ["Sluice"]

    def test_a_conversation_keeps_its_assistant_and_another_that_is_named_answers_from_then_on(self) -> None:
        lawyer = assistant()
        first = self.ask(assistant=lawyer.assistant_id)
        Turn.objects.filter(pk=first.pk).update(status="stopped")
        second = self.ask(first.conversation_id, parent=first.pk)
        assert [self.answerer(each) for each in (first, second)] == ["Lawyer", "Lawyer"]
        Turn.objects.filter(pk=second.pk).update(status="stopped")
        third = self.ask(first.conversation_id, parent=second.pk, assistant=assistants.default().pk)
        assert self.answerer(third) == "Sluice"
        assert Conversation.objects.get(pk=first.conversation_id).assistant == assistants.default()

    def test_the_next_turn_is_told_what_was_changed_and_one_that_was_sent_is_not(self) -> None:
        lawyer = assistant(instructions="Be brief.")
        first = self.ask(assistant=lawyer.assistant_id)
        assistant(row=lawyer.assistant, instructions="Be long.")
        second = self.ask(assistant=lawyer.assistant_id)
        plans = [
            assistants.plan_of(Turn.objects.select_related("policy").get(pk=t.pk)) for t in (first, second)
        ]
        assert [plan.instructions for plan in plans] == ["Be brief.", "Be long."]

    def test_groups_may_use_what_is_theirs_and_an_administrator_everything(self) -> None:
        law = Group.objects.create(name="law")
        lawyer = assistant(groups=[law])
        assert [a.name for a in assistants.available_to(person())] == ["Sluice"]
        with pytest.raises(turns.Conflict, match=r"no longer available to you\. Choose another"):
            self.ask(assistant=lawyer.assistant_id)
        person("eve").groups.add(law)
        assert self.answerer(self.ask(owner="eve", assistant=lawyer.assistant_id)) == "Lawyer"
        boss = User.objects.create_superuser("boss", password="x")
        assert len(assistants.available_to(boss)) == 2

    def test_who_lost_the_right_is_told_so_and_one_sent_before_is_still_the_same_turn(self) -> None:
        law = Group.objects.create(name="law")
        lawyer = assistant(groups=[law])
        person().groups.add(law)
        new = new_turn()
        named = turns.NewTurn(new.id, new.conversation, None, Kind.SEND, "Hello?", lawyer.assistant_id)
        first = generation.start(person(), named)
        person().groups.remove(law)
        assert generation.start(person(), named).pk == first.pk, "a POST that is repeated is the same turn"
        Turn.objects.filter(pk=first.pk).update(status="stopped")
        with pytest.raises(turns.Conflict, match="The assistant “Lawyer” is no longer available"):
            self.ask(first.conversation_id, parent=first.pk)
        assert self.answerer(
            self.ask(first.conversation_id, parent=first.pk, assistant=assistants.default().pk)
        )

    def test_one_that_was_archived_answers_no_more(self) -> None:
        lawyer = assistant()
        first = self.ask(assistant=lawyer.assistant_id)
        Turn.objects.filter(pk=first.pk).update(status="stopped")
        assistants.archive_assistant(manager(), lawyer.assistant)
        with pytest.raises(turns.Conflict, match="Lawyer"):
            self.ask(first.conversation_id, parent=first.pk)
        assistants.unarchive_assistant(manager(), lawyer.assistant)
        assert self.answerer(self.ask(first.conversation_id, parent=first.pk)) == "Lawyer"

    def test_another_can_be_made_the_first(self) -> None:
        assistants.default()
        assistant(position=1)
        assert self.answerer(self.ask()) == "Lawyer"

    def test_where_none_is_open_to_a_person_they_are_told_whom_to_ask(self) -> None:
        law = Group.objects.create(name="law")
        assistants.save_assistant(manager(), assistants.default(), {"groups": [law]})
        with pytest.raises(
            turns.Conflict, match=r"no assistant that you may use\. Please ask an administrator"
        ):
            self.ask()

    def test_a_conversation_of_the_time_before_goes_on_with_the_first(self) -> None:
        old = answered()
        assert old.assistant_version_id is None
        assert self.answerer(self.ask(old.conversation_id, parent=old.pk)) == "Sluice"

    def test_a_document_is_asked_for_where_there_is_a_schema(self) -> None:
        shaped = assistant(schema={"type": "object"})
        assert self.ask(assistant=shaped.assistant_id).shaped
        assert not self.ask().shaped


class Planning(TestCase):
    def plan(self, version: AssistantVersion | None) -> assistants.Plan:
        turn = begun()
        Turn.objects.filter(pk=turn.pk).update(assistant_version=version)
        return assistants.plan_of(Turn.objects.select_related("policy").get(pk=turn.pk))

    @override_settings(CHAT_INSTRUCTIONS="Be kind.")
    def test_a_turn_of_a_process_of_the_version_before_asks_the_environments_endpoint(self) -> None:
        plan = self.plan(None)
        assert [leg.client for leg in plan.legs] == [conf.client(conf.endpoint())]
        assert plan.instructions == "Be kind."

    def test_the_first_is_asked_before_the_second_unless_it_alone_is_down(self) -> None:
        one, two = endpoint("One"), endpoint("Two")
        version = assistant(endpoint=one, fallback=two, fallback_model="large")
        legs = self.plan(version).legs
        assert [(leg.name, leg.model) for leg in legs] == [("One", "small"), ("Two", "large")]
        Endpoint.objects.filter(pk=one.pk).update(failing_since=version.created_at)
        plan = self.plan(version)
        assert [leg.name for leg in plan.legs] == ["Two", "One"]
        assert plan.failing == {one.pk}
        Endpoint.objects.filter(pk=two.pk).update(failing_since=version.created_at)
        assert [leg.name for leg in self.plan(version).legs] == ["One", "Two"]

    def test_one_whose_key_cannot_be_read_is_passed_over_and_marked(self) -> None:
        one, two = endpoint("One", KEY), endpoint("Two")
        version = assistant(endpoint=one, fallback=two)
        with override_settings(SECRET_KEY="another " * 8):
            plan = self.plan(version)
            alone = self.plan(assistant(row=version.assistant, fallback=None))
        assert [leg.name for leg in plan.legs] == ["Two"]
        assert "Enter the key again" in Endpoint.objects.get(pk=one.pk).failure
        assert alone.legs == ()
        assert alone.problem is not None
        assert KEY not in str(alone.problem)

    def test_an_endpoint_that_was_changed_is_asked_as_it_is_now(self) -> None:
        version = assistant()
        before = self.plan(version).legs[0].client
        assert self.plan(version).legs[0].client is before, "its connections are kept"
        endpoint(row=version.endpoint, idle_timeout=7)
        assert self.plan(version).legs[0].client is not before

    def test_the_list_says_what_is_down(self) -> None:
        assistant(endpoint=(one := endpoint("One")), fallback=(two := endpoint("Two")))

        def lawyer() -> str:
            return next(
                assistants.trouble(a) for a in assistants.available_to(person()) if a.name == "Lawyer"
            )

        Endpoint.objects.filter(pk=one.pk).update(failing_since=one.created_at)
        assert lawyer() == ""
        Endpoint.objects.filter(pk=two.pk).update(failing_since=one.created_at)
        assert "tried again by itself" in lawyer()


class Environment(TestCase):
    def test_a_changed_environment_takes_effect_at_the_next_start(self) -> None:
        first = assistants.follow()
        with override_settings(
            CHAT_INSTRUCTIONS="Be kind.", CHAT_PROVIDER_PROTOCOL="openai", CHAT_PROVIDER_URL=URL
        ):
            second = assistants.follow()
            assert assistants.follow().current == second.current, "nothing has changed since"
        assert second.pk == first.pk
        assert second.current is not None
        assert (second.current.number, second.current.instructions) == (2, "Be kind.")
        row = second.current.endpoint
        assert (row.from_environment, row.protocol, row.url) == (True, "openai", URL)

    def test_a_password_in_its_address_is_not_copied(self) -> None:
        with override_settings(
            CHAT_PROVIDER_PROTOCOL="openai", CHAT_PROVIDER_URL="http://me:hunter2@host/v1"
        ):
            assistants.follow()
        assert Endpoint.objects.get().url == "http://host/v1"

    def test_an_assistant_that_somebody_edited_is_theirs_and_its_endpoint_is_not(self) -> None:
        mine = assistants.save_assistant(
            manager(), assistants.follow(), {"instructions": "Mine.", "name": "House"}
        )
        with override_settings(CHAT_INSTRUCTIONS="The environment's."):
            assert assistants.follow().current == mine
        with pytest.raises(Refused, match="change CHAT_PROVIDER_… there"):
            endpoint(row=mine.endpoint, name="Mine")

    def test_a_name_that_is_taken_is_no_obstacle(self) -> None:
        with override_settings(CHAT_INSTRUCTIONS=""):
            assistant("Sluice", endpoint=endpoint("From the environment"))
            assert assistants.follow().name == "Sluice 2"


class Editing(TestCase):
    def test_a_new_version_only_where_something_of_it_is_another(self) -> None:
        first = assistant(instructions="One.")
        again = assistant(row=first.assistant, instructions="One.", description="For contracts")
        assert again == first
        assert Assistant.objects.get(name="Lawyer").description == "For contracts"
        second = assistant(row=first.assistant, instructions="Two.")
        assert (second.number, second.author, second.endpoint) == (2, manager(), first.endpoint)
        third = assistants.restore_version(manager(), first)
        assert (third.number, third.instructions) == (3, "One.")
        assert Assistant.objects.get(name="Lawyer").current == third

    def test_only_who_may_set_them_up(self) -> None:
        version = assistant()
        for act in (
            lambda: assistants.save_endpoint(person(), None, {"name": "x", "protocol": "demo"}),
            lambda: assistants.save_assistant(person(), None, {"name": "x", "endpoint": version.endpoint}),
            lambda: assistants.archive_assistant(person(), version.assistant),
            lambda: assistants.archive_endpoint(person(), version.endpoint),
            lambda: assistants.restore_version(person(), version),
        ):
            with pytest.raises(PermissionDenied):
                act()

    def test_another_address_asks_for_the_key_again(self) -> None:
        row = endpoint(key=KEY)
        assert keys.unseal(row) == KEY
        for url in ("http://127.0.0.1:9/other", "https://evil.example/v1"):
            with pytest.raises(Refused, match="Enter the key once more") as refused:
                endpoint(row=row, url=url)
            assert refused.value.field == "key"
        assert keys.unseal(endpoint(row=row, model="large")) == KEY
        moved = endpoint(row=row, url="http://127.0.0.1:10/v1", key="sk-another")
        assert keys.unseal(moved) == "sk-another"
        assert endpoint(row=moved, key="").key_sealed == ""

    def test_no_key_is_ever_in_the_record(self) -> None:
        row = endpoint(key=KEY)
        endpoint(row=row, key="sk-another-key")
        entries = list(AuditEntry.objects.filter(action__startswith="endpoint").values_list("action", "data"))
        assert [action for action, _ in entries] == ["endpoint.created", "endpoint.changed"]
        assert "key" in entries[1][1]["changed"]
        assert "sk-" not in str(entries)
        assert KEY not in str(Endpoint.objects.values())

    def test_a_change_forgets_that_it_was_down(self) -> None:
        row = endpoint()
        Endpoint.objects.filter(pk=row.pk).update(
            failing_since=row.created_at, failure="It did not accept the key."
        )
        assert endpoint(row=row, key="sk-right").failing_since is None

    def test_what_is_in_use_or_the_last_is_not_archived(self) -> None:
        version = assistant()
        with pytest.raises(Refused, match="in use: Lawyer"):
            assistants.archive_endpoint(manager(), version.endpoint)
        with pytest.raises(Refused, match="last assistant"):
            assistants.archive_assistant(manager(), version.assistant)
        assistants.default()
        assistants.archive_assistant(manager(), version.assistant)
        assistants.archive_endpoint(manager(), version.endpoint)
        with pytest.raises(Refused, match="Take that out of the archive first"):
            assistants.unarchive_assistant(manager(), version.assistant)

    def test_an_endpoint_is_not_archived_while_a_policy_that_is_on_has_a_classifier_there(self) -> None:
        row = endpoint("Guards")
        guarded = {
            "checkers": [{"kind": "rules", "packs": []}],
            "input": [{"kind": "judge", "endpoint": row.pk}],
        }
        version = policies.current(guarded)
        policy = Policy.objects.create(name="Strict", active=version)
        with pytest.raises(Refused, match="in use: policy Strict"):
            assistants.archive_endpoint(manager(), row)
        Policy.objects.filter(pk=policy.pk).update(active=None)
        assistants.archive_endpoint(manager(), row)

    def test_names_addresses_and_choices_are_refused_with_their_field(self) -> None:
        assistant()
        for act, field in (
            (lambda: endpoint("For Lawyer"), "name"),
            (lambda: endpoint("New", url="http://169.254.169.254/"), "url"),
            (lambda: endpoint("New", url=""), "url"),
            (lambda: endpoint("New", key_variable="SECRET_KEY"), "key_variable"),
            (lambda: endpoint("New", key="two words"), "key"),
            (lambda: endpoint("New", key=KEY, key_variable="OUR_API_KEY"), "key"),
            (lambda: assistant("Lawyer", endpoint=Endpoint.objects.first()), "name"),
            (lambda: assistant("New", endpoint=None), "endpoint"),
            (lambda: assistant("Twice", endpoint=(e := Endpoint.objects.first()), fallback=e), "fallback"),
        ):
            with pytest.raises(Refused) as refused:
                act()
            assert refused.value.field == field, refused.value


@pytest.mark.django_db(transaction=True)
def test_several_processes_that_start_at_once_make_one_assistant() -> None:
    found = together(*[assistants.follow] * 4)
    assert [type(each) for each in found] == [Assistant] * 4, found
    assert Assistant.objects.get().current == AssistantVersion.objects.get()
    with override_settings(CHAT_INSTRUCTIONS="Be kind."):
        assert not [each for each in together(*[assistants.follow] * 4) if isinstance(each, Exception)]
    assert list(AssistantVersion.objects.values_list("number", "instructions")) == [(1, ""), (2, "Be kind.")]


@pytest.mark.django_db(transaction=True)
def test_two_administrators_at_once_make_two_versions() -> None:
    row, mia = assistants.follow(), manager()
    found = together(
        *[lambda text=text: assistants.save_assistant(mia, row, {"instructions": text}) for text in "ab"]
    )
    assert sorted(version.number for version in found) == [2, 3]
