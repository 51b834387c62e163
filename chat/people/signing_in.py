"""Who came in, who went, and who was refused: on record."""

from .. import audit
from ..models import User


def signed_in(person: User) -> None:
    audit.record(person, "person.sign_in", person.pk)


def signed_out(person: User) -> None:
    audit.record(person, "person.sign_out", person.pk)


def refused(name: str) -> None:
    """Somebody did not get in as this account. A name that no account has is not kept: it may be a password, typed into
    the wrong field.
    """
    person = User.objects.filter(username=name).values_list("pk", flat=True).first()
    audit.record(None, "person.sign_in_refused", person or "")
