"""Configured providers: how each is reached, with which key, and whether it is down."""

from . import addresses, health, keys, outdated
from .refused import Refused
from .resolving import environment, resolve

__all__ = ["Refused", "addresses", "environment", "health", "keys", "outdated", "resolve"]
