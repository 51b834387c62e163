"""What the model says: every kind of text, with words in it that name the case, so that each can be found again."""

import random

from tests.provider import FORBIDDEN, SECRET

KINDS = ("prose", "lists", "code", "tables", "unicode", "mixed", "breaks")

_BLOCKS = {
    "prose": [
        "Sentence {w} has *stress*, **weight**, `code` and a [link](https://example.com/{w}). It goes on & on < 7.",
        "Plain words {w} and nothing else in this paragraph, which is long enough to be cut in many places.",
        "# Heading {w}",
        "> quoted {w}\n> over two lines",
    ],
    "lists": [
        "- first {w}\n- second\n  - deeper {w}\n  - again\n- third **{w}**",
        "1. one {w}\n2. two\n3. three with `code {w}`",
        "- [ ] a task {w}\n- [x] another",
    ],
    "code": [
        "```python\ndef f_{w}(x):\n    if x < 3 and '</script>':\n        return \"&amp; {w}\"\n\n    # a comment\n    return x\n```",
        "~~~\nno language {w}\n\ttabs\n~~~",
        "    indented {w}\n    code",
    ],
    "tables": [
        "| a | b {w} |\n|---|:-:|\n| {w} | x |\n| y \\| z | `{w}` |",
    ],
    "unicode": [
        "naïve {w} 😀👩‍👩‍👧‍👦🇩🇪 e\u0301 \u2028 and \u0085 inside, zero\u200bwidth, עברית {w} العربية 中文字符 {w}。",
        "\u0000 a null {w}, \ufeff a mark, 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 {w} \U0001f3f4\U000e0067\U000e0062\U000e007f",
    ],
    "breaks": [
        "Windows {w}\r\nlines\r\n\r\n- a list {w}\r\n- more",
        "Old Mac {w}\rlines, and a hard  \nbreak {w}\\\nhere",
    ],
}


def word(number: int, version: int, place: int) -> str:
    """A word that stands in no other text and at no other place of this one."""
    return f"zq{number}x{version}k{place:03}"


def text(chance: random.Random, number: int, version: int, kind: str, blocks: int, special: str) -> str:
    """What is said in answer to case `number` at the `version`th request. `special`: secret or flagged, or nothing."""
    parts = [f"Answer {word(number, version, 0)} begins here."]
    where = chance.randint(1, blocks) if special else 0
    for place in range(1, blocks + 1):
        chosen = chance.choice(list(_BLOCKS)) if kind == "mixed" else kind
        parts.append(chance.choice(_BLOCKS[chosen]).format(w=word(number, version, place)))
        if place == where:
            parts.append(f"It is {SECRET if special == 'secret' else FORBIDDEN}, and this stays {special}.")
    parts.append(f"The end of {word(number, version, blocks + 1)}.")
    return "\n\n".join(parts)


def pieces(chance: random.Random, said: str) -> list[str]:
    """`said` as a model's tokens may cut it: at any character, also inside CRLF and an emoji of several."""
    most, at, found = chance.choice((1, 4, 12, 40, 200)), 0, []
    while at < len(said):
        size = chance.randint(1, most)
        found.append(said[at : at + size])
        at += size
    return found


def clean(text: str) -> str:
    """As it is stored."""
    return text.replace("\x00", "\ufffd")
