"""What a turn and a request were made of is gone when they end, and what is left over is looked for when nobody waits."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from chat import cycles, generation
from chat.models import Status, Turn
from chatsite.asgi import Handler
from tests import factories


class Ring:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_what_is_left_over_is_looked_for_once_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, used = 0.0, 0.0
    monkeypatch.setattr(cycles, "time", SimpleNamespace(monotonic=lambda: clock, process_time=lambda: used))

    def looked(seconds_of_two: float) -> bool:
        nonlocal clock, used
        ring = weakref.ref(Ring())
        clock, used = clock + 2, used + seconds_of_two
        cycles.look()
        return ring() is None

    monkeypatch.setattr(cycles, "_before", (0.0, 0.0))
    kept = [[number] for number in range(cycles.SOME + 100)]
    assert not looked(1.0), "somebody may wait"
    assert not looked(0.1)
    assert looked(0.01)
    assert not looked(0.01), "it is not worth a look"
    assert kept


def test_where_python_is_left_to_itself_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cycles, "_before", None)
    kept = [[number] for number in range(cycles.SOME + 100)]
    ring = weakref.ref(Ring())
    cycles.look()
    assert ring() is not None
    assert kept


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_attempt_is_gone_with_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[Any]] = []

    class Attempt(generation.Attempt):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(weakref.ref(self))

        async def _conclude(self) -> None:
            made.append(weakref.ref(self.channels))
            await super()._conclude()

    monkeypatch.setattr(generation, "Attempt", Attempt)
    turn = factories.begun(new=factories.new_turn(text="Hello"))
    asyncio.run(generation.run(turn.pk, asyncio.Event()))
    assert Turn.objects.get(pk=turn.pk).status == Status.SAVED
    assert [reference() for reference in made] == [None, None]


@pytest.mark.django_db(transaction=True)
def test_a_request_is_gone_before_its_answer_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    factories.person()
    made: list[Any] = []
    create = Handler.create_request

    def created(self: Handler, scope: Any, body: Any) -> Any:
        request, refusal = create(self, scope, body)
        made.append(weakref.ref(request))
        return request, refusal

    monkeypatch.setattr(Handler, "create_request", created)
    scope = {
        "type": "http", "method": "GET", "path": f"/turns/{uuid4()}/events", "query_string": b"", "headers": [(b"host", b"127.0.0.1")],
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Handler()(scope, receive, send))
    assert sent[0]["status"] == 401
    assert made[0]() is None
