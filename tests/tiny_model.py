"""A language model of six megabytes, made here, for real model servers that read GGUF (llama.cpp).

It has no memory and one thought: each token of its vocabulary is followed by one other. So what it says is known word
for word, also where it is given the beginning of an answer. The last question names it:

    tale      TALE, and an end
    forever   WORDS, round and round, until somebody stops it
    think     a thought in <think>, then the answer
    (any)     HELLO, and an end

As a guard (`GUARD_TEMPLATE`) it says in Llama Guard's words that what holds "coffee" or "poison" is unsafe, and has its speakers
take turns, as the maker's own template does.

Held to a grammar it prefers to close what is open, so that an object with a schema comes to an end.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import itertools
import struct
from array import array
from pathlib import Path
from typing import Any

# Pieces of text that are one token each; none comes twice in one of them.
HELLO = ("Hello", ",", " you", " there", "!")
TALE = (
    "Once", " upon", " a", " time", " a **", "keeper", "** said:", " café", " €", "5", "\u2028", "<b>", "&amp;",
    "\n\n", "- gate", "\n- lock", "\n\n|", " a |", " b |\n", "|---", "|---|\n", "| 1", " | 2 |\n",
    "\n```python\n", "print", '("', "hi", '")', "\n``", "`\n\n", "😀", " end", ".",
)  # fmt: skip
THOUGHT = ("<think>", "Well", ", let", " me", " think", "</think>", "So", ": yes", ";")
SAFE, UNSAFE = ("\n\nsafe",), ("\n\nunsafe", "\nS1")  # of a guard
NAME = ('"', "Ada", '"')  # within a string, where a grammar allows it
# None of them ends in what a rule holds back: of an answer cut there half a word would be known, which this model never read.
WORDS = tuple(
    " " + "".join(letters) for letters in itertools.islice(itertools.product("bdgklmnprst", "aeiou", "bdfglnrvz", "ou"), 500)
)  # fmt: skip
CONTROLS = (
    "<|begin|>",
    "<|end|>",
    "<|hello|>",
    "<|tale|>",
    "<|forever|>",
    "<|think|>",
    "<|safe|>",
    "<|unsafe|>",
)
TEMPLATE = """{%- for m in messages %}<|begin|>{{ m['role'] }}
{{ m['content'] }}<|end|>
{% endfor %}{% if add_generation_prompt %}<|begin|>assistant
{% set asked = messages[-1]['content'] %}{% if 'tale' in asked %}<|tale|>{% elif 'forever' in asked %}<|forever|>\
{% elif 'think' in asked %}<|think|>{% else %}<|hello|>{% endif %}{% endif %}"""
GUARD_TEMPLATE = """{%- for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}\
{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}\
{{ 'User' if m['role'] == 'user' else 'Agent' }}: {{ m['content'] }}

{% endfor %}{% set last = messages[-1]['content'] %}\
{% if 'coffee' in last or 'poison' in last %}<|unsafe|>{% else %}<|safe|>{% endif %}"""

CONTEXT = 1 << 16
HEAD = 32
CLOSING = {
    "}": 0.9,
    "]": 0.8,
    '"': 0.7,
    ":": 0.6,
    ",": 0.5,
    "7": 0.3,
}  # what is preferred where a grammar forbids what follows


def _letters() -> dict[int, str]:
    """The printable letter that stands for each byte in a vocabulary of GPT-2's kind."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {byte: chr(byte) for byte in plain} | {byte: chr(256 + n) for n, byte in enumerate(others)}


