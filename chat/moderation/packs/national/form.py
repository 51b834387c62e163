"""How the rules for national numbers are written down."""

from collections.abc import Callable

from ...rules import Rule
from ..borders import AFTER, BEFORE
from ..build import PERSONAL, in_ascii


def number(
    name: str,
    title: str,
    form: str,
    *,
    source: str,
    finds: tuple[str, ...],
    leaves: tuple[str, ...],
    valid: Callable[[str], bool] | None = None,
    beside: str = "",
) -> Rule:
    """A number that belongs to one person or firm. `title` is a noun with its article: it begins the reason.

    `form` is a pattern for the number, in any case of letters. With `beside`, words (a pattern) that have to
    stand before it on the same line with no digit between, for a form that alone would fit too much.
    """
    lead = rf"(?:{beside})[^\d\n]{{0,25}}?\b" if beside else BEFORE
    return Rule(
        name=name,
        title=title,
        reason=f"{title}, by its form{' and its check digits' if valid else ''}.",
        pattern=rf"(?i){lead}(?P<value>{form}){AFTER}",
        positives=finds,
        negatives=leaves,
        source=source,
        category=PERSONAL,
        validate=in_ascii(valid),
        action="redact",
    )
