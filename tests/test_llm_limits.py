"""Time, size and compression: nothing a provider sends lasts or grows for ever."""

import gzip

import pytest

from chat.llm import Delta, Finish, FinishReason, Text, reading
from chat.llm import errors as e
from tests.asking import answering, ask, provider_fixtures, text_of
from tests.provider import END, Provider, status

pytestmark = pytest.mark.slow  # seconds together; `make check` leaves them out

running, provider = provider_fixtures()


def test_each_phase_has_its_own_time_limit(provider: Provider) -> None:
    with pytest.raises(e.FirstByteTimeout):
        ask(provider.url("hang"), first_byte_timeout=0.1)
    with pytest.raises(e.FirstByteTimeout):
        ask(provider.url("hang-after-headers"), first_byte_timeout=0.1)
    with pytest.raises(e.IdleTimeout):
        ask(provider.url("hang-after"), idle_timeout=0.1)
    with pytest.raises(e.TotalTimeout):
        ask(provider.url("slow"), total_timeout=2)


def test_silence_or_a_reset_after_the_finish_reason_spoils_nothing(provider: Provider) -> None:
    begun = [["text", "Hello"], ["finish", "stop"]]
    for name, ending in (("reset", [["wait", 0.05], ["reset"]]), ("cut", [["cut"]])):
        assert ask(provider.script(name, [*begun, *ending])) == [
            Text("Hello"),
            Finish(FinishReason.complete, "stop"),
        ]


@pytest.mark.slow
def test_a_provider_that_never_closes_after_the_finish_reason_costs_two_seconds_at_most(
    provider: Provider,
) -> None:
    deltas = ask(provider.script("open", [["text", "Hello"], ["finish", "stop"], ["hang"]]))
    assert deltas == [Text("Hello"), Finish(FinishReason.complete, "stop")]


def test_an_answer_without_end_is_ended_by_its_size(provider: Provider) -> None:
    deltas: list[Delta] = []
    with pytest.raises(e.TooLarge):
        ask(provider.url("long"), into=deltas, client={"max_answer": 1000})
    assert 0 < len(text_of(deltas)) <= 1000


def test_one_endless_event_is_ended_by_its_size(provider: Provider) -> None:
    with pytest.raises(e.TooLarge):
        ask(provider.script("line", [["raw", "data: " + "x" * 2_000_000]]))


def test_an_answer_of_little_text_and_much_else_is_ended_by_its_bytes(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_BODY", 300_000)
    wordy = [["text", "Hello "], ["raw", ":" + "x" * 10_000 + "\n"]] * 10
    assert text_of(ask(provider.script("wordy-enough", [*wordy, *END]))) == "Hello " * 10
    with pytest.raises(e.TooLarge):
        ask(provider.script("too-wordy", [*wordy * 4, *END]))


def test_comments_alone_are_ended_by_their_bytes(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_QUIET", 100_000)
    comment = ["raw", ":" + "x" * 10_000 + "\n"]
    calm = [["text", "Hello "], *[comment] * 4] * 5
    assert text_of(ask(provider.script("calm", [*calm, *END]))) == "Hello " * 5
    with pytest.raises(e.TooLarge):
        ask(provider.script("quiet", [["text", "Hello "], *[comment] * 100, *END]))


def test_an_endless_error_body_is_cut(provider: Provider) -> None:
    with pytest.raises(e.RequestRefused) as caught:
        ask(provider.script("wordy", status(400, "words " * 200_000)))
    assert len(caught.value.provider_text) == 200


def test_a_compressed_stream_is_read_although_none_was_asked_for() -> None:
    body = gzip.compress(b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n')
    transport = answering(body, "text/event-stream", {"Content-Encoding": "gzip"})
    assert text_of(ask("http://h/v1", client={"transport": transport})) == "Hi"


def test_a_compressed_bomb_never_fills_the_memory() -> None:
    bomb = gzip.compress(b"data: " + b"x" * 50_000_000)
    transport = answering(bomb, "text/event-stream", {"Content-Encoding": "gzip"})
    with pytest.raises(e.TooLarge):
        ask("http://h/v1", client={"transport": transport})


@pytest.mark.parametrize(("encoding", "body"), [("br", b"x"), ("gzip", b"not gzip")])
def test_a_body_nobody_can_unpack_is_unreadable(encoding: str, body: bytes) -> None:
    transport = answering(body, "text/event-stream", {"Content-Encoding": encoding})
    with pytest.raises(e.Unreadable):
        ask("http://h/v1", client={"transport": transport})
