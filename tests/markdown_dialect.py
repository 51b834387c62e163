"""What our HTML and a specification's have in common.

By design ours differs, and only in this:
- HTML in the source is text, so expectations that contain it are made by markdown-it-py without HTML;
- a paragraph in a list item is always a `<p>`; a loose item is one, not a loose list;
- a link has no title of the model's; only http, https and mailto have an address;
- an image is a link to it, with its text and host;
- a bare http(s) address is a link (www. and mail addresses are not); `<br>` is a line break;
- two tildes strike through, and no other number of them; a heading or an item is not the head of a table;
- code and tables stand in a frame, strikethrough is `<del>`, alignment is an attribute.
"""

from __future__ import annotations

import re

from chat.markdown.links import host
from tests.markdown_page import Node, parse

# Cases of the specifications that show one of these differences and nothing else.
EXCEPTIONS = {
    "commonmark": {602, 608, 611},  # bare addresses
    "gfm": {279, 280, 491, 622, 623, 624, 626, 627, 628, 630, 631},  # boxes, tildes, www and mail
    "strikethrough": {  # four tildes and more
        "x ~~~~foo~~ bar~~",
        "x ~~foo ~~bar~~~~",
        "x ~~~~foo~~~~",
        "x ~~a ~~foo~~~~~~~~~~~bar~~ b~~\n\nx ~~a ~~foo~~~~~~~~~~~~bar~~ b~~",
        "-~~~~;~~~~~~",
    },
    "tables": {  # a heading's or an item's line as the head of a table
        "This is parsed as one big table:",
        "`\\` in tables should not count as escaped backtick",
        "Tables should handle escaped backticks",
    },
}
_BLOCKS = "blockquote ul ol li p h1 h2 h3 h4 h5 h6 pre table thead tbody tr th td hr"
BLOCKS = frozenset(_BLOCKS.split())
HOLDERS = {"#", "blockquote", "ul", "ol", "table", "thead", "tbody", "tr"}


def shape(html: str) -> tuple:
    """Equal for our HTML and theirs where they mean the same."""
    return _plain(_mapped(parse(html))).shape()


def _mapped(node: Node) -> Node:
    """The same tree in the vocabulary that both share."""
    result = Node(node.tag, _attributes(node))
    for kid in node.kids:
        if isinstance(kid, str):
            result.kids.append(kid)
            continue
        mapped = _mapped(kid)
        kind = dict(kid.attributes).get("class")
        if kid.tag == "figcaption" or (kid.tag == "span" and node.tag != "p" and kind == "task"):
            continue
        if kid.tag in ("figure", "div", "span"):
            result.kids += mapped.kids
        elif kid.tag == "del":
            mapped.tag = "s"
            result.kids.append(mapped)
        elif kid.tag == "img":
            result.kids.append(_image(kid, node))
        else:
            result.kids.append(mapped)
    if node.tag == "code":
        result.kids = [result.text()]
    if node.tag == "a" and any(kid.tag == "a" for kid in result.elements()):
        result.kids = [
            k
            for kid in result.kids
            for k in (kid.kids if isinstance(kid, Node) and kid.tag == "a" else [kid])
        ]
    return result


def _image(image: Node, parent: Node) -> Node:
    given = dict(image.attributes)
    where = host(given.get("src") or "")
    shown = Node("a", (("href", given["src"]),) if where else ())
    shown.kids = [(given.get("alt") or "") + (f" ({where})" if where else "")]
    return shown


def _attributes(node: Node) -> tuple:
    given = dict(node.attributes)
    kept = {}
    if node.tag == "a" and host(given.get("href") or ""):
        kept["href"] = given["href"]
    if node.tag == "ol" and "start" in given:
        kept["start"] = given["start"]
    if node.tag in ("th", "td"):
        align = given.get("align") or re.sub(r"text-align:", "", given.get("style") or "")
        if align:
            kept["align"] = align
    if node.tag == "code" and re.fullmatch(r"language-\w[\w+#.-]{0,30}", given.get("class") or ""):
        kept["class"] = given["class"]
    return tuple(kept.items())


def _plain(node: Node) -> Node:
    """White space that is not drawn, away; loose text of a list item in a paragraph."""
    if node.tag in HOLDERS or node.tag == "li":
        node.kids = [kid for kid in node.kids if not isinstance(kid, str) or kid.strip()]
    if node.tag == "li":
        node.kids = _wrapped(node.kids)
    if node.tag in ("p", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6"):
        if node.kids and isinstance(node.kids[-1], str):
            node.kids[-1] = node.kids[-1].rstrip()
        if node.kids and isinstance(node.kids[0], str):
            node.kids[0] = node.kids[0].lstrip()
    for kid in node.elements():
        _plain(kid)
    return node


def _wrapped(kids: list) -> list:
    result: list = []
    for kid in kids:
        if isinstance(kid, Node) and kid.tag in BLOCKS:
            result.append(kid)
            continue
        if not result or not getattr(result[-1], "loose_text", False):
            paragraph = Node("p")
            paragraph.loose_text = True  # type: ignore[attr-defined]
            result.append(paragraph)
        result[-1].kids.append(kid)
    return result
