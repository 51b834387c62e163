"""What the rest of the program does when a person's sessions end or their account closes."""

from collections.abc import Callable

from django.db import transaction

Hook = Callable[[int], None]
on_change: list[Hook] = []
on_deactivate: list[Hook] = []


def notify_person_changed(user_id: int) -> None:
    """Call every `on_change` hook once the running transaction has committed.

    In the thread of the caller; a hook must not block. One that raises is logged and does not stop the others.
    """
    _call(on_change, user_id)


def notify_person_deactivated(user_id: int) -> None:
    _call(on_deactivate, user_id)


def _call(hooks: list[Hook], user_id: int) -> None:
    for hook in hooks:
        transaction.on_commit(_bound(hook, user_id), robust=True)


def _bound(hook: Hook, user_id: int) -> Callable[[], None]:
    # Not functools.partial: Django words a failure with the callable's __qualname__, which a partial lacks.
    def call() -> None:
        hook(user_id)

    return call
