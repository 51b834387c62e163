"""From a fresh clone to a page, and every way a start can fail: one sentence each."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .client import Client
from .servers import ROOT, Server

pytestmark = [pytest.mark.server, pytest.mark.slow]
MEBIBYTE = 2**20


def refused(server: Server, **env: str) -> str:
    """What a start that must fail has said; the last line is the sentence."""
    server.launch(**env)
    assert server.process is not None
    assert server.process.wait(timeout=30) == 1
    assert "Traceback" not in server.log
    return server.log.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"PORT": "eighty"}, "PORT is 'eighty'; write a number, for example 8000."),
        ({"HOST": "no.such.host.invalid"}, "HOST is 'no.such.host.invalid', which is no address here"),
        ({"DATA_DIR": "/proc/nowhere"}, "DATA_DIR is '/proc/nowhere' and cannot be used"),
        ({"DATABASE_URL": "mysql://me:secret@db/x"}, "DATABASE_URL begins with 'mysql'; write postgres://"),
        ({"CHAT_PROVIDER_PROTOCOL": "telepathy"}, "write one of demo, openai, anthropic, ollama"),
        (
            {"CHAT_PROVIDER_PROTOCOL": "openai", "CHAT_MODEL": "m"},
            "and CHAT_PROVIDER_URL is empty; set it to",
        ),
        ({"CHAT_PROVIDER_PROTOCOL": "anthropic", "CHAT_MODEL": "m"}, "such as https://api.anthropic.com"),
        (
            {
                "CHAT_PROVIDER_PROTOCOL": "ollama",
                "CHAT_PROVIDER_URL": "http://h",
                "CHAT_MODEL": "m",
                "CHAT_PROVIDER_CONTINUES": "vllm",
            },
            "CHAT_PROVIDER_CONTINUES is 'vllm', which is not known with CHAT_PROVIDER_PROTOCOL=ollama; write one of "
            "none, assistant.",
        ),
        ({"CHAT_MODERATION_URL": "localhost:8080"}, "CHAT_MODERATION_URL is 'localhost:8080'; write an http"),
        ({"CHAT_ADMIN_USERNAME": "root"}, "CHAT_ADMIN_USERNAME and CHAT_ADMIN_PASSWORD go together"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_setting_that_cannot_be_ends_in_one_sentence(
    serve: Callable[..., Server], env: dict[str, str], says: str
) -> None:
    sentence = refused(serve(wait=False), **env)
    assert sentence.startswith("Sluice cannot start: ")
    assert says in sentence
    assert "secret" not in sentence


def test_a_port_in_use_names_the_setting(serve: Callable[..., Server]) -> None:
    server = serve(wait=False)
    with socket.create_server(server.address):
        assert f"PORT is {server.address[1]}, and on 127.0.0.1 another program already uses it" in refused(
            server
        )


def test_a_second_process_on_the_same_data_is_refused(serve: Callable[..., Server]) -> None:
    first = serve()
    second = serve(wait=False, DATA_DIR=str(first.folder))
    sentence = refused(second)
    assert "already serves DATA_DIR" in sentence
    assert "REDIS_URL" in sentence
    first.kill()
    second.start()  # the lock went with its process


def test_a_misspelt_setting_is_noted_and_does_not_stop_the_start(serve: Callable[..., Server]) -> None:
    server = serve(CHAT_MODELL="m")
    assert "CHAT_MODELL is set, but there is no such setting; did you mean CHAT_MODEL?" in server.log


def test_a_model_that_the_environment_does_not_name_may_be_chosen_in_a_page(
    serve: Callable[..., Server],
) -> None:
    server = serve(CHAT_PROVIDER_PROTOCOL="ollama", CHAT_PROVIDER_URL="http://127.0.0.1:9")
    assert (
        "CHAT_MODEL is empty, and ollama answers only for a model that is named; set it, or choose"
        in server.log
    )


def test_a_missing_guard_stops_the_start(serve: Callable[..., Server]) -> None:
    server = serve(wait=False)
    server.manage("shell", "-c", "from chat.models import guards; guards.drop()")
    assert "The database's guards are missing or changed" in refused(server)


@pytest.mark.sqlite  # on PostgreSQL the database is prepared already; test_first_start.py has an empty one
def test_a_first_start_migrates_and_prints_the_code_for_the_set_up_page(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve(wait=False, DATA_DIR=str(tmp_path / "fresh")).start()
    assert "migrations to run" in server.log
    code = server.log.partition("/setup/ with the code ")[2].split()[0]
    assert len(code.replace("-", "")) == 26
    assert f"Sluice is ready: {server.url}" in server.log
    assert server.client("").get("/setup/").status_code == 200


def test_the_first_administrator_can_come_from_the_environment(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve(
        DATA_DIR=str(tmp_path / "fresh"),
        CHAT_ADMIN_USERNAME="root",
        CHAT_ADMIN_PASSWORD="correct horse battery",
    )
    assert "/setup/" not in server.log
    client = server.client("")
    assert client.sign_in("root", "correct horse battery").status_code == 302
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_open_streams_with_a_word_and_the_process_in_order(
    serve: Callable[..., Server], number: signal.Signals
) -> None:
    server = serve()
    ann = server.client("ann")
    stream = ann.events(ann.ask("/long"))
    next(iter(stream))
    assert server.process is not None
    server.process.send_signal(number)
    assert [event.name for event in stream][-1] == "interrupted"
    assert server.process.wait(timeout=20) == 0
    assert "Traceback" not in server.log


def test_a_turn_outlives_the_end_of_its_process(serve: Callable[..., Server]) -> None:
    server = serve()
    ann = server.client("ann")
    turn = ann.ask("Hello")
    next(iter(ann.events(turn)))
    server.terminate()
    server.start()
    assert ann.finished(turn)["state"] == "saved"
    assert server.message(turn)


def test_resident_memory_stays_under_120_mebibytes(serve: Callable[..., Server]) -> None:
    server = serve()
    ann = server.client("ann")
    assert ann.get("/").status_code == 200
    ann.finished(ann.ask("Hello"))
    assert server.resident < 120 * MEBIBYTE


def test_the_chat_page_is_light(serve: Callable[..., Server]) -> None:
    """Must not grow past 60 kB of scripts and 150 kB in all, as transferred."""
    with serve().client("ann") as client:
        sizes = {}
        waiting = ["/"]
        while waiting:
            path = waiting.pop()
            with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as response:
                assert response.status_code == 200, path
                sizes[path] = sum(len(part) for part in response.iter_raw())
            text = client.get(path).text
            found = re.findall(r'(?:src|href)="(/static/[^"#]+)', text) if path == "/" else []
            if path.endswith(".js"):
                folder = path.rpartition("/")[0]
                found += [
                    f"{folder}/{name}" for name in re.findall(r'(?:from|import)\s*"\./([\w.-]+)"', text)
                ]
            waiting += [each for each in found if each not in sizes and each not in waiting]
    scripts = {path: size for path, size in sizes.items() if path.endswith(".js")}
    assert len(scripts) > 5
    assert sum(scripts.values()) < 60_000, scripts
    assert sum(sizes.values()) < 150_000, sizes


@pytest.mark.parametrize(
    ("lacks", "says"),
    [
        (
            "version_info",
            "Sluice needs Python 3.11 or newer, and found none; install it: apt install python3 python3-venv",
        ),
        (
            "ensurepip",
            "This Python cannot make a virtual environment; install what is missing: apt install python3-venv",
        ),
    ],
)
def test_what_a_machine_lacks_is_named_with_the_command_that_installs_it(
    tmp_path: Path, lacks: str, says: str
) -> None:
    for name in (".ci/prepare", "requirements.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *{lacks}*) exit 1 ;; esac\n')
    python.chmod(0o755)
    done = subprocess.run(
        [".ci/prepare", "requirements.txt"], cwd=tmp_path, env={"PATH": os.environ["PATH"], "PYTHON": str(python)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.strip() == says
    assert not (tmp_path / ".venv").exists()


def test_two_commands_from_a_fresh_clone_to_an_answer(tmp_path: Path) -> None:
    """In an empty folder, with nobody's environment, and twice: the second start installs nothing."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing to clone")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    env = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "PORT": str(port),
        "CHAT_ADMIN_USERNAME": "root", "CHAT_ADMIN_PASSWORD": "correct horse battery",
    }  # fmt: skip
    first = started(clone, env)
    assert "installing requirements.txt" in first
    assert "migrations to run" in first
    second = started(clone, env)
    assert "installing" not in second
    assert "up to date" in second
    # pip and the compilers that it asks for their versions keep folders of their own at home.
    written = [name for name in os.listdir(tmp_path) if not name.startswith(".")]
    assert written == ["clone"]


def started(clone: Path, env: dict[str, str]) -> str:
    """Start by `make run`, sign in, have a turn answered, stop; what it printed."""
    lines = []
    with subprocess.Popen(
        ["make", "run"], cwd=clone, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        process_group=0,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                if "Sluice is ready" in line:
                    with Client(("127.0.0.1", int(env["PORT"]))) as client:
                        assert client.sign_in("root", env["CHAT_ADMIN_PASSWORD"]).status_code == 302
                        assert client.finished(client.ask("Hello"))["state"] == "saved"
                    os.killpg(process.pid, signal.SIGINT)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
    output = "".join(lines)
    assert "Sluice is ready" in output, output
    return output
