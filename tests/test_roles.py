"""Every address of the product times every role: who is let in, and who is refused. A new address needs a row here."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import resolve

from chat import people, policies, urls
from chat.models import AuditEntry, Case, Transcript, User, roles
from chat.reviews import transcripts
from chat.routing import router
from tests import held
from tests.responses import read

pytestmark = pytest.mark.slow

IN = "to sign in"  # sent to the sign-in page
ROLE = {
    "reviewer": "Reviewer", "senior": "Senior reviewer", "editor": "Policy editor", "administrator": "Administrator",
    "auditor": "Auditor",
}  # fmt: skip
ACTORS = ("nobody", "person", *ROLE, "root")

ALL = set(ACTORS)
ANY = ALL - {"nobody"}
REVIEW = {"reviewer", "senior", "root"}
DESK = REVIEW | {"auditor"}
SENIOR = {"senior", "root"}
NUMBERS = DESK | {"editor", "administrator"}
ADMINISTER = {"administrator", "root"}
POLICY = ADMINISTER | {"editor"}
READ_POLICY = POLICY | DESK
AUDIT = {"auditor", "root"}
STAFF = {"root"}

# method, address, whom it lets in, and what they are answered; everybody else is refused
TABLE: list[tuple[str, str, set[str], int]] = [
    ("GET", "/", ANY, 200),
    ("GET", "/sidebar/", ANY, 200),
    ("GET", "/search/", ANY, 200),
    # Somebody else's conversation and answers do not exist, for no role.
    ("GET", "/c/{chat}/", ANY, 404),
    ("GET", "/c/{chat}/changes/", ANY, 404),
    ("GET", "/c/{chat}/export.json", ANY, 404),
    ("POST", "/c/{chat}/rename/", ANY, 404),
    ("POST", "/c/{chat}/delete/", ANY, 404),
    ("POST", "/c/{chat}/restore/", ANY, 404),
    ("POST", "/c/{chat}/erase/", ANY, 404),
    ("POST", "/turns/", ANY, 400),
    ("GET", "/turns/{turn}/", ANY, 404),
    ("GET", "/turns/{turn}/answer/", ANY, 404),
    ("GET", "/turns/{turn}/document.json", ANY, 404),
    ("GET", "/turns/{turn}/events", ANY, 404),
    ("POST", "/turns/{turn}/stop/", ANY, 404),
    ("POST", "/turns/{turn}/select/", ANY, 404),
    ("GET", "/turns/{turn}/report/", ANY, 404),
    ("POST", "/turns/{turn}/report/", ANY, 404),
    ("POST", "/logout/", ALL, 302),
    ("GET", "/account/", ANY, 200),
    ("POST", "/account/", ANY, 422),
    ("GET", "/account/export.zip", ANY, 200),
    ("GET", "/setup/", ALL, 404),
    ("GET", "/signup/", ALL, 404),
    ("GET", "/invite/unknown/", ALL, 404),
    ("GET", "/rules/", ANY, 200),
    ("GET", "/reviewed/", ANY, 200),
    ("GET", "/people/", ADMINISTER, 200),
    ("POST", "/people/invite/", ADMINISTER, 200),
    ("POST", "/people/invitations/999999/revoke/", ADMINISTER, 409),
    ("POST", "/people/999999/deactivate/", ADMINISTER, 404),
    ("POST", "/people/999999/activate/", ADMINISTER, 404),
    ("POST", "/people/999999/roles/", ADMINISTER, 404),
    ("GET", "/people/999999/erase/", ADMINISTER, 404),
    ("POST", "/people/999999/erase/", ADMINISTER, 404),
    ("GET", "/assistants/", ADMINISTER, 200),
    ("GET", "/assistants/new/", ADMINISTER, 200),
    ("POST", "/assistants/new/", ADMINISTER, 422),
    ("GET", "/assistants/999999/", ADMINISTER, 404),
    ("POST", "/assistants/999999/first/", ADMINISTER, 404),
    ("POST", "/assistants/999999/archive/", ADMINISTER, 404),
    ("POST", "/assistants/999999/restore/", ADMINISTER, 404),
    ("GET", "/assistants/999999/versions/1/", ADMINISTER, 404),
    ("POST", "/assistants/999999/versions/1/restore/", ADMINISTER, 404),
    ("GET", "/endpoints/new/", ADMINISTER, 200),
    ("GET", "/endpoints/models/", POLICY, 404),
    ("GET", "/endpoints/999999/", ADMINISTER, 404),
    ("POST", "/endpoints/999999/test/", ADMINISTER, 404),
    ("POST", "/endpoints/999999/archive/", ADMINISTER, 404),
    ("POST", "/endpoints/999999/restore/", ADMINISTER, 404),
    ("GET", "/policies/", POLICY, 200),
    ("GET", "/policies/new/", POLICY, 200),
    ("POST", "/policies/new/", POLICY, 422),
    ("POST", "/policies/bypass/", POLICY, 422),
    ("POST", "/policies/bypass/999999/end/", POLICY, 404),
    ("GET", "/policies/replays/999999/", POLICY, 404),
    ("POST", "/policies/replays/999999/step/", POLICY, 404),
    ("POST", "/policies/replays/999999/stop/", POLICY, 404),
    ("GET", "/policies/{policy}/", POLICY, 200),
    ("POST", "/policies/999999/", POLICY, 404),
    ("POST", "/policies/999999/off/", POLICY, 404),
    ("POST", "/policies/999999/archive/", POLICY, 404),
    ("POST", "/policies/999999/restore/", POLICY, 404),
    ("POST", "/policies/999999/shadow/stop/", POLICY, 404),
    ("POST", "/policies/999999/suggestions/1/accept/", POLICY, 404),
    ("POST", "/policies/999999/suggestions/1/dismiss/", POLICY, 404),
    ("GET", "/policies/999999/mode/", POLICY, 404),
    ("POST", "/policies/999999/mode/", POLICY, 404),
    ("POST", "/policies/999999/packs/", POLICY, 404),
    ("POST", "/policies/999999/packs/starter/", POLICY, 404),
    ("POST", "/policies/999999/rules/new/", POLICY, 404),
    ("POST", "/policies/999999/rules/named/x/", POLICY, 404),
    ("POST", "/policies/999999/classifiers/answers/new/", POLICY, 404),
    ("POST", "/policies/999999/classifiers/answers/named/x/", POLICY, 404),
    ("GET", "/policies/{policy}/versions/1/", READ_POLICY, 200),
    ("POST", "/policies/999999/versions/1/on/", POLICY, 404),
    ("POST", "/policies/999999/versions/1/shadow/", POLICY, 404),
    ("POST", "/policies/999999/versions/1/try/", POLICY, 404),
    ("POST", "/policies/999999/versions/1/replay/", POLICY, 404),
    ("GET", "/review/", DESK, 200),
    ("GET", "/review/news/", DESK, 200),
    ("POST", "/review/next/", REVIEW, 302),
    ("GET", "/review/numbers/", NUMBERS, 200),
    ("GET", "/review/{case}/", DESK, 200),
    ("GET", "/review/{unknown}/", DESK, 404),
    ("GET", "/review/{case}/changes/", DESK, 200),
    ("POST", "/review/{unknown}/claim/", REVIEW, 404),
    ("POST", "/review/{case}/take-over/", SENIOR, 422),
    ("POST", "/review/{case}/decide/", REVIEW, 422),
    ("POST", "/review/{case}/undo/", REVIEW, 422),
    ("POST", "/review/{case}/note/", REVIEW, 422),
    ("POST", "/review/{case}/reveal/", REVIEW, 422),
    ("POST", "/review/{case}/wrong/", REVIEW, 422),
    ("GET", "/review/transcripts/", SENIOR, 200),
    ("POST", "/review/transcripts/", SENIOR, 422),
    ("GET", "/review/transcripts/of/{chat}/", SENIOR, 200),
    ("POST", "/review/transcripts/of/{chat}/", SENIOR, 422),
    ("GET", "/review/transcripts/999999/", SENIOR, 404),
    ("POST", "/review/transcripts/999999/close/", SENIOR, 302),
    ("GET", "/audit/", AUDIT, 200),
    ("POST", "/audit/", ANY, 405),
    ("GET", "/audit/export.jsonl", AUDIT, 200),
    ("GET", "/healthz", ALL, 200),
    ("GET", "/readyz", ALL, 200),
    ("GET", "/metrics", ALL, 404),
    ("GET", "/streaming-check/", ALL, 404),
    ("GET", "/login/", ALL, 302),  # who is signed in already goes on; see below
    ("GET", "/admin/", STAFF, 200),
]
# Answers that differ from the table's for somebody who is let in.
BUT = {("/login/", "nobody"): 200, ("/turns/{turn}/events", "nobody"): 401}
# A page that asks who somebody is sends them there instead of saying no.
SENT = {"/admin/"}


@pytest.fixture
def actors(person: Callable[..., User], admin: User) -> dict[str, User | None]:
    made = {key: person(key, role=name) for key, name in ROLE.items()}
    return {"nobody": None, "person": person("ann"), **made, "root": admin}


@pytest.fixture
def places(person: Callable[..., User]) -> dict[str, Any]:
    """Somebody's conversation with a saved answer and a held one, and a policy."""
    chat = held.conversation(person("olga", first_name="Olga"))
    saved = held.saved(chat, "A private question", "A private answer")
    case = held.held(chat, "Held text", (0, 4, "rule"), parent=saved)
    return {
        "chat": chat.pk, "turn": saved.pk, "case": case.pk, "unknown": uuid.uuid4(), "policy": policies.follow().pk
    }  # fmt: skip


