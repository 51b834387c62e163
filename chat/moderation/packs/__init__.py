"""Rules that come with the product, in packs that an administrator switches on."""

from ..rules import Rule
from . import (
    contact,
    credentials,
    developer,
    hidden,
    national,
    network,
    personal,
    platforms,
    profanity,
    vendors,
)
from .pack import Pack


def starter_pack() -> tuple[Rule, ...]:
    """Secrets and personal data whose form alone gives them away, and is rare in ordinary answers."""
    return (*platforms.RULES, *developer.RULES, *credentials.RULES, *personal.RULES)


def _national(country: str, rules: tuple[Rule, ...]) -> Pack:
    name = national.COUNTRIES[country]
    return Pack(
        name=f"national-{country}",
        title=f"National numbers: {name.removeprefix('the ')}",
        description=f"Identity, tax, health and similar numbers of {name}. What is found is taken out.",
        made=lambda: rules,
    )


def _words(language: str) -> Pack:
    name = profanity.LANGUAGES[language]
    return Pack(
        name=f"profanity-{language}",
        title=f"Coarse words: {name}",
        description=f"A public list of coarse and sexual words and slurs in {name}. What is found is taken out.",
        made=lambda: (profanity.rule(language),),
    )


_ALL = (
    Pack(
        name="starter",
        title="Secrets and account numbers",
        description="Keys, tokens and passwords in use; card, bank account and US social security numbers with correct checks.",
        made=starter_pack,
        default=True,
    ),
    Pack(
        name="more-secrets",
        title="Secrets of more services",
        description="Keys and tokens of some fifty more services, each by its own beginning.",
        made=lambda: vendors.RULES,
    ),
    Pack(
        name="hidden",
        title="Hidden text",
        description="Text that is invisible or shown in another order than it is written in, as secrets leave a chat and"
        " instructions come into it.",
        made=lambda: hidden.RULES,
    ),
    Pack(
        name="contact",
        title="Contact data",
        description="E-mail addresses, telephone numbers, British and Canadian postcodes and Bitcoin addresses, but those"
        " printed as examples. What is found is taken out.",
        made=lambda: contact.RULES,
    ),
    Pack(
        name="network",
        title="Network addresses",
        description="Public and private network addresses and hardware addresses, but those kept for examples. What is found"
        " is taken out.",
        made=lambda: network.RULES,
    ),
    *(_national(country, rules) for country, rules in national.by_country().items()),
    *(_words(language) for language in profanity.LANGUAGES),
)

# By name, in the order in which they are shown.
PACKS: dict[str, Pack] = {pack.name: pack for pack in _ALL}
