"""What machines ask: alive, ready, and the numbers for those who may read them."""

import re

import pytest
from asgiref.sync import async_to_sync
from django.db import DatabaseError
from django.test import AsyncClient, Client

from chat import conf, metrics
from chat.models import User, guards
from tests import held

ELSEWHERE = "203.0.113.5"


def test_alive_without_touching_the_database(client: Client) -> None:
    # No database mark: a query here would be refused by pytest-django.
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert client.post("/healthz").status_code == 405


def test_ready_when_the_guards_stand_and_not_when_one_is_missing(client: Client, db: None) -> None:
    assert client.get("/readyz").content == b"ready\n"
    try:
        guards.drop()
        response = client.get("/readyz")
        assert response.status_code == 503
        assert "guard" in response.content.decode()
    finally:
        guards.install()
    assert client.get("/readyz").status_code == 200


def test_not_ready_while_the_database_does_not_answer(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[str]:
        raise DatabaseError("connection refused for user secret")

    monkeypatch.setattr(guards, "missing", broken)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content == b"the database does not answer\n"


def test_not_ready_while_a_probe_objects(client: Client, db: None) -> None:
    problem = ["the sweep is not running"]
    conf.PROBES.append(lambda: problem[0])
    try:
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.content == b"the sweep is not running\n"
        problem[0] = ""
        assert client.get("/readyz").status_code == 200
    finally:
        conf.PROBES.pop()


def test_a_probe_may_ask_by_an_address_that_is_no_name_of_the_site(
    client: Client, db: None, settings
) -> None:
    settings.ALLOWED_HOSTS = [".example.com"]
    client = Client()
    for path in ("/healthz", "/readyz", "/metrics"):
        assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/login/", headers={"host": "10.0.0.7:8000"}).status_code == 400
    assert client.get("/login/", headers={"host": "chat.example.com"}).status_code == 302  # to the set-up


class TestMetrics:
    def test_this_machine_reads_them(self, client: Client, db: None) -> None:
        for address in ("127.0.0.1", "::1"):
            response = client.get("/metrics", REMOTE_ADDR=address)
            assert response.status_code == 200
            assert response["Content-Type"].startswith("text/plain")
            assert b"sluice_cases_open 0.0" in response.content

    def test_others_find_nothing(self, client: Client, db: None) -> None:
        for address in (ELSEWHERE, "", "nonsense", "10.0.0.1"):
            assert client.get("/metrics", REMOTE_ADDR=address).status_code == 404

    def test_others_need_the_token_exactly(self, client: Client, db: None, settings) -> None:
        settings.METRICS_TOKEN = "a token"

        def read(authorization: str) -> int:
            return client.get(
                "/metrics", REMOTE_ADDR=ELSEWHERE, headers={"authorization": authorization}
            ).status_code

        assert read("Bearer a token") == 200
        for wrong in (
            "",
            "Bearer",
            "Bearer ",
            "Bearer a",
            "Bearer a tokenx",
            "Basic a token",
            "a token",
            "Bearer \u00e4",
        ):
            assert read(wrong) == 404, wrong

    def test_without_a_token_set_an_empty_one_opens_nothing(self, client: Client, db: None, settings) -> None:
        settings.METRICS_TOKEN = ""
        for word in ("Bearer", "Bearer "):
            headers = {"authorization": word}
            assert client.get("/metrics", REMOTE_ADDR=ELSEWHERE, headers=headers).status_code == 404

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "header", ["x-forwarded-for", "x-real-ip", "forwarded", "via", "x-forwarded-proto"]
    )
    @pytest.mark.parametrize("trusted", [[], ["127.0.0.1"]])
    def test_what_a_proxy_here_passes_on_is_not_this_machine(
        self, db: None, settings, header: str, trusted: list[str]
    ) -> None:
        # Under ASGI, where the headers as they came survive the middleware that takes the unbelieved ones away.
        settings.TRUSTED_PROXIES = trusted
        get = async_to_sync(AsyncClient().get)
        assert get("/metrics").status_code == 200
        assert get("/metrics", headers={header: "127.0.0.1"}).status_code == 404

    def test_they_count_the_cases_that_wait(self, client: Client, admin: User) -> None:
        held.held(held.conversation(admin), "Held")
        assert b"sluice_cases_open 1.0" in client.get("/metrics").content

    def test_no_name_and_no_text_is_in_them(self, client: Client, admin: User) -> None:
        held.held(held.conversation(admin, title="Secret-title"), "secret-held", (0, 6, "secret-rule"))
        Client().post("/login/", {"username": "secret-name", "password": "secret-password"})
        text = client.get("/metrics").content.decode()
        assert "sluice_sign_ins_total" in text
        assert not re.search("secret", text, re.IGNORECASE)
        assert "alma" not in text


def test_every_number_has_our_name_and_says_what_it_is() -> None:
    ours = [
        family for family in metrics.registry.collect() if not family.name.startswith(("process_", "python_"))
    ]
    assert len(ours) > 10
    for family in ours:
        assert family.name.startswith("sluice_")
        assert family.documentation
