"""The list of conversations, their names, and who may touch them."""

from datetime import datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client, TestCase
from django.utils import timezone

from chat import conversations
from chat.models import Conversation, Status, Turn
from tests.factories import answered, begun, held, new_turn, person

HTMX = {"HTTP_HX_REQUEST": "true"}


class Titles(TestCase):
    def test_are_the_first_sentence_without_markdown_and_of_bounded_length(self) -> None:
        for question, title in (
            ("How do locks work? I want to know.", "How do locks work?"),
            ("\n\n# **Plan** the `week`\nmore", "Plan the week"),
            ("```\n\n```", conversations.UNTITLED),
            ("word " * 40, "word word word word word word word word word word word…"),
            ("x" * 500, "x" * 59 + "…"),
            ("水はどこから来ますか？ 教えて", "水はどこから来ますか？"),
        ):
            with self.subTest(question=question[:20]):
                assert conversations.title_of(question) == title
                assert len(title) <= conversations.TITLE

    def test_come_from_the_first_exchange_that_was_saved_and_never_from_a_held_one(self) -> None:
        turn = held(new=new_turn(text="Secret things?"))
        conversations.entitle(turn)
        assert Conversation.objects.get().title == ""
        later = answered(new=new_turn(turn.conversation_id, turn.pk, "Other things?"))
        conversations.entitle(later)
        assert Conversation.objects.get().title == "Other things?"
        found = Conversation.objects.get()
        assert conversations.rename(found, "Mine")
        conversations.entitle(later)
        assert Conversation.objects.get().title == "Mine"
        conversations.delete(found)
        assert not conversations.rename(found, "It would outlive what was said.")
        assert Conversation.objects.get().title == "Mine"


class Sidebar(TestCase):
    def at(self, moment: datetime) -> Conversation:
        found = begun().conversation
        Turn.objects.update(status=Status.STOPPED)
        Conversation.objects.filter(pk=found.pk).update(active_at=moment)
        return found

    def test_is_grouped_by_the_persons_own_days_newest_first(self) -> None:
        for zone in ("Pacific/Auckland", "America/Los_Angeles"):
            Conversation.objects.update(deleted_at=timezone.now())
            today = timezone.localdate(timezone=ZoneInfo(zone))
            with timezone.override(ZoneInfo(zone)), pytest.MonkeyPatch.context() as day:
                # It does not end between the first conversation and the list.
                day.setattr(conversations.timezone, "localdate", lambda today=today: today)
                midnight = datetime.combine(today, time.min, tzinfo=ZoneInfo(zone))
                self.at(midnight - timedelta(minutes=1))
                self.at(midnight + timedelta(minutes=1))
                self.at(midnight - timedelta(days=3))
                self.at(midnight - timedelta(days=20))
                self.at(midnight.replace(year=2024, month=2, day=5))
                groups, more = conversations.sidebar(person())
            assert [label for label, _ in groups] == [
                "Today", "Yesterday", "Previous 7 days", "Previous 30 days", "February 2024"
            ]  # fmt: skip
            assert more is None

    @pytest.mark.slow
    def test_is_read_page_by_page_without_gap_or_repetition(self) -> None:
        now = timezone.now()
        size, count = timedelta(minutes=1), conversations.SIDEBAR * 2 + 5
        wanted = [self.at(now - number * size).pk for number in range(count)]
        seen, before = [], None
        while True:
            groups, before = conversations.sidebar(person(), before)
            seen += [conversation.pk for _, group in groups for conversation in group]
            if before is None:
                break
        assert seen == wanted

    def test_nonsense_for_a_cursor_is_the_first_page(self) -> None:
        self.at(timezone.now())
        for nonsense in (
            "x",
            "2026-01-01",
            "' OR 1=1",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
        ):
            assert conversations.sidebar(person(), nonsense)[0]


