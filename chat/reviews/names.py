"""What people are called at the desk."""

from ..models import User


def person_name(person: User) -> str:
    return person.get_full_name() or person.get_username()
