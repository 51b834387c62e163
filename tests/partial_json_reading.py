"""What a person reads from a drawn document, as values again: each with whether the page shows it as final."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from chat.partial_json import Document, render
from tests.markdown_page import Node, Page, parse

_SIGNS = {0x2400 + code: chr(code) for code in range(32)} | {0x2421: "\x7f"}


@dataclass
class Read:
    """A value on the page. `again`: its field says that it stands for one of the same name above it."""

    kind: str  # s n b z o a e, or "" where nothing is known yet
    value: Any
    final: bool


def attribute(node: Node, name: str) -> str | None:
    return dict(node.attributes).get(name)


def is_open(node: Node) -> bool:
    return any(name == "data-open" for each in node.walk() for name, _ in each.attributes)


def kind(node: Node) -> str:
    return (attribute(node, "class") or "").replace("json", "").replace("across", "").strip()


def kids(node: Node, tag: str) -> list[Node]:
    return [each for each in node.elements() if each.tag == tag]


def document(html: str) -> Read | None:
    """The document that `html` shows, or None where it shows none."""
    found = [
        node for node in parse(html).elements() if node.tag == "div" and attribute(node, "class") != "rest"
    ]
    assert len(found) <= 1
    return value(found[0]) if found else None


def value(host: Node) -> Read:
    what, final = kind(host), not is_open(host)
    if what == "o":
        return Read(what, _fields(kids(host, "dl")[0]), final)
    if what == "a":
        lists = kids(host, "ul")
        return Read(what, _items(lists[0]) if lists else _rows(host), final)
    if what == "e":
        return Read(what, {"no fields": {}, "empty list": []}[host.text()], final)
    text = host.text()
    if not final and what not in ("s", "n"):
        assert not text, "what is not known to be true, false or null is shown"
        return Read(what, None, False)
    if what == "s":
        return Read(what, text, final)
    return Read(what, json.loads(text) if final else text, final)


def _fields(dl: Node) -> dict[str, Read]:
    found = {}
    for row in dl.elements():
        if not row.elements():
            assert attribute(row, "data-open") is None
            assert is_open(row)
            continue
        (dt,), (dd,) = kids(row, "dt"), kids(row, "dd")
        name = _name(dt)
        assert bool(kids(dt, "em")) == (name in found), "a field that is there twice says so"
        found[name] = value(dd)
    return found


def _name(label: Node) -> str:
    if kids(label, "i"):
        return ""
    return "".join(kid for kid in label.kids if isinstance(kid, str)).removesuffix(
        " " if kids(label, "em") else ""
    )


def _items(ul: Node) -> list[Read]:
    return [value(li) for li in ul.elements() if attribute(li, "class")]


def _rows(host: Node) -> list[Read]:
    (table,) = kids(kids(host, "div")[0], "table")
    heads = [_name(th) for thead in kids(table, "thead") for th in thead.elements()[0].elements()]
    found = []
    for tr in kids(table, "tbody")[0].elements():
        if not tr.elements():
            assert is_open(tr)
            continue
        cells = tr.elements()
        if "across" in (attribute(cells[0], "class") or ""):
            assert len(cells) == 1
            found.append(value(cells[0]))
            continue
        fields, column = {}, 0
        for td in cells:
            if kind(td):
                fields[heads[column]] = value(td)
            else:
                assert not td.text()
            column += int(attribute(td, "colspan") or 1)
        found.append(Read("o", fields, not is_open(tr)))
    return found


def shown(text: str) -> str:
    """A text as the page shows it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(chr(0x2400 + ord(c)) if ord(c) < 32 and c not in "\t\n" else c for c in text).replace(
        "\x7f", "\u2421"
    )


def differs(read: Read, whole: Any, path: str = "$") -> str | None:
    """Where the page shows as final what the whole document does not have there; None where it is all right."""
    if read.kind in ("o", "e") and isinstance(whole, dict) and isinstance(read.value, dict):
        if read.final and set(read.value) != {shown(name) for name in whole}:
            return f"{path} has the fields {list(read.value)}"
        names = {shown(name): each for name, each in whole.items()}
        pairs = [(name, each) for name, each in read.value.items()]
        for name, each in pairs:
            if name not in names:
                return f"{path} has no {name!r}"
            found = differs(each, names[name], f"{path}.{name}")
            if found:
                return found
        return None
    if read.kind in ("a", "e") and isinstance(whole, list) and isinstance(read.value, list):
        if len(read.value) > len(whole) or (read.final and len(read.value) != len(whole)):
            return f"{path} has {len(read.value)} items"
        found_all = (differs(each, whole[at], f"{path}[{at}]") for at, each in enumerate(read.value))
        return next((found for found in found_all if found), None)
    if not read.final:
        begins = read.kind != "s" or (isinstance(whole, str) and shown(whole).startswith(read.value))
        return None if begins else f"{path} begins with {read.value!r}"
    wanted = shown(whole) if isinstance(whole, str) else whole
    same = read.value == wanted and type(read.value) is type(wanted)
    return None if same else f"{path} is shown as {read.value!r}"


def stream(text: str, cuts: list[int], schema: Any = None) -> list[str]:
    """Stream `text` cut at `cuts`; the HTML after each piece.

    Asserts at every cut that the page holds `Document.html`, and what one piece would have given; at the end `render`.
    """
    doc, page, seen = Document(schema), Page(), []
    ends = sorted({*cuts, len(text)} - {0})
    for start, end in zip([0, *ends], ends, strict=False):
        page.apply(doc.feed(text[start:end]))
        assert page.content.shape() == parse(doc.html).shape(), "the page is not what the document thinks"
        if len(text) < 1000 or end % 37 == 0:
            assert doc.html == render(text[:end], schema, ended=False), "the drawing depends on the cuts"
        seen.append(doc.html)
    page.apply(doc.finish())
    assert doc.html == render(text, schema)
    assert page.content.shape() == parse(doc.html).shape()
    return seen
