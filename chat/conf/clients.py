"""What asks others over the network: one client for each endpoint, for the life of the process."""

import functools

from .. import endpoints, llm
from ..llm.completing import Completer
from ..llm.post import Poster


# An endpoint that was changed is another one; what still reads from the old client keeps it until its answer has ended.
@functools.lru_cache(maxsize=64)
def client(endpoint: llm.Endpoint) -> llm.Client:
    """The one client to an endpoint, for the life of the process: its connections are kept. Raises Misconfigured."""
    return llm.client_for(endpoint)


@functools.lru_cache(maxsize=64)
def completer(endpoint: llm.Endpoint) -> Completer:
    """What asks a chat model at this endpoint to judge. Raises Misconfigured."""
    return Completer(client(endpoint))


def endpoint() -> llm.Endpoint:
    """The one that the environment names."""
    return endpoints.environment()


@functools.cache
def poster() -> Poster:
    """What asks remote checkers."""
    return Poster()
