"""From a provider's status and error body to the ProviderError a person understands."""

import re
from typing import Any

from .deltas import clean
from .errors import (
    AddressNotFound,
    ContextTooLong,
    FirstByteTimeout,
    KeyRefused,
    ModelNotFound,
    Overloaded,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    Redirected,
    RequestBlocked,
    RequestRefused,
    ServerFault,
    Unreadable,
)
from .payload import load

# Characters of an error that are looked at. These patterns are not linear: a megabyte of "exceedexceed" took minutes.
LONGEST = 5500

# In this order: providers answer 400, 404, 429 or 200 for the same fact, so their words weigh more than the status.
_WORDS: tuple[tuple[type[ProviderError], re.Pattern[str]], ...] = (
    (
        ContextTooLong,
        re.compile(
            r"context_length_exceeded|(maximum|max|exceed\w{0,3}( the)?( available)?) context|context (length|size|window)"
            r"|(prompt|input|request) (is )?too (long|large)|too many (input )?tokens",
            re.I,
        ),
    ),
    (
        RequestBlocked,
        re.compile(r"content_filter|content_policy|content management policy|responsibleai", re.I),
    ),
    (
        KeyRefused,
        re.compile(
            r"invalid_api_key|no_db_connection|incorrect api key|invalid (x-)?api.key|api key not valid|authentication_error",
            re.I,
        ),
    ),
    (
        QuotaExceeded,
        re.compile(
            r"insufficient_quota|quota|billing|insufficient (credits?|balance|funds)|credit balance", re.I
        ),
    ),
    (RateLimited, re.compile(r"rate.?limit|too many requests", re.I)),
    (Overloaded, re.compile(r"overloaded|over capacity|currently (busy|loading)|loading model", re.I)),
    (
        ModelNotFound,
        re.compile(
            r"model_not_found|not_found_error model:|invalid model name|server is pinned to"
            r"|\bmodels?\b.{0,120}(not found|does not exist|is not available|deprecated|unknown)",
            re.I,
        ),
    ),
)
_SCHEMA = re.compile(r"response_format|schema|output_config|structured|grammar|\bformat\b|json mode", re.I)
_TEMPERATURE = re.compile(r"temperature", re.I)
_STATUSES: dict[int, type[ProviderError]] = {
    401: KeyRefused,
    402: QuotaExceeded,
    403: KeyRefused,
    404: AddressNotFound,
    408: FirstByteTimeout,
    413: ContextTooLong,
    429: RateLimited,
    503: Overloaded,
    504: FirstByteTimeout,
    529: Overloaded,
}


def from_response(status: int, content_type: str, body: bytes) -> ProviderError:
    """The error for an HTTP answer that is not a 2xx. `body` may be cut."""
    if status < 300:
        return Unreadable(f"HTTP {status} instead of 200", status=status)
    if status < 400:
        return Redirected(f"HTTP {status} redirect", status=status)
    words, codes = _read(body, content_type)
    return _error(status, words, codes)


def from_payload(payload: Any, *, status: int | None = None) -> ProviderError:
    """The error for an error object (or string) inside an answer that began as a success."""
    words, codes = _parts(payload)
    return _error(status, words, codes)


def is_error(payload: Any) -> bool:
    """Whether a document in the place of an answer is an error, in one of the shapes in use. No words are taken from any
    other: they might be an answer's, which nobody has moderated.
    """
    if isinstance(payload, list) and payload:
        payload = payload[0]
    if not isinstance(payload, dict):
        return False
    named = "error" in (payload.get("type"), payload.get("object"))
    return (
        bool(payload.get("error"))
        or named
        or isinstance(payload.get("message") or payload.get("detail"), str)
    )


def refuses_schema(error: ProviderError) -> bool:
    """Whether the server takes no JSON Schema, or not this one: DeepSeek, older models of OpenAI's, too deep a one."""
    return isinstance(error, RequestRefused) and bool(_SCHEMA.search(f"{error.detail} {error.provider_text}"))


def refuses_temperature(error: ProviderError) -> bool:
    """Whether the model takes no temperature of anybody's: OpenAI's own that think."""
    said = f"{error.detail} {error.provider_text}"
    return isinstance(error, RequestRefused) and bool(_TEMPERATURE.search(said))


def _error(status: int | None, words: str, codes: str) -> ProviderError:
    words = words[:LONGEST]
    kind = _kind(status, f"{codes} {words}")
    where = f"HTTP {status}" if status else "error inside the answer"
    return kind(f"{where} {codes}".strip(), provider_text=words, status=status)


def _kind(status: int | None, text: str) -> type[ProviderError]:
    if status not in (401, 402, 403):
        for kind, pattern in _WORDS:
            if pattern.search(text):
                return kind
    if status is None:
        return ServerFault
    return _STATUSES.get(status) or (ServerFault if status >= 500 else RequestRefused)


def _read(body: bytes, content_type: str) -> tuple[str, str]:
    try:
        return _parts(load(body))
    except ValueError:
        pass
    text = body.decode("utf-8", "replace")
    if "html" in content_type or text.lstrip()[:1] == "<":
        title = re.search(r"<title[^>]*>(.{1,300}?)</title>", text[:4096], re.I | re.S)
        return (title[1] if title else ""), "(a web page)"
    return clean(text), ""


def _parts(payload: Any) -> tuple[str, str]:
    """The human text of an error in any of the shapes in use, and its machine codes."""
    if isinstance(payload, list) and payload:
        payload = payload[0]  # Google answers a list of one
    error = payload.get("error") if isinstance(payload, dict) else None
    if isinstance(error, dict):
        inner = error
    else:
        inner = payload if isinstance(payload, dict) else {}
    words = next(
        (v for v in (error, inner.get("message"), inner.get("detail"), payload) if v and isinstance(v, str)),
        "",
    )
    named = ((name, inner.get(name)) for name in ("code", "type", "status", "param"))
    codes = " ".join(f"{name}={value}" for name, value in named if _is_code(value))
    return clean(words), clean(codes)


def _is_code(value: Any) -> bool:
    return isinstance(value, str | int) and len(str(value)) <= 60
