"""What a pack of rules is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ..rules import Rule


@dataclass(frozen=True)
class Pack:
    """Rules that are switched on together.

    `name` is a slug and stands in definitions of policies, so it never changes. `title` and `description` are for
    an administrator. `made` gives the rules and is called once, when they are first asked for. `default`: on where
    nobody has chosen.
    """

    name: str
    title: str
    description: str
    made: Callable[[], tuple[Rule, ...]]
    default: bool = False

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        return self.made()
