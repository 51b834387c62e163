"""Reading the answer of a `/v1/moderations` endpoint. Whatever is not exactly a verdict is refused.

The form: https://platform.openai.com/docs/api-reference/moderations/object
"""

import json
import math
from typing import Any, NamedTuple


class NotAVerdict(ValueError):
    """The reply is none. Its text is a sentence for the operator, with no word of the reply in it."""


class Judgement(NamedTuple):
    """`flagged`, and the categories that were, each with its score where one was given."""

    flagged: bool
    categories: tuple[tuple[str, float | None], ...]


def parse(status: int, body: bytes, sent: str) -> Judgement:
    """The judgement of the one text that was `sent`; raises NotAVerdict.

    One text is sent with each request, so a verdict on it is the only one there can be: another
    number of results, or a reply that repeats another input, is refused. `model` may differ from the
    one that was asked for, since servers answer with the version behind a name.
    """
    if status != 200:
        raise NotAVerdict(f"The moderation endpoint answered with status {status}.")
    reply = _read(body)
    if not isinstance(reply, dict):
        raise NotAVerdict("The moderation endpoint's reply is not an object.")
    if reply.get("error") is not None:
        raise NotAVerdict("The moderation endpoint answered 200 with an error inside.")
    results = reply.get("results")
    if not isinstance(results, list):
        raise NotAVerdict("The moderation endpoint's reply has no list of results.")
    if len(results) != 1:
        raise NotAVerdict(f"The moderation endpoint gave {len(results)} results for one text.")
    result = results[0]
    if not isinstance(result, dict) or result.get("error") is not None:
        raise NotAVerdict("The moderation endpoint's result is not a judgement.")
    if any(holder.get("input", sent) not in (sent, [sent]) for holder in (reply, result)):
        raise NotAVerdict("The moderation endpoint judged another text than was sent.")
    return _judgement(result)


def _read(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except NotAVerdict:
        raise
    except (ValueError, RecursionError):
        raise NotAVerdict("The moderation endpoint's reply is not JSON, or is cut off.") from None


def _judgement(result: dict[str, Any]) -> Judgement:
    flagged, categories, scores = (
        result.get("flagged"),
        result.get("categories"),
        result.get("category_scores"),
    )
    if not isinstance(flagged, bool):
        raise NotAVerdict("The moderation endpoint's result does not say whether the text is flagged.")
    # A category the model does not know may be null.
    if not isinstance(categories, dict) or not any(isinstance(value, bool) for value in categories.values()):
        raise NotAVerdict("The moderation endpoint's result has no categories.")
    if not all(value is None or isinstance(value, bool) for value in categories.values()):
        raise NotAVerdict("The moderation endpoint's result has a category that is neither true nor false.")
    if scores is None:
        scores = {}
    if not isinstance(scores, dict) or not all(
        value is None or _is_score(value) for value in scores.values()
    ):
        raise NotAVerdict("The moderation endpoint's result has a score that is not between 0 and 1.")
    named = tuple((name, scores.get(name)) for name, value in categories.items() if value)
    if named and not flagged:
        raise NotAVerdict(
            "The moderation endpoint's result contradicts itself: a category is true, flagged is not."
        )
    return Judgement(flagged, named)


def _is_score(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and 0 <= value <= 1
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NotAVerdict("The moderation endpoint's reply says one thing twice.")
    return made


def _no_constant(name: str) -> None:
    raise NotAVerdict("The moderation endpoint's reply holds a number that JSON does not have.")
