"""Which lines of a text are code, and what it leaves open, so that what is written below it would belong to it."""

from chat.markdown.blocks import Blocks
from chat.markdown.code import Code


def coded(text: str) -> tuple[list[bool], str]:
    """For each line, parted by "\\n", whether it stands in a block of code; and the line that ends the block in which the
    text ends, "" where it ends in none, or in one that ends by itself since it is in a list or a quotation.
    """
    blocks, lines = read(text)
    leaf = blocks.leaf
    if not isinstance(leaf, Code) or len(blocks.spine) > 1:
        return lines, ""
    return lines, leaf.mark * leaf.length


def read(text: str) -> tuple[Blocks, list[bool]]:
    """The blocks of a text, of which the last ones are open; and for each line whether it stands in a block of code."""
    blocks, lines = Blocks(), []
    for line in text.split("\n"):
        inside = isinstance(blocks.leaf, Code)
        blocks.take(f"{line}\n")
        lines.append(isinstance(blocks.leaf, Code) or (inside and not line.strip()))
    return blocks, lines
