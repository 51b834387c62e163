"""When a request is sent once more, and after how long."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from .errors import ConnectionLost, ProviderError, QuotaExceeded, RateLimited, Unreachable

MOST = 2
LONGEST_WAIT = 10.0  # seconds a person is left waiting without a word
STATUSES = frozenset({408, 429, 500, 502, 503, 504, 529})


def pause(error: ProviderError, attempt: int, *, brisk: bool = False) -> float | None:
    """Seconds to wait before attempt number `attempt` + 1 (the first is 0), or None to give up. `brisk`: one more
    attempt and one second at most, since somebody else may be asked.

    Called only while nothing of an answer has come. A connection lost before any response counts as a failed
    connect: that is how a kept-alive connection ends that the provider closed as we picked it up.
    """
    most, longest = (1, 1.0) if brisk else (MOST, LONGEST_WAIT)
    if attempt >= most or not passes(error):
        return None
    if error.wait is not None:
        return error.wait if error.wait <= longest else None
    return 0.5 * 2**attempt * random.uniform(0.5, 1.0)  # noqa: S311 - jitter


def passes(error: ProviderError) -> bool:
    """Whether it is of a kind that the same request may not meet a second later."""
    safe = isinstance(error, Unreachable | ConnectionLost) or error.status in STATUSES
    return safe and error.retryable and not isinstance(error, QuotaExceeded)


def retry_after(value: str | None) -> float | None:
    """Seconds named by a Retry-After header (a number or a date), or None without a usable one."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value.strip()[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def name_wait(error: ProviderError) -> None:
    """Tell the person how long the provider wants to be left alone, where that is worth telling."""
    if error.wait is None or error.wait <= LONGEST_WAIT or not isinstance(error, RateLimited):
        return
    minutes = round(error.wait / 60)
    if error.wait > 86_400:
        when = "Please try again later"
    elif minutes < 2:
        when = "Please try again in about a minute"
    elif minutes < 90:
        when = f"Please try again in about {minutes} minutes"
    else:
        when = f"Please try again in about {round(minutes / 60)} hours"
    error.sentence = f"The model's provider is getting too many requests right now. {when}."
