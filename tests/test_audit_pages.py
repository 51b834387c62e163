"""The audit's page and its export: who reads it, what they find, and that they did is an entry."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from chat import audit
from chat.models import AuditEntry, User
from tests.responses import read

pytestmark = pytest.mark.slow


@pytest.fixture
def auditor(person: Callable[..., User]) -> User:
    made = person("audrey", first_name="Audrey")
    made.user_permissions.add(Permission.objects.get(codename="view_audit"))
    return made


@pytest.fixture
def desk(auditor: User) -> Client:
    client = Client()
    client.force_login(auditor)
    return client


def listed(response: Any) -> list[str]:
    return [row.entry.subject for row in response.context["rows"]]


def test_an_auditor_reads_it_and_that_is_an_entry(
    desk: Client, auditor: User, person: Callable[..., User]
) -> None:
    audit.record(person("rita", first_name="Rita"), "case.view", "a-case", reference="ABCD")
    page = desk.get("/audit/").content.decode()
    assert "Rita" in page
    assert "looked at a case" in page
    assert "a-case" in page
    assert "ABCD" in page
    entry = AuditEntry.objects.latest("id")
    assert (entry.actor, entry.action, entry.data) == (auditor, "audit.view", {})
    assert "read the audit" in desk.get("/audit/").content.decode()


def test_an_auditor_can_do_nothing_else(desk: Client) -> None:
    for address in ("/people/", "/review/", "/assistants/"):
        assert desk.get(address).status_code == 403
    assert desk.get("/admin/").status_code == 302
    bar = desk.get("/audit/").content.decode().partition("</header>")[0]
    assert 'href="/audit/"' in bar
    assert 'href="/people/"' not in bar


def test_who_has_no_such_right_is_told_whom_to_ask(person: Callable[..., User]) -> None:
    client = Client()
    client.force_login(person("ann"))
    response = client.get("/audit/")
    assert response.status_code == 403
    assert "Only auditors read the audit" in response.content.decode()
    assert 'href="/audit/"' not in client.get("/account/").content.decode()
    assert not AuditEntry.objects.exists()


@pytest.fixture
def entries(person: Callable[..., User]) -> dict[str, User]:
    ann, rita = person("ann"), person("rita")
    for number in range(3):
        audit.record(ann, "person.export", ann.pk)
        audit.record(rita, "case.view", f"case-{number}")
        audit.record(rita, "case.uphold", f"case-{number}")
    audit.record(None, "person.sign_in_refused")
    return {"ann": ann, "rita": rita}


def test_it_is_found_by_who_what_whom_it_was_about_and_when(desk: Client, entries: dict[str, User]) -> None:
    ann, rita = entries["ann"], entries["rita"]
    assert listed(desk.get("/audit/?who=ann")) == [str(ann.pk)] * 3
    assert listed(desk.get(f"/audit/?who={rita.pk}&what=case.view")) == ["case-2", "case-1", "case-0"]
    assert len(listed(desk.get("/audit/?what=case."))) == 6
    assert listed(desk.get("/audit/?subject=case-1")) == ["case-1"] * 2
    # Midnight may pass at any time.
    moments = (
        AuditEntry.objects.filter(action__startswith="case.").order_by("id").values_list("at", flat=True)
    )
    first, *_, last = (timezone.localdate(moment) for moment in moments)
    assert len(listed(desk.get(f"/audit/?what=case.&since={first}&until={last}"))) == 6
    assert listed(desk.get(f"/audit/?what=case.&since={last + timedelta(days=1)}")) == []
    assert listed(desk.get(f"/audit/?what=case.&until={first - timedelta(days=1)}")) == []
    asked = AuditEntry.objects.filter(action="audit.view").order_by("id")[1]
    assert asked.data == {"who": str(rita.pk), "what": "case.view"}


@pytest.mark.parametrize(
    "query",
    [
        "who=nobody",
        "what=made.up",
        "subject=a b",
        "since=yesterday",
        "until=2026-13-01",
        "who=99999999999999",
    ],
)
def test_what_cannot_be_asked_for_is_said_at_its_field(
    desk: Client, entries: dict[str, User], query: str
) -> None:
    for address in ("/audit/", "/audit/export.jsonl"):
        response = desk.get(f"{address}?{query}")
        assert response.status_code == 422
        assert 'class="error"' in response.content.decode()


def test_pages_stay_put_while_new_entries_arrive(desk: Client, person: Callable[..., User]) -> None:
    rita = person("rita")
    for number in range(120):
        audit.record(rita, "case.view", number)
    first = desk.get("/audit/?what=case.view")
    assert listed(first) == [str(number) for number in range(119, 69, -1)]
    audit.record(rita, "case.view", "new")
    second = desk.get(f"/audit/?{first.context['older']}")
    assert listed(second) == [str(number) for number in range(69, 19, -1)]
    third = desk.get(f"/audit/?{second.context['older']}")
    assert listed(third) == [str(number) for number in range(19, -1, -1)]
    assert not third.context["older"]
    assert listed(desk.get(f"/audit/?{third.context['newest']}"))[0] == "new"


def test_it_asks_the_database_as_often_however_much_there_is(
    desk: Client, entries: dict[str, User], django_assert_max_num_queries: Any
) -> None:
    for number in range(200):
        audit.record(entries["ann"], "case.view", number)
    with django_assert_max_num_queries(14):
        desk.get("/audit/")


def test_what_an_entry_holds_is_text_on_the_page(desk: Client, entries: dict[str, User]) -> None:
    nasty = "<script>alert(1)</script>"
    audit.record(
        entries["ann"],
        "assistant.changed",
        "<b>5",
        name=nasty,
        changed=["groups", "model"],
        more={"added": [nasty]},
    )
    page = desk.get("/audit/").content.decode()
    assert nasty not in page
    assert "&lt;script&gt;" in page
    assert "groups, model" in page


def test_the_page_says_how_the_last_verification_ended(desk: Client, entries: dict[str, User]) -> None:
    assert "Not verified yet" in desk.get("/audit/").content.decode()
    audit.keep_result(audit.Check().run(), "daily")
    page = desk.get("/audit/").content.decode()
    assert "Nothing was altered, removed or inserted" in page
    assert AuditEntry.objects.filter(seq__gt=0).latest("seq").previous in page, (
        "the head, as it was when the page was made"
    )
    report = audit.Check().run()
    report.say("Something is wrong.")
    audit.keep_result(report, "daily")
    page = desk.get("/audit/").content.decode()
    assert "1 thing wrong" in page
    assert 'role="alert"' in page


class TestTheExport:
    def lines(self, client: Client, query: str = "") -> list[dict[str, Any]]:
        response = client.get(f"/audit/export.jsonl{query}")
        assert response.status_code == 200
        assert response["Content-Type"] == "application/x-ndjson"
        assert ".jsonl" in response["Content-Disposition"]
        return [json.loads(line) for line in read(response).splitlines()]

    @pytest.mark.django_db(transaction=True)
    def test_it_has_all_that_verifying_needs_and_can_be_verified(
        self, desk: Client, entries: dict[str, User]
    ) -> None:
        text = read(desk.get("/audit/export.jsonl"))
        report = audit.check_file(text.splitlines())
        assert report.well
        assert report.entries == AuditEntry.objects.count() == 11, "its own entry is in it"
        first, *rows, last = [json.loads(line) for line in text.splitlines()]
        assert (first["format"], first["version"], first["selection"]) == ("sluice.audit", 1, None)
        assert last == {"end": True, "entries": 11}
        assert rows[1]["name"] == "rita"
        assert rows[-1]["action"] == "audit.export"

    @pytest.mark.django_db(transaction=True)
    def test_what_was_done_to_a_file_is_found(self, desk: Client, entries: dict[str, User]) -> None:
        lines = read(desk.get("/audit/export.jsonl")).splitlines()

        def said(changed: list[str]) -> list[str]:
            return [str(finding) for finding in audit.check_file(changed).findings]

        assert said(lines) == []
        assert said([*lines[:2], lines[2].replace("case-0", "case-9"), *lines[3:]])[0].startswith("Entry ")
        assert said([*lines[:4], *lines[5:]])[0] == "Entry 4 was removed."
        assert said([*lines[:4], lines[5], lines[4], *lines[6:]]) != []
        assert said([*lines[:-1]]) == [
            "The file ends without its last line: it was cut, or is not all there."
        ]
        assert said([*lines[:-3], lines[-1]])[0].startswith("The file has 9 entries; its last line says 11.")
        assert said([*lines[:4], "{", *lines[4:]])[0] == "Line 5 cannot be read as an entry."
        with pytest.raises(audit.Unreadable):
            audit.check_file(['{"format": "other"}'])
        with pytest.raises(audit.Unreadable):
            audit.check_file([])

    @pytest.mark.django_db(transaction=True)
    def test_a_selection_says_that_it_is_one(self, desk: Client, entries: dict[str, User]) -> None:
        text = read(desk.get("/audit/export.jsonl?who=rita&what=case.view"))
        rows = [json.loads(line) for line in text.splitlines()]
        assert rows[0]["selection"] == {"who": str(entries["rita"].pk), "what": "case.view"}
        assert [row["subject"] for row in rows[1:-1]] == ["case-0", "case-1", "case-2"]
        report = audit.check_file(text.splitlines())
        assert report.well
        assert "These are some entries of the chain" in report.unknown[0]
        changed = text.replace("case-1", "case-7").splitlines()
        assert [str(each) for each in audit.check_file(changed).findings] != []
