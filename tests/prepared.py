"""Makes the data that every test server starts with, in the folder and database its environment names.

Run as `python -m tests.prepared` in a process of its own; prints the session of each person as JSON. A password
costs 0.4 s to hash and to check: the people share one, and their sessions are ready.
"""

import json
import os

PASSWORD = "a long enough password"
PEOPLE = {"alma": "admin", "rita": "Reviewer", "sena": "Senior reviewer", "ann": "", "ben": ""}


def main() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import Group
    from django.core.management import call_command

    from chat.management import static
    from chat.models import User

    call_command("migrate", verbosity=0)
    static.gather(lambda step, what: None)
    password = make_password(PASSWORD)
    sessions = {}
    for name, role in PEOPLE.items():
        admin = role == "admin"
        user = User.objects.create(username=name, password=password, is_staff=admin, is_superuser=admin)
        if role and not admin:
            user.groups.add(Group.objects.get(name=role))
        sessions[name] = _session(user)
    print(json.dumps(sessions))


def _session(user: object) -> str:
    from django.contrib.auth import login
    from django.contrib.sessions.backends.db import SessionStore
    from django.http import HttpRequest

    request = HttpRequest()
    request.session = SessionStore()
    login(request, user)
    request.session.save()
    return request.session.session_key


if __name__ == "__main__":
    main()
