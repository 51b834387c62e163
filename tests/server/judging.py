"""Servers with a policy for everybody that a test says: classifiers that ask the fake provider, rules of its own, a mode."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from tests.provider import Provider
from tests.provider_judging import KNOWN_BAD
from tests.servers import Server

GUARD = "guard"  # the scenario that judges
_ENDPOINT = """
from chat.models import Endpoint
print("endpoint", Endpoint.objects.create(name="Guards", protocol="openai", url={url!r}, model="guard").pk)
"""
_POLICY = """
import json
from chat.models import Policy
from chat.policies import storing
row = Policy.objects.create(name="House", everyone=True)
row.active = storing.new_version(row.pk, 1, json.loads({definition!r}))
row.save()
"""
ITEMS: dict[str, dict[str, Any]] = {
    "moderations": {"thresholds": {"violence": 0.5}},
    "llama-guard-3": {},
    "qwen3guard": {},
    "judge": {"policy": "No talk of zebras.", "bad": [f"{KNOWN_BAD}: zebras"]},
}


def judged(
    sluice: Callable[..., Server],
    provider: Provider,
    dialect: str,
    mode: str = "post",
    *,
    of: str = "CHECKERS",
    timeout: float = 5,
    **env: Any,
) -> Server:
    """A server with one classifier of this dialect beside the rules, named `house`; not started. `of`: QUESTIONS, where it
    judges what people write.
    """
    provider.judge(GUARD, dialect, "pass")
    server = sluice(wait=False, DJANGO_SETTINGS_MODULE="tests.server.patched", MODE=mode, **env)
    told = server.manage("shell", "-c", _ENDPOINT.format(url=provider.url(GUARD)))
    item = {
        "kind": dialect,
        "name": "house",
        "endpoint": int(told.split("endpoint ")[1].split()[0]),
        "timeout": timeout,
    }
    server.env[of] = json.dumps([item | ITEMS[dialect]])
    return server


def under_policy(
    server: Server,
    mode: str = "post",
    *,
    own: Sequence[dict[str, Any]] = (),
    packs: Sequence[str] = (),
    **rules: Any,
) -> None:
    """A policy for everybody beside that of the settings, with these rules. Before the server starts; once."""
    found = {"kind": "rules", "packs": list(packs), "off": [], "redact": [], "own": list(own), **rules}
    definition = {"mode": mode, "checkers": [found], "input": []}
    server.manage("shell", "-v0", "-c", _POLICY.format(definition=json.dumps(definition)))
