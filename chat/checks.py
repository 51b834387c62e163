"""What must be right before anything is served (`manage.py check`). Each message is one sentence for the operator,
with the setting, its value and what to write instead."""

import difflib
import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from . import moderation
from .llm import PROTOCOLS

# An address as the protocol's own provider has it.
_ADDRESSES = {
    "openai": "http://localhost:11434/v1",
    "anthropic": "https://api.anthropic.com",
    "ollama": "http://localhost:11434",
}


@register()
def provider(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    protocol = settings.CHAT_PROVIDER_PROTOCOL
    if protocol == "demo":
        return []
    found: list[CheckMessage] = []
    example = _ADDRESSES[protocol]
    if not settings.CHAT_PROVIDER_URL:
        sentence = f"CHAT_PROVIDER_PROTOCOL is {protocol!r}, and CHAT_PROVIDER_URL is empty; "
        found.append(Error(sentence + f"set it to an address such as {example}.", id="sluice.E001"))
    if not settings.CHAT_MODEL and protocol == "openai":
        # A server of one model needs no name; one of several says so when it is asked.
        sentence = (
            "CHAT_MODEL is empty, so requests name no model; a server with several wants CHAT_MODEL=its name."
        )
        found.append(Warning(sentence, id="sluice.W002"))
    elif not settings.CHAT_MODEL:
        # No reason not to start: an assistant may name its own.
        sentence = f"CHAT_MODEL is empty, and {protocol} answers only for a model that is named; set it, or choose one for the assistant in its page."
        found.append(Warning(sentence, id="sluice.W003"))
    if settings.CHAT_PROVIDER_CONTINUES not in (ways := PROTOCOLS[protocol].continues):
        sentence = (
            f"CHAT_PROVIDER_CONTINUES is {settings.CHAT_PROVIDER_CONTINUES!r}, which is not known with "
        )
        sentence += f"CHAT_PROVIDER_PROTOCOL={protocol}; write one of {', '.join(ways)}."
        found.append(Error(sentence, id="sluice.E008"))
    if not _is_web_address(settings.CHAT_PROVIDER_URL):
        found += _not_an_address("CHAT_PROVIDER_URL", example, "sluice.E002")
    return found


@register()
def moderation_endpoint(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if _is_web_address(settings.CHAT_MODERATION_URL):
        return []
    return _not_an_address("CHAT_MODERATION_URL", "http://localhost:8080/v1", "sluice.E003")


@register()
def rules(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The starter pack finds each of its positives and none of its negatives, on this machine's RE2."""
    try:
        complaints = moderation.prove(moderation.compile_rules(moderation.starter_pack()))
    except moderation.BadRule as bad:
        complaints = [str(bad)]
    return [Error(complaint, id="sluice.E004") for complaint in complaints]


@register()
def unknown_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A misspelt setting would otherwise be ignored, and the person who wrote it never told."""
    known = [name for name in dir(settings) if name.startswith("CHAT_")]
    return [
        Warning(f"{name} is set, but there is no such setting{_meant(name, known)}.", id="sluice.W001")
        for name in sorted(os.environ)
        if name.startswith("CHAT_") and name not in known
    ]


def _meant(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _not_an_address(name: str, example: str, number: str) -> list[CheckMessage]:
    value = _without_password(getattr(settings, name))
    return [Error(f"{name} is {value!r}; write an http or https address, for example {example}.", id=number)]


def _is_web_address(value: str) -> bool:
    """Whether a request could be sent there; an empty value is another check's matter."""
    if not value:
        return True
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _without_password(address: str) -> str:
    return address.rpartition("@")[2]
