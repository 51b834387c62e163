"""`manage.py gather`: compress scripts and style sheets into DATA_DIR, as a start does; an image has it done before."""

from typing import Any

from django.core.management.base import BaseCommand

from .. import static, steps


class Command(BaseCommand):
    help = "Gather and compress scripts and style sheets, so that no start has to."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        steps.data_folder(steps.say)
        static.gather(steps.say)
