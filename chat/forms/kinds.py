"""The kinds of endpoint a person chooses from: what is filled in, and what is asked in which words."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from ..models import Endpoint


@dataclass(frozen=True, slots=True)
class Kind:
    """One card of the first page. `url` is filled in; `needs_key` False: a key may be left out."""

    slug: str
    protocol: str
    title: str
    blurb: str
    name: str
    url: str
    url_help: str
    key_help: str
    needs_key: bool = True


_P = Endpoint.Protocol
KINDS = {
    kind.slug: kind
    for kind in (
        Kind(
            "openai", _P.OPENAI, "OpenAI", "The GPT models, with a key of your OpenAI account.", "OpenAI",
            "https://api.openai.com/v1", "Right for everybody who has an account there.",
            "Made at platform.openai.com under API keys; it begins with “sk-”.",
        ),
        Kind(
            "anthropic", _P.ANTHROPIC, "Anthropic", "The Claude models, with a key of your Anthropic account.",
            "Anthropic", "https://api.anthropic.com/v1", "Right for everybody who has an account there.",
            "Made in the Anthropic console under API keys; it begins with “sk-ant-”.",
        ),
        Kind(
            "ollama", _P.OLLAMA, "Ollama", "Models on your own machine. Nothing leaves it, and no key is needed.",
            "Ollama", "http://127.0.0.1:11434", "Right where Ollama runs on the same machine as Sluice.",
            "Only where somebody has put a key in front of Ollama.", needs_key=False,
        ),
        Kind(
            "compatible", _P.OPENAI, "Another server",
            "Whatever speaks OpenAI’s format: vLLM, llama.cpp, LM Studio, OpenRouter, Mistral, Groq …", "",
            "", "As its makers give it; it often ends in “/v1”.",
            "Leave empty where the server asks for none.", needs_key=False,
        ),
    )
}  # fmt: skip


def kind_of(row: Endpoint) -> Kind:
    """The kind a stored endpoint was made as: by its protocol and, for OpenAI's own, by its address."""
    if row.protocol != _P.OPENAI:
        return KINDS.get(row.protocol, KINDS["compatible"])
    return KINDS["openai" if urlsplit(row.url).hostname == "api.openai.com" else "compatible"]
