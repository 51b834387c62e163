#!/usr/bin/env python3
"""Django's command line for Sluice; `manage.py serve` is what `make run` starts."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # A setting somebody wrote wrongly: its sentence helps, a traceback through Django would bury it.
        sys.exit(f"Sluice cannot start: {error}")


if __name__ == "__main__":
    main()
