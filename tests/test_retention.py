"""What is kept for a time and then removed: each kind just before and just after its time; and that erased is erased."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from chat import audit, conversations, people, policies, retention, reviews, search, turns
from chat.forms import NewPersonForm
from chat.models import (
    AuditEntry,
    Candidate,
    Case,
    CaseEntry,
    CheckResult,
    Conversation,
    Decision,
    Invitation,
    LoginFailure,
    Message,
    Role,
    Status,
    Suggestion,
    Transcript,
    Turn,
    User,
    Verdict,
)
from chat.retention import daily, kinds
from chat.reviews import transcripts
from chat.reviews.transcripts import LASTS
from tests import factories, held
from tests.conftest import PASSWORD
from tests.intruder import intruder
from tests.races import together
from tests.responses import read

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WORDS = "a sentence that nobody else would write"


@pytest.fixture
def chat(person: Callable[..., User]) -> Conversation:
    """Saved, upheld and stopped answers, with words in every place there is."""
    rita = person("rita", reviewer=True)
    made = held.conversation(person("ann"), title=f"{WORDS} 11")
    first = held.saved(made, f"{WORDS} 12", f"{WORDS} 13")
    case = held.held(made, f"{WORDS} 14", (0, 5, "word"), parent=first)
    reviews.note(rita, case.pk, f"I know {WORDS} 20")
    reviews.reveal(rita, case.pk, "", f"Is it {WORDS} 21")
    rule = policies.follow()
    Suggestion.objects.create(
        policy=rule, case=case, by=rita, where="rule", name="word", expected="pass", text=f"{WORDS} 22"
    )
    reviews.report(made.owner, first, "wrong", f"It says {WORDS} 23")
    transcripts.break_glass(person("sena", role="Senior reviewer"), made.pk, f"They wrote {WORDS} 24")
    reviews.decide(rita, case.pk, "uphold", f"It says: {WORDS} 15", 0)
    last = held.saved(made, "And?", f"{WORDS} 16", parent=case.turn)
    Turn.objects.filter(pk=last.pk).update(
        status=Status.FAILED, sentence=f"{WORDS} 17", provider_text=f"{WORDS} 18", usage={"in": 3}
    )
    digest = Message.objects.get(turn=last, role=Role.ASSISTANT).digest
    CheckResult.objects.create(
        turn=last, digest=digest, round=2, checker="other", outcome="error", detail=f"{WORDS} 19"
    )
    return made


def everything() -> str:
    """Every value of every row of every table."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found.append(str(cursor.fetchall()))
    return "".join(found)


def purged() -> dict[str, int]:
    purge = retention.Purge()
    expected = purge.due()
    while purge.step():
        pass
    assert purge.counts == expected
    purge.finish("command")
    return {name: count for name, count in purge.counts.items() if count}


