"""A provider's refusals through the whole product: the sentence, its own words, how often it is asked, what it costs."""

import base64
import html
import re
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from chat.llm.refusals import from_response
from tests.client import Client
from tests.material import load
from tests.provider import Provider
from tests.provider_scripts import FORBIDDEN, SECRET, Script, status
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

KEY = "Team7recognisable0987654321key"
REQUESTS = {"err-060": 3, "err-145": 3, "err-155": 3}  # asked again; every other one is asked once
GROWTH = 64 << 20  # bytes of memory that all the endless answers together may cost


def test_each_of_the_32_recorded_refusals_is_a_sentence_with_the_providers_words_below(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    recorded = load("1-streams/http-errors/http_errors.jsonl")
    assert len(recorded) == 32
    server = sluice(CHAT_PROVIDER_KEY=KEY)
    client = server.client()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda case: _refused(client, provider, case), recorded))
    for case, (turn, answer) in zip(recorded, answers, strict=True):
        expected = from_response(case["http_status"], case["content_type"], case["body"].encode())
        expected.seal(KEY)
        sentence, said = parts(answer)
        assert sentence == f"There is no answer. {expected.sentence} Reference {str(turn)[:8]}", case["id"]
        assert said == expected.provider_text, case["id"]
        assert '<details class="said"><summary>' in answer, case["id"]
        assert "Retry" in answer, case["id"]
        assert len(provider.requests(case["id"])) == REQUESTS.get(case["id"], 1), case["id"]
        assert server.turn(turn)["status"] == "failed", case["id"]
        (line,) = [line for line in server.log.splitlines() if str(turn) in line and "WARNING" in line]
        assert f"{type(expected).__name__}: HTTP {case['http_status']}" in line, case["id"]
    for leak in ("invalid-key", "sk-inval", "test-con"):
        assert leak not in server.log + "".join(answer for _, answer in answers)


def _refused(client: Client, provider: Provider, case: dict[str, Any]) -> tuple[UUID, str]:
    headers = {"Content-Type": case["content_type"]}
    if case.get("retry_after"):
        headers["Retry-After"] = case["retry_after"]
    provider.script(case["id"], [["status", case["http_status"], headers, case["body"]]])
    turn = client.ask(f"s/{case['id']}")
    assert client.finished(turn)["state"] == "failed", case["id"]
    return turn, client.answer(turn)


def parts(answer: str) -> tuple[str, str]:
    """The sentence and the folded words of an answer that failed."""
    outcome = re.search(r'<div class="outcome outcome-failed">.*?<p>(.*?)</p>', answer, re.DOTALL)
    said = re.search(r'<details class="said">.*?<p>(.*?)</p>', answer, re.DOTALL)
    assert outcome is not None, answer
    words = html.unescape(re.sub(r"<[^>]*>", "", outcome[1]))
    return " ".join(words.split()), html.unescape(said[1]) if said else ""


def packed(text: str, how: int) -> Script:
    """A gigabyte of `text`, packed, and the same once more: some megabytes on the wire. `how`: 31 gzip, 15 zlib."""
    packer = zlib.compressobj(9, zlib.DEFLATED, how)
    piece = (text * (1 + (1 << 24) // len(text))).encode()
    head = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(piece) + packer.flush(
        zlib.Z_FULL_FLUSH
    )  # a full flush forgets: it may be repeated
    coding = {"Content-Encoding": "gzip" if how > 15 else "deflate"}
    return [
        ["headers", coding],
        *(["bytes", base64.b64encode(part).decode()] for part in [head] + [again] * 63),
    ]


WORD = 'data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\n\n'
ENDLESS: dict[str, tuple[Callable[[], Script], str]] = {
    "one event": (lambda: [["endless", "data: x\n"]], "grew larger than allowed"),
    "pings": (lambda: [["endless", "event: ping\ndata: {}\n\n"]], "grew larger than allowed"),
    "words": (lambda: [["endless", WORD]], "reached the length limit"),
    "packed line": (lambda: packed("data: xxxxxxxxxxxxxxxxx", 31), "grew larger than allowed"),
    "packed words": (lambda: packed(WORD, 15), "reached the length limit"),
    "a coding nobody asked for": (lambda: [["headers", {"Content-Encoding": "br"}], ["endless", "x"]], "unexpected format"),
    "another": (lambda: [["headers", {"Content-Encoding": "zstd"}], ["endless", "x"]], "unexpected format"),
    "a web page": (lambda: [["headers", {"Content-Type": "text/html"}], ["endless", "<p>"]], "unexpected format"),
}  # fmt: skip


def test_nothing_that_is_packed_or_has_no_end_fills_the_memory(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_TOTAL_TIMEOUT="60", CHAT_MAX_ANSWER="20000")
    client = server.client()
    assert client.finished(client.ask("s/hello"))["state"] == "saved"
    before = server.peak
    for name, (script, _) in ENDLESS.items():
        provider.script(name, script())
    with ThreadPoolExecutor(5) as pool:
        answers = dict(zip(ENDLESS, pool.map(lambda name: _endless(client, name), ENDLESS), strict=True))
    for name, (_, words) in ENDLESS.items():
        assert re.search(words, answers[name]), (name, answers[name])
    grown = server.peak - before
    assert grown < GROWTH, f"{grown >> 20} MiB more at the most, over {before >> 20}"
    assert client.finished(client.ask("s/hello"))["state"] == "saved"


def _endless(client: Client, name: str) -> str:
    turn = client.ask(f"s/{name}")
    client.finished(turn)
    found = re.search(r'<div class="outcome.*?</div>', client.answer(turn), re.DOTALL)
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("behaviour", "words", "shown"),
    [
        ("words", "the engine is out of order", True),
        ("words", f"the engine said {FORBIDDEN}", False),
        ("status-500", "the engine is out of order", False),
        ("words", f"the engine said {SECRET}", False),
    ],
)
def test_a_providers_own_words_are_seen_by_nobody_unless_every_checker_passes_them(
    sluice: Callable[..., Server], provider: Provider, behaviour: str, words: str, shown: bool
) -> None:
    server = sluice(CHAT_MODERATION_URL=provider.moderate("checker", behaviour))
    client = server.client()
    provider.script("broken", status(400, words))
    turn = client.ask("s/broken")
    assert client.finished(turn)["state"] == "failed"
    sentence, said = parts(client.answer(turn))
    assert sentence.startswith("There is no answer. The model's provider did not accept the request.")
    assert said == (words if shown else "")
    key = str(turn) if server.database else turn.hex
    assert server.rows("SELECT provider_text FROM chat_turn WHERE id = %s", key) == [(said,)]
