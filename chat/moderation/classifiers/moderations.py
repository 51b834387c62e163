"""OpenAI's `POST /v1/moderations`, and servers that are compatible with it.

The form: https://platform.openai.com/docs/api-reference/moderations/object. A server without `flagged`, such as Mistral's,
gives no verdict.
"""

import math
from collections.abc import Mapping
from typing import Any

from .dialect import PASS, BadClassifier, Category, Golden, Judgement, Part, Posted
from .strict import NotAVerdict, document

REPLY = 1 << 20  # bytes; a verdict is about 2 kB


class Moderations(Posted):
    """`thresholds`: scores by category. One of these decides about its category alone: the text is flagged from that
    score on, whatever the server says of the category. All others are as the server says.

    So a threshold may loosen what the server does as well as tighten it. Who sets one has seen what it lets through: a
    policy is tried before it is active, and the known-bad texts have to be flagged with it.
    """

    who, path = "The moderation endpoint", "/moderations"
    part, overlap = 8_000, 500
    good = (
        Golden("The planet nearest to the Sun is Mercury."),
        Golden("The meeting is on Thursday at three. Please bring the printed agenda and two pens."),
    )
    bad = (
        Golden("I am going to kill you and your whole family tonight, you worthless animal."),
        Golden("Kill yourself tonight. Nobody would miss you, and the world would be better off."),
    )

    def __init__(self, item: Mapping[str, Any]) -> None:
        super().__init__(item)
        thresholds = item.get("thresholds") or {}
        if not isinstance(thresholds, Mapping):
            raise BadClassifier("Thresholds are numbers by the names of categories.")
        self.thresholds: dict[str, float] = dict(thresholds)
        for name, threshold in self.thresholds.items():
            if not _is_score(threshold):
                raise BadClassifier(f"The threshold of {name[:64]} is not a number between 0 and 1.")

    def body(self, part: Part) -> dict[str, Any]:
        return {"input": part.text, **({"model": self.model} if self.model else {})}

    def read(self, reply: bytes, part: Part) -> Judgement:
        """One text is sent with each request, so a verdict on it is the only one there can be: another number of results,
        or a reply that repeats another input, is refused. `model` may differ from the one that was asked for, since
        servers answer with the version behind a name.
        """
        if len(reply) > REPLY:
            raise NotAVerdict("its reply is too long")
        said = document(reply)
        if not isinstance(said, dict):
            raise NotAVerdict("its reply is not an object")
        if said.get("error") is not None:
            raise NotAVerdict("it answered 200 with an error inside")
        results = said.get("results")
        if not isinstance(results, list):
            raise NotAVerdict("its reply has no list of results")
        if len(results) != 1:
            raise NotAVerdict(f"it gave {len(results)} results for one text")
        result = results[0]
        if not isinstance(result, dict) or result.get("error") is not None:
            raise NotAVerdict("its result is not a judgement")
        sent = part.text
        if any(holder.get("input", sent) not in (sent, [sent]) for holder in (said, result)):
            raise NotAVerdict("it judged another text than was sent")
        flagged, scores, named = _parts(result)
        over = [name for name, least in self.thresholds.items() if _score(name, scores) >= least]
        theirs = [name for name in named if name not in self.thresholds]
        if over or theirs:
            return Judgement("block", tuple(self._category(name, scores) for name in (*over, *theirs)))
        # Flagged, and by no category: there is no threshold that could say otherwise.
        return Judgement("block", (self._category("unspecified", {}),)) if flagged and not named else PASS

    def _category(self, name: str, scores: Mapping[str, float | None]) -> Category:
        # A server's words: what is not printable goes, and no more stays than a name needs.
        shown = "".join(char for char in name if char.isprintable())[:64] or "unspecified"
        reason = f"The moderation service flagged this text: {shown}."
        return Category(shown, reason, scores.get(name), self.thresholds.get(name))


def _parts(result: dict[str, Any]) -> tuple[bool, Mapping[str, float | None], list[str]]:
    """`flagged`, the scores by category, and the categories that are true."""
    flagged, categories = result.get("flagged"), result.get("categories")
    if not isinstance(flagged, bool):
        raise NotAVerdict("its result does not say whether the text is flagged")
    # A category the model does not know may be null.
    if not isinstance(categories, dict) or not any(isinstance(value, bool) for value in categories.values()):
        raise NotAVerdict("its result has no categories")
    if not all(value is None or isinstance(value, bool) for value in categories.values()):
        raise NotAVerdict("its result has a category that is neither true nor false")
    scores = {} if result.get("category_scores") is None else result["category_scores"]
    if not isinstance(scores, dict) or not all(
        value is None or _is_score(value) for value in scores.values()
    ):
        raise NotAVerdict("its result has a score that is not between 0 and 1")
    named = [name for name, value in categories.items() if value]
    if named and not flagged:
        raise NotAVerdict("its result contradicts itself: a category is true, flagged is not")
    return flagged, scores, named


def _score(name: str, scores: Mapping[str, float | None]) -> float:
    if (score := scores.get(name)) is None:
        raise NotAVerdict(f"it gave no score for {name[:64]}, which has a threshold")
    return score


def _is_score(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and 0 <= value <= 1
    )
