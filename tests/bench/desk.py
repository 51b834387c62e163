"""What the review desk's pages take with a hundred cases in the database and with a hundred thousand."""

import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from tests import postgres
from tests.bench import targets
from tests.bench.table import Table
from tests.client import Client

FEW, MANY = 100, 100_000
TIMES = 4  # that a page may take of what it takes with FEW
LOOKS = 25
PAGES = {
    "queue": "/review/", "queue, one rule of many": "/review/?rule=common", "queue, a rare rule": "/review/?rule=rare",
    "queue, one person": "/review/?person={person}", "queue, longest waiting first": "/review/?sort=age",
    "queue, far down": "{far}", "queue, decided": "/review/?lane=closed", "case": "/review/{case}/",
}  # fmt: skip


def measure(table: Table, provider: targets.Process, quick: bool) -> None:
    many = MANY // 10 if quick else MANY
    _on(table, provider, "SQLite", many)
    if not postgres.unavailable():
        with postgres.address() as url:
            _on(table, provider, "PostgreSQL", many, DATABASE_URL=url)


def _on(table: Table, provider: targets.Process, name: str, many: int, **settings: str) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        targets.product(provider.port, folder, **settings) as product,
    ):
        found = {}
        for count in (FEW, many):
            _fill(folder, count, settings)
            with _desk(product) as client:
                found[count] = {page: _look(client, place) for page, place in PAGES.items()}
        for page in PAGES:
            few, more = found[FEW][page], found[many][page]
            print(f"    {page}, {name}: {few:.1f} ms with {FEW} cases, {more:.1f} ms with {many:,}")
            table.row(f"review desk, {name}, {page}, {many:,} cases over {FEW}, times", more / few, TIMES)


@contextlib.contextmanager
def _desk(product: targets.Process) -> Iterator[Client]:
    with Client(("127.0.0.1", product.port)) as client:
        client.sign_in("admin", targets.PASSWORD)
        yield client


def _look(client: Client, place: str) -> float:
    """Milliseconds that the page takes, the middle of LOOKS, the first ones left out."""
    if "{" in place:
        queue = client.get("/review/").text
        case = re.findall(r"/review/([\w-]{36})/", queue)[-1]
        person = re.search(r'name="person">.*?<option value="(\d+)"', queue, re.S)
        assert person
        place = place.format(case=case, person=person[1], far=_far(client) if "{far}" in place else "")
    took = []
    for _ in range(LOOKS + 3):
        began = time.perf_counter()
        client.get(place).raise_for_status()
        took.append(time.perf_counter() - began)
    return statistics.median(took[3:]) * 1000


def _far(client: Client) -> str:
    """The address of the twentieth page, or of the last."""
    place = "/review/"
    for _ in range(20):
        behind = re.search(r'rel="next" href="([^"]+)"', client.get(place).text)
        if behind is None:
            break
        place = behind[1].replace("&amp;", "&")
    return place


def _fill(folder: str, count: int, settings: dict[str, str]) -> None:
    env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    command = [sys.executable, "-m", "tests.bench.desk_rows", str(count)]
    subprocess.run(command, cwd=targets.ROOT, env={**env, "DATA_DIR": folder, **settings}, check=True)
