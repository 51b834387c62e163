"""Texts made to keep an engine of patterns busy come through a server as they are, and so does another answer beside them.

That no text takes longer than in proportion is counted in tests/test_moderation_attacks.py.
"""

from collections.abc import Callable

import pytest

from chat.moderation import BadRule, compile_rules
from tests.provider import END, Provider
from tests.server.judging import under_policy
from tests.server.reading import Page
from tests.servers import Server
from tests.slow_patterns import rule, shared

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

LENGTH = 20_000
WORDS = 40  # of the other answer
PATTERNS = ["a+$", "(a+)+$", r"((\w|b)(a+))+$", r"a.{0,300}b$"]


def attacks() -> dict[str, str]:
    """Patterns with the text that stalls other engines, those of the shared cases among them where there are any."""
    found = dict.fromkeys(PATTERNS, "a" * LENGTH + "! ")
    try:
        cases = shared(LENGTH)
    except pytest.skip.Exception:
        return found
    for pattern, text in cases:
        try:
            compile_rules([rule(pattern)])
        except BadRule:
            continue
        if len(pattern) > 4 and not pattern.startswith("^foo"):  # `a|b` blocks at the first letter
            found[pattern] = f"{text} "
    return found


def test_they_are_saved_whole_and_so_is_another_answer_that_goes_on_beside_them(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(wait=False)
    tried = attacks()
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
        half = len(pieces) // 2
        steps = [["text", piece] for piece in pieces]
        provider.script(f"attack{number}", [*steps[:half], ["gate"], *steps[half:], *END])
    asked = [ben.ask(f"s/attack{number}") for number in range(len(tried))]
    assert len(asked) < WORDS
    turn, page = ann.ask("s/steady"), Page()
    with ann.events(turn) as stream:
        for number, word in enumerate(words):
            if number < len(asked):  # its second half, and its end, come while the other goes on
                provider.release(f"attack{number}")
            for event in stream:
                page.apply(event)
                if word.strip() in page.places["content"].content.text():
                    break
            provider.release("steady")
        assert stream.until("done")[-1].name == "done"
    assert "".join(words).strip() == (server.message(turn) or "").strip()
    for attack, text in zip(asked, tried.values(), strict=True):
        assert ben.finished(attack)["state"] == "saved"
        assert (server.message(attack) or "").strip() == text.strip()
