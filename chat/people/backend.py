"""Django's own way to sign in; who it is that a session belongs to is read by a prepared statement at each request."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from ..models import User
from ..models.prepared import Select

_person = Select(lambda slot: User.objects.filter(pk=slot("id")))


class Backend(ModelBackend):
    def get_user(self, user_id: Any) -> User | None:
        user = _person.first(id=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
