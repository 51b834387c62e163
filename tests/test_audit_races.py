"""Threads that append at once, and others that hold what an entry refers to: nobody waits in a circle."""

from collections.abc import Callable

import pytest
from django.db import transaction

from chat import assistants, audit, people
from chat.models import Assistant, AuditEntry, User
from tests.races import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

TIMES = 25


def repeated(act: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(TIMES):
            act()

    return run


def test_entries_of_threads_are_one_chain(admin: User) -> None:
    def wrote(name: str) -> Callable[[], object]:
        return lambda: audit.record(admin, "test.write", name)

    assert together(*(repeated(wrote(str(number))) for number in range(6))) == [None] * 6
    assert AuditEntry.objects.filter(action="test.write").count() == 6 * TIMES
    assert audit.Check().run().well


def test_closing_accounts_and_what_their_people_do_wait_for_each_other_in_one_order(
    admin: User, person: Callable[..., User]
) -> None:
    """An entry refers to its person, whose row is locked by whoever closes the account and then wants the chain."""
    ann = person("ann")

    def close_and_open() -> None:
        people.deactivate(admin, ann.pk)
        people.activate(admin, ann.pk)

    def act(actor: User) -> Callable[[], None]:
        def run() -> None:
            with transaction.atomic():
                audit.record(actor, "test.write")

        return run

    runs = [close_and_open, act(admin), act(ann), act(admin), act(ann)]
    assert together(*map(repeated, runs)) == [None] * len(runs)
    assert audit.Check().run().well


def test_an_act_that_is_undone_holds_the_chain_no_longer_than_it_lasts(admin: User) -> None:
    class Undone(Exception):
        pass

    def undo() -> None:
        try:
            with transaction.atomic():
                audit.record(admin, "test.undone")
                raise Undone
        except Undone:
            pass

    def keep() -> None:
        audit.record(admin, "test.kept")

    assert together(repeated(undo), repeated(keep), repeated(undo), repeated(keep)) == [None] * 4
    assert not AuditEntry.objects.filter(action="test.undone").exists()
    assert audit.Check().run().well


def test_what_else_an_act_refers_to_is_locked_before_the_chain_as_well(admin: User) -> None:
    """A version refers to its endpoint, whose row is locked by whoever changes that and then wants the chain."""
    told = {"name": "House", "protocol": "openai", "url": "http://127.0.0.1:1/v1"}
    endpoint = assistants.save_endpoint(admin, None, told)
    numbers = iter(range(10_000))
    made = assistants.save_assistant(admin, None, {"name": "Letters", "endpoint": endpoint}).assistant

    def change_endpoint() -> None:
        assistants.save_endpoint(admin, endpoint, {"model": f"model-{next(numbers)}"})

    def new_version() -> None:
        row = Assistant.objects.get(pk=made.pk)
        assistants.save_assistant(admin, row, {"instructions": f"Be brief, {next(numbers)}."})

    runs = [change_endpoint, new_version, change_endpoint]
    assert together(*map(repeated, runs)) == [None] * len(runs)
    assert audit.Check().run().well
