"""Markdown as the words a reader sees, without its signs."""

import re

from chat.markdown.renderer import render
from chat.markdown.sight import sight

# A line without anything that means something to Markdown, which is drawn as it is.
_WORD = r"[^\s!\\`*_~\[\]<>&|#\x00\ud800-\udfff]"
_PLAIN = re.compile(rf"[^\W\d_]{_WORD}*+(?: {_WORD}++)*+")


def seen(text: str) -> str:
    """What a reader sees of a text, as `sight` tells it; one that is drawn as it is is not drawn for that."""
    return text if _PLAIN.fullmatch(text) else sight(render(text))


def plain(text: str) -> str:
    """One line of it: the text of what `render` draws, any white space one blank. Costs what drawing it costs."""
    return " ".join(sight(render(text)).split())
