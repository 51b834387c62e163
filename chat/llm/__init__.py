"""Language models over HTTP: protocols, the client, and the built-in demo. Knows no Django."""

from .client import Client
from .continuing import Beginning, broke_off
from .deltas import Delta, Finish, FinishReason, Reasoning, Refusal, Text, ToolCall, Usage
from .demo import DemoTransport
from .endpoint import Endpoint
from .errors import Misconfigured, ProviderError, RequestRefused

__all__ = [
    "Beginning",
    "Client",
    "Delta",
    "Endpoint",
    "Finish",
    "FinishReason",
    "ProviderError",
    "Reasoning",
    "Refusal",
    "RequestRefused",
    "Text",
    "ToolCall",
    "Usage",
    "broke_off",
    "client_for",
]


def client_for(endpoint: Endpoint) -> Client:
    """The client for `endpoint.protocol`: `demo` or `openai`. Raises Misconfigured for any other."""
    if endpoint.protocol == "demo":
        return Client(endpoint, DemoTransport())
    if endpoint.protocol == "openai":
        return Client(endpoint)
    raise Misconfigured(f"unknown protocol {endpoint.protocol!r}: use demo or openai")
