"""The bench measures what it says: stamps tell their moment however they arrive, and rows say if a goal is met."""

import asyncio
import dataclasses
import json
import time

import pytest

from chat.moderation import Rule, compile_rules, packs
from tests.bench import corpus, gate, provider, targets
from tests.bench.load import Chat, Reader
from tests.bench.rows import Steady
from tests.bench.table import Table


@pytest.mark.parametrize("size", [1, 3, 50, 10_000])
def test_every_stamp_is_counted_once_however_the_stream_is_cut(size: int) -> None:
    stream = (
        "".join(f"<p>{provider.stamp()} and {provider.stamp()}</p>" for _ in range(20)).encode()
        + b"event: done"
    )

    async def main() -> Chat:
        reader = Reader()
        reader.chat, reader.end, reader.over = (
            Chat(),
            b"event: done",
            asyncio.get_running_loop().create_future(),
        )
        for start in range(0, len(stream), size):
            reader.data_received(stream[start : start + size])
        await reader.over
        return reader.chat

    began = time.monotonic()
    chat = asyncio.run(main())
    assert len(chat.delays) == 40
    assert all(-0.001 <= delay <= time.monotonic() - began + 1 for delay in chat.delays)
    assert chat.received == len(stream)


def test_a_stamped_chunk_is_a_chunk_like_any_other() -> None:
    for before, _, after in (provider.STAMPED, provider.LAST_ONE):
        size, _, rest = (before + provider.stamp().encode() + after).partition(b"\r\n")
        assert int(size, 16) == len(rest) - 2
        assert json.loads(rest[6:])["choices"][0]["delta"]["content"].startswith("x")


def test_each_corpus_is_long_enough_to_be_played() -> None:
    assert all(len(corpus.tokens(kind)) > 100 for kind in corpus.KINDS)
    assert all("".join(corpus.tokens(kind)) == corpus.text(kind) for kind in corpus.KINDS)


def test_a_row_says_whether_its_goal_is_met(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table()
    table.row("small enough", 3, 5, yardstick=1)
    table.row("too small", 3, 5, least=True)
    table.end()
    printed = capsys.readouterr().out
    assert "| small enough | 3 | 1 (3.0×) | ≤ 5 | yes |" in printed
    assert "| too small | 3 |  | ≥ 5 | no |" in printed


def test_delays_count_while_all_answers_are_being_written() -> None:
    early, late = (
        Chat(delays=[9.0, 0.1, 0.2], moments=[1.0, 2.0, 3.0]),
        Chat(delays=[0.3, 9.0], moments=[2.5, 4.0]),
    )
    found = Steady([early, late], window=(2.0, 3.0), cpu=0, memory=0, threads=0, connections=0)
    assert found.delays == [0.1, 0.2, 0.3]


@pytest.mark.slow
def test_what_is_counted_together_is_counted_once() -> None:
    with targets.provider() as one, targets.provider() as other:
        both = dataclasses.replace(one, beside=other)
        assert set(both.pids) == set(one.pids) | set(other.pids)
        assert both.cpu() >= one.cpu() > 0


def test_what_a_gate_holds_back_is_counted_after_each_token_and_for_each_character() -> None:
    rule = Rule(
        name="abc",
        title="abc",
        reason="abc",
        pattern="abc",
        positives=("abc",),
        negatives=("ab",),
        source="-",
    )
    held, waited = gate.waits(compile_rules([rule]), ["x", "ab", "d", "a", "a", "b", "."])
    assert held == [0, 2, 0, 1, 1, 2, 0]
    assert waited == [0, 1, 1, 0, 1, 2, 1, 0]


def test_no_stamp_is_held_back_where_a_row_counts_when_it_came() -> None:
    held, _ = gate.waits(compile_rules(packs.starter_pack()), [f"{provider.stamp()} " for _ in range(400)])
    assert set(held) == {0}
