"""The same answers, breaks and limits over real connections, whichever protocol they are asked for in."""

import pytest

from chat.llm import Client, Delta, Finish, FinishReason, ProviderError, Reasoning, Usage
from chat.llm import errors as e
from tests.asking import ask, endpoint, provider_fixtures, text_of
from tests.provider import END, Provider
from tests.test_llm_continuing import follow

pytestmark = pytest.mark.slow

running, provider = provider_fixtures()
PROTOCOLS = pytest.mark.parametrize("protocol", ["openai", "anthropic", "ollama"])


@PROTOCOLS
def test_an_answer_comes_whole_with_its_thoughts_usage_and_finish(provider: Provider, protocol: str) -> None:
    url = provider.script("one", [["reasoning", "Hm"], ["text", "Yes"], ["text", "."], *END])
    found = ask(url, protocol=protocol)
    assert found[0] == Reasoning("Hm")
    assert text_of(found) == "Yes."  # in one piece where both have come by then
    assert isinstance(found[-2], Usage)
    assert isinstance(found[-1], Finish)
    assert found[-1].reason is FinishReason.complete


@PROTOCOLS
@pytest.mark.parametrize(
    ("scenario", "reason"), [("length", FinishReason.length), ("blocked", FinishReason.blocked)]
)
def test_other_ends_are_told_apart(
    provider: Provider, protocol: str, scenario: str, reason: FinishReason
) -> None:
    if (protocol, scenario) == ("ollama", "blocked"):
        reason = FinishReason.unknown  # it has no such word
    found = ask(provider.url(scenario), protocol=protocol)
    assert isinstance(found[-1], Finish)
    assert found[-1].reason is reason


@PROTOCOLS
def test_a_stream_that_just_ends_has_no_finish(provider: Provider, protocol: str) -> None:
    found = ask(provider.url("no-finish"), protocol=protocol)
    assert text_of(found) == "Half an answer"
    assert not any(isinstance(d, Finish) for d in found)


@PROTOCOLS
@pytest.mark.parametrize(
    ("scenario", "kind", "text"),
    [
        ("error-after", e.ServerFault, "Hello"),
        ("reset-after", e.ConnectionLost, "Hello"),
        ("cut", e.ConnectionLost, "Hello"),
        ("hang-after", e.IdleTimeout, "Hello"),
        ("hang", e.FirstByteTimeout, ""),
        ("html", e.Unreadable, ""),
    ],
)
def test_what_came_before_a_break_is_kept(
    provider: Provider, protocol: str, scenario: str, kind: type[ProviderError], text: str
) -> None:
    # Only who falls silent is to be cut short: any other may be slow on a busy machine.
    limits = {"hang": {"first_byte_timeout": 0.3}, "hang-after": {"idle_timeout": 0.3}}.get(scenario, {})
    found: list[Delta] = []
    with pytest.raises(kind):
        ask(provider.url(scenario), protocol=protocol, into=found, **limits)
    assert text_of(found) == text


@PROTOCOLS
def test_a_passing_fault_is_retried(provider: Provider, protocol: str) -> None:
    assert text_of(ask(provider.url("busy-once"), protocol=protocol)) == "Hello, world."


@PROTOCOLS
def test_an_answer_is_gone_on_with(provider: Provider, protocol: str) -> None:
    url = provider.script("on", [["text", "One, "], ["text", "two, "], ["text", "three."], *END])
    for at in range(1, len("One, two, three.")):
        begun = "One, two, three."[:at]
        assert begun + text_of(follow(url, begun, [], protocol=protocol)) == "One, two, three."


def test_a_way_that_a_protocol_does_not_know_is_no_way_to_go_on() -> None:
    assert Client(endpoint("http://h", continues="vllm")).continues
    assert not Client(endpoint("http://h", protocol="ollama", continues="vllm")).continues
    assert not Client(endpoint("http://h", protocol="anthropic", continues="prefix")).continues
