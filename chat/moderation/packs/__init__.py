"""Rules that come with the product."""

from ..rules import Rule
from . import credentials, developer, personal, platforms


def starter_pack() -> tuple[Rule, ...]:
    """Secrets and personal data whose form alone gives them away, and is rare in ordinary answers."""
    return (*platforms.RULES, *developer.RULES, *credentials.RULES, *personal.RULES)
