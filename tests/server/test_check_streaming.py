"""`manage.py check_streaming` through a real nginx that is right, and that is wrong in each way operators know."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import nginx
from tests.proxy import Proxy
from tests.servers import ROOT, Server, free_port

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]
# The command, which here calls a piece late only after a time that no busy machine takes for it.
COMMAND = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
django.setup()
from django.core.management import execute_from_command_line
from chat.management.way import checks
checks.LATE = 1.5
execute_from_command_line(["manage.py", "check_streaming", *sys.argv[1:]])
"""
RIGHT = 'proxy_http_version 1.1; proxy_buffering off; proxy_set_header Host $http_host; proxy_set_header Connection "";'
SOCKETS = (
    "proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade; "
    "proxy_set_header Connection upgrade;"
)


def begun(server: Server, url: str, *arguments: str, **env: str) -> subprocess.Popen[str]:
    """The command, run with the server's own data."""
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, url, *(arguments or ("--idle", "1"))],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "DATA_DIR": str(server.folder), **env},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit status and what it said."""
    output, errors = process.communicate(timeout=200)
    assert "Traceback" not in errors, errors
    return process.returncode, output


def checked(server: Server, url: str, *arguments: str, **env: str) -> tuple[int, str]:
    return ended(begun(server, url, *arguments, **env))


def wrong(output: str) -> list[str]:
    """The names of the checks that failed."""
    return [line[2:16].strip() for line in output.splitlines() if line.startswith("✗")]


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    return serve()


def test_nothing_in_between_is_well(server: Server) -> None:
    status, output = checked(server, server.url)
    assert (status, wrong(output)) == (0, []), output
    assert output.count("✓") == 10
    assert "Answers stream through." in output


def test_what_gathers_a_stream_is_named_and_a_bare_daphne_is_well(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    # nginx as it is without being told anything, and told not to listen to the server either. It passes on the
    # chunks of HTTP/1.1 even so, which uvicorn sends to a request of HTTP/1.0 too; daphne does not.
    gathering = (
        RIGHT.replace("1.1", "1.0").replace("buffering off", "buffering on")
        + " proxy_ignore_headers X-Accel-Buffering;"
    )
    server = serve(under="daphne")
    sockets = f"location /ws/ {{ proxy_pass {server.url}; {SOCKETS} }}"
    site = nginx.proxying(server.address, gathering).replace("location / {", f"{sockets} location / {{")
    with nginx.running(tmp_path, site) as proxy:
        processes = [begun(server, server.url), begun(server, proxy.url)]
        (bare, says), (status, output) = [ended(process) for process in processes]
    assert (bare, wrong(says)) == (0, []), says
    assert (status, wrong(output)) == (1, ["as it comes", "HTTP version"]), output
    assert "nginx: proxy_buffering off" in output


def test_the_files_of_the_documents_are_well(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(TRUSTED_PROXIES="127.0.0.1")
    with nginx.in_front_of(server.address, tmp_path) as proxy:
        status, output = checked(server, proxy.url, SSL_CERT_FILE=str(tmp_path / "chat.pem"))
        assert (status, wrong(output)) == (0, []), output
        assert "✓ HTTP/2        offered" in output
        assert "the server sees you at 127.0.0.1, over https" in output
        # A certificate that nobody vouches for is told apart from a site that is away.
        status, output = checked(server, proxy.url)
        assert status == 1
        assert "The certificate of" in output


FAULTS = {
    "compressed": (
        RIGHT
        + " gzip on; gzip_types text/event-stream; gzip_min_length 0; proxy_hide_header Content-Encoding;",
        ["compression"],
        "nginx: gzip off",
    ),
    "http10": (RIGHT.replace("1.1", "1.0"), ["HTTP version"], "nginx: proxy_http_version 1.1"),
    "idle": (RIGHT + " proxy_read_timeout 2s;", ["silence"], "nginx: proxy_read_timeout 60s"),
    "headers": (
        RIGHT + " proxy_hide_header Cache-Control; expires 1h;",
        ["headers"],
        "nginx: no proxy_hide_header",
    ),
    "resume": (RIGHT + ' proxy_set_header Last-Event-ID "";', ["resume"], "proxy_set_header Last-Event-ID"),
    "host": (RIGHT.replace("$http_host", "other"), ["host"], "nginx: proxy_set_header Host $http_host;"),
    "websocket": (RIGHT, ["WebSocket"], "proxy_set_header Upgrade $http_upgrade"),
}


def test_each_fault_of_a_proxy_is_named_with_what_to_change(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve(ALLOWED_HOSTS="127.0.0.1,other")
    ports, sites = {name: free_port() for name in FAULTS}, ""
    for name, (directives, _, _) in FAULTS.items():
        site = nginx.proxying(server.address, directives).replace("LISTEN", f"127.0.0.1:{ports[name]}")
        if name != "websocket":
            sockets = f"location /ws/ {{ proxy_pass {server.url}; {SOCKETS} }}"
            site = site.replace("location / {", f"{sockets} location / {{")
        sites += site
    ports_open = nginx.Nginx(tmp_path, next(iter(ports.values())))
    with nginx.running(tmp_path, sites, ports_open):
        # All at once: they mostly wait.
        processes = {
            name: begun(server, f"http://127.0.0.1:{port}", "--idle", "5") for name, port in ports.items()
        }
        outcomes = {name: ended(process) for name, process in processes.items()}
        for name, (_, faults, hint) in FAULTS.items():
            status, output = outcomes[name]
            assert (status, wrong(output)) == (1, faults), f"{name}: {output}"
            assert hint in output
            assert "Apache:" not in output  # it is known to be nginx


def test_tls_that_the_server_is_not_told_of(server: Server, tmp_path: Path) -> None:
    # TRUSTED_PROXIES is empty: what nginx says of the scheme is not believed.
    with nginx.in_front_of(server.address, tmp_path) as proxy:
        status, output = checked(server, proxy.url, SSL_CERT_FILE=str(tmp_path / "chat.pem"))
    assert status == 1
    assert "forwarded" in wrong(output), output
    assert "TRUSTED_PROXIES" in output


def test_another_answer_than_the_trials_is_one_sentence(server: Server, tmp_path: Path) -> None:
    cases = {
        "return 302 https://sso.example.com/login;": "sends readers on to https://sso.example.com",
        "return 200 'hello';": "answers with a page of its own (text/plain), which is not Sluice",
        "return 401;": "wants a sign-in of its own",
        f"proxy_pass http://127.0.0.1:{free_port()};": "with a page of its own (502): it does not reach Sluice",
    }
    sites = {free_port(): directives for directives in cases}
    text = "".join(
        f"server {{ listen 127.0.0.1:{port}; default_type text/plain; location / {{ {directives} }} }}"
        for port, directives in sites.items()
    )
    with nginx.running(tmp_path, text, nginx.Nginx(tmp_path, next(iter(sites)))):
        said(server, {f"http://127.0.0.1:{port}": cases[directives] for port, directives in sites.items()})


def test_what_cannot_be_reached_says_why(server: Server) -> None:
    said(server, {
        "http://no.such.host.invalid": "There is no address for no.such.host.invalid; does its DNS entry exist?",
        f"http://127.0.0.1:{free_port()}": "does not listen on port",
        server.url.replace("http:", "https:"): "speaks no TLS; is it http:// there?",
        "ftp://chat": "'ftp://chat' is no address of a site",
        f"{server.url}/nowhere": "There is no trial at",
    })  # fmt: skip


def said(server: Server, cases: dict[str, str]) -> None:
    """Each URL ends in one line that has these words."""
    processes = {url: begun(server, url) for url in cases}
    outcomes = {url: ended(process) for url, process in processes.items()}
    for url, says in cases.items():
        status, output = outcomes[url]
        assert status == 1
        assert says in output
        assert len(output.splitlines()) == 1, output


def test_another_secret_key_is_told_apart(server: Server) -> None:
    status, output = checked(
        server, server.url, SECRET_KEY="another one of at least fifty characters, that is " * 2
    )
    assert status == 1
    assert "not signed with this site's SECRET_KEY" in output


def test_a_proxy_that_cuts_or_says_nothing(server: Server) -> None:
    with Proxy(server.address) as proxy:
        proxy.cut_after(700, times=9)
        status, output = checked(server, proxy.url)
        assert status == 1
        assert "broke off after" in output
        assert {"as it comes", "silence", "WebSocket"} <= set(wrong(output))
        proxy.mode = "502"
        assert "does not reach Sluice" in checked(server, proxy.url)[1]


def test_without_a_token_there_is_no_such_page_and_none_of_it_costs_a_query(server: Server) -> None:
    with server.client("") as client:
        assert client.get("/streaming-check/").status_code == 404
        assert client.get("/streaming-check/", headers={"X-Streaming-Check": "check:1:x"}).status_code == 403
        assert client.post("/streaming-check/").status_code == 405
