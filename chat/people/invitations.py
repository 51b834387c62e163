"""Invitations: a link for one person, used once, for seven days. The token is shown once and only hashed here."""

import hashlib
import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from .. import audit, permissions
from ..models import Invitation, User
from .errors import PeopleError

LASTS = timedelta(days=7)
_NOT_OPEN = "This invitation was used, was revoked or has expired. Ask for a new one."


def invite(actor: User, note: str = "") -> tuple[Invitation, str]:
    """A new invitation and its token (256 bits), which is stored nowhere."""
    permissions.check_can_manage_people(actor)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            token_hash=_hash(token), note=note, created_by=actor, expires_at=timezone.now() + LASTS
        )
        audit.record(actor, "invitation.create", invitation.pk)
    return invitation, token


def open_invitation(token: str) -> Invitation:
    """The invitation this token still opens; changes nothing. Raises PeopleError when there is none."""
    invitation = _open().filter(token_hash=_hash(token)).first()
    if invitation is None:
        raise PeopleError(_NOT_OPEN)
    return invitation


def accept(token: str, user: User) -> User:
    """Save `user` (password set) and use the invitation up; of several at once exactly one succeeds.

    Raises PeopleError when it is no longer open or the name was taken meanwhile; then it is not used up.
    """
    try:
        with transaction.atomic():
            user.save()
            now = timezone.now()
            used = _open().filter(token_hash=_hash(token)).update(used_at=now, used_by=user)
            if used != 1:
                raise PeopleError(_NOT_OPEN)
            audit.record(user, "invitation.accept", user.pk)
    except IntegrityError:
        raise PeopleError("Someone else has just taken this username. Choose another.") from None
    return user


def revoke(actor: User, invitation_id: int) -> bool:
    """Close an open invitation; False when it was no longer open."""
    permissions.check_can_manage_people(actor)
    with transaction.atomic():
        won = _open().filter(pk=invitation_id).update(revoked_at=timezone.now()) == 1
        if won:
            audit.record(actor, "invitation.revoke", invitation_id)
    return won


def revoke_made_by(person: User) -> int:
    """Close every open invitation this person made; how many."""
    return _open().filter(created_by=person).update(revoked_at=timezone.now())


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(used_at=None, revoked_at=None, expires_at__gt=timezone.now())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
