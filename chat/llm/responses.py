"""Responses that are read whole, because they are small: errors, and lists of models."""

import asyncio
import contextlib

import httpx

from . import retries
from .errors import ProviderError, TooLarge
from .reading import body_of
from .refusals import from_response

MAX_ERROR_BODY = 1 << 16  # bytes
ERROR_BODY_SECONDS = 5.0


async def refused(response: httpx.Response) -> ProviderError:
    """The error that `response` tells of; it is closed. Its body is read within bounds, and may be cut."""
    body = bytearray()
    try:
        with contextlib.suppress(ProviderError, httpx.HTTPError, TimeoutError):
            async with asyncio.timeout(ERROR_BODY_SECONDS), contextlib.aclosing(body_of(response)) as pieces:
                async for piece in pieces:
                    body += piece
                    if len(body) >= MAX_ERROR_BODY:
                        break
    finally:
        await response.aclose()
    kind = response.headers.get("content-type", "")
    error = from_response(response.status_code, kind, bytes(body[:MAX_ERROR_BODY]))
    error.wait = retries.retry_after(response.headers.get("retry-after"))
    return error


async def whole(response: httpx.Response, most: int) -> bytes:
    """All of the body; the response is closed. Raises TooLarge past `most` bytes, and what the transport raises."""
    body = bytearray()
    try:
        async with contextlib.aclosing(body_of(response)) as pieces:
            async for piece in pieces:
                body += piece
                if len(body) > most:
                    raise TooLarge(f"phase=body: more than {most} bytes")
    finally:
        await response.aclose()
    return bytes(body)
