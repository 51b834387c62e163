"""Answers that the fake provider plays: Markdown of every block, in pieces that no block's edge respects."""

from tests.provider import END
from tests.provider_scripts import Script

RICH = """\
# A heading that is being written

A first paragraph with **bold words**, `code & more`, an <angle> and a [link](https://example.org/a?b=c).
It goes on over a second line, with 你好 and 🌍 in it.

1. first item
2. second item, with *emphasis*
   - an inner one
   - and another

```python
def greet(name: str) -> str:
    return f"Hello, {name}!"   # two  spaces


print(greet("you"))
```

| Name | Value |
| --- | ---: |
| one | 1 |
| two | 2 |

> A quotation
> of two lines

Last words, and the end.
"""

MARKS = [
    "A first paragraph",
    "first item",
    "def greet",
]  # what has arrived after one, two and three quarters of it


def pieces(text: str, size: int = 7) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


def in_steps(text: str = RICH, parts: int = 4) -> Script:
    """`text` in pieces with a gate after each of `parts` equal parts: the last release ends the answer."""
    size = -(-len(text) // parts)
    script: Script = []
    for start in range(0, len(text), size):
        script += [["text", piece] for piece in pieces(text[start : start + size])] + [["gate"]]
    return [*script, *END]


def flowing(text: str, wait: float = 0.0, size: int = 7) -> Script:
    """`text` in pieces with `wait` seconds after each, and no end yet."""
    return [step for piece in pieces(text, size) for step in (["text", piece], ["wait", wait])]


def long(paragraphs: int) -> str:
    """RICH again and again, each round with a number of its own, so that a doubled or missing one shows."""
    return "\n".join(f"Round {n}.\n\n{RICH}" for n in range(paragraphs))
