"""Names of files that every file system takes and nothing can hide in."""

import re
import unicodedata
from datetime import tzinfo

from .rows import Head

_MOST = 60  # characters of a title
_BYTES = 150  # of it in UTF-8; file systems take 255 for a whole name

# What Windows, macOS or a shell reads as something else than a character of a name.
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')


def name_of(head: Head, ending: str, zone: tzinfo, *, unique: bool = False) -> str:
    """`2026-11-22 A title.md`: the day it was last used, and its title as far as that fits. `unique`: among others."""
    day = head.active_at.astimezone(zone).strftime("%Y-%m-%d")
    apart = f" {head.id.hex[:12]}" if unique else ""
    return f"{day} {safe(head.title) or 'New chat'}{apart}.{ending}"


def safe(title: str) -> str:
    """The title as a part of a file's name, "" where nothing of it is left."""
    # Characters of format among them: one of those turns the direction of writing, and with it what the ending seems to be.
    shown = "".join(
        char for char in unicodedata.normalize("NFC", title) if unicodedata.category(char)[0] != "C"
    )
    plain = " ".join(_UNFIT.sub(" ", shown).split())[:_MOST]
    return plain.encode()[:_BYTES].decode(errors="ignore").strip(" .")
