"""What happens in a run, drawn from its seed: the product, the provider and the readers all look here."""

import functools
import json
import random
from dataclasses import dataclass

from tests import material
from tests.chaos import texts

PEOPLE = ("ann", "ben", "rita", "alma")
# How the provider behaves at one request. All but the first two break off somewhere in the text.
MANNERS = (
    "whole", "busy", "reset-before", "error-after", "reset-after", "cut-after", "hang-after", "no-finish", "length", "blocked",
    "error-at-once", "garbage",
)  # fmt: skip
FINISHES = ("whole", "busy")  # what ends with all of the text and "stop"
SPECIALS = ("secret", "flagged", "unchecked")
# Habits of a reader: stays; cuts its own connection; reloads the page; comes late; reads slowly.
HABITS = ("stays", "cuts", "reloads", "late", "slow")


@dataclass(frozen=True)
class Case:
    """One turn. `manners` by the number of the request; the last holds for all further ones."""

    number: int
    person: str
    kind: str
    blocks: int
    seconds: float  # that the provider takes for the whole text
    manners: tuple[str, ...]
    gateway: str  # a recorded broken gateway that answers every request instead
    special: str
    stop_at: int  # characters on a page after which the person stops it; 0: never
    lost_posts: int  # answers to the POST that the browser never gets
    habits: tuple[str, ...]
    follows: bool  # as the next turn of an earlier one's conversation

    @property
    def question(self) -> str:
        return f"case {self.number}: please answer\nwith *anything* & <b>all</b> of it 😀"

    def manner(self, request: int) -> str:
        return self.manners[min(request, len(self.manners) - 1)]


@functools.lru_cache(maxsize=4096)
def case(seed: int, number: int) -> Case:
    chance = random.Random(f"{seed}/{number}")
    gateways = broken_gateways()
    manners = tuple(_manner(chance) for _ in range(4))
    return Case(
        number=number,
        person=chance.choice(PEOPLE),
        kind=chance.choice(texts.KINDS),
        blocks=chance.randint(2, 9),
        seconds=chance.choice((0.3, 1.5, 3.0, 5.0, 9.0)),
        manners=manners,
        # Each once, then at random.
        gateway=gateways[number // 4 % len(gateways)] if gateways and number % 4 == 3 else "",
        special=chance.choice(SPECIALS) if chance.random() < 0.15 else "",
        stop_at=chance.randint(1, 500) if chance.random() < 0.1 else 0,
        lost_posts=chance.randint(1, 2) if chance.random() < 0.15 else 0,
        habits=tuple(chance.choice(HABITS) for _ in range(chance.choice((1, 2, 2, 3, 4)))),
        follows=chance.random() < 0.25,
    )


def _manner(chance: random.Random) -> str:
    return "whole" if chance.random() < 0.65 else chance.choice(MANNERS)


@functools.lru_cache(maxsize=4096)
def said(seed: int, number: int, version: int) -> str:
    """All the provider has to say at one request; every request has another text, so that no two can be mixed up."""
    wanted = case(seed, number)
    chance = random.Random(f"{seed}/{number}/{version}")
    special = wanted.special if wanted.special in ("secret", "flagged") else ""
    return texts.text(chance, number, version, wanted.kind, wanted.blocks, special)


def breaks_at(seed: int, number: int, request: int, length: int) -> int:
    """The character at which this request's answer breaks off, where its manner is to."""
    return random.Random(f"{seed}/{number}/{request}/at").randint(1, max(1, length - 1))


@functools.cache
def broken_gateways() -> tuple[str, ...]:
    """The recorded broken gateways of the material, in an order of their own; none where it is absent."""
    found = _gateways()
    return tuple(sorted(found, key=lambda name: random.Random(name).random()))


def gateway_text(name: str) -> list[str]:
    """The texts a recorded gateway may be stored as: beginnings of these."""
    expected = _gateways()[name]["expect"]
    return [expected[key] for key in ("text", "partial_text") if expected.get(key)]


@functools.cache
def _gateways() -> dict[str, dict]:
    folder = material.folder()
    path = folder / "6-http" / "gateway_failures.json" if folder else None
    if path is None or not path.is_file():
        return {}
    return {each["id"]: each for each in json.loads(path.read_text(encoding="utf-8"))["cases"]}
