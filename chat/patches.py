"""What a text engine tells a page: the one change that takes it from one drawing to the next."""

from dataclasses import dataclass
from typing import Literal

Swap = Literal["beforeend", "outerHTML", "innerHTML"]


@dataclass(frozen=True, slots=True)
class Patch:
    """One change to the page.

    The target is the content element followed by `depth` times `> :last-child`. All patches of one
    list name their targets in the page as it was before the list. `innerHTML` occurs at depth 0
    only, alone, and means that the content is drawn anew. `outerHTML` occurs once, at the largest depth.
    """

    depth: int
    swap: Swap
    html: str
