"""What a person is told of a review of their answer."""

from .. import turns
from ..models import Case, Category, Status, Turn

# What `of_turn` says: a reviewer released it, looked at a report and left it as it is, has yet to look at a report, is
# looking at it again, or has kept it back.
RELEASED, STANDS, REPORTED, LOOKING, KEPT = "released", "stands", "reported", "looking", "kept"


def of_turn(turn: Turn, case: Case | None) -> str:
    if case is None:
        return ""
    if turn.status in turns.SHOWN:
        if case.about == Case.About.QUESTION:
            return ""
        if case.state == Case.State.OPEN:
            return REPORTED
        if case.state != Case.State.RELEASED:
            return ""
        return STANDS if case.kind == Case.Kind.REPORTED else RELEASED
    if turn.status == Status.WITHDRAWN:
        return LOOKING if case.state == Case.State.OPEN else KEPT
    return KEPT if turn.status == Status.UPHELD else ""


def category_of(turn: Turn, case: Case | None) -> str:
    """Why it is kept back, as its person is told: never what matched."""
    if case is None or case.state != Case.State.UPHELD or not case.category:
        return ""
    return str(Category(case.category).label)


def can_report(turn: Turn, case: Case | None) -> bool:
    """An answer that is shown, once."""
    if turn.status not in turns.SHOWN:
        return False
    return case is None or (case.state != Case.State.OPEN and case.kind != Case.Kind.REPORTED)