def client_for(user: User | None) -> Client:
    client = Client(REMOTE_ADDR="203.0.113.5")
    if user is not None:
        client.force_login(user)
    return client


def answer(client: Client, method: str, address: str) -> int | str:
    response = client.generic(method, address)
    target = response.headers.get("Location", "")
    sent = response.status_code == 302 and target.startswith(("/login/?next=", "/admin/login/?next="))
    return IN if sent else response.status_code


@pytest.mark.parametrize("who", ACTORS)
def test_each_address_lets_in_whom_it_should_and_refuses_everybody_else(
    actors: dict[str, User | None], places: dict[str, Any], who: str
) -> None:
    wrong = []
    for method, address, allowed, status in TABLE:
        refused = IN if who == "nobody" or address in SENT else 403
        wanted = BUT.get((address, who), status if who in allowed else refused)
        found = answer(client_for(actors[who]), method, address.format(**places))
        if found != wanted:
            wrong.append((method, address, found, wanted))
    assert wrong == []


def test_the_table_leaves_out_no_address() -> None:
    names = dict.fromkeys(("chat", "turn", "case", "unknown"), uuid.uuid4()) | {"policy": 1}
    listed = {resolve(row[1].format(**names)).url_name for row in TABLE}
    assert {route.name for route in urls.urlpatterns} - listed == set()


