"""The wire formats: each one pure file, held to base.py."""

from . import anthropic, ollama, openai
from .base import Model, Parser, Protocol

__all__ = ["PROTOCOLS", "Model", "Parser", "Protocol"]

PROTOCOLS: dict[str, Protocol] = {
    "demo": openai.PROTOCOL,  # the demo answers within the process, in this format
    "openai": openai.PROTOCOL,
    "anthropic": anthropic.PROTOCOL,
    "ollama": ollama.PROTOCOL,
}
