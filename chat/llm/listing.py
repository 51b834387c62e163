"""The models of an endpoint, by its own list."""

import asyncio
import dataclasses
from typing import Any

import httpx

from . import network
from .endpoint import Endpoint
from .errors import FirstByteTimeout, ProviderError, Unreadable
from .payload import load
from .protocols import Model, Protocol
from .responses import refused, whole

MAX_LIST = 1 << 23  # bytes; OpenRouter's is one megabyte
SECONDS = 15.0


async def models(transport: httpx.AsyncBaseTransport, endpoint: Endpoint, protocol: Protocol) -> list[Model]:
    """Those that the endpoint lists, in its order, within SECONDS. Raises ProviderError, not sealed.

    A name that the endpoint was given without its tag is listed as it was given.
    """
    limit = asyncio.get_running_loop().time() + min(SECONDS, endpoint.total_timeout)
    found = protocol.read_models(await _get(transport, endpoint, protocol, protocol.models_path, limit))
    if found and protocol.windows_path:
        try:
            told = await _get(transport, endpoint, protocol, protocol.windows_path, limit)
        except ProviderError:
            told = None  # an older server; the list itself is what was asked for
        windows = protocol.read_windows(told)
        found = [dataclasses.replace(m, window=windows.get(m.id, m.window)) for m in found]
    tagged = f"{endpoint.model}:latest"
    return [dataclasses.replace(m, id=endpoint.model) if m.id == tagged else m for m in found]


async def _get(
    transport: httpx.AsyncBaseTransport, endpoint: Endpoint, protocol: Protocol, path: str, limit: float
) -> Any:
    try:
        url = network.address(endpoint.url, protocol.roots, path, protocol.path)
        request = network.request(
            "GET",
            url.copy_merge_params(protocol.models_query),
            network.headers("application/json", protocol.headers(network.usable(endpoint.key))),
            connect=endpoint.connect_timeout,
        )
        async with asyncio.timeout_at(limit):
            response = await transport.handle_async_request(request)
            if response.status_code != 200:
                raise await refused(response)
            return load(await whole(response, MAX_LIST))
    except TimeoutError as error:
        raise FirstByteTimeout("phase=models: no whole list in time") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise network.translated(error, "models") from error
    except ValueError as error:
        raise Unreadable("phase=models: the list is not JSON") from error
