"""How the packs write their rules down."""

from collections.abc import Callable

from ..rules import Rule
from ..validate import varied

SECRET = "secret"  # noqa: S105 - the name of a category
PERSONAL = "personal data"


def in_ascii(valid: Callable[[str], bool] | None) -> Callable[[str], bool] | None:
    """The check for texts in ASCII; no other is one. Where case does not matter RE2 takes the long s for an s and the
    Kelvin sign for a k; the folded copy has them plain."""
    return (lambda text: text.isascii() and valid(text)) if valid else None


def address(
    name: str,
    title: str,
    form: str,
    *,
    source: str,
    finds: tuple[str, ...],
    leaves: tuple[str, ...],
    valid: Callable[[str], bool] | None = None,
) -> Rule:
    """Where somebody or something is reached. `title` is a noun with its article: it begins the reason."""
    return Rule(
        name=name,
        title=title,
        reason=f"{title} that may be somebody's.",
        pattern=form,
        positives=finds,
        negatives=leaves,
        source=source,
        category=PERSONAL,
        validate=in_ascii(valid),
        action="redact",
    )


def secret(
    name: str,
    title: str,
    pattern: str,
    *,
    source: str,
    finds: tuple[str, ...],
    leaves: tuple[str, ...],
    validate: Callable[[str], bool] | None = varied,
) -> Rule:
    """A secret that whoever reads it can use. `title` is a noun with its article: it begins the reason.

    Examples carry a middle dot that is taken out here ("ghp_·a1b…"): code hosts refuse a push that holds
    the form of their customers' keys, made up or not.
    """
    return Rule(
        name=name,
        title=title,
        reason=f"{title} looks usable: whoever reads it may act in its owner's name.",
        pattern=pattern,
        positives=tuple(text.replace("·", "") for text in finds),
        negatives=tuple(text.replace("·", "") for text in leaves),
        source=source,
        category=SECRET,
        validate=validate,
    )
