"""What a reader sees of a drawn answer, as plain text: its letters in their order, a line for each block."""

from __future__ import annotations

import re
from html import unescape

# Where one ends, or stands, what follows is on a line of its own.
_LINES = re.compile(
    r"</(?:p|li|h[1-6]|tr|blockquote|pre|figure|ul|ol|table)>|<(?:br|hr)>|<(?:ul|ol|p|pre|table|blockquote)\b[^>]*>"
)
# The frame of a block of code: its language, and a button.
_FRAMES = re.compile(r"<figcaption>.*?</figcaption>", re.DOTALL)
_CELLS = re.compile(r"</t[dh]>")
_TAG = re.compile(r"<[^>]*>")
_CODE = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL)
_BLANKS = re.compile(r"[ \t\n]+")


def sight(html: str) -> str:
    """The text of markup that `render` or a Renderer made. White space is one space, as a browser shows it, but in code."""
    parts = _CODE.split(_FRAMES.sub("", html))
    for place in range(0, len(parts), 2):
        parts[place] = _LINES.sub("\r", _CELLS.sub("\v", _BLANKS.sub(" ", parts[place])))
    shown = unescape(_TAG.sub("", "\r".join(parts)))
    return shown.replace("\r", "\n").replace("\v", "\t")
