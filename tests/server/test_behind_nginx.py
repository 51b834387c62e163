"""The nginx files of docs/deploy, in front of a real server: text as it comes, resume, and what they keep away."""

import contextlib
import dataclasses
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests import nginx
from tests.client import Client
from tests.provider import END, Provider
from tests.redis_server import RedisServer
from tests.servers import Server, free_port

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer.running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Callable[[Server], nginx.Nginx]]:
    with contextlib.ExitStack() as stack:

        def start(server: Server) -> nginx.Nginx:
            folder = tmp_path / "nginx"
            folder.mkdir()
            return stack.enter_context(nginx.in_front_of(server.address, folder))

        yield start


def through(proxy: nginx.Nginx, server: Server, person: str = "ann") -> httpx.Client:
    """As tests.client, over TLS."""
    client = Client(server.address, server.sessions[person])
    return httpx.Client(
        base_url=proxy.url, verify=proxy.trusted, trust_env=False, timeout=20,
        cookies=dict(client.cookies.items()),
        headers={"X-CSRFToken": client.cookies["csrftoken"], "Referer": f"{proxy.url}/", "HX-Request": "true"},
    )  # fmt: skip


def asked(client: httpx.Client, text: str) -> uuid.UUID:
    turn = uuid.uuid4()
    fields = {"turn": turn, "conversation": uuid.uuid4(), "parent": "", "kind": "send", "text": text}
    assert client.post("/turns/", data={k: str(v) for k, v in fields.items()}).status_code == 200
    return turn


def test_text_passes_as_it_comes_and_is_resumed(
    sluice: Callable[..., Server], behind: Callable[[Server], nginx.Nginx], provider: Provider
) -> None:
    provider.script("two", [["text", "First, "], ["gate"], ["text", "second."], *END])
    server = sluice(TRUSTED_PROXIES="127.0.0.1", CSRF_TRUSTED_ORIGINS="https://127.0.0.1")
    proxy = behind(server)
    with through(proxy, server) as client:
        turn = asked(client, "s/two")
        last = ""
        with client.stream("GET", f"/turns/{turn}/events") as response:
            assert response.headers["content-type"] == "text/event-stream"
            assert response.headers.get("content-encoding", "identity") == "identity"
            for line in response.iter_lines():
                last = line.removeprefix("id: ") if line.startswith("id: ") else last
                if "First," in line:
                    break  # it came while the provider still waits at its gate
        provider.release("two")
        with client.stream("GET", f"/turns/{turn}/events", headers={"Last-Event-ID": last}) as response:
            rest = response.read().decode()
    assert "First" not in rest
    assert "second." in rest
    assert "event: done" in rest
    assert server.message(turn) == "First, second."


def test_what_must_not_pass_does_not(
    serve: Callable[..., Server], behind: Callable[[Server], nginx.Nginx]
) -> None:
    server = serve(TRUSTED_PROXIES="127.0.0.1")
    proxy = behind(server)
    with through(proxy, server) as client:
        assert client.get("/metrics").status_code == 404
        assert client.get("/invite/a-secret-link/?and=this").status_code in {200, 404, 410}
        assert client.get("/?token=hidden").status_code == 200
        assert client.post("/turns/", content=b"x" * (3 * 2**20)).status_code == 413
        # What the client claims of itself is overwritten: this came over TLS.
        client.cookies.clear()
        login = client.get("/login/", headers={"X-Forwarded-Proto": "http"})
        assert [cookie for cookie in login.headers.get_list("set-cookie") if "secure" in cookie.lower()]
    assert "GET /invite/- " in proxy.access_log
    assert not re.search("a-secret-link|hidden", proxy.access_log)


def test_a_process_that_is_away_is_left_out_and_no_message_is_lost(
    sluice: Callable[..., Server], tmp_path: Path, redis: RedisServer
) -> None:
    first = sluice(REDIS_URL=redis.url, TRUSTED_PROXIES="127.0.0.1")
    second = dataclasses.replace(
        first, address=("127.0.0.1", free_port()), process=None, clients=[], env=dict(first.env)
    )
    second.start()
    certificate = tmp_path / "nginx"
    certificate.mkdir()
    nginx.certificate(certificate)
    made = nginx.Nginx(certificate, free_port(), tls=True)
    site = nginx.site(certificate, made.port, first.address)
    line = f"server {first.address[0]}:{first.address[1]} max_fails=0;"
    site = site.replace(line, f"{line} server {second.address[0]}:{second.address[1]} max_fails=0;")
    with nginx.running(certificate, site, made) as proxy, through(proxy, first) as client:
        turns = [asked(client, "s/hello") for _ in range(4)]
        first.terminate()
        turns += [asked(client, "s/hello") for _ in range(4)]
        first.start()
        second.terminate()
        turns += [asked(client, "s/hello") for _ in range(4)]
        for turn in turns:
            page = client.get(f"/turns/{turn}/events").text
            assert re.search(r'"state": ?"saved"', page)
    assert len({turn for turn in turns if first.message(turn)}) == len(turns)


def test_the_files_for_compose_are_what_nginx_takes(tmp_path: Path) -> None:
    nginx.certificate(tmp_path)
    (tmp_path / "sluice-locations.conf").write_text(nginx.moved("locations", tmp_path))
    text = nginx.moved("http", tmp_path) + nginx.moved("compose", tmp_path)
    text = text.replace("listen 443", f"listen {free_port()}").replace("listen 80", f"listen {free_port()}")
    assert nginx.tried(tmp_path, text) == ""
    assert nginx.tried(tmp_path, text + "no_such_directive on;") != ""
