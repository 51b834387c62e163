"""Exports as they are downloaded: who may, under which name, on record, and as a whole file or visibly none."""

import io
import json
import zipfile
from collections.abc import AsyncIterable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.http import StreamingHttpResponse
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from chat import conf, conversations, exports, turns
from chat.exports import rows
from chat.models import AuditEntry, Conversation, Status, Turn, User
from tests.factories import answered, held, new_turn, person

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _in_this_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a stream asks the database is asked in the test's own transaction."""

    async def here(function: Any, *arguments: Any) -> Any:
        return await sync_to_async(function)(*arguments)

    monkeypatch.setattr(conf, "in_database", here)
    return


def taken(pieces: AsyncIterable[bytes]) -> bytes:
    async def all_of_them() -> bytes:
        return b"".join([piece async for piece in pieces])

    return async_to_sync(all_of_them)()


class Downloads(TestCase):
    def setUp(self) -> None:
        self.turn = answered(new=new_turn(text="Why?"), text="Because.")
        conversations.rename(self.turn.conversation, "Locks: a/b “ü”")
        Conversation.objects.update(active_at=timezone.now().replace(year=2026, month=11, day=22, hour=12))
        self.client.force_login(person())

    def url(self, form: str, turn: Turn | None = None) -> str:
        return reverse("conversation-export", args=[(turn or self.turn).conversation_id, form])

    def get(self, url: str, client: Client | None = None) -> Any:
        return (client or self.client).get(url)

    def test_a_conversation_is_downloaded_in_both_forms_under_its_name(self) -> None:
        for form, kind in (("json", "application/json"), ("md", "text/markdown; charset=utf-8")):
            response = self.get(self.url(form))
            assert response.status_code == 200
            assert response["Content-Type"] == kind
            name = "2026-11-22%20Locks%20a%20b%20%E2%80%9C%C3%BC%E2%80%9D"
            assert response["Content-Disposition"] == f"attachment; filename*=utf-8''{name}.{form}"
            assert "no-store" in response["Cache-Control"]
            assert isinstance(response, StreamingHttpResponse)
            text = taken(response.streaming_content).decode()
            if form == "json":
                assert json.loads(text)["turns"][0]["answer"]["text"] == "Because."
            else:
                assert "> Why?" in text
                assert "Because." in text

    def test_everything_is_one_archive_of_both_forms(self) -> None:
        other = answered(new=new_turn(text="What is a zebra?"), text="zebra")
        secret = held(new=new_turn(other.conversation_id, other.pk, "And then?"), text="a striped horse")
        answered(person("eve"), text="of somebody else")
        gone = answered(text="deleted")
        conversations.delete(gone.conversation)
        response = self.get(reverse("account-export"))
        assert response["Content-Type"] == "application/zip"
        assert response["Content-Disposition"].startswith('attachment; filename="sluice 20')
        archive = zipfile.ZipFile(io.BytesIO(taken(response.streaming_content)))
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[0] == "account.json"
        assert json.loads(archive.read("account.json"))["username"] == "ada"
        assert len(names) == 5
        assert f"conversations/2026-11-22 Locks a b “ü” {self.turn.conversation_id.hex[:12]}.md" in names
        everything = b"".join(archive.read(name) for name in names).decode()
        assert "Because." in everything
        assert "And then?" in everything
        for nothing in ("striped", "somebody else", "deleted"):
            assert nothing not in everything
        assert secret.status == Status.HELD

    def test_of_another_person_or_of_a_deleted_conversation_there_is_none(self) -> None:
        eve = Client()
        eve.force_login(person("eve"))
        for form in ("json", "md"):
            assert self.get(self.url(form), eve).status_code == 404
            assert self.get(self.url(form), Client()).status_code == 302
            assert self.client.post(self.url(form)).status_code == 405
        assert self.get(self.url("html")).status_code == 404
        assert self.get(reverse("account-export"), Client()).status_code == 302
        conversations.delete(self.turn.conversation)
        assert self.get(self.url("json")).status_code == 404
        assert not AuditEntry.objects.filter(action__endswith=".export").exists()

    def test_each_is_on_record_without_a_word_of_it(self) -> None:
        self.get(self.url("md"))
        self.get(reverse("account-export"))
        made = AuditEntry.objects.filter(action__endswith=".export").order_by("pk")
        assert [(each.actor, each.action, each.subject, each.data) for each in made] == [
            (person(), "conversation.export", str(self.turn.conversation_id), {"form": "md"}),
            (person(), "person.export", str(person().pk), {}),
        ]

    def test_menu_and_account_lead_to_them(self) -> None:
        page = self.get("/").content.decode()
        assert self.url("md") in page
        assert self.url("json") in page
        assert reverse("account-export") in self.get("/account/").content.decode()


