"""The first administrator: from the environment, or by the one-time code printed at start."""

import base64
import hashlib
import hmac
import logging
import secrets

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from .. import audit
from ..models import AuditEntry, SetupCode, User
from .errors import PeopleError

log = logging.getLogger("chat.people")

MADE = "administrator.from_environment"
_ONLY_ROW = 1
_LOOKALIKES = str.maketrans("018", "OIB", " -\t")


def administrator_exists() -> bool:
    """Whether set-up is over. A deactivated one counts: the page never opens twice on one installation."""
    return User.objects.filter(is_superuser=True).exists()


def ensure_administrator(username: str, password: str) -> bool:
    """Create a superuser of that name unless a person of that name exists; whether it did. One who was made so and has been
    renamed or erased since does not come back with the password that still stands there, while there is an administrator.

    Both empty: nothing to do. Raises PeopleError when one is set without the other or the name cannot be one.
    """
    if bool(username) != bool(password):
        raise PeopleError("CHAT_ADMIN_USERNAME and CHAT_ADMIN_PASSWORD go together; set both or neither.")
    if not username or User.objects.filter(username=username).exists():
        return False
    mark = salted_hmac("chat.people.administrator", username).hexdigest()
    made = AuditEntry.objects.filter(action=MADE, data__name=mark)
    if administrator_exists() and made.exists():
        log.warning(
            "CHAT_ADMIN_USERNAME names an account that was made from it once, and was renamed or erased since: it is not made "
            "again. Take it out of the environment, or name another person there."
        )
        return False
    user = User(username=username, is_staff=True, is_superuser=True)
    user.set_password(password)
    try:
        user.full_clean(exclude=["password"], validate_unique=False)
        with transaction.atomic():
            user.save()
            audit.record(None, MADE, user.pk, name=mark)
    except ValidationError as error:
        raise PeopleError(
            f"CHAT_ADMIN_USERNAME is {username!r}, which cannot be a name: {' '.join(error.messages)}"
        ) from None
    except IntegrityError:
        return False  # another process, started at the same moment, was first
    return True


def issue_setup_code() -> str:
    """A fresh code of 128 bits, in groups of four to be typed. Only the last one issued is valid."""
    code = base64.b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=")
    SetupCode.objects.update_or_create(pk=_ONLY_ROW, defaults={"code_hash": _hash(code)})
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def code_matches(code: str) -> bool:
    """Whether this is the code printed last, compared in constant time."""
    return _matches(SetupCode.objects.filter(pk=_ONLY_ROW).first(), code)


def set_up(code: str, user: User) -> User:
    """Make `user` (not saved yet, password set) the first administrator; raises PeopleError.

    Of two who hold the code at the same moment exactly one succeeds: the code's row is the lock (SQLite: the
    transaction is, being IMMEDIATE), and it goes with its use.
    """
    user.is_staff = user.is_superuser = True
    with transaction.atomic():
        row = SetupCode.objects.select_for_update(no_key=True).filter(pk=_ONLY_ROW).first()
        if administrator_exists():
            raise PeopleError("Sluice has been set up already. Sign in instead.")
        if row is None or not _matches(row, code):
            raise PeopleError("This is not the code printed at the last start.")
        user.save()
        row.delete()
        audit.record(user, "administrator.set_up", user.pk)
    return user


def _matches(row: SetupCode | None, code: str) -> bool:
    stored = row.code_hash if row else ""
    return hmac.compare_digest(stored, _hash(code))


def _hash(code: str) -> str:
    # Plain SHA-256 is enough for 128 random bits; a slow hash protects secrets that people choose.
    plain = code.upper().translate(_LOOKALIKES)
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()
