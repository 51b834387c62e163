"""The admin's lists are gone through by year, month and day, along the links that they have."""

import html
import re
from urllib.parse import parse_qsl

import pytest
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse

from chat import policies, reviews
from chat.models import Case, User
from chat.reviews import transcripts

pytestmark = pytest.mark.slow

DATED = {
    model._meta.model_name: admin.date_hierarchy
    for model, admin in django_admin.site._registry.items()
    if admin.date_hierarchy
}


@pytest.fixture
def root(admin: User, case: Case) -> Client:
    policies.follow()
    reviews.decide(admin, case.pk, "uphold", "It is one.", 0)
    transcripts.break_glass(admin, case.turn.conversation_id, "To have a row of each.")
    client = Client()
    client.force_login(admin)
    return client


def test_there_are_lists_with_dates() -> None:
    assert {"case", "conversation", "turn"} <= set(DATED)


@pytest.mark.parametrize("name", sorted(DATED))
def test_every_link_of_a_lists_dates_leads_to_rows(name: str, root: Client) -> None:
    place, field = reverse(f"admin:chat_{name}_changelist"), DATED[name]
    met, todo, steps = set(), ["?"], set()
    while todo:
        link = todo.pop()
        page = root.get(place + link)
        assert page.status_code == 200, link
        assert page.context["cl"].result_count, link
        steps |= set(re.findall(rf"{field}__(\w+)=", link))
        links = map(html.unescape, re.findall(r'href="(\?[^"]+)"', page.content.decode()))
        new = {
            each for each in links if all(key.startswith(f"{field}__") for key, _ in parse_qsl(each[1:]))
        } - met
        met |= new
        todo += new
    assert steps == {"year", "month", "day"}


@pytest.mark.parametrize(
    "asked",
    [
        {"active_at__year": "9999"},
        {"active_at__year": "99999999999999"},
        {"active_at__year": "0"},
        {"active_at__year": "1"},
        {"active_at__year": "x"},
        {"active_at__year": "2026", "active_at__month": "13"},
        {"active_at__year": "2026", "active_at__month": "2", "active_at__day": "31"},
        {"active_at__month": "x"},
        {"active_at__second": "1"},
        {"created_at__year": "2026"},
        {"owner__date_joined__year": "2026"},
        {"active_at__year__gte": "2000"},
    ],
)
def test_no_other_date_is_asked_for(asked: dict[str, str], root: Client) -> None:
    response = root.get(reverse("admin:chat_conversation_changelist"), asked)
    assert response.status_code in {302, 400}
