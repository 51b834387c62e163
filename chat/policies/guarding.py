"""What must stay true whatever is switched, archived or given to others: that for everybody something is checked."""

from ..endpoints import Refused
from ..models import Policy
from .proving import checks_nothing

NOBODY_LEFT = "Then nothing would be checked for people whom no other policy is for. Switch on another policy for everybody first."


def lock_all() -> None:
    """In a transaction, before it looks at any: two changes that are right by themselves may leave nothing together."""
    list(Policy.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def check_everybody() -> None:
    """Raises Refused, to be called after a change and in its transaction, where no policy for everybody checks anything."""
    rows = Policy.objects.filter(everyone=True, archived_at=None, active__isnull=False).select_related(
        "active"
    )
    if not rows and not Policy.objects.filter(changes__isnull=False).exists():
        return  # of a database that no server has started on yet
    if not any(row.active is not None and not checks_nothing(row.active.definition) for row in rows):
        raise Refused(NOBODY_LEFT)
