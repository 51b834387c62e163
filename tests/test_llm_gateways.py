"""Broken gateways and recordings over real HTTP."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from chat.llm import Delta, Finish, ProviderError
from tests.asking import ask, text_of
from tests.material import load
from tests.provider import Provider
from tests.test_llm_openai import check, recordings

pytestmark = pytest.mark.slow  # seconds together; `make check` leaves them out

PATIENCE = {"first_byte_timeout": 0.3, "idle_timeout": 0.3, "total_timeout": 5}
SHOWN = {  # what a person reads, in our sentence or in the provider's own words below it
    "json-array-stream": "unexpected format",
    "http-401-json": "Incorrect API key",
    "http-429-retry-after": "Rate limit",
    "http-429-retry-after-date": "slow down",
    "redirect-to-login": "redirect",
    "error-object-then-done": "quota exceeded",
    "error-string": "STREAM_EXPLODED",
    "error-event-line": "Error rendering prompt with jinja template",
    "error-vllm": "EngineCore encountered an issue",
    "error-vllm-old": "maximum context length",
    "tcp-reset": "incomplete",
    "silence-before-headers": "timeout",
    "silence-after-first": "incomplete",
    "malformed-json-event": "could not be read",
}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider.running() as provider:
        yield provider


def outcome(url: str) -> tuple[str, ProviderError | None, bool]:
    """Text, error, and whether a finish came."""
    deltas: list[Delta] = []
    error = None
    try:
        ask(url, into=deltas, **PATIENCE)
    except ProviderError as raised:
        error = raised
    return text_of(deltas), error, any(isinstance(d, Finish) for d in deltas)


def cases() -> list[dict[str, Any]]:
    return [c for c in load("6-http/gateway_failures.json")["cases"] if c["dialect"] == "openai"]


def test_every_broken_gateway_ends_in_its_expected_state(provider: Provider) -> None:
    for case in cases():
        expected = case["expect"]
        began = time.monotonic()
        text, error, finished = outcome(provider.case(case["id"]))
        told = f"{case['id']}: {text!r} {error!r} finished={finished}"
        assert time.monotonic() - began < PATIENCE["total_timeout"] + 5, told
        if expected["state"] == "complete":
            assert (text, error, finished) == (expected["text"], None, True), told
            continue
        assert not finished, told
        assert text == expected.get("partial_text", expected.get("text")), told
        if case["id"] == "done-but-no-finish":
            assert error is None, told  # it just ends: the caller sees no Finish and calls it broken
            continue
        assert error is not None, told
        assert SHOWN[case["id"]] in f"{error.sentence} {error.provider_text}", told
        if "retryable" in expected:
            assert error.retryable is expected["retryable"], told


@pytest.mark.slow
@pytest.mark.parametrize("size", [7, 4096, 0])
def test_every_recording_over_a_real_connection(provider: Provider, size: int) -> None:
    for case in recordings():
        check(ask(provider.recording(case["id"], size)), case["expected"])


@pytest.mark.slow
def test_the_core_recordings_over_a_real_connection_byte_by_byte(provider: Provider) -> None:
    small = [case for case in recordings(core=True) if case["bytes"] < 30_000]
    assert len(small) > 5
    for case in small:
        check(ask(provider.recording(case["id"], 1)), case["expected"])
