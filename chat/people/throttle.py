"""Slows guessing down: attempts are counted in the database, under keyed hashes of names and addresses.

An attempt is written as a failure before the secret is looked at and taken back when it was right. So guesses
sent at the same moment count each other, and every process counts the same. The account's limit is kept per
address: who guesses from elsewhere cannot lock the owner out.
"""

import ipaddress
import unicodedata
from dataclasses import dataclass

from django.utils import timezone
from django.utils.crypto import salted_hmac

from .. import metrics
from ..models import LoginFailure
from .errors import Throttled

PER_NAME_AND_ADDRESS = 10
PER_ADDRESS = 50


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, counted as failed until `succeeded`."""

    rows: tuple[int, ...]
    name_key: str

    def succeeded(self) -> None:
        """Take it back, and with it what failed before under the same name and address."""
        LoginFailure.objects.filter(pk__in=self.rows).delete()
        LoginFailure.objects.filter(key=self.name_key).delete()


def attempt(purpose: str, address: str, name: str = "") -> Attempt:
    """Count one attempt at `purpose` (such as "sign-in") from a client's address; raises Throttled.

    At most 10 failures a name and address and 50 an address within 15 minutes are heard. A refused attempt is
    not counted, so waiting always helps.
    """
    now = timezone.now()
    purge_failures()
    place = _place(address)
    name_key = _key(purpose, "name", _folded(name), place)
    limits = {name_key: PER_NAME_AND_ADDRESS, _key(purpose, "address", place): PER_ADDRESS}
    made = LoginFailure.objects.bulk_create(LoginFailure(key=key) for key in limits)
    rows = tuple(row.pk for row in made)
    for key, most in limits.items():
        earlier = LoginFailure.objects.filter(key=key, at__gt=now - LoginFailure.WINDOW).exclude(pk__in=rows)
        times = list(earlier.order_by("-at").values_list("at", flat=True)[:most])
        if len(times) == most:
            LoginFailure.objects.filter(pk__in=rows).delete()
            metrics.throttled.labels(purpose).inc()
            raise Throttled(max(1, round((times[-1] + LoginFailure.WINDOW - now).total_seconds())))
    return Attempt(rows, name_key)


def purge_failures() -> None:
    """Delete what no longer counts."""
    LoginFailure.objects.filter(at__lte=timezone.now() - LoginFailure.WINDOW).delete()


def _key(*parts: str) -> str:
    return salted_hmac("chat.people.throttle", "\0".join(parts), algorithm="sha256").hexdigest()


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _place(address: str) -> str:
    """The address, or for IPv6 its /64: one household has that many addresses to guess from."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
