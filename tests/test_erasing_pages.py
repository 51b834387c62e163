"""Erasing as people meet it: their deleted conversations on the account page, an account on the people page."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from chat import audit, conf, conversations, generation, people, retention
from chat.events import Kind
from chat.models import AuditEntry, Conversation, Turn, User
from chat.streamlog import MemoryLog
from chat.views import account
from tests import factories, held

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def chat(admin: User, person: Callable[..., User]) -> Conversation:
    made = held.conversation(person("ann"), title="About the tide")
    held.saved(made, "When?", "At noon.")
    return made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


class TestAConversation:
    def test_waits_on_the_account_page_until_it_is_erased_or_taken_back(self, chat: Conversation) -> None:
        ann = signed_in(chat.owner)
        assert "Deleted conversations" not in ann.get("/account/").content.decode()
        ann.post(f"/c/{chat.pk}/delete/")
        page = ann.get("/account/").content.decode()
        assert "About the tide" in page
        chat.refresh_from_db()
        day = timezone.localtime(retention.erases_at(chat))
        assert f"erased {day.day} {day:%b %Y}" in page
        ann.post(f"/c/{chat.pk}/restore/")
        assert "Deleted conversations" not in ann.get("/account/").content.decode()
        ann.post(f"/c/{chat.pk}/delete/")
        response = ann.post(f"/c/{chat.pk}/erase/", follow=True)
        assert "The conversation is erased." in response.content.decode()
        assert "About the tide" not in ann.get("/account/").content.decode()
        assert ann.post(f"/c/{chat.pk}/erase/").status_code == 404
        assert ann.post(f"/c/{chat.pk}/restore/").status_code == 404
        assert AuditEntry.objects.get(action="conversation.erase").actor == chat.owner

    def test_is_found_however_many_were_deleted_after_it(
        self, chat: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(account, "DELETED_MOST", 2)
        conversations.delete(chat)
        for number in range(2):
            other = held.conversation(chat.owner, title=f"Later {number}")
            held.saved(other, "And now?", "Now.")
            conversations.delete(other)
        ann = signed_in(chat.owner)
        page = ann.get("/account/").content.decode()
        assert "About the tide" not in page
        assert 'href="?deleted=2#deleted"' in page
        page = ann.get("/account/?deleted=2").content.decode()
        assert "About the tide" in page
        assert "Later" not in page
        assert 'href="?deleted=0#deleted"' in page
        for odd in ("-1", "x", "9" * 30, ""):
            assert "Later 1" in ann.get("/account/", {"deleted": odd}).content.decode()

    def test_is_erased_by_its_person_alone_and_only_when_it_is_deleted(
        self, chat: Conversation, admin: User, reviewer: User
    ) -> None:
        assert signed_in(chat.owner).post(f"/c/{chat.pk}/erase/").status_code == 404
        conversations.delete(chat)
        for other in (admin, reviewer):
            assert signed_in(other).post(f"/c/{chat.pk}/erase/").status_code == 404
        assert Client().post(f"/c/{chat.pk}/erase/").status_code == 302
        assert signed_in(chat.owner).get(f"/c/{chat.pk}/erase/").status_code == 405
        chat.refresh_from_db()
        assert chat.erased_at is None

    def test_with_an_answer_that_is_still_being_stopped_it_says_so(
        self, admin: User, person: Callable[..., User]
    ) -> None:
        ann = person("ann")
        turn = factories.frozen(factories.begun(ann)).turn
        conversations.delete(turn.conversation)
        response = signed_in(ann).post(f"/c/{turn.conversation_id}/erase/", follow=True)
        assert "still being stopped" in response.content.decode()

    def test_what_its_answers_stream_log_still_has_is_purged(
        self, admin: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = MemoryLog()
        monkeypatch.setattr(conf, "log", lambda: log)
        turn = factories.answered(text="At noon.")
        chat = turn.conversation

        async def scenario() -> list[list[str]]:
            seen = []
            await log.open(turn.pk, turn.attempt, turn.epoch)
            await log.append(turn.pk, turn.attempt, Kind.TEXT, {"text": "At noon."})
            await log.end(
                turn.pk, turn.attempt, Kind.COMPLETED, {"state": "saved", "reference": ""}, purge=False
            )
            for act in (None, conversations.delete, lambda c: retention.erase(c.pk)):
                if act is not None:
                    await conf.in_database(act, chat)
                await generation.run(turn.pk, asyncio.Event())
                batch = await log.read(turn.pk, None)
                assert batch is not None
                seen.append([event.kind for event in batch.events])
            return seen

        kept, deleted, erased = asyncio.run(scenario())
        assert kept == deleted == [Kind.TEXT, Kind.COMPLETED]
        assert erased == [Kind.COMPLETED]


class Finished:
    """A runner that keeps which turns it was told have ended."""

    def __init__(self) -> None:
        self.turns: list[UUID] = []

    def finish(self, turn_id: UUID) -> None:
        self.turns.append(turn_id)


class TestTheStreamLogs:
    """Of what was lately written and is erased now. To finish a turn of it purges its log."""

    @pytest.fixture
    def finished(self, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
        runner = Finished()
        monkeypatch.setattr(conf, "runner", lambda: runner)
        return runner.turns

    def test_are_purged_with_a_conversation(self, admin: User, finished: list[UUID]) -> None:
        kept, turn = factories.answered(), factories.answered(text="At noon.")
        conversations.delete(turn.conversation)
        signed_in(turn.conversation.owner).post(f"/c/{turn.conversation_id}/erase/")
        assert finished == [turn.pk]
        assert kept.pk != turn.pk

    def test_are_purged_with_an_account(
        self, admin: User, person: Callable[..., User], finished: list[UUID]
    ) -> None:
        ann = person("ann")
        theirs = {factories.answered(ann).pk, factories.answered(ann).pk}
        factories.answered(person("ben"))
        earlier = factories.answered(ann)
        Turn.objects.filter(pk=earlier.pk).update(ended_at=timezone.now() - timedelta(hours=1))
        people.deactivate(admin, ann.pk)
        signed_in(admin).post(f"/people/{ann.pk}/erase/")
        assert set(finished) == theirs, "and none that is no longer kept"


class TestAnAccount:
    def test_is_erased_after_a_page_that_says_what_goes_and_what_stays(
        self, chat: Conversation, admin: User
    ) -> None:
        alma, ann = signed_in(admin), chat.owner
        assert "Erase" not in alma.get("/people/").content.decode()
        assert alma.get(f"/people/{ann.pk}/erase/").status_code == 409
        people.deactivate(admin, ann.pk)
        assert f"/people/{ann.pk}/erase/" in alma.get("/people/").content.decode()
        page = alma.get(f"/people/{ann.pk}/erase/").content.decode()
        assert "in 1 conversation," in page
        assert f"under the number {ann.pk}" in page
        chat.refresh_from_db()
        assert chat.erased_at is None, "looking erases nothing"
        response = alma.post(f"/people/{ann.pk}/erase/", follow=True)
        page = response.content.decode()
        assert "The account is erased." in page
        assert f"erased {ann.pk}" in page
        chat.refresh_from_db()
        assert chat.erased_at is not None
        assert alma.get(f"/people/{ann.pk}/erase/").status_code == 404
        assert alma.post(f"/people/{ann.pk}/activate/").status_code == 409
        assert "Activate" not in page

    def test_its_name_is_free_for_somebody_else(
        self, chat: Conversation, admin: User, person: Callable[..., User]
    ) -> None:
        people.deactivate(admin, chat.owner_id)
        retention.erase_account(admin, chat.owner_id)
        other = person("ann")
        assert other.pk != chat.owner_id
        assert audit.Check().run().well
