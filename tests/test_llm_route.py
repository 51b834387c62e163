"""Another endpoint is asked where one does not begin, never once text has come, and within one time limit."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest

from chat.llm import Asked, Beginning, Client, Delta, Finish, Leg, ProviderError, Route
from chat.llm import errors as e
from tests.asking import KEY, QUESTION, endpoint, no_pause, provider_fixtures, text_of
from tests.provider import END, Provider, say, status

pytestmark = pytest.mark.slow

running, provider = provider_fixtures()


def legs(*urls: str, **changes: Any) -> list[Leg]:
    return [
        Leg(Client(endpoint(url, **changes), sleep=no_pause), f"m{number}", f"leg {number}", number)
        for number, url in enumerate(urls)
    ]


def follow(route: Route, into: list[Delta] | None = None, **asked: Any) -> list[Delta]:
    deltas: list[Delta] = [] if into is None else into
    seconds = asked.pop("seconds", None)

    async def run() -> None:
        parts = route.batches(Asked(QUESTION, **asked), label="t", seconds=seconds)
        try:
            async with contextlib.aclosing(parts):
                async for batch in parts:
                    deltas.extend(batch)
        finally:
            for leg in route.legs:
                await leg.client.aclose()

    asyncio.run(run())
    return deltas


def test_the_first_that_answers_is_the_only_one_asked(provider: Provider) -> None:
    route = Route(legs(provider.url("hello"), provider.url("echo")))
    assert text_of(follow(route)) == "Hello, world."
    assert provider.requests("echo") == []
    assert (route.answered, route.failures) == (route.legs[0], [])


@pytest.mark.parametrize(
    ("scenario", "kind", "requests"),
    [
        ("status-500", e.ServerFault, 2),
        ("status-401", e.KeyRefused, 1),
        ("status-404", e.AddressNotFound, 1),
        ("status-400", e.RequestRefused, 1),
        ("redirect", e.Redirected, 1),
        ("html", e.Unreadable, 1),
        ("reset", e.ConnectionLost, 2),
        ("hang", e.FirstByteTimeout, 1),
        ("hang-after-headers", e.FirstByteTimeout, 1),
    ],
)
def test_the_next_one_answers_where_the_first_does_not_begin(
    provider: Provider, scenario: str, kind: type[ProviderError], requests: int
) -> None:
    told: list[Any] = []
    # Only who never answers is to be cut short: any other may be slow on a busy machine.
    patience = 0.3 if scenario.startswith("hang") else 60.0
    silent, answering = provider.url(scenario), provider.url("hello")
    route = Route(
        [legs(silent, first_byte_timeout=patience)[0], legs(silent, answering)[1]],
        on_failure=lambda leg, error: told.append((leg.key, type(error))),
        on_answer=lambda leg: told.append(leg.key),
    )
    deltas = follow(route)
    assert text_of(deltas) == "Hello, world."
    assert isinstance(deltas[-1], Finish)
    assert told == [(0, kind), 1]
    assert len(provider.requests(scenario)) == requests  # once more at most, where somebody else can be asked
    assert provider.requests("hello")[0]["body"]["model"] == "m1"
    assert [type(error) for _, error in route.failures] == [kind]
    assert KEY not in str(route.failures)


@pytest.mark.parametrize("scenario", ["reset-after", "error-after", "cut"])
def test_nobody_else_is_asked_once_text_has_come(provider: Provider, scenario: str) -> None:
    deltas: list[Delta] = []
    route = Route(legs(provider.url(scenario), provider.url("hello")))
    with pytest.raises(ProviderError):
        follow(route, deltas)
    assert text_of(deltas) == "Hello"
    assert provider.requests("hello") == []
    assert route.answered == route.legs[0]


def test_a_providers_content_rules_are_not_gone_around(provider: Provider) -> None:
    url = provider.script("strict", status(400, "no", code="content_filter"))
    with pytest.raises(e.RequestBlocked):
        follow(Route(legs(url, provider.url("hello"))))
    assert provider.requests("hello") == []


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (status(500), status(503), e.ServerFault),
        (status(401), status(503), e.Overloaded),  # waiting helps here, telling somebody there
        (status(503), status(401), e.Overloaded),
        (status(401), status(404), e.KeyRefused),
        (status(503), status(400, "maximum context length exceeded"), e.ContextTooLong),
    ],
)
def test_when_all_fail_the_person_reads_what_helps_most(
    provider: Provider, first: Any, last: Any, told: type[ProviderError]
) -> None:
    route = Route(legs(provider.script("first", first), provider.script("last", last)))
    with pytest.raises(told):
        follow(route)
    assert len(route.failures) == 2
    assert route.answered is None


def test_it_all_happens_within_the_total_timeout(provider: Provider) -> None:
    route = Route(legs(*[provider.url("hang")] * 4, first_byte_timeout=0.4, total_timeout=0.6))
    with pytest.raises(e.FirstByteTimeout):
        follow(route)
    assert len(provider.requests("hang")) < 4


def test_a_caller_may_give_it_less_time(provider: Provider) -> None:
    with pytest.raises(e.FirstByteTimeout):
        follow(Route(legs(provider.url("hang"), provider.url("hello"))), seconds=0.3)
    assert provider.requests("hello") == []


def test_a_beginning_goes_only_to_those_that_continue(provider: Provider) -> None:
    whole = say("One, two, three.")
    first, second = provider.script("first", whole), provider.script("second", whole)
    route = Route([*legs(first), *legs(second, continues="assistant")])
    assert route.continues
    assert text_of(follow(route, beginning=Beginning("One, "))) == "two, three."
    assert provider.requests("first") == []
    deaf = Route(legs(first, second))
    assert not deaf.continues
    with pytest.raises(e.RequestRefused):
        follow(deaf, beginning=Beginning("One, "))


def test_the_rest_is_asked_of_the_one_that_began(provider: Provider) -> None:
    url = provider.script(
        "second", [["text", "One, "], ["reset"]], [["text", "One, "], ["text", "two."], *END]
    )
    route = Route(legs(provider.url("status-500"), url, continues="assistant"))

    async def run() -> list[Delta]:
        found: list[Delta] = []
        with pytest.raises(ProviderError):
            await _all(route, Asked(QUESTION), found)
        await _all(route, Asked(QUESTION, beginning=Beginning("One, ")), found)
        for leg in route.legs:
            await leg.client.aclose()
        return found

    assert text_of(asyncio.run(run())) == "One, two."
    assert len(provider.requests("status-500")) == 2  # at the first question, and not at the second


async def _all(route: Route, asked: Asked, into: list[Delta]) -> None:
    async with contextlib.aclosing(route.batches(asked, label="t")) as parts:
        batch: Sequence[Delta]
        async for batch in parts:
            into.extend(batch)


def test_each_is_asked_for_its_own_model_and_window(provider: Provider) -> None:
    made = legs(provider.url("status-500"), provider.url("hello"), protocol="ollama")
    route = Route([dataclasses.replace(made[0], window=200_000), made[1]])
    follow(route, window=7)
    first, second = provider.requests("status-500")[0]["body"], provider.requests("hello")[0]["body"]
    assert (first["model"], first["options"]) == ("m0", {"num_ctx": 200_000})
    assert second["model"] == "m1"
    assert "options" not in second


def test_closing_it_closes_the_providers_connection(provider: Provider) -> None:
    async def run() -> None:
        route = Route(legs(provider.url("slow")))
        async with contextlib.aclosing(route.batches(Asked(QUESTION), label="t")) as parts:
            async for batch in parts:
                if batch:
                    break
        await route.legs[0].client.aclose()

    asyncio.run(run())
    assert provider.wait_for_end(provider.requests("slow")[0]["n"])["ended_by"] == "client"


def test_a_route_needs_a_leg() -> None:
    with pytest.raises(ValueError, match="leg"):
        Route([])