def test_the_sockets_are_the_ones_that_are_known_here() -> None:
    """Who opens them is tested where they are (server/test_sockets.py, server/test_desk.py)."""
    known = {"ws/live/", "ws/review/", "ws/turns/<uuid:turn_id>/", "ws/streaming-check/", ""}
    assert {str(route.pattern) for route in router.routes} == known


def test_the_admin_is_for_staff_alone_whatever_the_role(actors: dict[str, User | None]) -> None:
    pages = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
    assert len(pages) > 10
    for who in ACTORS:
        client = client_for(actors[who])
        found = {answer(client, "GET", page) for page in pages}
        assert found == ({200} if who == "root" else {IN}), who


def test_an_auditor_reads_the_record_and_changes_nothing(
    actors: dict[str, User | None], places: dict[str, Any]
) -> None:
    rows = [row for row in TABLE if row[0] == "POST" and "auditor" in row[2]]
    own = {"/turns/", "/logout/", "/account/"}
    nothing = ("/c/", "/turns/{", "/audit/")  # others' do not exist, and the audit takes nothing
    assert {row[1] for row in rows if not row[1].startswith(nothing)} == own
    page = client_for(actors["auditor"]).get(f"/review/{places['case']}/").content.decode()
    assert "You read the record, not the words." in page
    for words in ("Held text", "A private", "Write a note", "Decide <kbd"):
        assert words not in page
    assert "matched" not in page