class TestErasing:
    def test_empties_every_place_and_keeps_what_was_judged_and_decided(self, chat: Conversation) -> None:
        assert all(f"{WORDS} {number}" in everything() for number in range(11, 25)), (
            "there is something to erase"
        )
        counts = {
            model: model.objects.count()
            for model in (Turn, Message, Verdict, Decision, Case, CheckResult, CaseEntry, Transcript)
        }
        payloads = set(Turn.objects.values_list("payload", flat=True))
        conversations.delete(chat)
        assert retention.erase(chat.pk, chat.owner) == 5
        assert WORDS not in everything()
        assert not payloads & set(Turn.objects.values_list("payload", flat=True))
        assert {model: model.objects.count() for model in counts} == counts
        assert not Candidate.objects.exists()
        assert set(Message.objects.values_list("body", "salt")) == {("", "")}
        assert all(Message.objects.values_list("erased_at", flat=True))
        assert list(Suggestion.objects.values_list("state", "settled_by", "text")) == [
            ("dismissed", None, "")
        ]
        chat.refresh_from_db()
        assert chat.erased_at is not None
        entry = AuditEntry.objects.get(action="conversation.erase")
        assert (entry.actor, entry.subject, entry.data) == (chat.owner, str(chat.pk), {"messages": 5})
        assert audit.Check().run().well

    def test_happens_once_and_only_to_what_was_deleted(self, chat: Conversation) -> None:
        assert retention.erase(chat.pk) is None
        conversations.delete(chat)
        assert retention.erase(chat.pk) is not None
        assert retention.erase(chat.pk) is None
        assert not conversations.restore(chat.owner, chat.pk)

    def test_waits_for_an_answer_that_is_still_being_written(self, person: Callable[..., User]) -> None:
        ann = person("ann")
        turn = factories.frozen(factories.begun(ann)).turn
        conversations.delete(turn.conversation)
        assert retention.erase(turn.conversation_id) is None
        assert purged() == {}
        turns.conclude(
            turns.Frozen(turn, 1, "", Candidate.objects.get().digest, 1), "pass", 1, factories.PASS
        )
        assert retention.erase(turn.conversation_id) == 2

    def test_an_answer_that_is_checked_again_meanwhile_does_not_come_back(
        self, person: Callable[..., User]
    ) -> None:
        turn = factories.held(person("ann"), outcome="unchecked")
        later = timezone.now() + timedelta(hours=2)
        frozen = turns.claim_recheck(turn.pk, later)
        assert frozen is not None
        conversations.delete(turn.conversation)
        assert retention.erase(turn.conversation_id) == 1
        assert turns.reconclude(frozen, "pass", 1, factories.PASS) is None
        assert turns.claim_recheck(turn.pk, later + timedelta(hours=2)) is None
        assert not Message.objects.filter(turn=turn, role=Role.ASSISTANT).exists()

    def test_a_reviewer_can_still_close_the_case_but_not_let_it_through(
        self, person: Callable[..., User], reviewer: User
    ) -> None:
        made = held.conversation(person("ann"))
        case = held.held(made, "No.", (0, 2, "no"))
        conversations.delete(made)
        retention.erase(made.pk)
        with pytest.raises(reviews.Stale, match="erased"):
            reviews.decide(reviewer, case.pk, "release", "harmless", 0)
        assert reviews.look(reviewer, case.pk).erased
        assert reviews.decide(reviewer, case.pk, "uphold", "It is gone.", 0).state == Case.State.UPHELD

    def test_what_holds_words_elsewhere_is_told_in_the_same_transaction(self, chat: Conversation) -> None:
        told: list[Any] = []

        def hook(conversation: Any, ids: list[Any]) -> None:
            assert conversation == chat.pk
            told.extend(ids)
            raise RuntimeError

        retention.ON_ERASE.append(hook)
        try:
            conversations.delete(chat)
            with pytest.raises(RuntimeError):
                retention.erase(chat.pk)
        finally:
            retention.ON_ERASE.remove(hook)
        assert set(told) == set(Turn.objects.values_list("pk", flat=True))
        assert f"{WORDS} 13" in everything(), "all or nothing"

    def test_neither_search_nor_export_finds_it(self, chat: Conversation) -> None:
        client, row = Client(), Conversation.objects.filter(pk=chat.pk)
        client.force_login(chat.owner)
        addresses = (f"/c/{chat.pk}/", f"/c/{chat.pk}/export.json", f"/c/{chat.pk}/changes/")

        def finding() -> set[str]:
            found = {address for address in addresses if WORDS in read(client.get(address))}
            return found | ({"search"} if search.look(chat.owner, "sentence", None, None).found else set())

        assert finding() == {*addresses, "search"}, "there is something to find"
        conversations.delete(chat)
        retention.erase(chat.pk)
        # That it was deleted hides it already: here it is as if somebody had taken that back.
        row.update(deleted_at=None)
        assert finding() == set()
        assert {client.get(address).status_code for address in addresses} == {404}
        # And were it taken for one that is not erased, its texts would be gone all the same.
        row.update(erased_at=None)
        assert client.get(addresses[0]).status_code == 200
        assert finding() == set()

    def test_the_guards_let_nothing_else_through(self, chat: Conversation) -> None:
        def refused(sql: str) -> None:
            with (
                pytest.raises(DatabaseError, match="guard:"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(sql)

        # Not while the conversation has its content.
        refused("UPDATE chat_decision SET reason = ''")
        refused("UPDATE chat_caseentry SET words = ''")
        refused("UPDATE chat_transcript SET reason = ''")
        conversations.delete(chat)
        retention.erase(chat.pk)
        refused("UPDATE chat_decision SET reason = 'another'")
        refused("UPDATE chat_decision SET reason = '', action = 'release'")
        refused("UPDATE chat_decision SET reason = '', category = 'hate' WHERE category <> 'hate'")
        refused("UPDATE chat_caseentry SET words = 'another'")
        refused("UPDATE chat_caseentry SET words = '', kind = 'note' WHERE kind <> 'note'")
        refused("UPDATE chat_caseentry SET words = '', detail = 'another'")
        refused("DELETE FROM chat_caseentry")
        refused("UPDATE chat_transcript SET reason = 'another'")
        refused("UPDATE chat_transcript SET reason = '', until = opened_at")
        refused("DELETE FROM chat_transcript")
        refused("UPDATE chat_checkresult SET detail = 'another'")
        refused("UPDATE chat_checkresult SET detail = '', outcome = 'pass' WHERE outcome = 'flag'")
        refused("UPDATE chat_checkresult SET findings = '[]' WHERE outcome = 'flag'")


class TestWhatIsWrittenAfterwards:
    @pytest.fixture
    def case(self, person: Callable[..., User]) -> Case:
        """Open, of a conversation that was erased."""
        case = held.held(held.conversation(person("zoe")), "No.", (0, 2, "no"))
        conversations.delete(case.turn.conversation)
        assert retention.erase(case.turn.conversation_id) is not None
        return case

    def test_no_note_no_reveal_and_no_suggestion_is_taken(self, case: Case, reviewer: User) -> None:
        desk = Client()
        desk.force_login(reviewer)
        forms: dict[str, dict[str, str]] = {"note": {"words": WORDS}, "reveal": {"why": "", "words": WORDS}}
        for verb, form in forms.items():
            response = desk.post(f"/review/{case.pk}/{verb}/", form)
            assert response.status_code == 409
            assert "has been erased" in response.content.decode()
        with pytest.raises(policies.Refused, match="has been erased"):
            policies.suggest(reviewer, case.pk, "1:rule:no", "pass", WORDS)
        assert WORDS not in everything()

    def test_what_has_to_be_written_is_emptied_by_the_next_purge(
        self, case: Case, reviewer: User, senior: User
    ) -> None:
        reviews.escalate(reviewer, case.pk, 0, f"{WORDS} 1")
        reviews.claim(senior, case.pk)
        reviews.take_over(senior, case.pk, f"{WORDS} 2", 1)
        reviews.decide(senior, case.pk, "uphold", f"{WORDS} 3", 2)
        # Of who was faster than the erasure.
        make_suggestion_of(case, timezone.now(), f"{WORDS} 4")
        Transcript.objects.create(
            by=senior, conversation=case.turn.conversation, reason=f"{WORDS} 5", until=timezone.now() + LASTS
        )
        found = everything()
        assert all(f"{WORDS} {number}" in found for number in range(1, 6))
        assert purged() == {
            "reasons of decisions about what was erased": 1,
            "words of reviewers about what was erased": 2,
            "reasons to open what was erased": 1,
            "suggested texts that nobody settled": 1,
        }
        assert WORDS not in everything()
        assert purged() == {}
        assert audit.Check().run().well


class TestAnAccount:
    @pytest.fixture
    def closed(self, chat: Conversation, admin: User) -> User:
        ann = chat.owner
        User.objects.filter(pk=ann.pk).update(
            first_name="Annabel", email="ann@example.com", last_login=timezone.now()
        )
        kind = ContentType.objects.get_for_model(User)
        LogEntry.objects.create(
            user=admin, content_type=kind, object_id=str(ann.pk), object_repr="Annabel", action_flag=CHANGE
        )
        Invitation.objects.create(
            token_hash="x", note="For Annabel", created_by=admin, used_by=ann, used_at=timezone.now(), expires_at=timezone.now()
        )  # fmt: skip
        people.give_roles(admin, ann.pk, ["Reviewer"])
        people.deactivate(admin, ann.pk)
        return ann

    def test_loses_its_conversations_and_its_name_and_keeps_its_number(
        self, closed: User, admin: User
    ) -> None:
        assert "Annabel" in everything()
        assert retention.erase_account(admin, closed.pk) == 1
        rest = everything()
        for word in (WORDS, "Annabel", "ann@example.com", "'ann'"):
            assert word not in rest, word
        ann = User.objects.get(pk=closed.pk)
        assert (ann.username, ann.is_active, ann.has_usable_password()) == (f"erased {ann.pk}", False, False)
        assert not ann.groups.exists(), "who is gone has no role"
        entry = AuditEntry.objects.get(action="person.erase")
        assert (entry.actor, entry.subject, entry.data) == (admin, str(ann.pk), {"conversations": 1})
        assert retention.erase_account(admin, closed.pk) is None
        assert audit.Check().run().well

    def test_is_called_as_nobody_can_call_themselves(
        self, closed: User, admin: User, person: Callable[..., User]
    ) -> None:
        other = person(f"erased-{closed.pk}")
        retention.erase_account(admin, closed.pk)
        name = User.objects.get(pk=closed.pk).username
        assert name != other.username
        form = NewPersonForm({"username": name, "password1": PASSWORD, "password2": PASSWORD})
        User.objects.filter(pk=closed.pk).update(username="another")
        assert list(form.errors) == ["username"], "not for being taken"

    def test_is_closed_first_and_never_opened_again(
        self, closed: User, admin: User, person: Callable[..., User]
    ) -> None:
        with pytest.raises(PermissionDenied, match="Only administrators"):
            retention.erase_account(person("rob", reviewer=True), closed.pk)
        with pytest.raises(PermissionDenied, match="deactivate it first"):
            retention.erase_account(admin, admin.pk)
        retention.erase_account(admin, closed.pk)
        with pytest.raises(PermissionDenied, match="was erased"):
            people.activate(admin, closed.pk)
        with pytest.raises(PermissionDenied, match="was erased"):
            people.give_roles(admin, closed.pk, ["Reviewer"])

    def test_what_could_not_be_erased_at_once_is_erased_by_the_next_purge(
        self, admin: User, person: Callable[..., User]
    ) -> None:
        ben = person("ben")
        turn = factories.frozen(factories.begun(ben)).turn
        User.objects.filter(pk=ben.pk).update(is_active=False)
        retention.erase_account(admin, ben.pk)
        assert Conversation.objects.get().erased_at is None
        Turn.objects.update(status=Status.STOPPED)
        assert purged()["deleted conversations"] == 1
        assert Conversation.objects.get().erased_at is not None
        assert turn.pk == Turn.objects.get().pk


DAYS = {
    "CHAT_KEEP_DELETED": 30,
    "CHAT_KEEP_UPHELD": 20,
    "CHAT_KEEP_INVITATIONS": 10,
    "CHAT_KEEP_CHECK_DETAILS": 5,
}


@pytest.fixture
def times(settings: Any) -> None:
    for name, days in DAYS.items():
        setattr(settings, name, days)


def aged(days: float) -> Any:
    return timezone.now() - timedelta(days=days)


def make_deleted(owner: User, at: Any) -> None:
    made = held.conversation(owner)
    held.saved(made, "Q", "A")
    Conversation.objects.filter(pk=made.pk).update(deleted_at=at)


def make_upheld(owner: User, at: Any) -> None:
    case = held.held(held.conversation(owner), "No.", (0, 2, "no"))
    Turn.objects.filter(pk=case.turn_id).update(status=Status.UPHELD)
    Case.objects.filter(pk=case.pk).update(state=Case.State.UPHELD, closed_at=at)


def make_withdrawn(owner: User, at: Any) -> None:
    made = held.saved(held.conversation(owner), "Q", "A")
    Turn.objects.filter(pk=made.pk).update(status=Status.WITHDRAWN)
    Case.objects.create(
        turn=made,
        kind="reported",
        state="upheld",
        lane="closed",
        reference=f"R{made.pk.hex[:8]}",
        closed_at=at,
    )


def make_suggestion(owner: User, at: Any) -> None:
    make_suggestion_of(held.held(held.conversation(owner), "No.", (0, 2, "no")), at, "No.")


def make_suggestion_of(case: Case, at: Any, text: str) -> None:
    row = Suggestion.objects.create(
        policy=policies.follow(),
        case=case,
        by=case.owner,
        where="rule",
        name="no",
        expected="pass",
        text=text,
    )
    Suggestion.objects.filter(pk=row.pk).update(at=at)


def make_session(owner: User, at: Any) -> None:
    Session.objects.create(session_key=f"s{at.timestamp()}", session_data="x", expire_date=at)


def make_failure(owner: User, at: Any) -> None:
    LoginFailure.objects.filter(pk=LoginFailure.objects.create(key="x").pk).update(at=at)


def make_invitation(owner: User, at: Any) -> None:
    for field in ("used_at", "revoked_at", "expires_at"):
        fields = {"expires_at": timezone.now() + timedelta(days=1), field: at}
        Invitation.objects.create(token_hash=f"{field}{at.timestamp()}", created_by=owner, **fields)


def make_detail(owner: User, at: Any) -> None:
    made = held.saved(held.conversation(owner), "Q", "A")
    row = CheckResult.objects.create(
        turn=made, digest="0" * 64, round=1, checker="x", outcome="error", detail="HTTP 500"
    )
    # The guard lets nobody age it.
    with intruder("chat_checkresult") as somebody:
        moment = at if connection.vendor == "postgresql" else str(at.replace(tzinfo=None))
        somebody.run("UPDATE chat_checkresult SET created_at = %s WHERE id = %s", moment, row.pk)


MINUTE = 1 / 1440
# kind, how one is made that ended at a moment, its days, how many rows that makes
MATRIX = [
    ("deleted conversations", make_deleted, 30.0, 1),
    ("texts that were upheld", make_upheld, 20.0, 1),
    ("texts that were withdrawn", make_withdrawn, 20.0, 1),
    ("suggested texts that nobody settled", make_suggestion, 20.0, 1),
    ("sessions that are over", make_session, 0.0, 1),
    ("failed sign-ins that no longer count", make_failure, 15 * MINUTE, 1),
    ("invitations that are over", make_invitation, 10.0, 3),
    ("details of checks", make_detail, 5.0, 1),
]


@pytest.mark.parametrize(("kind", "make", "days", "rows"), MATRIX, ids=[row[0] for row in MATRIX])
def test_each_kind_is_kept_for_its_time_and_no_longer(
    kind: str,
    make: Callable[[User, Any], None],
    days: float,
    rows: int,
    person: Callable[..., User],
    times: None,
) -> None:
    ann = person("ann")
    make(ann, aged(days - MINUTE))
    assert purged() == {}
    make(ann, aged(days + MINUTE))
    before = everything()
    assert retention.Purge().due()[kind] == rows
    assert everything() == before, "to count changes nothing"
    assert purged() == {kind: rows}
    assert purged() == {}
    assert audit.Check().run().well


def test_the_matrix_leaves_out_no_kind() -> None:
    # What is written of what is erased already has no time.
    timed = [kind.name for kind in retention.KINDS if not isinstance(kind, kinds.Afterwards)]
    assert [row[0] for row in MATRIX] == timed


def test_what_can_still_be_taken_back_keeps_its_text_though_none_is_to_be_kept(
    person: Callable[..., User], settings: Any
) -> None:
    settings.CHAT_KEEP_UPHELD = 0
    ann = person("ann")
    for make in (make_upheld, make_withdrawn):
        make(ann, timezone.now() - reviews.UNDO / 2)
    assert purged() == {}
    for make in (make_upheld, make_withdrawn):
        make(ann, timezone.now() - reviews.UNDO * 2)
    assert purged() == {"texts that were upheld": 1, "texts that were withdrawn": 1}


def test_many_rows_go_in_small_steps(person: Callable[..., User], times: None) -> None:
    LoginFailure.objects.bulk_create(LoginFailure(key="x") for _ in range(450))
    LoginFailure.objects.update(at=aged(1))
    purge = retention.Purge()
    assert purge.step()
    assert LoginFailure.objects.count() == 250
    while purge.step():
        pass
    assert purge.counts["failed sign-ins that no longer count"] == 450


def test_a_case_that_waits_keeps_its_text_however_long(person: Callable[..., User], times: None) -> None:
    case = held.held(held.conversation(person("ann")), "No.", (0, 2, "no"))
    Case.objects.filter(pk=case.pk).update(opened_at=aged(1000))
    assert purged() == {}
    assert Candidate.objects.exists()


class TestTheCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        with contextlib.redirect_stdout(out):
            call_command("purge", *arguments)
        return out.getvalue()

    def test_tells_what_it_would_do_and_what_it_did_and_what_is_out_of_reach(
        self, person: Callable[..., User], times: None
    ) -> None:
        make_deleted(person("ann"), aged(31))
        make_deleted(person("ann2"), aged(1))
        said = self.run("--dry-run")
        assert "1 deleted conversations" in said
        assert Conversation.objects.filter(erased_at=None).count() == 2
        assert not AuditEntry.objects.exists()
        said = self.run()
        assert "1 deleted conversations" in said
        assert "0 sessions that are over" in said
        assert "Out of reach: " in said
        assert "ackups" in said
        assert Conversation.objects.filter(erased_at=None).count() == 1
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.data) == (
            "retention.purged", {"by": "command", "removed": {"deleted conversations": 1}},
        )  # fmt: skip
        assert "Out of reach" not in self.run(), "nothing was erased"

    def test_writes_the_files_anew_when_it_is_told_to(self, person: Callable[..., User], times: None) -> None:
        make_deleted(person("ann"), aged(31))
        assert "anew" in self.run("--rewrite")


class TestOnceADay:
    def test_one_process_begins_it_and_again_only_when_it_has_died(self, settings: Any) -> None:
        settings.CHAT_PURGE_HOUR = 3
        now = timezone.now().replace(hour=12, minute=0)
        assert daily.due_since(now) == now.replace(hour=3, minute=0, second=0, microsecond=0)
        assert daily.due_since(now.replace(hour=2)) == daily.due_since(now) - timedelta(days=1)
        moment = timezone.now()
        # The day's next moment is then a day away, whatever the time is.
        settings.CHAT_PURGE_HOUR = timezone.localtime(moment, timezone.get_default_timezone()).hour
        assert daily.claim(moment)
        assert not daily.claim(moment)
        assert daily.claim(moment + timedelta(hours=2))
        for by, ended in (("command", False), ("daily", True)):
            retention.Purge().finish(by)
            assert daily.claim(moment + timedelta(hours=2)), "that one has not verified"
            audit.keep_result(audit.Check().run(), by)
            assert daily.claim(moment + timedelta(hours=2)) != ended
        assert not daily.claim(timezone.now())
        tomorrow = daily.due_since(timezone.now()) + timedelta(days=1, minutes=1)
        assert not daily.claim(tomorrow - timedelta(minutes=2))
        assert daily.claim(max(tomorrow, timezone.now() + timedelta(hours=2)))

    def test_of_several_at_the_same_moment_one_begins(self) -> None:
        assert sorted(together(*[lambda: daily.claim()] * 5)) == [False] * 4 + [True]
        assert AuditEntry.objects.filter(action="retention.begun").count() == 1

    def test_purges_and_then_verifies_the_audit(
        self,
        person: Callable[..., User],
        times: None,
        settings: Any,
        tmp_path: Any,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        settings.DATA_DIR = tmp_path
        caplog.set_level("INFO", "chat")
        make_deleted(person("ann"), aged(31))

        async def scenario() -> None:
            daily._next_look = 0.0
            await daily.try_due()
            await asyncio.gather(*daily._running)
            await daily.try_due()  # not yet again
            assert not daily._running

        asyncio.run(scenario())
        assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
            "retention.begun", "retention.purged", "audit.verified",
        ]  # fmt: skip
        assert Conversation.objects.get().erased_at is not None
        result = audit.last_result()
        assert result is not None
        assert result.data["findings"] == 0
        assert "purge: removed 1 deleted conversations" in caplog.text
        assert "Out of reach" in caplog.text
