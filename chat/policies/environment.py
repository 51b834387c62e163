"""The policy that the environment's settings make, so that answers are judged before anybody sets one up."""

from django.db import IntegrityError, transaction

from .. import conf
from ..models import Policy, PolicyChange
from . import storing

NAME = "Basic"
DESCRIPTION = "What the server’s settings ask for, until somebody changes it here."
REASON = "The server’s settings say so."

_followed = False


def follow_once() -> None:
    """`follow`, where nothing in this process has yet: a server that another program started."""
    if not _followed:
        follow()


def follow() -> Policy:
    """Make its row say what the settings say: at each start, however many processes start at once.

    Where the version that is on is somebody's, it stays; else changed settings are a new version, and on.
    """
    with transaction.atomic():
        policy = _row()
        definition = conf.policy_definition()
        active = policy.active
        theirs = policy.archived_at or (active is None and policy.changes.filter(by__isnull=False).exists())
        if not theirs and (active is None or (active.author_id is None and active.definition != definition)):
            last = policy.versions.order_by("-number").values_list("number", flat=True).first() or 0
            policy.active = storing.new_version(policy.pk, last + 1, definition)
            policy.save(update_fields=["active"])
            PolicyChange.objects.create(
                policy=policy, version=policy.active, action=PolicyChange.Action.ACTIVATE, reason=REASON
            )
        transaction.on_commit(_noted)
    return policy


def _noted() -> None:
    """Not before it stands: a request that follows and is then rolled back has followed nothing."""
    global _followed
    _followed = True


def _row() -> Policy:
    """The environment's policy, locked; made where there is none."""
    rows = (
        Policy.objects.select_for_update(of=("self",), no_key=True)
        .select_related("active")
        .filter(from_environment=True)
    )
    if found := rows.first():
        return found
    try:
        with transaction.atomic():
            return Policy.objects.create(
                from_environment=True, everyone=True, name=_free(NAME), description=DESCRIPTION
            )
    except IntegrityError:  # another process, which started in the same moment, made it
        return rows.get()


def _free(name: str) -> str:
    """`name`, or with a number behind it where an administrator has given it away."""
    taken = set(Policy.objects.filter(name__startswith=name).values_list("name", flat=True))
    names = [name, *(f"{name} {number}" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)
