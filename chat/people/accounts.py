"""An account's life: opened, renamed, its password changed, closed and opened again."""

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from .. import audit, permissions
from ..models import User
from . import invitations
from .errors import PeopleError
from .hooks import notify_person_changed, notify_person_deactivated


def sign_up(user: User) -> User:
    """Save `user` (password set), who came without an invitation; raises PeopleError when the name was taken."""
    try:
        with transaction.atomic():
            user.save()
            audit.record(user, "person.sign_up", user.pk)
    except IntegrityError:
        raise PeopleError("Someone else has just taken this username. Choose another.") from None
    return user


def rename(user: User, name: str) -> None:
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(first_name=name, last_name="")
        audit.record(user, "person.rename", user.pk)


def change_password(actor: User, person: User, password: str) -> None:
    """Store the new password. The caller then calls `end_sessions`, keeping the session it happened in."""
    person.set_password(password)
    with transaction.atomic():
        person.save(update_fields=["password"])
        audit.record(actor, "person.password", person.pk)


def end_sessions(user_id: int, keep: str | None = None) -> int:
    """Delete the person's sessions but the one with the key `keep`, and end their streams; how many it deleted.

    Sessions have no column for their person, so all that live are read: about 20 µs each.
    """
    wanted = str(user_id)
    alive = Session.objects.filter(expire_date__gt=timezone.now())
    theirs = [
        session.pk
        for session in alive.iterator()
        if session.pk != keep and session.get_decoded().get("_auth_user_id") == wanted
    ]
    for start in range(0, len(theirs), 500):
        Session.objects.filter(pk__in=theirs[start : start + 500]).delete()
    notify_person_changed(user_id)
    return len(theirs)


def deactivate(actor: User, person_id: int) -> bool:
    """Close an account: sessions, streams, running turns and open invitations end. False when it was closed.

    Raises PermissionDenied with a sentence, and User.DoesNotExist.
    """
    with transaction.atomic():
        actor, person = _locked(actor, person_id)
        permissions.check_can_deactivate(actor, person)
        if User.objects.filter(pk=person_id, is_active=True).update(is_active=False) != 1:
            return False
        revoked = invitations.revoke_made_by(person)
        ended = end_sessions(person_id)
        audit.record(actor, "person.deactivate", person_id, sessions=ended, invitations=revoked)
        notify_person_deactivated(person_id)
    return True


def activate(actor: User, person_id: int) -> bool:
    """Open a closed account again; False when it was open. Raises like `deactivate`."""
    with transaction.atomic():
        actor, person = _locked(actor, person_id)
        permissions.check_can_activate(actor, person)
        if User.objects.filter(pk=person_id, is_active=False).update(is_active=True) != 1:
            return False
        audit.record(actor, "person.activate", person_id)
    return True


def _locked(actor: User, person_id: int) -> tuple[User, User]:
    """Both as they are now. All administrators are locked, or two could deactivate each other at one moment."""
    # Each by itself: a number that no column holds is then nobody's, and in a list an error.
    wanted = Q(is_superuser=True) | Q(pk=actor.pk) | Q(pk=person_id)
    rows = User.objects.select_for_update(no_key=True).filter(wanted)
    found = {row.pk: row for row in rows.order_by("pk")}
    if person_id not in found:
        raise User.DoesNotExist
    return found[actor.pk], found[person_id]
