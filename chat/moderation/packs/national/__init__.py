"""National numbers: identity, tax, health, passport, driving, bank. A pack for each country.

One pack for all would find a number of some country in every third number of nine digits that has none of them:
a check digit alone is right by chance one time in ten. Whoever runs a chat knows whose numbers come up in it.
"""

from collections import defaultdict

from ...rules import Rule
from . import (
    africa,
    americas,
    australia,
    canada,
    east_asia,
    germany,
    india,
    italy,
    korea,
    nordics,
    poland,
    southeast_asia,
    spain,
    turkey,
    united_kingdom,
    united_states,
    west_europe,
)

# By the letters with which the rules' names begin.
COUNTRIES = {
    "ar": "Argentina", "at": "Austria", "au": "Australia", "be": "Belgium", "br": "Brazil", "ca": "Canada",
    "ch": "Switzerland", "cl": "Chile", "cn": "China", "de": "Germany", "dk": "Denmark", "es": "Spain",
    "fi": "Finland", "fr": "France", "hk": "Hong Kong", "ie": "Ireland", "il": "Israel", "in": "India",
    "it": "Italy", "jp": "Japan", "kr": "South Korea", "mx": "Mexico", "ng": "Nigeria", "nl": "the Netherlands",
    "no": "Norway", "ph": "the Philippines", "pl": "Poland", "pt": "Portugal", "se": "Sweden", "sg": "Singapore",
    "th": "Thailand", "tr": "Turkey", "tw": "Taiwan", "uk": "the United Kingdom", "us": "the United States",
    "za": "South Africa",
}  # fmt: skip

_FILES = (
    africa, americas, australia, canada, east_asia, germany, india, italy, korea, nordics, poland, southeast_asia,
    spain, turkey, united_kingdom, united_states, west_europe,
)  # fmt: skip


def by_country() -> dict[str, tuple[Rule, ...]]:
    """The rules of each country, by its key in COUNTRIES and in its order."""
    found: dict[str, list[Rule]] = defaultdict(list)
    for file in _FILES:
        for rule in file.RULES:
            found[rule.name[:2]].append(rule)
    return {country: tuple(found[country]) for country in COUNTRIES}
