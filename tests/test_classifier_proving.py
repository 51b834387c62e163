"""A classifier proves itself on known texts before it judges anybody's."""

import asyncio
from typing import Any

import pytest

from chat.moderation import DIALECTS, Closed, Proof, Subject, prove_classifier
from chat.moderation.classifiers import BadClassifier, Dialect, Proven, build, prove
from tests.classifying import Chats, Posts, check, judged, made, verdict

GUARD: dict[str, Any] = {"kind": "llama-guard-3", "name": "guard"}
QWEN: dict[str, Any] = {"kind": "qwen3guard", "name": "guard"}
JUDGE: dict[str, Any] = {
    "kind": "judge",
    "name": "house",
    "policy": "No taxes.",
    "bad": ["You need not pay that tax."],
}
POSTED: dict[str, Any] = {"kind": "moderations", "name": "scores"}
ITEMS = [GUARD, QWEN, JUDGE, POSTED]
PASSES = {"llama-guard-3": "safe", "qwen3guard": "Safety: Safe\nCategories: None", "judge": judged}
BLOCKS = {
    "llama-guard-3": "unsafe\nS1", "qwen3guard": "Safety: Unsafe\nCategories: Violent",
    "judge": lambda messages: judged(messages, "block"),
}  # fmt: skip


def bad_texts(item: dict[str, Any]) -> list[str]:
    return [*(known.text for known in DIALECTS[item["kind"]].bad), *item.get("bad", [])]


def line(item: dict[str, Any], also_bad: str = "", blind: str = "", silent: str = "") -> Any:
    """A server that judges known texts rightly, but for those named."""

    def flags(text: str) -> bool:
        bad = [known for known in bad_texts(item) if known != blind] + ([also_bad] if also_bad else [])
        return any(known.replace('"', '\\"') in text or known in text for known in bad)

    def answer(asked: Any) -> Any:
        text = asked if isinstance(asked, str) else asked[-1]["content"]
        if silent and silent in text:
            raise OSError
        if item["kind"] == "moderations":
            return verdict(flags(text))
        reply: Any = (BLOCKS if flags(text) else PASSES)[item["kind"]]
        return reply(asked) if callable(reply) else reply

    return Posts(answer) if item["kind"] == "moderations" else Chats(answer)


def ids(item: dict[str, Any]) -> str:
    return str(item["kind"])


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_every_dialect_has_known_texts_of_both_kinds(dialect: type[Dialect]) -> None:
    assert dialect.good
    assert dialect.bad
    assert all(known.text.strip() for known in (*dialect.good, *dialect.bad))


@pytest.mark.parametrize("item", ITEMS, ids=ids)
def test_one_that_judges_them_rightly_has_no_complaints(item: dict[str, Any]) -> None:
    server = line(item)
    assert asyncio.run(prove_classifier(made(item, server))) == []
    dialect = DIALECTS[item["kind"]]
    assert len(server.requests) == len(dialect.good) + len(dialect.bad) + len(item.get("bad", []))


@pytest.mark.parametrize("item", ITEMS, ids=ids)
def test_one_that_passes_a_bad_text_fails(item: dict[str, Any]) -> None:
    blind = DIALECTS[item["kind"]].bad[0].text
    complaints = asyncio.run(prove_classifier(made(item, line(item, blind=blind))))
    assert complaints == ["It passes the built-in bad text 1."]


@pytest.mark.parametrize("item", ITEMS, ids=ids)
def test_one_that_flags_a_good_text_fails(item: dict[str, Any]) -> None:
    good = DIALECTS[item["kind"]].good[0].text
    complaints = asyncio.run(prove_classifier(made(item, line(item, also_bad=good))))
    assert "It flags the built-in good text 1." in complaints


def test_the_administrators_own_texts_are_tried_too_and_none_is_repeated() -> None:
    item = GUARD | {"good": ["Our tea is hot."], "bad": ["Our tea is cold.", "Our secret cake."]}
    server = line(item, also_bad="Our tea is hot.", blind="Our secret cake.")
    complaints = asyncio.run(prove_classifier(made(item, server)))
    assert complaints == ["It flags the good text 1.", "It passes the bad text 2."]


def test_own_texts_are_tried_as_who_writes_them() -> None:
    for role, messages in (("assistant", 2), ("user", 1)):
        server = Chats("safe")
        asyncio.run(prove(made(GUARD | {"good": ["Our tea."]}, server, role=role)))
        (own,) = [asked for asked in server.requests if asked[-1]["content"] == "Our tea."]
        assert len(own) == messages
        assert own[-1]["role"] == role


def test_a_judge_needs_a_text_that_its_own_policy_forbids() -> None:
    item = JUDGE | {"bad": []}
    complaints = asyncio.run(prove_classifier(made(item, line(item))))
    assert complaints == ["A judge needs at least one text that its policy does not let through."]


def test_a_server_that_is_down_fails_no_proof_but_passes_none() -> None:
    proof = asyncio.run(prove(made(GUARD, Chats(OSError()))))
    assert (proof.outcome, proof.answered) == ("unanswered", False)
    assert proof.complaints[0].startswith(
        "It gives no verdict on the built-in good text 1. Llama Guard could not"
    )


