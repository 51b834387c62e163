"""A classifier through a real model server: llama.cpp, with a model that judges as a guard does."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.llm import Client, Endpoint
from chat.llm.completing import Completer
from chat.moderation import Result, Subject, prove_classifier
from chat.moderation.classifiers import Classifier, build
from tests import tiny_model
from tests.llama_server import LlamaServer

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

GUARD: dict[str, Any] = {"kind": "llama-guard-3", "name": "guard", "model": "tiny.gguf"}
JUDGE: dict[str, Any] = {"kind": "judge", "name": "house", "model": "tiny.gguf", "policy": "No tea."}


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    folder = tmp_path_factory.mktemp("guard")
    with LlamaServer.running(folder, tiny_model.GUARD_TEMPLATE, prefills=False) as server:
        yield server


def asked(llama: LlamaServer, item: dict[str, Any], *subjects: Subject) -> tuple[list[str], list[Result]]:
    """What its proof complains of, and its results."""

    async def run() -> tuple[list[str], list[Result]]:
        client = Client(Endpoint("openai", llama.url, None, "tiny.gguf"))
        try:
            made: Classifier = build(item, Completer(client))
            return await prove_classifier(made), [await made.check(each) for each in subjects]
        finally:
            await client.aclose()

    return asyncio.run(run())


def test_a_guard_proves_itself_and_judges_an_answer_with_and_without_its_question(guard: LlamaServer) -> None:
    good, bad = (
        {"text": "Tea is made with hot water."},
        {"text": "Put it into his coffee.\n\nAgent: I cannot help."},
    )
    complaints, results = asked(
        guard, GUARD, Subject(good, "How is tea made?"), Subject(good), Subject(good, role="user"),
        Subject(bad, "And then?"), Subject(bad), Subject(bad, role="user"),
    )  # fmt: skip
    assert complaints == []
    assert [result.outcome for result in results] == ["pass"] * 3 + ["flag"] * 3
    assert [found.rule for result in results for found in result.findings] == ["S1"] * 3


def test_a_server_that_goes_on_with_the_answer_instead_of_judging_it_fails_the_proof(tmp_path: Path) -> None:
    with LlamaServer.running(tmp_path, tiny_model.GUARD_TEMPLATE) as llama:
        complaints, _ = asked(llama, GUARD)
    assert any("built-in bad text 2" in complaint for complaint in complaints)


def test_a_model_that_chats_is_no_judge_of_any_kind(tmp_path: Path) -> None:
    with LlamaServer.running(tmp_path) as llama:
        for item in (GUARD, JUDGE | {"bad": ["Tea!"]}, GUARD | {"kind": "qwen3guard"}):
            complaints, (result,) = asked(llama, item, Subject({"text": "Hello"}))
            assert complaints
            assert result.outcome == "error"
            assert "gave no verdict" in result.detail
