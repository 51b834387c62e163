"""Server-sent events, however they are cut."""

import base64
from typing import Any

import pytest

from chat.llm import Delta, ProviderError
from chat.llm.sse import Decoder, Event, EventTooLarge
from tests.asking import answering, ask
from tests.material import load

# These two say that a response of another type or status holds no events. That is decided by the client, before
# a decoder sees a byte: they are played to it, further below.
NOT_THE_DECODER = {"wpt/format-mime-valid-bogus", "wpt/request-status-error"}


def decode(chunks: list[bytes], *, lenient: bool = False) -> tuple[list[Event], Decoder]:
    decoder = Decoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events + decoder.finish(lenient=lenient), decoder


def feed_all(decoder: Any, pieces: list[bytes]) -> None:
    for piece in pieces:
        decoder.feed(piece)


def facts(events: list[Event]) -> list[dict[str, str]]:
    return [{"event": e.name, "data": e.data, "id": e.id} for e in events]


def cases() -> list[dict[str, Any]]:
    return [case for case in load("2-sse/sse_cases.json") if case["id"] not in NOT_THE_DECODER]


def chunks_of(case: dict[str, Any]) -> list[bytes]:
    name = next(k for k, v in case.items() if "chunk" in k and isinstance(v, list))
    return [base64.b64decode(chunk) for chunk in case[name]]


@pytest.mark.parametrize("size", [None, 1, 2, 3])
def test_every_shared_case_holds_however_it_is_cut(size: int | None) -> None:
    for case in cases():
        chunks = chunks_of(case)
        if size:
            whole = b"".join(chunks)
            chunks = [whole[i : i + size] for i in range(0, len(whole), size)]
        events, decoder = decode(chunks)
        assert facts(events) == case["expected"], case["id"]
        if "expected_retry" in case:
            assert decoder.retry == case["expected_retry"], case["id"]


def test_an_event_without_its_blank_line_is_delivered_only_when_lenient() -> None:
    unfinished = [b"data: one\n\ndata: two"]
    assert [e.data for e in decode(unfinished)[0]] == ["one"]
    assert [e.data for e in decode(unfinished, lenient=True)[0]] == ["one", "two"]
    assert [e.data for e in decode([b"data: one\r\r"], lenient=True)[0]] == ["one"]


def test_a_line_feed_that_begins_a_read_counts_unless_a_carriage_return_ended_the_last() -> None:
    assert [e.data for e in decode([b"data: one", b"\n", b"\n"])[0]] == ["one"]
    assert [e.data for e in decode([b"data: one\r", b"\ndata: two\n\n"])[0]] == ["one\ntwo"]
    assert [e.data for e in decode([b"data: one\r", b"\n", b"\ndata: two\n\n"])[0]] == ["one", "two"]


@pytest.mark.parametrize("size", [1, 1000, 10**6])
def test_an_event_beyond_the_limit_is_refused_before_it_fills_the_memory(size: int) -> None:
    endless = b"data: " + b"x" * 5000 + b"\n\n"
    pieces = [endless[i : i + size] for i in range(0, len(endless), size)]
    decoder = Decoder(max_event=1000)
    with pytest.raises(EventTooLarge):
        feed_all(decoder, pieces)


def test_many_short_lines_count_together_towards_the_limit() -> None:
    decoder = Decoder(max_event=1000)
    with pytest.raises(EventTooLarge):
        decoder.feed(b"data: 123456789\n" * 200)


def test_the_limit_is_for_one_event_and_not_for_all() -> None:
    decoder = Decoder(max_event=1000)
    assert len(decoder.feed((b"data: " + b"x" * 500 + b"\n\n") * 20)) == 20


def test_the_cases_that_are_no_stream_at_all_give_nothing_but_an_error() -> None:
    told = [case for case in load("2-sse/sse_cases.json") if case["id"] in NOT_THE_DECODER]
    assert [case["expect"] for case in told] == ["error", "error"]
    for case in told:
        body, kind = b"".join(chunks_of(case)), case.get("content_type", "text/event-stream")
        for code in case.get("http_status", [200]):
            found: list[Delta] = []
            transport = answering(body, kind, code=code)
            with pytest.raises(ProviderError):
                ask("http://h/v1", into=found, client={"transport": transport})
            assert found == [], (case["id"], code)


def test_all_cases_are_played() -> None:
    assert len(cases()) + len(NOT_THE_DECODER) == len(load("2-sse/sse_cases.json")) == 63
