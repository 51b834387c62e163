"""More than is taken here: told in a sentence, by whatever part of the server refuses it."""

import re
import uuid

import pytest
from django.test import TestCase, override_settings

from tests.factories import person


class Forms(TestCase):
    def post(self, size: int, **extra: str) -> tuple[int, str]:
        self.client.force_login(person())
        data = {"turn": uuid.uuid4(), "conversation": uuid.uuid4(), "kind": "send", "text": "x" * size}
        response = self.client.post("/turns/", data, **extra)
        return response.status_code, response.content.decode()

    @override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
    def test_over_djangos_bound_are_refused_with_the_limit_of_a_message(self) -> None:
        for extra in ({}, {"HTTP_HX_REQUEST": "true"}):
            status, html = self.post(5000, **extra)
            assert status == 413
            said = re.search(r"data-sentence>(.*?)</p>", html)
            assert said is not None
            assert "at most 32,000 characters" in said[1]


@pytest.mark.server
@pytest.mark.slow
def test_a_body_of_any_kind_is_read_up_to_a_bound_only(serve) -> None:  # type: ignore[no-untyped-def]
    server = serve()
    with server.client("") as nobody:
        for content in (b"x" * (3 << 20), (b"x" * 65536 for _ in range(48))):  # with a length, and in chunks
            response = nobody.post(
                "/login/", content=content, headers={"Content-Type": "application/octet-stream"}
            )
            assert response.status_code == 413
            assert "2 MiB" in response.text
        assert nobody.get("/healthz").status_code == 200


def test_settings_that_name_no_network_or_zone_are_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from django.core.exceptions import ImproperlyConfigured

    from chatsite import environment

    monkeypatch.setenv("TRUSTED_PROXIES", "localhost")
    monkeypatch.setenv("TIME_ZONE", "Berlin")
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES has 'localhost'"):
        environment.networks("TRUSTED_PROXIES")
    with pytest.raises(ImproperlyConfigured, match="TIME_ZONE is 'Berlin'"):
        environment.zone("TIME_ZONE", "UTC")