def test_chatter_is_an_answer_and_fails_the_proof() -> None:
    proof = asyncio.run(prove(made(GUARD, Chats("I am a helpful assistant."))))
    assert (proof.outcome, proof.answered) == ("failed", True)


def test_what_was_judged_wrongly_counts_though_another_text_had_no_answer() -> None:
    dialect = DIALECTS["llama-guard-3"]
    server = line(GUARD, blind=dialect.bad[0].text, silent=dialect.good[0].text)
    assert asyncio.run(prove(made(GUARD, server))).outcome == "failed"


def test_what_cannot_be_asked_cannot_be_switched_on() -> None:
    closed = Closed("guard", "The endpoint is gone.")
    assert asyncio.run(prove_classifier(closed)) == ["The endpoint is gone."]
    result = asyncio.run(closed.check(Subject({"text": "Hello"})))
    assert (result.checker, result.outcome, result.detail) == ("guard", "error", "The endpoint is gone.")


class Recorded:
    def __init__(self, error: Exception | None = None) -> None:
        self.proofs: list[Proof] = []
        self.error = error

    async def __call__(self, proof: Proof) -> None:
        self.proofs.append(proof)
        if self.error:
            raise self.error


def test_at_first_it_proves_itself_once_for_all_that_wait_and_then_judges() -> None:
    server, record = line(GUARD), Recorded()

    async def run() -> None:
        built = made(GUARD, server)
        subject = Subject({"text": "Hello"})
        waiting = [Proven(built, record, proven=False).check(subject) for _ in range(5)]
        assert {result.outcome for result in await asyncio.gather(*waiting)} == {"pass"}

    asyncio.run(run())
    assert [proof.outcome for proof in record.proofs] == ["passed"]
    assert len(server.requests) == 4 + 5
    assert server.requests[-1][-1]["content"] == "Hello"


@pytest.mark.parametrize("error", [None, RuntimeError()])
def test_one_that_fails_its_first_proof_is_asked_nothing(error: Exception | None) -> None:
    server, record = Chats("safe"), Recorded(error)
    proven = Proven(made(GUARD, server), record, proven=False)
    for _ in range(2):
        result = asyncio.run(proven.check(Subject({"text": "Hello"})))
        assert result.outcome == "error"
        assert result.detail.startswith(
            "It is not trusted while it does not prove itself. It passes the built-in bad"
        )
    assert len(server.requests) == 4
    assert [proof.outcome for proof in record.proofs] == ["failed"]


def test_one_on_record_as_failing_is_asked_nothing() -> None:
    server = Chats("safe")
    proven = Proven(made(GUARD, server), Recorded(), proven=True, failing="It passes the bad text 1.")
    result = asyncio.run(proven.check(Subject({"text": "Hello"})))
    assert (result.outcome, server.requests) == ("error", [])


def test_one_on_record_as_proven_judges_at_once() -> None:
    server = Chats("safe")
    assert (
        asyncio.run(
            Proven(made(GUARD, server), Recorded(), proven=True).check(Subject({"text": "a"}))
        ).outcome
        == "pass"
    )
    assert len(server.requests) == 1


def test_who_waits_for_a_proof_may_be_cancelled_and_the_others_go_on() -> None:
    async def run() -> None:
        gate, record = asyncio.Event(), Recorded()
        good = line(GUARD)

        async def slow(messages: Any, **options: Any) -> Any:
            await gate.wait()
            return await good(messages, **options)

        built = build(GUARD, slow)
        tasks = [
            asyncio.create_task(Proven(built, record, proven=False).check(Subject({"text": "Hello"})))
            for _ in range(2)
        ]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        tasks[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
        gate.set()
        assert (await tasks[1]).outcome == "pass"
        assert len(record.proofs) == 1

    asyncio.run(run())


def test_while_the_server_is_left_alone_no_proof_is_tried() -> None:
    server = Chats(OSError())
    built = made(GUARD, server)
    for _ in range(9):
        asyncio.run(Proven(built, Recorded(), proven=False).check(Subject({"text": "Hello"})))
    asked = len(server.requests)
    asyncio.run(Proven(built, Recorded(), proven=False).check(Subject({"text": "Hello"})))
    assert len(server.requests) == asked


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ({"kind": "telepathy"}, "no classifier of the kind 'telepathy'"),
        ({}, "no classifier of the kind None"),
        ({**GUARD, "timeout": 0}, "0.1 to 120 seconds"),
        ({**GUARD, "timeout": "10"}, "0.1 to 120 seconds"),
        ({**GUARD, "good": "a text"}, "known-good texts"),
        ({**GUARD, "bad": [" "]}, "known-bad texts"),
        ({**GUARD, "bad": ["x"] * 21}, "known-bad texts"),
        ({**GUARD, "bad": ["x" * 8_001]}, "known-bad texts"),
        ({**POSTED, "thresholds": [1]}, "numbers by the names"),
    ],
)
def test_an_item_that_cannot_be_used_is_refused_with_a_sentence(item: dict[str, Any], says: str) -> None:
    with pytest.raises(BadClassifier, match=says):
        made(item, Chats("safe"))


def test_the_endpoint_of_the_environment_is_the_same_dialect() -> None:
    assert DIALECTS["endpoint"] is DIALECTS["moderations"]
    assert check(made({"kind": "endpoint", "model": ""}, Posts(verdict()))).outcome == "pass"
