"""What every answer of the server says about itself, and what its cookies promise, on every kind of page."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.prepared import PASSWORD
from tests.servers import Server

from .standing import standing

pytestmark = [pytest.mark.slow, pytest.mark.server]

POLICY = {
    "default-src": "'self'", "img-src": "'self'", "object-src": "'none'", "base-uri": "'none'",
    "form-action": "'self'", "frame-ancestors": "'none'",
}  # fmt: skip
NOWHERE = uuid.UUID(int=0)
PAGES = [
    ("ann", "/", 200), ("", "/", 302), ("", "/login/", 200), ("ann", "/account/", 200), ("alma", "/people/", 200),
    ("rita", "/review/", 200), ("ann", "/review/", 403), ("ann", f"/c/{NOWHERE}/", 404), ("ann", "/nowhere/", 404),
    ("ann", "/sidebar/", 200), ("ann", f"/turns/{NOWHERE}/answer/", 404), ("ann", f"/turns/{NOWHERE}/events", 404),
    ("", "/invite/no-such-token/", 404), ("", "/setup/", 404), ("alma", "/admin/", 200), ("alma", "/admin/chat/user/", 200),
    ("", "/healthz", 200), ("", "/readyz", 200), ("", "/metrics", 200),
]  # fmt: skip


@pytest.fixture(scope="module")
def standing_server(
    prepared_data: tuple[Path, str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with standing(prepared_data, tmp_path_factory.mktemp("headers")) as server:
        yield server


def is_guarded(response: httpx.Response) -> None:
    policy = dict(
        part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";")
    )
    assert policy == POLICY
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "server" not in response.headers


@pytest.mark.parametrize(("person", "path", "status"), PAGES, ids=lambda value: str(value))
def test_every_kind_of_page_carries_the_policy(
    standing_server: Server, person: str, path: str, status: int
) -> None:
    response = standing_server.client(person).get(path)
    assert response.status_code == status
    is_guarded(response)
    html = response.text
    assert " style=" not in html
    assert not [
        tag for tag in html.split("<script")[1:] if "src=" not in tag[: tag.index(">")] and "json" not in tag
    ]


def test_refused_forms_and_foreign_hosts_carry_it_too(standing_server: Server) -> None:
    with httpx.Client(base_url=standing_server.url, trust_env=False) as stranger:
        refused = stranger.post("/login/", data={"username": "ann", "password": "x"})
        assert refused.status_code == 403
        is_guarded(refused)
        foreign = stranger.get("/", headers={"Host": "other.example"})
        assert foreign.status_code == 400
        assert "frame-ancestors 'none'" in foreign.headers["Content-Security-Policy"]


def test_streams_and_parts_of_pages_carry_it_and_are_kept_by_nobody(standing_server: Server) -> None:
    ann = standing_server.client("ann")
    turn = ann.ask("Show me a table")
    with ann.events(turn) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert "no-store" in stream.headers["cache-control"]
        assert stream.headers["x-content-type-options"] == "nosniff"
        assert stream.headers["content-security-policy"]
        stream.until("done")
    for path in (f"/turns/{turn}/", f"/turns/{turn}/answer/", "/"):
        response = ann.get(path, headers={"HX-Request": "true"})
        is_guarded(response)
        assert "no-store" in response.headers["Cache-Control"]


def _cookies(response: httpx.Response) -> dict[str, set[str]]:
    found = {}
    for line in response.headers.get_list("set-cookie"):
        first, *rest = (part.strip() for part in line.split(";"))
        found[first.partition("=")[0]] = {part.lower() for part in rest}
    return found


@pytest.mark.parametrize("secure", [False, True])
def test_cookies_are_shut_to_scripts_and_other_sites_and_behind_tls_to_plain_http(
    serve: Callable[..., Server], secure: bool
) -> None:
    server = serve(**({"CSRF_TRUSTED_ORIGINS": "https://chat.example"} if secure else {}))
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        form = client.get("/login/")
        # By hand: no client would give a secure cookie back over plain HTTP.
        proof = {"Cookie": f"csrftoken={'c' * 32}", "X-CSRFToken": "c" * 32}
        signed_in = client.post("/login/", data={"username": "ann", "password": PASSWORD}, headers=proof)
        assert signed_in.status_code == 302
        session, token = _cookies(signed_in)["sessionid"], _cookies(form)["csrftoken"]
        assert {"httponly", "samesite=lax", "path=/"} <= session
        assert "samesite=lax" in token
        assert ("secure" in session) == ("secure" in token) == secure
