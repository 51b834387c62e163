"""The one form in which an utterance is stored, judged and digested."""

import hashlib
import json
import secrets
from typing import Any

CHANNELS = ("text", "reasoning", "refusal", "tool_calls")


def compose(text: str = "", reasoning: str = "", refusal: str = "", tool_calls: Any = ()) -> str:
    """Canonical JSON of every channel a person can see; U+0000 and lone surrogates become U+FFFD."""
    body = {"text": text, "reasoning": reasoning, "refusal": refusal, "tool_calls": list(tool_calls)}
    return json.dumps(_cleaned(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def clean(text: str) -> str:
    """Text that both databases store: without U+0000, without lone surrogates."""
    text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        # Joins pairs that arrived in two pieces, replaces what is alone.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list) else value


def channels(body: str) -> dict[str, Any]:
    """What `compose` put in; an erased body is empty in every channel."""
    return json.loads(body or compose())


def new_salt() -> str:
    return secrets.token_hex(16)


def digest(salt: str, body: str) -> str:
    """SHA-256 in hex of salt and body, as the guards compute it."""
    return hashlib.sha256((salt + body).encode()).hexdigest()