class Pages(TestCase):
    def setUp(self) -> None:
        self.turn = answered(text="It is *blue*.")
        self.conversation = self.turn.conversation
        self.client.force_login(person())
        self.eve = Client()
        self.eve.force_login(person("eve"))

    def urls(self) -> list[tuple[str, str]]:
        c, t = self.conversation.pk, self.turn.pk
        return [
            ("get", f"/c/{c}/"), ("post", f"/c/{c}/rename/"), ("post", f"/c/{c}/delete/"), ("get", f"/turns/{t}/"),
            ("get", f"/turns/{t}/answer/"), ("get", f"/turns/{t}/events"), ("post", f"/turns/{t}/stop/"),
            ("post", f"/turns/{t}/select/"),
        ]  # fmt: skip

    @pytest.mark.slow
    def test_of_another_person_do_not_exist(self) -> None:
        for method, url in self.urls():
            assert getattr(self.client, method)(url, {"title": "x"}).status_code < 400, (
                f"{url} must exist for its owner"
            )
            restored = Conversation.objects.update(deleted_at=None)
            assert restored
            assert getattr(self.eve, method)(url, {"title": "x"}).status_code == 404, url
        Conversation.objects.update(deleted_at=timezone.now())
        assert self.eve.post(f"/c/{self.conversation.pk}/restore/").status_code == 404

    @pytest.mark.slow
    def test_of_a_deleted_conversation_do_not_exist_until_it_is_restored(self) -> None:
        response = self.client.post(f"/c/{self.conversation.pk}/delete/", follow=True)
        assert "Undo" in response.content.decode()
        for method, url in self.urls():
            assert getattr(self.client, method)(url, {"title": "x"}).status_code == 404, url
        self.client.post(f"/c/{self.conversation.pk}/restore/")
        assert "It is <em>blue</em>." in self.client.get(f"/c/{self.conversation.pk}/").content.decode()

    def test_nobody_signed_in_is_sent_to_sign_in_and_a_script_is_told(self) -> None:
        for method, url in self.urls():
            plain = getattr(Client(), method)(url)
            scripted = getattr(Client(), method)(url, **HTMX)
            if url.endswith("/events"):
                assert (plain.status_code, scripted.status_code) == (401, 401)
                continue
            assert plain.status_code == 302, url
            assert scripted.status_code == 401, url
            assert "signed out" in scripted.content.decode()

    def test_a_deletion_stops_what_is_running(self) -> None:
        running = begun(person(), new_turn(self.conversation.pk, self.turn.pk))
        self.client.post(f"/c/{self.conversation.pk}/delete/")
        running.refresh_from_db()
        assert running.status == Status.STOPPED

    def test_a_title_is_bounded_and_never_empty(self) -> None:
        for title in ("", "   ", "x" * 121):
            assert self.client.post(f"/c/{self.conversation.pk}/rename/", {"title": title}).status_code == 422
        self.client.post(f"/c/{self.conversation.pk}/rename/", {"title": "  A \n title "})
        self.conversation.refresh_from_db()
        assert self.conversation.title == "A title"

    @pytest.mark.slow
    def test_a_running_answer_is_empty_in_every_page(self) -> None:
        begun(person(), new_turn(self.conversation.pk, self.turn.pk, "Next?"))
        page = self.client.get(f"/c/{self.conversation.pk}/").content.decode()
        assert 'data-state="streaming"' in page
        assert 'http-equiv="refresh"' in page
        assert page.count("It is") == 2, "only the saved answer, drawn and for copying"


class Sending(TestCase):
    def setUp(self) -> None:
        self.client.force_login(person())

    def post(self, **fields: object) -> tuple[int, str]:
        data = {"turn": uuid4(), "conversation": uuid4(), "parent": "", "kind": "send", "text": "Hi"} | fields
        response = self.client.post("/turns/", data, **HTMX)
        return response.status_code, response.content.decode()

    def test_gives_the_turn_with_the_address_of_its_events(self) -> None:
        turn = uuid4()
        status, html = self.post(turn=turn)
        assert status == 200
        assert f'hx-sse:connect="/turns/{turn}/events"' in html

    def test_what_cannot_be_sent_is_refused_with_a_sentence(self) -> None:
        conversation = begun().conversation
        with self.settings(CHAT_MAX_QUESTION=10):
            for fields, status, sentence in (
                ({"text": " \n "}, 422, "Write something"),
                ({"text": "x" * 11}, 422, "the most that can be sent at once is 10"),
                ({"kind": "nonsense"}, 400, "Reload the page"),
                ({"conversation": "1"}, 400, "Reload the page"),
                (
                    {
                        "conversation": conversation.pk,
                        "parent": conversation.leaf_id or Turn.objects.get().pk,
                    },
                    409,
                    "still",
                ),
            ):
                with self.subTest(fields=fields):
                    got, html = self.post(**fields)
                    assert got == status
                    assert sentence in html

    def test_past_the_limit_of_running_answers_is_refused(self) -> None:
        with self.settings(CHAT_MAX_RUNNING=1):
            assert self.post()[0] == 200
            status, html = self.post()
        assert status == 429
        assert "limit" in html

    def test_without_javascript_a_refusal_is_the_page_with_the_text_kept(self) -> None:
        with self.settings(CHAT_MAX_QUESTION=10):
            data = {"turn": uuid4(), "conversation": uuid4(), "text": "far too long a text"}
            response = self.client.post("/turns/", data)
        assert response.status_code == 422
        assert "far too long a text" in response.content.decode()

    def test_nul_and_surrogates_are_stored_as_replacement_characters(self) -> None:
        assert self.post(text="a\x00b")[0] == 200
        assert "a\ufffdb" in self.client.get(f"/c/{Conversation.objects.get().pk}/").content.decode()
