"""Addresses and forms of the review desk, the audit and the people page that nobody's page has made: never an error of ours."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from chat.models import Case, User

pytestmark = pytest.mark.slow

KEY = uuid.UUID(int=7)
MOMENTS = ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00", "x"]
GET = [
    "/review/?rule=%00",
    "/review/?checker=a%00",
    "/review/news/?rule=%00",
    *(f"/review/?sort={sort}&after=0_{at}_0_{KEY}" for at in MOMENTS for sort in ("age", "shown")),
    *(f"/reviewed/?after=0_{at}_0_{KEY}" for at in MOMENTS),
    *(f"/review/news/?since={at}" for at in MOMENTS),
    *(
        f"/audit/{form}?{name}={day}"
        for form in ("", "export.jsonl")
        for name in ("since", "until")
        for day in ("9999-12-31", "0001-01-01")
    ),
]
LOOKED_UP = [
    *({"reference": "a" * length} for length in (5, 32, 33, 36)),
    *({"person": "ann", "day": day} for day in ("9999-12-31", "0001-01-01")),
]


@pytest.fixture
def root(person: Callable[..., User]) -> Client:
    client = Client()
    client.force_login(person("root", admin=True))
    return client


@pytest.mark.parametrize("address", GET)
def test_an_odd_address_is_a_page_or_is_refused(address: str, root: Client, case: Case) -> None:
    assert root.get(address).status_code in {200, 400, 404, 422}


def test_what_is_asked_for_beside_a_nul_is_found(root: Client, case: Case) -> None:
    page = root.get("/review/?rule=aws-key%00")
    assert [entry.case.pk for entry in page.context["page"].entries] == [case.pk]
    assert root.post("/review/next/", {"rule": "aws-\0key"}).status_code == 302
    case.refresh_from_db()
    assert case.claimed_by is not None


@pytest.mark.parametrize("form", LOOKED_UP)
def test_an_odd_reference_or_day_finds_nothing(form: dict, root: Client, case: Case) -> None:
    assert root.post("/review/transcripts/", form).status_code in {200, 422}


@pytest.mark.parametrize("verb", ["deactivate", "activate", "erase", "roles"])
def test_a_number_that_no_column_holds_is_nobodys(verb: str, root: Client) -> None:
    assert root.post(f"/people/{10**25}/{verb}/").status_code in {404, 422}
