"""A single bounded POST, for services beside the model such as a moderation endpoint."""

import asyncio
from typing import Any

import httpx

from . import network, retries
from .errors import FirstByteTimeout, ProviderError
from .responses import whole

MAX_BODY = 1 << 20  # bytes


def address(base: str, path: str) -> str:
    """The address of `path` beside the chat's, for a base as an Endpoint has it. Raises Misconfigured."""
    return str(network.address(base, ("",), path, "/chat/completions"))


class Poster:
    """Holds one transport, made at the first use unless it is given."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport

    async def post(
        self,
        url: str,
        json: dict[str, Any],
        *,
        key: str | None,
        timeout: float,  # noqa: ASYNC109 - a caller has one number, and the error says it
    ) -> tuple[int, bytes, float | None]:
        """Status and whole body (at most 1 MiB) of the answer to `json`, within `timeout` seconds in all, and for how many
        seconds it asks to be left alone (Retry-After), or None.

        Any status is returned as it is, a redirect too. Raises ProviderError, sealed and `retryable` only where asking at
        once again can help; never retries.
        """
        try:
            return await self._post(url, json, key, limit=timeout)
        except ProviderError as error:
            error.seal(key)
            error.retryable = retries.passes(error)
            raise

    async def aclose(self) -> None:
        if self._transport is not None:
            await self._transport.aclose()

    async def _post(
        self, url: str, json: dict[str, Any], key: str | None, *, limit: float
    ) -> tuple[int, bytes, float | None]:
        if self._transport is None:
            self._transport = network.transport()
        try:
            async with asyncio.timeout(limit):
                headers = network.headers("application/json", network.bearer(key))
                request = network.request("POST", url, headers, json=json)
                response = await self._transport.handle_async_request(request)
                body = await whole(response, MAX_BODY)
        except TimeoutError as error:
            raise FirstByteTimeout(f"phase=post: no whole answer in {limit:.1f} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise network.translated(error, "post") from error
        return response.status_code, body, retries.retry_after(response.headers.get("retry-after"))
