"""What every test gets: the database's guards through a flush, people to act as, and the mark `database`."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client, TransactionTestCase
from hypothesis import settings

from chat.models import Case, User, guards
from tests import held

pytest_plugins = ["tests.servers"]

# No example is wrong for having taken long: on a busy machine any may.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

HERE = Path(__file__).parent
PASSWORD = "a long enough password"
_flush = TransactionTestCase._fixture_teardown


def _flush_without_guards(self: TransactionTestCase) -> None:
    # A flush deletes (SQLite) or truncates (PostgreSQL) what the guards protect. It ends in post_migrate,
    # which installs them again; install() covers the tests that inhibit the signal.
    guards.drop()
    try:
        _flush(self)
    finally:
        guards.install()


TransactionTestCase._fixture_teardown = _flush_without_guards  # type: ignore[method-assign]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file that is slow as a whole need not be read where slow tests are left out: reading all takes as long as half of the rest."""
    if "not slow" not in config.getoption("markexpr") or collection_path.suffix != ".py":
        return None
    whole = re.search(r"^pytestmark = .*\bslow\b", collection_path.read_text(encoding="utf-8"), re.MULTILINE)
    return True if whole else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what touches a database, so that the run on PostgreSQL can leave the rest out; browsers come last."""
    on_postgresql = os.environ.get("DATABASE_URL", "").startswith("postgres")
    others = ("sqlite", "once") if on_postgresql else ("postgresql",)
    elsewhere = {item for item in items if any(item.get_closest_marker(other) for other in others)}
    items[:] = [item for item in items if item not in elsewhere]
    config.hook.pytest_deselected(items=elsewhere)
    # Playwright keeps an event loop running in this thread from its first test on, and `asyncio.run` then refuses.
    items.sort(key=lambda item: "browser" in item.path.relative_to(HERE).parts)
    for item in items:
        names = getattr(item, "fixturenames", ())
        cases = getattr(item, "cls", None)
        if (
            item.get_closest_marker("django_db")
            or item.get_closest_marker("server")
            or "db" in names
            or "transactional_db" in names
            or (cases is not None and issubclass(cases, TransactionTestCase))
        ):
            item.add_marker("database")


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Makes people: `person("ann")`, `person("rev", reviewer=True)`, `person("root", admin=True)`,
    `person("sena", role="Senior reviewer")`; PASSWORD is theirs.
    """

    def make(
        name: str = "ann", *, reviewer: bool = False, admin: bool = False, role: str = "", **fields: Any
    ) -> User:
        create = User.objects.create_superuser if admin else User.objects.create_user
        user = create(username=name, password=PASSWORD, **fields)
        if reviewer:
            user.user_permissions.add(Permission.objects.get(codename="review_cases"))
        if role:
            user.groups.add(Group.objects.get(name=role))
        return user

    return make


@pytest.fixture
def reviewer(person: Callable[..., User]) -> User:
    return person("rita", reviewer=True)


@pytest.fixture
def senior(person: Callable[..., User]) -> User:
    return person("sena", role="Senior reviewer")


@pytest.fixture
def admin(person: Callable[..., User]) -> User:
    return person("alma", admin=True)


@pytest.fixture
def case(person: Callable[..., User]) -> Case:
    return held.after_three_turns(person("ann", first_name="Ann"))


@pytest.fixture
def desk(reviewer: User) -> Client:
    """A reviewer's browser."""
    client = Client()
    client.force_login(reviewer)
    return client
