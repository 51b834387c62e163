"""Texts made to keep an engine of patterns busy are read while another answer goes on, a word for each of its reader's."""

import re
from collections.abc import Callable

import pytest

from chat.moderation import BadRule, Rule, compile_rules
from tests.material import load
from tests.provider import END, Provider
from tests.server.judging import under_policy
from tests.server.reading import Page
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

LENGTH = 20_000
WORDS = 40  # of the other answer
PATTERNS = ["a+$", "(a+)+$", r"((\w|b)(a+))+$", r"a.{0,300}b$"]


def rules() -> list[tuple[str, str]]:
    """Patterns with the text that stalls other engines, those of the shared cases among them where there are any."""
    found = [(pattern, "a" * LENGTH + "! ") for pattern in PATTERNS]
    try:
        cases = load("5-moderation/redos_patterns.json")["cases"]
    except pytest.skip.Exception:
        return found
    for case in cases:
        try:
            compile_rules(
                [
                    Rule(
                        name="x",
                        title="x",
                        reason="x",
                        pattern=case["pattern"],
                        positives=(),
                        negatives=(),
                        source="-",
                    )
                ]
            )
        except BadRule:
            continue
        if len(case["pattern"]) > 4 and not case["pattern"].startswith(
            "^foo"
        ):  # `a|b` blocks at the first letter
            pieces = re.findall(r'"([^"]*)"(\*\{n\})?', case["attack"])
            found.append(
                (case["pattern"], "".join(piece * (LENGTH if more else 1) for piece, more in pieces) + " ")
            )
    return found


def test_another_answer_goes_on_word_by_word_while_they_are_read(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(wait=False)
    tried = dict(rules())
    own = [
        {
            "name": f"slow-{number}", "title": f"Slow {number}", "reason": "To see it harmless.", "pattern": pattern.replace("$", "z") + "z",
            "action": "block", "directions": ["output"], "positives": [], "negatives": [],
        }
        for number, pattern in enumerate(tried)
    ]  # fmt: skip
    under_policy(server, own=own)
    server.start()
    ann, ben = server.client("ann"), server.client("ben")
    words = [f"word{number}.\n\n" for number in range(WORDS)]  # nothing in them stays open
    provider.script("steady", [step for word in words for step in (["text", word], ["gate"])] + END)
    for number, attack in enumerate(tried.values()):
        pieces = [attack[at : at + 50] for at in range(0, len(attack), 50)]
        provider.script(f"attack{number}", [*([["text", piece] for piece in pieces]), ["gate"], *END])
    attacks = [ben.ask(f"s/attack{number}") for number in range(len(tried))]
    turn, page = ann.ask("s/steady"), Page()
    with ann.events(turn) as stream:
        for word in words:
            for event in stream:
                page.apply(event)
                if word.strip() in page.places["content"].content.text():
                    break
            provider.release("steady")
        assert stream.until("done")[-1].name == "done"
    # None of them has ended before: they were being read, or wait to go on.
    for number, attack in enumerate(attacks):
        provider.release(f"attack{number}")
        assert ben.finished(attack)["state"] == "saved"
    assert "".join(words).strip() == (server.message(turn) or "").strip()
