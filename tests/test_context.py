"""What of a conversation a model is sent: counted, corrected by what a provider has counted, oldest first to go."""

from uuid import uuid4

import pytest
from django.test import TestCase

from chat import turns
from chat.models import Turn
from chat.turns import Budget
from chat.turns.budget import correction, tokens
from tests.factories import answered, begun, new_turn

TEXT = "word " * 80  # 100 tokens by our estimate


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("The quick brown fox jumps over the lazy dog.", 9, 12),
        ("天地玄黄宇宙洪荒", 7, 10),
        ("Сегодня хорошая погода, не так ли?", 10, 20),
        ("Größere Übungen für Ärzte", 6, 11),
        ("🙂🙃🎉", 5, 9),
        ("x" * 4000, 1000, 1000),
        ("lone \ud800 surrogate", 3, 8),
    ],
)
def test_tokens_are_estimated_by_the_alphabet(text: str, least: int, most: int) -> None:
    assert least <= tokens(text) <= most


def test_a_provider_is_believed_where_its_count_is_plausible() -> None:
    assert correction({"prompt_tokens": 150, "estimated": 100}) == 1.5
    assert correction({"input_tokens": 20, "cache_read_input_tokens": 100, "estimated": 100}) == 1.2
    assert correction({"prompt_eval_count": 80, "estimated": 100}) == 0.8
    for usage in (
        None, {}, {"prompt_tokens": 150}, {"prompt_tokens": 0, "estimated": 100}, {"estimated": 100},
        {"prompt_tokens": 3, "estimated": 100}, {"prompt_tokens": 900, "estimated": 100},
        {"prompt_tokens": 150, "estimated": 100, "continued": True}, {"prompt_tokens": "many", "estimated": 100},
    ):  # fmt: skip
        assert correction(usage) is None, usage


def test_a_window_keeps_room_for_the_answer() -> None:
    assert Budget.of_window(8000, None).limit == 6000
    assert Budget.of_window(8000, 1000).limit == 7000
    assert Budget.of_window(8000, 9000).limit == 2000, "the question needs room too"


class Branch(TestCase):
    def setUp(self) -> None:
        conversation, parent = uuid4(), None
        for number in range(6):
            turn = answered(new=new_turn(conversation, parent, f"{number} {TEXT}"), text=f"{number} {TEXT}")
            parent = turn.pk
        self.parent = parent
        self.turn = begun(new=new_turn(conversation, parent, "last"))

    def sent(self, budget: Budget) -> tuple[list[str], int]:
        found = turns.context(self.turn, budget)
        return [m["content"].split()[0] for m in found.messages if m["role"] == "user"], found.left_out

    def test_the_oldest_exchanges_go_first_and_are_counted(self) -> None:
        assert self.sent(Budget(10_000, in_tokens=True)) == (["0", "1", "2", "3", "4", "5", "last"], 0)
        # An exchange is twice 101 tokens and 4 for each message, the question 1 and 4.
        assert self.sent(Budget(215 + 5, in_tokens=True)) == (["5", "last"], 5)
        assert self.sent(Budget(209 + 5, in_tokens=True)) == (["last"], 6)
        assert self.sent(Budget(0, in_tokens=True)) == (["last"], 6)

    def test_instructions_are_never_left_out(self) -> None:
        found = turns.context(self.turn, Budget(300, f"Be kind. {TEXT}", in_tokens=True))
        assert [m["role"] for m in found.messages] == ["system", "user"]
        assert found.left_out == 6

    def test_what_the_provider_counted_for_the_last_answer_corrects_the_estimate(self) -> None:
        Turn.objects.filter(pk=self.parent).update(usage={"prompt_tokens": 200, "estimated": 100})
        budget = Budget(2 * 215, in_tokens=True)
        assert self.sent(budget) == (["5", "last"], 5)
        Turn.objects.filter(pk=self.parent).update(usage=None)
        assert self.sent(budget) == (["4", "5", "last"], 4)

    def test_characters_count_where_no_window_is_known(self) -> None:
        assert self.sent(Budget(2 * 402 + 4)) == (["5", "last"], 5)
        assert self.sent(Budget(2 * 402 + 3)) == (["last"], 6)
