"""Where somebody is led who is not signed in any more, and whose page a request comes from."""

from uuid import UUID

import pytest
from django.test import Client

from tests.factories import person

pytestmark = pytest.mark.django_db
CASE = f"/review/{UUID(int=7)}/"


@pytest.mark.parametrize(
    ("referer", "leads_to"),
    [
        (f"http://testserver{CASE}?sort=age", f"{CASE}?sort=age"),
        (f"{CASE}?sort=age", f"{CASE}?sort=age"),
        ("http://elsewhere.example/review/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http://testserver", "/"),
        ("", "/"),
    ],
)
@pytest.mark.parametrize("place", [f"{CASE}decide/", "/turns/", "/people/1/deactivate/"])
def test_whoever_sends_a_form_comes_back_to_the_page_it_is_on(
    place: str, referer: str, leads_to: str
) -> None:
    reply = Client().post(place, headers={"Referer": referer} if referer else {})
    assert reply.status_code == 302
    assert reply.headers["Location"].replace("%3F", "?").replace("%3D", "=") == f"/login/?next={leads_to}"


def test_a_script_is_told_and_not_led_anywhere() -> None:
    for place in ("/turns/", f"{CASE}claim/"):
        reply = Client().post(place, headers={"HX-Request": "true"})
        assert reply.status_code == 401
        assert "You have been signed out" in reply.content.decode()


def test_nothing_is_done_for_somebody_else_than_whose_page_it_is() -> None:
    ann, ben = person("ann"), person("ben")
    client = Client()
    client.force_login(ben)
    told = {"HX-Request": "true", "Sluice-Person": str(ann.pk)}
    reply = client.post("/turns/", headers=told)
    assert reply.status_code == 409
    assert "Somebody else has signed in" in reply.content.decode()
    assert client.get("/sidebar/", headers=told).status_code == 409
    assert client.get("/sidebar/", headers=told | {"Sluice-Person": str(ben.pk)}).status_code == 200
    assert client.get("/sidebar/", headers={"HX-Request": "true"}).status_code == 200
