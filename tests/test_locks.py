"""Who locks a row excludes others who do, and not those whose new rows only name it: they would wait for each other."""

import ast
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from chat import people, permissions, reviews, turns
from chat.models import Case, Kind, PolicyVersion, Turn, User
from tests import held
from tests.races import together

CHAT = Path(__file__).parent.parent / "chat"


@pytest.mark.slow
def test_a_lock_never_keeps_others_from_naming_its_row() -> None:
    """PostgreSQL checks a foreign key by FOR KEY SHARE, which FOR UPDATE excludes and FOR NO KEY UPDATE does not."""
    found, strong = 0, []
    for path in sorted(CHAT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "select_for_update":
                found += 1
                names = {word.arg for word in node.keywords}
                # Who skips what is locked waits for nobody.
                if not names & {"no_key", "skip_locked"}:
                    strong.append(f"{path.relative_to(CHAT)}:{node.lineno}")
    assert found > 15
    assert not strong


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_an_answer_is_reported_while_its_person_sends_below_it(
    person: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = person("ann")
    chat = held.conversation(ann)
    answer = Turn.objects.select_related("conversation").get(pk=held.saved(chat, "The limit?", "400.").pk)
    # Each has its own lock before either names what the other has locked.
    line = threading.Barrier(2)
    opens = turns.open_case

    def open_case(*args: Any, **fields: Any) -> Case:
        line.wait(timeout=30)
        return opens(*args, **fields)

    def judged_by(assistant: int | None) -> PolicyVersion:
        line.wait(timeout=30)
        return answer.policy

    def send() -> tuple[Turn, bool]:
        new = turns.NewTurn(uuid.uuid4(), chat.pk, answer.pk, Kind.SEND, "And then?")
        with transaction.atomic():
            return turns.create(ann, new, judged_by)

    monkeypatch.setattr(turns, "open_case", open_case)
    sent, case = together(send, lambda: reviews.report(ann, answer, "wrong", "It is forty."))
    assert (sent[1], case.state) == (True, "open")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_administrators_give_each_other_roles_at_one_moment(
    person: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = person("one", role="Administrator"), person("two", role="Administrator")
    line = threading.Barrier(2)
    checks = permissions.check_can_give_roles

    def check(actor: User, other: User) -> None:
        checks(actor, other)
        line.wait(timeout=30)

    monkeypatch.setattr(permissions, "check_can_give_roles", check)
    names = ["Administrator", "Auditor"]
    given = together(
        lambda: people.give_roles(one, two.pk, names), lambda: people.give_roles(two, one.pk, names)
    )
    assert given == [True, True]
