"""What is asked again before the answer begins, and what never is."""

import pytest

from chat.llm import Delta, ProviderError
from chat.llm import errors as e
from tests.asking import ask, provider_fixtures, text_of
from tests.material import load
from tests.provider import Provider, say, status

running, provider = provider_fixtures()


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504, 529])
def test_a_passing_fault_before_the_answer_is_retried_without_the_person_noticing(
    provider: Provider, code: int
) -> None:
    url = provider.script("flaky", status(code), status(code), say("Fine now."))
    assert text_of(ask(url)) == "Fine now."
    assert len(provider.requests("flaky")) == 3


def test_after_two_retries_the_fault_is_told(provider: Provider) -> None:
    with pytest.raises(e.ServerFault):
        ask(provider.url("status-500"))
    assert len(provider.requests("status-500")) == 3


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 413, 422, 501])
def test_what_retrying_cannot_cure_is_asked_once(provider: Provider, code: int) -> None:
    with pytest.raises(ProviderError) as caught:
        ask(provider.url(f"status-{code}"))
    assert caught.value.status == code
    assert len(provider.requests()) == 1


def test_a_quota_that_is_used_up_is_not_retried(provider: Provider) -> None:
    with pytest.raises(e.QuotaExceeded):
        ask(
            provider.script("poor", status(429, "You exceeded your current quota", code="insufficient_quota"))
        )
    assert len(provider.requests()) == 1


@pytest.mark.parametrize("scenario", ["reset-after", "cut", "error-after"])
def test_nothing_is_asked_twice_once_text_has_come(provider: Provider, scenario: str) -> None:
    deltas: list[Delta] = []
    with pytest.raises(ProviderError) as caught:
        ask(provider.url(scenario), into=deltas)
    assert text_of(deltas) == "Hello"
    assert caught.value.retryable
    assert len(provider.requests()) == 1


def test_an_error_inside_a_stream_that_began_is_not_retried_even_without_text(provider: Provider) -> None:
    with pytest.raises(e.Overloaded):
        ask(provider.script("begun", [["event", {"error": {"message": "overloaded"}}]]))
    assert len(provider.requests()) == 1


def test_a_provider_that_is_not_there_is_tried_three_times(provider: Provider) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    with pytest.raises(e.Unreachable) as caught:
        ask("http://127.0.0.1:9/v1", client={"sleep": pause})
    assert caught.value.retryable
    assert "phase=connect" in caught.value.detail
    assert len(pauses) == 2
    assert 0 < pauses[0] <= 0.5 < pauses[1] * 2 <= 2.0


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("2", [2.0, 2.0]),
        ("0", [0.0, 0.0]),
        ("11", []),
        ("999999999999999999999", []),
        ("Wed, 21 Oct 2099 07:28:00 GMT", []),
        ("Wed, 21 Oct 2015 07:28:00 GMT", [0.0, 0.0]),
    ],
)
def test_retry_after_is_kept_unless_it_would_keep_a_person_waiting(
    provider: Provider, header: str, waited: list[float]
) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    with pytest.raises(e.RateLimited) as caught:
        ask(
            provider.script("busy", status(429, "slow down", {"Retry-After": header})),
            client={"sleep": pause},
        )
    assert pauses == waited
    assert caught.value.provider_text == "slow down"


def test_a_long_wait_is_named_in_the_sentence(provider: Provider) -> None:
    with pytest.raises(e.RateLimited) as caught:
        ask(provider.script("busy", status(429, "slow down", {"Retry-After": "1200"})))
    assert "in about 20 minutes" in caught.value.sentence


@pytest.mark.parametrize("header", ["soon", "-1", "1.5.2", "Wed, 99 Foo 2015"])
def test_a_retry_after_that_means_nothing_is_ignored(provider: Provider, header: str) -> None:
    url = provider.script("busy", status(503, "later", {"Retry-After": header}), say("Fine now."))
    assert text_of(ask(url)) == "Fine now."


@pytest.mark.slow
def test_every_recorded_http_error_reads_well_and_is_asked_again_only_where_that_helps(
    provider: Provider,
) -> None:
    cases = load("1-streams/http-errors/http_errors.jsonl")
    assert len(cases) == 32
    for case in cases:
        spoken = "anthropic" if case["provider"] == "anthropic" else "openai"
        fields = {"Content-Type": case["content_type"]}
        url = provider.script(case["id"], [["status", case["http_status"], fields, case["body"]]])
        with pytest.raises(ProviderError) as caught:
            ask(url, protocol=spoken, key="sk-invalid-key-of-the-test")
        error, passing = caught.value, case["http_status"] in (429, 500)
        assert error.sentence.endswith("."), case["id"]
        assert error.provider_text, case["id"]
        assert len(provider.requests(case["id"])) == (3 if passing else 1), case["id"]
        assert error.retryable is (case["http_status"] in (429, 500, 501)), case["id"]
        told = f"{error.sentence} {error.provider_text} {error.words} {error.detail}"
        assert "invalid-key" not in told, case["id"]
        assert "sk-inval" not in told, case["id"]
