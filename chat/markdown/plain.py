"""Markdown as the words a reader sees, without its signs."""

import html
import re

from chat.markdown.renderer import render

# The frame of a block of code: its language, and a button.
_FRAMES = re.compile(r"<figcaption>.*?</figcaption>", re.DOTALL)
# Those that stand within a line; any other one ends it.
_WITHIN = re.compile(r"</?(?:a|b|code|del|em|span|strong)(?: [^>]*)?>")
_TAGS = re.compile(r"<[^>]*>")


def plain(text: str) -> str:
    """One line of it: the text of what `render` draws, any white space one blank. Costs what drawing it costs."""
    drawn = _WITHIN.sub("", _FRAMES.sub(" ", render(text)))
    return " ".join(html.unescape(_TAGS.sub(" ", drawn)).split())