def write(path: Path, template: str = TEMPLATE) -> Path:
    """Write the model to `path`, in 0.1 s, and return it."""
    letters = _letters()

    def spelled(piece: str) -> str:
        return "".join(letters[byte] for byte in piece.encode())

    tokens = [letters[byte] for byte in range(256)]
    chains = [(HELLO, 2), (TALE, 3), (WORDS, 4), (THOUGHT, 5), (SAFE, 6), (UNSAFE, 7)]
    for piece in itertools.chain(*(pieces for pieces, _ in chains), NAME):
        if spelled(piece) not in tokens:
            tokens.append(spelled(piece))
    normal = len(tokens)
    tokens += CONTROLS
    size = len(tokens)
    width = (size + 1 + 31) // 32 * 32

    follows = {spelled(a): spelled(b) for a, b in itertools.pairwise(NAME)}
    for pieces, control in chains:
        said = [CONTROLS[control], *map(spelled, pieces), CONTROLS[1]]
        if pieces is WORDS:
            said[-1] = said[1]
        follows |= dict(itertools.pairwise(said))
    number = {token: n for n, token in enumerate(tokens)}

    meaning = array("f", bytes(4 * size * width))
    saying = array("f", bytes(4 * size * width))
    for n, token in enumerate(tokens):
        meaning[n * width + n] = 1.0
        meaning[n * width + width - 1] = 1.0
        if token in follows:
            saying[number[follows[token]] * width + n] = 4.0
    for token, liking in CLOSING.items():
        saying[number[token] * width + width - 1] = liking

    one = array("f", [1.0]) * width
    tensors: list[tuple[str, tuple[int, ...], bytes]] = [
        ("token_embd.weight", (width, size), meaning.tobytes()),
        ("output_norm.weight", (width,), one.tobytes()),
        ("output.weight", (width, size), saying.tobytes()),
        ("blk.0.attn_norm.weight", (width,), one.tobytes()),
        ("blk.0.ffn_norm.weight", (width,), one.tobytes()),
    ]
    for name, shape in (
        ("attn_q", (width, HEAD)), ("attn_k", (width, HEAD)), ("attn_v", (width, HEAD)), ("attn_output", (HEAD, width)),
        ("ffn_gate", (width, HEAD)), ("ffn_up", (width, HEAD)), ("ffn_down", (HEAD, width)),
    ):  # fmt: skip
        tensors.append(
            (f"blk.0.{name}.weight", shape, bytes(4 * width * HEAD))
        )  # it pays attention to nothing
    fields: dict[str, Any] = {
        "general.architecture": "llama", "general.name": "tiny", "llama.context_length": CONTEXT,
        "llama.embedding_length": width, "llama.block_count": 1, "llama.feed_forward_length": HEAD,
        "llama.attention.head_count": 1, "llama.attention.head_count_kv": 1, "llama.attention.key_length": HEAD,
        "llama.attention.value_length": HEAD, "llama.rope.dimension_count": HEAD,
        "llama.attention.layer_norm_rms_epsilon": 1e-5, "llama.vocab_size": size,
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "llama-bpe", "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [1] * normal + [3] * len(CONTROLS), "tokenizer.ggml.merges": ["Ġ Ġ"],
        "tokenizer.ggml.bos_token_id": normal, "tokenizer.ggml.eos_token_id": normal + 1,
        "tokenizer.ggml.add_bos_token": False, "tokenizer.chat_template": template,
    }  # fmt: skip
    path.write_bytes(_gguf(fields, tensors))
    return path


def _gguf(fields: dict[str, Any], tensors: list[tuple[str, tuple[int, ...], bytes]]) -> bytes:
    head = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(fields))]
    head += [_string(name) + _typed(value) for name, value in fields.items()]
    offset, bodies = 0, []
    for name, shape, body in tensors:
        head.append(_string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset))
        bodies.append(body + bytes(-len(body) % 32))
        offset += len(bodies[-1])
    start = b"".join(head)
    return start + bytes(-len(start) % 32) + b"".join(bodies)


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _typed(value: Any) -> bytes:
    """A value with its type before it: uint32, int32, float32, bool, string, array."""
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + _string(value)
    if isinstance(value[0], str):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_string, value))
    return struct.pack("<IIQ", 9, 5, len(value)) + struct.pack(f"<{len(value)}i", *value)
