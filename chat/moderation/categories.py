"""What a rule or a classifier's category is about, in the few words that its person may be told."""

import functools

from .packs import PACKS
from .packs.build import PERSONAL, SECRET

_OF_PACKS = {SECRET: "secrets", PERSONAL: "personal", "hidden text": "hidden", "language": "coarse"}

# https://github.com/meta-llama/PurpleLlama/blob/main/Llama-Guard3/8B/MODEL_CARD.md
_LLAMA_GUARD = {
    "S1": "violence", "S2": "crime", "S3": "sexual", "S4": "sexual", "S5": "wrong", "S6": "wrong", "S7": "personal",
    "S8": "other", "S9": "violence", "S10": "hate", "S11": "self-harm", "S12": "sexual", "S13": "wrong", "S14": "crime",
}  # fmt: skip

# The beginnings or parts of the names that moderation services and models give their categories; the first one counts.
_WORDS = (
    ("self-harm", "self-harm"), ("self_harm", "self-harm"), ("suicide", "self-harm"), ("selfharm", "self-harm"),
    ("sexual", "sexual"), ("hate", "hate"), ("harassment", "hate"), ("discriminat", "hate"), ("violen", "violence"),
    ("weapon", "violence"), ("pii", "personal"), ("privacy", "personal"), ("personal", "personal"), ("illicit", "crime"),
    ("illegal", "crime"), ("crim", "crime"), ("danger", "crime"), ("fraud", "crime"), ("jailbreak", "crime"),
    ("profan", "coarse"), ("misinformation", "wrong"), ("health", "wrong"), ("financial", "wrong"), ("law", "wrong"),
)  # fmt: skip


@functools.cache
def _rules() -> dict[str, str]:
    return {
        rule.name: _OF_PACKS.get(rule.category, "other") for pack in PACKS.values() for rule in pack.rules
    }


def category_of(rule: str) -> str:
    """A slug for the name that a finding has: that of a rule of a pack, or a classifier's category; "other" for all else."""
    if found := _rules().get(rule) or _LLAMA_GUARD.get(rule):
        return found
    name = rule.lower()
    if "non-violent" in name or "nonviolent" in name:
        return "crime"
    return next((category for word, category in _WORDS if word in name), "other")
