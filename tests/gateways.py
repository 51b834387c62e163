"""What each broken gateway of the shared cases is to become for a person: the state, the words, the number of requests."""

from dataclasses import dataclass
from typing import Any

from tests.material import load

DIALECTS = ("openai", "anthropic", "ollama")
FIRST_BYTE, IDLE, TOTAL = 4.0, 4.0, 8.0  # seconds; the cases that hang do so for 30 at least

# What a person reads, in our sentence or in the provider's own words folded below it.
SHOWN = {
    "json-array-stream": "unexpected format",
    "http-401-json": "Incorrect API key",
    "http-429-retry-after": "Rate limit",
    "http-429-retry-after-date": "slow down",
    "http-529-anthropic": "Overloaded",
    "redirect-to-login": "redirect",
    "http-404-ollama-model": "model 'llama9' not found",
    "error-object-then-done": "quota exceeded",
    "error-string": "STREAM_EXPLODED",
    "error-event-line": "Error rendering prompt with jinja template",
    "error-vllm": "EngineCore encountered an issue",
    "error-vllm-old": "maximum context length",
    "ollama-error-line": "an error was encountered while running the model",
    "done-but-no-finish": "broke off",
    "tcp-reset": "incomplete",
    "silence-before-headers": "timeout",
    "silence-after-first": "incomplete",
    "ping-only-anthropic": "incomplete",
    "malformed-json-event": "could not be read",
}
# The only ones that are asked again: what passes by itself, and soon. A date in 2099 is not soon.
RETRIED = {"http-429-retry-after": 3, "http-529-anthropic": 3}


@dataclass(frozen=True, slots=True)
class Case:
    """`state` is the page's. `ends` says that the provider's own end came, and was a good one."""

    id: str
    ends: bool
    text: str
    shown: str
    retryable: bool | None
    requests: int

    @property
    def state(self) -> str:
        return "saved" if self.ends else "failed"


def cases(dialect: str) -> list[Case]:
    """Those of one dialect. Where the material leaves the choice between complete and not (no finish reason came; an event
    could not be read), it is not complete: nothing says that nothing is missing.
    """
    found = [case for case in load("6-http/gateway_failures.json")["cases"] if case["dialect"] == dialect]
    assert found, dialect
    return [_case(case["id"], case["expect"]) for case in found]


def _case(name: str, expect: dict[str, Any]) -> Case:
    text = expect.get("text", expect.get("partial_text", ""))
    ends = expect["state"] == "complete"
    shown = "" if ends else SHOWN[name]
    return Case(name, ends, text, shown, expect.get("retryable"), RETRIED.get(name, 1))
