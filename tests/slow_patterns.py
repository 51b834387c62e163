"""Patterns that stall other engines, each with the text that does it, of the shared cases."""

import re

from chat.moderation import Rule
from tests.material import load


def rule(pattern: str) -> Rule:
    return Rule(
        name="slow", title="Slow", reason="-", pattern=pattern, positives=(), negatives=(), source="-"
    )


def shared(length: int) -> list[tuple[str, str]]:
    """A text is pieces, of which some are repeated `length` times. Skips the test where there are no shared cases."""
    return [
        (
            case["pattern"],
            "".join(
                piece * (length if repeated else 1)
                for piece, repeated in re.findall(r'"([^"]*)"(\*\{n\})?', case["attack"])
            ),
        )
        for case in load("5-moderation/redos_patterns.json")["cases"]
    ]
