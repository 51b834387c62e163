"""Guard models' replies are exactly what their makers say they are, or errors; and what they are asked."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.moderation import Result
from chat.moderation.classifiers.conversation import ANY_QUESTION
from chat.moderation.classifiers.llama_guard_3 import CATEGORIES
from tests.classifying import QUESTION, Chats, check, made

LLAMA: dict[str, Any] = {"kind": "llama-guard-3", "name": "guard", "model": "llama-guard3:8b"}
QWEN: dict[str, Any] = {"kind": "qwen3guard", "name": "guard", "model": "Qwen3Guard-Gen-4B"}


def reply(item: dict[str, Any], text: str, finish: str = "complete") -> Result:
    return check(made(item, Chats(text, finish)))


@pytest.mark.parametrize("text", ["safe", "\n\nsafe", "safe\n", " safe \n"])
def test_llama_guards_word_for_safe_is_a_pass(text: str) -> None:
    result = reply(LLAMA, text)
    assert (result.outcome, result.findings, result.detail) == ("pass", (), "")


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("unsafe\nS1", ["S1"]),
        ("\n\nunsafe\nS1,S2", ["S1", "S2"]),
        ("unsafe \nS10, S14\n", ["S10", "S14"]),
        ("unsafe\nS2,S2", ["S2"]),
        ("unsafe\n" + ",".join(CATEGORIES), [*CATEGORIES]),
    ],
)
def test_llama_guards_categories_are_the_reasons(text: str, rules: list[str]) -> None:
    result = reply(LLAMA, text)
    assert result.outcome == "flag"
    assert [found.rule for found in result.findings] == rules
    assert all(CATEGORIES[found.rule] in found.reason for found in result.findings)
    assert {(found.severity, found.channel, found.start, found.end) for found in result.findings} == {
        ("block", "text", 0, 9)
    }


LLAMA_MALFORMED = [
    "", "Safe", "SAFE", "safe.", "“safe”", "safe safe", "safe\nsafe", "safe\nS1", "safe, S1", "safe\n\nThe text is fine.",
    "The text is safe", "I think this is safe", "unsafe", "unsafe\n", "unsafe S1", "unsafe, S1", "unsafe\nS0", "unsafe\nS15",
    "unsafe\nS1S2", "unsafe\nS1,", "unsafe\n,S1", "unsafe\nS1;S2", "unsafe\ns1", "unsafe\nO1", "unsafe\nS1\nS2",
    "unsafe\nS1: Violent Crimes.", "unsafe\n\n\nsafe", "safe<|eot_id|>", "<think>\n\n</think>\n\nsafe", "un safe", "ｓａｆｅ",
    "saf\u0435", "safe\u200b", "\ufeffsafe", "safe\x00", "safe\r\nunsafe\nS1", "{\"safe\": true}", "```\nsafe\n```", "pass",
    "Safety: Safe\nCategories: None", "I cannot help with that.", "not unsafe", "S1", "unsafe\nS٣",
]  # fmt: skip


@pytest.mark.parametrize("text", LLAMA_MALFORMED)
def test_whatever_else_llama_guard_says_is_an_error(text: str) -> None:
    result = reply(LLAMA, text)
    assert (result.outcome, result.findings) == ("error", ())
    assert result.detail.startswith("Llama Guard gave no verdict: its reply is neither")


@pytest.mark.parametrize(
    ("text", "outcome", "severity", "rules"),
    [
        ("Safety: Safe\nCategories: None", "pass", None, []),
        ("Safety: Safe\nCategories: None\nRefusal: Yes", "pass", None, []),
        ("\nSafety: Safe \nCategories: None \nRefusal: No\n", "pass", None, []),
        ("Safety: Controversial\nCategories: PII\nRefusal: No", "flag", "hold", ["pii"]),
        ("Safety: Unsafe\nCategories: Violent", "flag", "block", ["violent"]),
        (
            "Safety: Unsafe\nCategories: Suicide & Self-Harm,Jailbreak, Jailbreak",
            "flag", "block", ["suicide-self-harm", "jailbreak"],
        ),
    ],
)  # fmt: skip
def test_the_three_levels_of_qwen3guard_are_pass_hold_and_block(
    text: str, outcome: str, severity: str | None, rules: list[str]
) -> None:
    result = reply(QWEN, text)
    assert result.outcome == outcome
    assert [found.rule for found in result.findings] == rules
    assert all(found.severity == severity for found in result.findings)


QWEN_MALFORMED = [
    "", "Safe", "Safety: Safe", "Safety: Safe\n", "Categories: None", "Categories: None\nSafety: Safe", "safety: safe\ncategories: none",
    "Safety: Safe\nCategories: Violent", "Safety: Safe\nCategories: None, Violent", "Safety: Safe\nCategories: ",
    "Safety: Safe\nCategories: None\nRefusal: Maybe", "Safety: Safe\nCategories: None\nRefusal: No\nRefusal: No",
    "Safety: Safe\nCategories: None\nIt is a harmless question.", "Here you are:\nSafety: Safe\nCategories: None",
    "Safety: Unsafe\nCategories: None", "Safety: Unsafe\nCategories: Violence", "Safety: Unsafe\nCategories: Violent,",
    "Safety: Unsafe\nCategories: Violent\nSafety: Safe\nCategories: None", "Safety: Safe\nSafety: Unsafe\nCategories: None",
    "Safety: Unsafe. Safety: Safe\nCategories: None", "Safety: Controversial\nCategories: None", "Safety: Harmless\nCategories: None",
    "<think>\n\n</think>\n\nSafety: Safe\nCategories: None", "**Safety: Safe**\nCategories: None", "Safety：Safe\nCategories：None",
    "Safety: Safe\r\nCategories: None", "Safety: Safe Categories: None", "Safety: Safe\nCategories: None\x00", "safe",
    "Safety: Safe|Unsafe\nCategories: None",
]  # fmt: skip


@pytest.mark.parametrize("text", QWEN_MALFORMED)
def test_whatever_else_qwen3guard_says_is_an_error(text: str) -> None:
    result = reply(QWEN, text)
    assert (result.outcome, result.findings) == ("error", ())
    assert result.detail.startswith("Qwen3Guard gave no verdict: its reply ")


@pytest.mark.parametrize("item", [LLAMA, QWEN])
@pytest.mark.parametrize("finish", ["length", "blocked", "tool_calls", "unknown", "refusal", ""])
def test_a_reply_that_is_not_whole_is_an_error_whatever_is_there_of_it(
    item: dict[str, Any], finish: str
) -> None:
    good = "safe" if item is LLAMA else "Safety: Safe\nCategories: None"
    assert reply(item, good).outcome == "pass"
    assert reply(item, good, finish).outcome == "error"


UNSAFE = [
    (LLAMA, "unsafe\nS1,S10"), (LLAMA, "unsafe\nS9"), (QWEN, "Safety: Unsafe\nCategories: Violent\nRefusal: No"),
    (QWEN, "Safety: Controversial\nCategories: Politically Sensitive Topics"),
]  # fmt: skip


@pytest.mark.slow
@given(st.sampled_from(UNSAFE), st.integers(0, 80), st.integers(0, 3), st.text(max_size=3))
@example(UNSAFE[0], 0, 2, "")
def test_no_small_change_of_a_reply_that_says_otherwise_makes_it_a_pass(
    case: tuple[dict[str, Any], str], at: int, gone: int, put: str
) -> None:
    """Some characters are gone, others are in their place: a cut, a slip or a bit that fell over."""
    item, text = case
    assert reply(item, text[: at % len(text)] + put + text[at % len(text) + gone :]).outcome != "pass"


@pytest.mark.slow
@given(st.text())
def test_a_pass_is_these_words_and_no_others(text: str) -> None:
    assert (reply(LLAMA, text).outcome == "pass") == (text.strip(" \n") == "safe")
    assert reply(QWEN, text).outcome != "pass"


@pytest.mark.parametrize("item", [LLAMA, QWEN])
def test_an_answer_is_judged_as_the_assistants_below_its_question(item: dict[str, Any]) -> None:
    chats = Chats("safe")
    check(made(item, chats), {"text": "Mercury."}, question=QUESTION)
    assert chats.requests == [
        [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "Mercury."}]
    ]
    (options,) = chats.options
    assert options["model"] == item["model"]
    assert options["max_tokens"] == 128
    assert options["schema"] is None


def test_what_a_person_wrote_is_judged_as_theirs_alone() -> None:
    chats = Chats("safe")
    check(made(LLAMA, chats), {"text": "Hello"}, role="user")
    assert chats.requests == [[{"role": "user", "content": "Hello"}]]


def test_an_answer_whose_question_is_not_known_has_one_all_the_same() -> None:
    chats = Chats("safe")
    check(made(LLAMA, chats), {"text": "Mercury."}, question=" \n")
    assert [message["role"] for message in chats.requests[0]] == ["user", "assistant"]
    assert chats.requests[0][0]["content"] == ANY_QUESTION


def test_what_came_before_a_part_stands_before_it_in_the_same_message() -> None:
    chats = Chats("safe")
    check(made(LLAMA, chats), {"text": "the second."}, question="Q?", before="x" * 5_000 + "The first, ")
    content = chats.requests[0][1]["content"]
    assert content.endswith("xThe first, the second.")
    assert len(content) == 1_000 + len("the second.")


def test_a_long_question_keeps_its_beginning_and_its_end() -> None:
    chats = Chats("safe")
    check(made(LLAMA, chats), {"text": "Yes."}, question="begin" + "x" * 9_000 + "end")
    content = chats.requests[0][0]["content"]
    assert content.startswith("begin")
    assert content.endswith("end")
    assert len(content) <= 2_000