class Meanwhile(TestCase):
    """What happens while a file is sent."""

    def setUp(self) -> None:
        self.line = [answered(text="A0")]
        for number in range(1, rows.TURNS * 2 + 1):
            last = self.line[-1]
            self.line.append(answered(new=new_turn(last.conversation_id, last.pk, "Hm?"), text=f"A{number}"))
        self.head = exports.head(Conversation.objects.get())

    def read(self, pieces: AsyncIterable[bytes], after: int, then: Any) -> bytes:
        """All of it; `then` is done once that many pieces have come."""

        async def all_of_them() -> bytes:
            got, number = b"", 0
            async for piece in pieces:
                got, number = got + piece, number + 1
                if number == after:
                    await sync_to_async(then)()
            return got

        return async_to_sync(all_of_them)()

    def test_an_answer_that_is_withdrawn_is_not_in_what_is_sent_from_then_on(self) -> None:
        def withdraw() -> None:
            for turn in (self.line[0], self.line[-1]):
                turns.states.move(turn.pk, Status.SAVED, Status.WITHDRAWN)

        now = timezone.now()
        text = self.read(exports.json_of(person().pk, self.head, now), 2, withdraw)
        answers = [each["answer"] and each["answer"]["text"] for each in json.loads(text)["turns"]]
        assert answers == [f"A{n}" for n in range(len(self.line) - 1)] + [None]
        text = taken(exports.markdown_of(person().pk, self.head, now, now.tzinfo))  # type: ignore[arg-type]
        assert b"A0" not in text
        assert b"A1\n" in text

    def test_a_conversation_that_is_deleted_breaks_off_and_does_not_look_whole(self) -> None:
        conversation = self.line[0].conversation
        for form in (exports.json_of, exports.markdown_of):
            zone = () if form is exports.json_of else (timezone.get_current_timezone(),)
            pieces = form(person().pk, self.head, timezone.now(), *zone)  # type: ignore[operator]
            with pytest.raises(exports.Gone):
                self.read(pieces, 2, lambda: conversations.delete(conversation))
            assert conversations.restore(person(), conversation.pk)

    def archive(self) -> Any:
        zone = timezone.get_current_timezone()
        return exports.archive_of(person().pk, {"username": "ada"}, timezone.now(), zone)

    def test_one_that_is_deleted_before_its_turn_came_is_left_out_of_the_archive(self) -> None:
        pieces, heads = self.archive(), rows.heads

        def gone(*arguments: Any) -> Any:
            found = heads(*arguments)
            Conversation.objects.update(deleted_at=timezone.now())
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(exports.streams, "heads", gone)
            archive = zipfile.ZipFile(io.BytesIO(taken(pieces)))
        assert archive.namelist() == ["account.json"]

    def test_an_account_that_is_closed_gets_no_whole_archive(self) -> None:
        User.objects.update(is_active=False)
        with pytest.raises(exports.Gone):
            taken(self.archive())

    def test_a_reader_who_goes_away_leaves_nothing_open(self) -> None:
        pieces = self.archive()

        async def first_only() -> None:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(exports.streams, "_PIECE", 10)
                assert await anext(pieces)
            await pieces.aclose()

        async_to_sync(first_only)()

    def test_a_conversation_is_read_in_short_visits(self) -> None:
        visits: list[int] = []
        read = conf.in_database

        async def counted(function: Any, *arguments: Any) -> Any:
            found = await read(function, *arguments)
            visits.append(len(found))
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(conf, "in_database", counted)
            taken(exports.json_of(person().pk, self.head, timezone.now()))
        assert visits == [rows.TURNS, rows.TURNS, 1]
