"""Broken gateways and recordings over real HTTP."""

import time
from collections.abc import Iterator

import pytest

from chat.llm import Delta, Finish, ProviderError
from tests import gateways
from tests.asking import ask, text_of
from tests.provider import Provider
from tests.recordings import PROTOCOLS, check, recordings

pytestmark = pytest.mark.slow  # seconds together; `make check` leaves them out

# Of those that say nothing. What does answer must have the time for it, however busy the machine is.
PATIENCE = {"first_byte_timeout": 1.5, "idle_timeout": 1.5, "total_timeout": 8}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider.running() as provider:
        yield provider


def outcome(url: str, protocol: str) -> tuple[str, ProviderError | None, bool]:
    """Text, error, and whether a finish came."""
    deltas: list[Delta] = []
    error = None
    try:
        ask(url, into=deltas, protocol=protocol, **PATIENCE)
    except ProviderError as raised:
        error = raised
    return text_of(deltas), error, any(isinstance(d, Finish) for d in deltas)


@pytest.mark.parametrize("dialect", gateways.DIALECTS)
def test_every_broken_gateway_ends_in_its_expected_state(provider: Provider, dialect: str) -> None:
    for case in gateways.cases(dialect):
        began = time.monotonic()
        text, error, finished = outcome(provider.case(case.id), dialect)
        told = f"{case.id}: {text!r} {error!r} finished={finished}"
        assert time.monotonic() - began < PATIENCE["total_timeout"] + 5, told
        assert (text, finished) == (case.text, case.ends), told
        if case.ends or case.id == "done-but-no-finish":
            assert error is None, told  # it just ends: the caller sees no Finish and calls it broken
            continue
        assert error is not None, told
        assert case.shown in f"{error.sentence} {error.provider_text}", told
        if case.retryable is not None:
            assert error.retryable is case.retryable, told


@pytest.mark.slow
@pytest.mark.parametrize("size", [7, 4096, 0])
def test_every_recording_over_a_real_connection(provider: Provider, size: int) -> None:
    for case in recordings():
        deltas = ask(provider.recording(case["id"], size), protocol=PROTOCOLS[case["dialect"]])
        check(deltas, case["expected"])


@pytest.mark.slow
def test_the_core_recordings_over_a_real_connection_byte_by_byte(provider: Provider) -> None:
    small = [case for case in recordings(core=True) if case["bytes"] < 30_000]
    assert len(small) > 5
    for case in small:
        deltas = ask(provider.recording(case["id"], 1), protocol=PROTOCOLS[case["dialect"]])
        check(deltas, case["expected"])