@pytest.mark.django_db(transaction=True)  # what streams is read on other connections
def test_an_unflagged_conversation_is_reached_by_nobody_without_breaking_the_glass(
    actors: dict[str, User | None], places: dict[str, Any]
) -> None:
    """Not a word of it, at any address that anybody is let in to, but two turns around a case."""
    words = "A private answer"
    for who, user in actors.items():
        client = client_for(user)
        for method, address, allowed, _ in TABLE:
            if method == "GET" and who in allowed and address != "/review/{case}/":
                assert words not in read(client.get(address.format(**places))), (who, address)
    assert words in client_for(actors["reviewer"]).get(f"/review/{places['case']}/").content.decode()


def test_every_look_at_a_transcript_is_on_record(
    actors: dict[str, User | None], places: dict[str, Any]
) -> None:
    senior, client = actors["senior"], client_for(actors["senior"])
    place = f"/review/transcripts/of/{places['chat']}/"
    opened = client.post(place, {"reason": "The person asked us to look at their lost text."})
    page = opened.headers["Location"]
    for _ in range(2):
        assert "A private answer" in client.get(page).content.decode()
    seen = AuditEntry.objects.filter(actor=senior, action="transcript.view", subject=str(places["chat"]))
    assert seen.count() == 2
    assert AuditEntry.objects.filter(actor=senior, action="transcript.open").count() == 1
    for who in ("reviewer", "auditor", "administrator", "root"):
        assert client_for(actors[who]).get(page).status_code == 403
    assert seen.count() == 2
    assert "lost text" not in str(list(AuditEntry.objects.values())), (
        "words stand in the row, not in the audit"
    )


class TestRoles:
    def test_each_has_exactly_its_rights_after_every_migrate(self, person: Callable[..., User]) -> None:
        stray = Permission.objects.get(codename="break_glass")
        Group.objects.get(name="Reviewer").permissions.add(stray)
        Group.objects.get(name="Auditor").permissions.clear()
        roles.install()
        for role in roles.ROLES:
            has = set(Group.objects.get(name=role.name).permissions.values_list("codename", flat=True))
            known = set(
                Permission.objects.filter(codename__in=role.rights).values_list("codename", flat=True)
            )
            assert has == known, role.name
        assert not person("rev", role="Reviewer").has_perm("chat.break_glass")

    def test_an_administrator_gives_and_takes_them(
        self, actors: dict[str, User | None], person: Callable[..., User]
    ) -> None:
        ann, boss = actors["person"], actors["administrator"]
        assert ann is not None
        other = Group.objects.create(name="Harbour office")
        ann.groups.add(other)
        told: list[int] = []
        people.on_change.append(told.append)
        try:
            client = client_for(boss)
            for wanted in (["Reviewer", "Auditor"], ["Reviewer"], []):
                assert client.post(f"/people/{ann.pk}/roles/", {"role": wanted}).status_code == 302
                assert set(ann.groups.values_list("name", flat=True)) == {*wanted, "Harbour office"}
            entries = AuditEntry.objects.filter(action="person.roles", subject=str(ann.pk))
            assert [entry.data for entry in entries.order_by("pk")] == [
                {"given": ["Auditor", "Reviewer"], "taken": []},
                {"given": [], "taken": ["Auditor"]},
                {"given": [], "taken": ["Reviewer"]},
            ]
        finally:
            people.on_change.remove(told.append)

    def test_nobody_gives_themselves_one_or_what_is_none(self, actors: dict[str, User | None]) -> None:
        boss, root = actors["administrator"], actors["root"]
        assert boss is not None
        client = client_for(boss)
        own = client.post(f"/people/{boss.pk}/roles/", {"role": ["Administrator", "Senior reviewer"]})
        assert own.status_code == 409
        assert "Nobody gives themselves a role" in own.content.decode()
        assert not User.objects.get(pk=boss.pk).has_perm("chat.break_glass")
        assert client.post(f"/people/{actors['person'].pk}/roles/", {"role": ["King"]}).status_code == 409
        assert client.post(f"/people/{root.pk}/roles/", {"role": []}).status_code == 409


