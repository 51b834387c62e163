"""Whoever sees what somebody else wrote leaves an entry that says so: tried at every address there is."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat import assistants, people, policies, urls
from chat.models import (
    Assistant,
    AuditEntry,
    Case,
    Endpoint,
    Invitation,
    Replay,
    ReplayFlip,
    Suggestion,
    Transcript,
    User,
)
from chat.policies import bypassing
from tests import held
from tests.responses import read

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WORD, SOUGHT = "xylograph", "mezzotint"  # in whatever Ann wrote and was answered
TEXT = f"{SOUGHT} {WORD}"


@pytest.fixture
def case(admin: User, person: Callable[..., User]) -> Case:
    """Ann's: an answer that waits between two that were saved."""
    chat = held.conversation(person("ann"), title=TEXT)
    first = held.saved(chat, TEXT, TEXT)
    made = held.held(chat, TEXT, (0, 5, "word"), parent=first)
    held.saved(chat, TEXT, TEXT, parent=made.turn)
    return made


@pytest.fixture
def arguments(case: Case, admin: User, viewer: User) -> dict[str, Any]:
    """For every argument of an address something that is there."""
    people.invite(admin, "For Ben")
    assistants.follow()
    bypassing.begin(admin, "Down.", 15)
    policy = policies.save_policy(admin, None, {"name": "House"})
    version = policy.versions.get()
    replay = Replay.objects.create(
        version=version, by=admin, turns=[str(case.turn_id)], position=1, altered=1
    )
    ReplayFlip.objects.create(replay=replay, turn=case.turn, was="flagged", would="pass")
    suggestion = Suggestion.objects.create(
        policy=policy, case=case, by=admin, where="rule", name="word", expected="pass", text=TEXT
    )
    now = timezone.now()
    transcript = Transcript.objects.create(
        by=viewer, conversation=case.turn.conversation, reason="A report.", until=now + timedelta(minutes=5)
    )
    return {
        "case_id": case.pk, "turn_id": case.turn_id, "conversation_id": case.turn.conversation_id, "form": "json",
        "person_id": case.turn.conversation.owner_id, "invitation_id": Invitation.objects.get().pk, "token": "unknown",
        "assistant_id": Assistant.objects.get().pk, "endpoint_id": Endpoint.objects.get().pk, "number": 1,
        "policy_id": policy.pk, "replay_id": replay.pk, "bypass_id": 1, "name": "starter", "place": "answers",
        "suggestion_id": suggestion.pk, "transcript_id": transcript.pk,
    }  # fmt: skip


@pytest.fixture(params=["reviewer", "administrator", "everything but an administrator"])
def viewer(request: pytest.FixtureRequest, admin: User, person: Callable[..., User]) -> User:
    if request.param == "administrator":
        return admin
    rita = person("rita", reviewer=True)
    if request.param != "reviewer":
        rita.user_permissions.set(Permission.objects.all())
    return rita


def addresses(arguments: dict[str, Any]) -> list[str]:
    """Every address, and each also with a search that would find what Ann wrote."""
    found = []
    for route in urls.urlpatterns:
        known = {name: arguments[name] for name in route.pattern.converters}
        found.append(reverse(route.name, kwargs=known))
        found.append(f"{found[-1]}?q={SOUGHT}")
    return found


def looks(client: Client, person: User, address: str, case: Case) -> bool:
    """Whether Ann's words are in the answer; then this look, and by whom, has to be on record."""
    last = AuditEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    client.force_login(person)  # one of the addresses signs out
    response = client.get(address)
    if WORD not in read(response):
        return False
    made = AuditEntry.objects.filter(seq__gt=last, actor=person).exclude(action__startswith="person.sign")
    named = {str(case.pk), str(case.turn_id), str(case.turn.conversation_id)}
    said = set(made.values_list("subject", flat=True))
    for data in made.filter(action="suggestion.view").values_list("data", flat=True):
        said |= {str(case.pk)} if case.reference in data["cases"] else set()
    assert named & said, f"{address} shows it, and nothing says so"
    return True


def test_every_address_that_shows_it_leaves_an_entry(
    viewer: User, case: Case, arguments: dict[str, Any]
) -> None:
    client = Client(REMOTE_ADDR="203.0.113.5")
    client.raise_request_exception = False
    shown = {address for address in addresses(arguments) if looks(client, viewer, address, case)}
    assert f"/review/{case.pk}/" in shown, "there is something to see"
    # By a right of their own, which a reviewer has not.
    more = {f"/policies/{arguments['policy_id']}/", f"/review/transcripts/{arguments['transcript_id']}/"}
    assert more & shown == (more if viewer.has_perm("chat.break_glass") else set())
    # Nobody opens a conversation of somebody else's as such.
    assert not {address for address in shown if address.startswith(("/c/", "/turns/", "/search/"))}


def test_a_decision_that_is_refused_shows_the_case_again_and_is_a_look_too(
    case: Case, reviewer: User
) -> None:
    client = Client()
    client.force_login(reviewer)
    address = f"/review/{case.pk}/decide/"
    for form, status in [({}, 422), ({"action": "uphold", "reason": "No.", "version": 7}, 409)]:
        before = AuditEntry.objects.filter(action="case.view", subject=str(case.pk)).count()
        response = client.post(address, form)
        assert response.status_code == status
        assert WORD in response.content.decode()
        after = AuditEntry.objects.filter(action="case.view", subject=str(case.pk), actor=reviewer).count()
        assert after == before + 1


def test_each_look_counts_and_who_may_not_look_leaves_none(
    case: Case, reviewer: User, person: Callable[..., User]
) -> None:
    client = Client()
    for who, looked in [(reviewer, 2), (person("ben"), 0)]:
        client.force_login(who)
        for _ in range(2):
            client.get(f"/review/{case.pk}/")
        client.get(f"/review/{uuid.uuid4()}/")
        assert AuditEntry.objects.filter(actor=who, action="case.view").count() == looked
