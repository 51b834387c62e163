"""A stretch of a branch: what a page shows of it that is asked for one turn, wherever that is."""

from dataclasses import dataclass
from uuid import UUID

from ..models import Conversation
from .reading import PAGE, Answer, answers_of, end_below, path_to, tree

_ABOVE = 2  # turns before the one that is asked for
_NEAR = 3 * PAGE  # turns: where there are no more to the end of the conversation, all of them are shown


@dataclass(frozen=True, slots=True)
class Stretch:
    """Turns of one branch, oldest first. `earlier`: the first of them, where there are more above it; `later`: the last,
    where the branch goes on below. `other`: it is not the branch that the conversation shows.
    """

    answers: list[Answer]
    earlier: UUID | None
    later: UUID | None
    other: bool

    @property
    def apart(self) -> bool:
        """Whether it ends anywhere else than the conversation does."""
        return self.other or self.later is not None


def stretch(
    conversation: Conversation,
    at: UUID | None = None,
    before: UUID | None = None,
    after: UUID | None = None,
) -> Stretch | None:
    """The stretch around the turn `at`, or up to the turn `before`, or from the turn `after` on.

    It is of the conversation's branch if that has the turn, else of the newest that has it. None where there is nothing:
    no such turn in this conversation, or none beside it. Two queries.
    """
    turn = at or before or after
    parents, children = tree(conversation)
    if turn is None or turn not in parents:
        return None
    path = path_to(parents, conversation.leaf_id)
    other = turn not in path
    if other:
        path = path_to(parents, end_below(children, turn))
    place = path.index(turn)
    if at:
        start = max(0, min(place - _ABOVE, len(path) - PAGE))
        end = len(path) if len(path) - start <= _NEAR else start + PAGE
    elif before:
        start, end = max(0, place - PAGE), place
    else:
        start, end = place + 1, min(len(path), place + 1 + PAGE)
    shown = path[start:end]
    if not shown:
        return None
    answers = answers_of(shown, {key: children[parents[key]] for key in shown}, own=True)
    return Stretch(answers, shown[0] if start else None, shown[-1] if end < len(path) else None, other)