def test_break_glass_ends_by_itself_and_by_hand(
    actors: dict[str, User | None], places: dict[str, Any]
) -> None:
    senior, client = actors["senior"], client_for(actors["senior"])
    row = transcripts.break_glass(senior, places["chat"], "A report by telephone.")
    assert client.get(f"/review/transcripts/{row.pk}/").status_code == 200
    client.post(f"/review/transcripts/{row.pk}/close/")
    assert client.get(f"/review/transcripts/{row.pk}/").status_code == 403
    late = Transcript.objects.create(
        by=senior, conversation_id=places["chat"], reason="Long ago.", opened_at=row.opened_at - transcripts.LASTS * 2,
        until=row.opened_at - transcripts.LASTS,
    )  # fmt: skip
    page = client.get(f"/review/transcripts/{late.pk}/")
    assert page.status_code == 403
    assert "The time to read this conversation is over" in page.content.decode()


def test_a_conversation_is_found_by_reference_or_by_person_and_day_never_by_its_words(
    actors: dict[str, User | None], places: dict[str, Any]
) -> None:
    client, case = client_for(actors["senior"]), Case.objects.get(pk=places["case"])
    day = case.turn.created_at.date().isoformat()

    def found(**form: str) -> int:
        page = client.post("/review/transcripts/", form)
        assert "A private answer" not in page.content.decode()
        return len(page.context["found"] or []) if page.status_code == 200 else -1

    assert found(reference=case.reference.lower()) == 1
    assert found(reference=str(places["turn"])[:8]) == 1
    assert found(reference=str(places["turn"])) == found(reference=str(places["chat"])) == 1
    assert found(person="olga", day=day) == 1
    assert found(person="olga", day="2020-01-01") == found(person="nobody", day=day) == 0
    assert found(reference="A private question") == found(reference="zzzzzz") == 0
    assert found(person="olga") == found() == -1
    looked = AuditEntry.objects.filter(action="transcript.search")
    assert looked.count() == 9
    assert looked.filter(subject=str(case.owner_id)).count() == 2, "a person by their id"
    assert "olga" not in str(list(looked.values_list("data", flat=True)))
    assert case.owner.name == "Olga"


def test_a_page_older_than_the_last_change_gives_no_role_back(
    person: Callable[..., User],
) -> None:
    boss, client = person("boss", role="Administrator"), Client()
    client.force_login(boss)
    ann = person("ann", role="Senior reviewer")
    place, fields = (
        f"/people/{ann.pk}/roles/",
        {"role": ["Senior reviewer", "Auditor"], "seen": "Senior reviewer"},
    )
    assert 'name="seen" value="Senior reviewer"' in client.get("/people/").content.decode()
    people.give_roles(boss, ann.pk, [])
    reply = client.post(place, fields)
    assert reply.status_code == 409
    assert "Meanwhile somebody else has changed these roles." in reply.content.decode()
    assert not ann.groups.exists()
    assert client.post(place, {"role": ["Auditor"], "seen": ""}).status_code == 302
    assert [group.name for group in ann.groups.all()] == ["Auditor"]
