"""The key of an endpoint shows nowhere."""

import logging

import pytest

from chat.llm import ProviderError
from chat.llm import errors as e
from tests.asking import KEY, ask, endpoint, provider_fixtures
from tests.provider import Provider, status

running, provider = provider_fixtures()


@pytest.mark.parametrize(
    "words",
    [
        f"Incorrect API key provided: {KEY}. See the docs.",
        f"Authorization: Bearer {KEY} is wrong",
        "x" * 190 + KEY,
        " " * 4990 + KEY,
        "x" * 4990 + KEY,
        "Incorrect API key provided: sk-pr********CRET.",
        '{"key": "' + KEY + '"}',
        f"no credit for {KEY.upper()} or sk-other-key-1234",
    ],
)
def test_the_key_shows_nowhere_when_the_provider_repeats_it(
    provider: Provider, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="chat.llm")
    with pytest.raises(ProviderError) as caught:
        ask(provider.script("parrot", status(500, words, code=KEY)))
    error = caught.value
    seen = f"{error!r} {error} {error.sentence} {error.detail} {error.provider_text} {caplog.text}"
    assert "turn-1" in caplog.text
    for part in (KEY, KEY.upper(), KEY[:12], "CRET", "other-key"):
        assert part not in seen


def test_the_key_is_not_in_the_endpoints_repr() -> None:
    assert KEY not in repr(endpoint("http://h/v1"))


@pytest.mark.parametrize("key", ["sk-abc def-123", "sk-abcdef\n123", "sk-“abcdef”"])
def test_a_key_that_was_pasted_wrong_is_told_as_such_without_showing_it(key: str) -> None:
    with pytest.raises(e.Misconfigured) as caught:
        ask("http://127.0.0.1:9/v1", key=key)
    assert "abc" not in repr(caught.value) + caught.value.detail
