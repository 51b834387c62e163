"""Writers on SQLite wait in line within a process, and nobody keeps the place of one that is gone."""

import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, transaction

from chat.models import User
from chatsite.sqlite import base

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.sqlite,
]


def elsewhere(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def add(name: str) -> None:
    User.objects.create_user(name)


def names() -> list[str]:
    return sorted(User.objects.values_list("username", flat=True))


def test_a_writer_waits_for_the_one_before_and_goes_on_when_it_is_done() -> None:
    began = threading.Event()

    def second() -> None:
        began.set()
        with transaction.atomic():
            add("second")

    with transaction.atomic():
        thread = elsewhere(second)
        assert began.wait(10)
        add("first")
        assert names() == ["first"]
        assert base._writing.locked()
    thread.join(10)
    assert not thread.is_alive()
    assert names() == ["first", "second"]
    assert not base._writing.locked()


def test_a_statement_by_itself_waits_too() -> None:
    with transaction.atomic():
        add("first")
        thread = elsewhere(lambda: User.objects.update(first_name="Ada"))
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(10)
    assert list(User.objects.values_list("first_name", flat=True)) == ["Ada"]


@pytest.mark.parametrize("how", ["raises", "closes"])
def test_the_place_is_free_after_a_transaction_that_failed(how: str) -> None:
    def fail() -> None:
        with transaction.atomic():
            add("nobody")
            if how == "closes":
                connection.close()
            raise ValueError("gone")

    def failing() -> None:
        with pytest.raises(ValueError, match="gone"):
            fail()

    elsewhere(failing).join(10)
    assert not base._writing.locked()
    add("somebody")
    assert names() == ["somebody"]


def test_who_cannot_have_it_is_told_as_sqlite_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "PATIENCE", 0.01)
    told: list[str] = []

    def second() -> None:
        try:
            add("second")
        except OperationalError as error:
            told.append(str(error))

    with transaction.atomic():
        elsewhere(second).join(10)
    assert told
    assert "locked" in told[0]
    assert names() == []
