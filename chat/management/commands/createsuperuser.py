"""Django's `createsuperuser`, which here also puts on record whom it has made an administrator."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from ... import audit
from ...models import User


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        administrators = User.objects.filter(is_superuser=True).values_list("pk", flat=True)
        known = set(administrators)
        # Not in one transaction with the record: the database would wait for somebody who types.
        super().handle(*args, **options)
        for pk in set(administrators.all()) - known:
            audit.record(None, "administrator.by_command", pk)
