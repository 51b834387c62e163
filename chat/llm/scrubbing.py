"""Credentials out of what a provider says: the key that was sent, and whatever looks like one."""

import re
from typing import Any

LEAST = 10  # characters of the key in a row that are no chance
PLACE_HOLDER = 3  # characters; keys as short, like "-", are for servers that want none

_KEYS = (
    # "Incorrect API key provided: whatever", "api_key=whatever", "Bearer whatever"
    re.compile(r"(?i)((?:key|token)(?: provided)?\"?\s*[:=]\s*\"?)[^\s\"',;]*[^\s\"',;.]"),
    re.compile(r"(?i)(\bbearer\s+)[^\s\"',;]*[^\s\"',;.]"),
    re.compile(r"(?i)(\bbasic\s+)(?=\S*[\d=])[\w+/=]{8,}"),
    re.compile(r"(?i)()\b(?:sk|pk|rk|gsk|xai|hf|pplx|nvapi|r8|fw)[-_][\w*.\-]*[\w*]"),
    re.compile(r"()\bAIza[\w\-]{8,}"),
    re.compile(r"()[^\s\"',;:*]{0,80}\*{3,}[^\s\"',;:.]*"),  # a key that somebody masked by half
)
# What people mask with: sk-ab...cdef, sk-ab…cdef, ••••cdef, xxxxcdef
_MASKED = re.compile(r"([\w\-+/=]{0,80}?)(?:\.{2,}|…+|•+|x{4,}|#{3,})([\w\-+/=]{0,80})")


def scrub(text: str, key: str | None) -> str:
    """`text` without `key`, without any part of it that would be known for one, and without what looks like a credential."""
    key = (key or "").strip()
    if len(key) > PLACE_HOLDER:
        text = _without(text, key)
    for pattern in _KEYS:
        text = pattern.sub(r"\1[key]", text)
    return text


def scrub_all(value: Any, key: str | None) -> Any:
    """The same for every string in a value as JSON holds it."""
    if isinstance(value, dict):
        return {scrub(name, key): scrub_all(each, key) for name, each in value.items()}
    if isinstance(value, list):
        return [scrub_all(each, key) for each in value]
    return scrub(value, key) if isinstance(value, str) else value


def _without(text: str, key: str) -> str:
    text = re.sub(re.escape(key), "[key]", text, flags=re.I)
    text = _MASKED.sub(lambda found: "[key]" if _halves(key.lower(), *found.groups()) else found[0], text)
    if len(key) <= LEAST:
        return text
    # A part of it, where somebody has cut or wrapped it.
    lower, parts = text.lower(), {key.lower()[at : at + LEAST] for at in range(len(key) - LEAST + 1)}
    kept, at, end = [], 0, 0
    while at <= len(lower) - LEAST:
        if lower[at : at + LEAST] in parts:
            start, at = at, at + LEAST
            while at < len(lower) and lower[at - LEAST + 1 : at + 1] in parts:
                at += 1
            kept += [text[end:start], "[key]"]
            end = at
        else:
            at += 1
    return "".join(kept) + text[end:]


def _halves(key: str, before: str, after: str) -> bool:
    """Whether these stand before and behind a mask as the key's own beginning and end."""
    before, after = before.lower(), after.lower()
    begins = len(before) >= 2 and key.startswith(before)
    ends = len(after) >= 2 and key.endswith(after)
    return (begins and (ends or not after)) or (ends and not before)
