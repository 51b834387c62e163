"""The copy of a text that a model is given to judge. Nothing in it can close what stands around it.

A chat template marks who speaks with tokens such as `<|im_end|>`, `<start_of_turn>`, `[/INST]` or `<END CONVERSATION>`,
and guard models read `User:` and `Agent:` at the beginning of a line. A text that holds them would end the conversation
that is judged and begin another one. So the copy has no angle bracket at all, no bracketed word and no such beginning of
a line; it reads the same to a model that judges it. The text itself is judged by its places, which are the original's.
"""

import json
import re
import secrets

# Full-width and small forms too: a tokenizer that normalizes (NFKC) makes the plain ones of them.
_ANGLES = {"<": "‹", "＜": "‹", "﹤": "‹", ">": "›", "＞": "›", "﹥": "›"}
_BRACKETED = re.compile(r"[\[［]\s{0,4}(/?\s{0,4}[A-Za-z][A-Za-z_ ]{1,40})\s{0,4}[\]］]")
# What a line begins with where a template, or a person who knows one, lets somebody else speak. First the word and then the
# line: to look from each line's beginning on took 6 µs for each line break.
_SPEAKER = re.compile(
    r"(user|agent|assistant|human|ai|bot|model|system|developer|tool|instruction|response|input|output)"
    r"([\W_]{0,8}[:：﹕])",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"(?:\A|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])[\W_]{0,12}\Z")
_COLONS = str.maketrans(dict.fromkeys(":：﹕", "-"))


def neutral(text: str) -> str:
    """A copy that holds no token of a chat template and no line on which somebody else begins to speak.

    Lone surrogates become "?", which no server refuses.
    """
    text = text.encode("utf-8", "replace").decode()
    for angle, plain in _ANGLES.items():
        text = text.replace(angle, plain)
    return _SPEAKER.sub(_silenced, _BRACKETED.sub(r"(\1)", text))


def _silenced(found: re.Match[str]) -> str:
    before = found.string[max(found.start() - 13, 0) : found.start()]
    return found[1] + found[2].translate(_COLONS) if _BEGINS.search(before) else found[0]


def excerpt(text: str, most: int) -> str:
    """At most so many code points of a text that is context only: its beginning and its end."""
    if len(text) <= most:
        return text
    half = (most - 3) // 2
    return f"{text[:half]} … {text[len(text) - half :]}"


def nonce() -> str:
    """What nobody knew when the text was written."""
    return secrets.token_hex(6)


def quoted(fields: dict[str, str], mark: str) -> str:
    """The fields as one JSON object on a line of its own, between two lines that `mark`, a nonce, makes unguessable.

    Of a JSON string every quotation mark and line break is escaped, so the text ends where the object does.
    """
    copy = json.dumps({name: neutral(value) for name, value in fields.items()}, ensure_ascii=False)
    return f"=== BEGIN {mark} ===\n{copy}\n=== END {mark} ==="
