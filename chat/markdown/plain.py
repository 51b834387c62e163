"""Markdown as the words a reader sees, without its signs."""

from chat.markdown.renderer import render
from chat.markdown.sight import sight


def plain(text: str) -> str:
    """One line of it: the text of what `render` draws, any white space one blank. Costs what drawing it costs."""
    return " ".join(sight(render(text)).split())
