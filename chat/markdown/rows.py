"""Rows of GFM tables: https://github.github.com/gfm/#tables-extension-."""

from __future__ import annotations

import re

MOST_COLUMNS = 64
_CELL = r"[ \t]*+:?-++:?[ \t]*+"
_DELIMITER = re.compile(rf"[ \t]*+\|?{_CELL}(?:\|{_CELL})*+\|?[ \t]*+\Z")
PIPE = re.compile(r"(?<!\\)\|")


def split_row(line: str) -> list[str]:
    """The texts of a row's cells; an escaped pipe belongs to its cell, also inside code."""
    body = line.strip(" \t")
    if body.startswith("|"):
        body = body[1:]
    cells = PIPE.split(body)
    if len(cells) > 1 and not cells[-1].strip(" \t"):
        cells.pop()
    return [cell_text(cell) for cell in cells]


def cell_text(raw: str) -> str:
    return raw.strip(" \t").replace("\\|", "|")


def delimiter_row(line: str) -> list[str] | None:
    """The alignments ("", left, center, right) if `line` is the one between head and body."""
    if not _DELIMITER.match(line) or ("|" not in line and ":" not in line) or line.startswith("- "):
        return None
    cells = split_row(line)
    return [_alignment(cell) for cell in cells] if len(cells) <= MOST_COLUMNS else None


def _alignment(cell: str) -> str:
    if cell.endswith(":"):
        return "center" if cell.startswith(":") else "right"
    return "left" if cell.startswith(":") else ""
