"""Answers long and mixed enough to be cut anywhere, and how the fake provider plays them."""

import random

from tests.provider import END

PARAGRAPHS = [
    "Paragraph {n} has *stress*, `code` and a [link](https://example.com/{n}).\n\n",
    "- item {n}\n- another\n  - deeper {n}\n\n",
    "```python\nprint({n})\nfor i in range({n}):\n    pass\n```\n\n",
    "| a | b |\n|---|---|\n| {n} | x |\n| y | {n} |\n\n",
    "> quoted {n}, naïve 😀 \u2028 text\n\n",
]
LAST = "THE-END"


def text_of(number: int) -> str:
    chooser = random.Random(number)
    return "".join(chooser.choice(PARAGRAPHS).format(n=f"{number}{i:02}") for i in range(30)) + LAST


def script(text: str, number: int) -> list[list[object]]:
    """Once released, the text in pieces of 1 to 40 characters, 10 ms apart; released once more, the end."""
    chooser, steps, at, size = random.Random(number), [["gate"]], 0, 0
    while (at := at + size) < len(text) - len(LAST):
        size = min(chooser.randint(1, 40), len(text) - len(LAST) - at)
        steps += [["text", text[at : at + size]], ["wait", 0.01]]
    return [*steps, ["text", LAST], ["gate"], *END]
