"""Endpoints that are down: noticed by whoever asked one in vain, cleared by whoever it answers.

Nothing is written for one that works.
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from ..llm import ProviderError, errors
from ..models import Endpoint

FIRST, LONGEST = 10.0, 300.0  # seconds between two tries, doubling

# What is an endpoint's own fault, as its administrator reads it. A question that is refused, blocked or too long is not,
# nor is being asked too often.
_OWN_FAULT: tuple[tuple[type[ProviderError], str], ...] = (
    (errors.Unreachable, "Nothing answers at its address."),
    (errors.Redirected, "Its address answers with a redirect to another page, such as a sign-in."),
    (errors.Misconfigured, "Its address or key cannot be used."),
    (errors.KeyRefused, "It did not accept the key."),
    (errors.ModelNotFound, "It has no model of this name."),
    (errors.AddressNotFound, "Its server is there, but not what was asked for: is the path of the address right?"),
    (errors.QuotaExceeded, "Its account is used up."),
    (errors.Overloaded, "It is overloaded."),
    (errors.ServerFault, "Its server reports a fault."),
    (errors.FirstByteTimeout, "It did not begin to answer in time."),
    (errors.IdleTimeout, "It went silent in the middle of an answer."),
    (errors.NoAnswer, "Its server ends without answering."),
    (errors.Unreadable, "Its answers cannot be read: is the protocol right?"),
)  # fmt: skip


def words(error: ProviderError) -> str:
    """What an administrator reads of an error that is the endpoint's own fault; "" for any other."""
    sentence = _sentence(error)
    return f"{sentence} ({error.detail})"[:300] if sentence and error.detail else sentence


def is_of(failure: str, error: ProviderError) -> bool:
    """Whether what an endpoint was marked with is an error of this kind."""
    sentence = _sentence(error)
    return bool(sentence) and failure.startswith(sentence)


def failed(pk: int, error: ProviderError | str, model: str | None = None) -> bool:
    """It failed when asked for `model`: marked, where that is its own fault or a sentence says so. Whether it is.

    A model that it does not have is its fault where it is its own, else that of the assistant that names it.
    """
    failure = error[:300] if isinstance(error, str) else words(error)
    if not failure:
        return False
    now = timezone.now()
    rows = Endpoint.objects.filter(pk=pk)
    if isinstance(error, errors.ModelNotFound) and not rows.filter(model=model or "").exists():
        return False
    if not rows.filter(failing_since=None).update(failing_since=now, failure=failure, tried_at=now):
        rows.exclude(failure=failure).update(failure=failure)
    return True


def works(pk: int) -> None:
    """It answers."""
    rows = Endpoint.objects.filter(pk=pk, failing_since__isnull=False)
    rows.update(failing_since=None, failure="", tried_at=None)


def due(now: datetime | None = None) -> list[Endpoint]:
    """Failing endpoints whose time to be tried again has come."""
    now = now or timezone.now()
    rows = Endpoint.objects.filter(failing_since__isnull=False, archived_at=None)
    return [row for row in rows.order_by("tried_at") if now >= next_try(row)]


def take(row: Endpoint, now: datetime | None = None) -> bool:
    """Take it for a try; one process alone gets it."""
    rows = Endpoint.objects.filter(Q(tried_at=row.tried_at), pk=row.pk, failing_since__isnull=False)
    return rows.update(tried_at=now or timezone.now()) == 1


def next_try(row: Endpoint) -> datetime:
    """When a failing endpoint is tried again: after as long as it has been failing."""
    assert row.failing_since is not None
    tried = row.tried_at or row.failing_since
    waited = (tried - row.failing_since).total_seconds()
    return tried + timedelta(seconds=min(max(waited, FIRST), LONGEST))


def _sentence(error: ProviderError) -> str:
    if isinstance(error, errors.ServerFault) and error.status is None:
        return ""  # an error inside an answer may well be about the question
    return next((sentence for kind, sentence in _OWN_FAULT if isinstance(error, kind)), "")
