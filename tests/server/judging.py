"""Servers whose policy has classifiers, which ask the fake provider."""

import json
from collections.abc import Callable
from typing import Any

from tests.provider import Provider
from tests.provider_judging import KNOWN_BAD
from tests.servers import Server

GUARD = "guard"  # the scenario that judges
_ENDPOINT = """
from chat.models import Endpoint
print("endpoint", Endpoint.objects.create(name="Guards", protocol="openai", url={url!r}, model="guard").pk)
"""
ITEMS: dict[str, dict[str, Any]] = {
    "moderations": {"thresholds": {"violence": 0.5}},
    "llama-guard-3": {},
    "qwen3guard": {},
    "judge": {"policy": "No talk of zebras.", "bad": [f"{KNOWN_BAD}: zebras"]},
}


def judged(
    sluice: Callable[..., Server], provider: Provider, dialect: str, *, of: str = "CHECKERS", **env: Any
) -> Server:
    """A server with one classifier of this dialect beside the rules, named `house`; not started. `of`: QUESTIONS, where it
    judges what people write.
    """
    provider.judge(GUARD, dialect, "pass")
    server = sluice(wait=False, DJANGO_SETTINGS_MODULE="tests.server.patched", **env)
    told = server.manage("shell", "-c", _ENDPOINT.format(url=provider.url(GUARD)))
    item = {
        "kind": dialect,
        "name": "house",
        "endpoint": int(told.split("endpoint ")[1].split()[0]),
        "timeout": 1,
    }
    server.env[of] = json.dumps([item | ITEMS[dialect]])
    return server
