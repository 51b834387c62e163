"""Language models over HTTP: protocols, the client, and the built-in demo. Knows no Django."""

from .asked import Asked
from .client import Client
from .continuing import Beginning, broke_off
from .deltas import Delta, Finish, FinishReason, Reasoning, Refusal, Text, ToolCall, Usage
from .demo import DemoTransport
from .endpoint import Endpoint
from .errors import Misconfigured, ProviderError, RequestRefused
from .protocols import PROTOCOLS, Model
from .route import Leg, Route

__all__ = [
    "PROTOCOLS",
    "Asked",
    "Beginning",
    "Client",
    "Delta",
    "Endpoint",
    "Finish",
    "FinishReason",
    "Leg",
    "Misconfigured",
    "Model",
    "ProviderError",
    "Reasoning",
    "Refusal",
    "RequestRefused",
    "Route",
    "Text",
    "ToolCall",
    "Usage",
    "broke_off",
    "client_for",
]


def client_for(endpoint: Endpoint) -> Client:
    """The client for `endpoint`: over the network, or for `demo` within the process. Raises Misconfigured for a protocol
    that is not in PROTOCOLS.
    """
    return Client(endpoint, DemoTransport() if endpoint.protocol == "demo" else None)
