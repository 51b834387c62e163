"""Django's `changepassword`, which here also ends the person's sessions and is on record."""

import getpass
from typing import Any

from django.contrib.auth.management.commands import changepassword

from ... import audit, people
from ...models import User


class Command(changepassword.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        # Not in one transaction with the record: the database would wait for somebody who types.
        said = super().handle(*args, **options)
        person = User.objects.get(username=options["username"] or getpass.getuser())
        people.end_sessions(person.pk)
        audit.record(None, "person.password", person.pk)
        return said
