"""A list of objects as a table that gains rows.

Cells are added at the right-hand edge. A row whose fields come in another order than the columns stands as label and
value until it ends; one with fields that no column has, until the table is drawn anew with them as columns. That
happens when the row ends, but no oftener than keeps all drawing within a few times the table's size, and at its end.
"""

from __future__ import annotations

from collections.abc import Iterable

from chat.partial_json.canvas import Canvas
from chat.partial_json.containers import NO_FIELDS, caption, field, heading
from chat.partial_json.labels import Label
from chat.partial_json.text import attribute
from chat.partial_json.values import OPEN, Drawn, Host

MOST_COLUMNS = 20
ACROSS = "across"  # the class of a cell that is a whole row: with one column it would look like a value in it


class Rows:
    """The table."""

    def __init__(self, canvas: Canvas, host: Host, label: Label) -> None:
        self.host, self.canvas = host, canvas
        self.label = label.item()
        self.columns: dict[str, int] = {}
        self._lines: list[Line] = []
        self._missing: dict[str, None] = {}  # fields that are to be columns
        self._size = self._spent = 0  # characters of markup: of all rows, of those drawn anew
        self._next: Host | None = None
        host.settle("a")
        name = attribute(label.title or "Table")
        # No region: a page has many tables of one name, and its landmarks are to be told apart.
        canvas.push("div", f'class="table-scroll" tabindex="0" role="group" aria-label="{name}"')
        self._table = canvas.push("table")
        self._widen(self.label.names[:MOST_COLUMNS])
        self._table.hold(self._head())
        self._body = canvas.push("tbody")
        canvas.push("tr", OPEN)

    @property
    def span(self) -> str:
        return f'colspan="{len(self.columns)}"' if len(self.columns) > 1 else ""

    def row(self) -> Row:
        """The next item, which is an object."""
        self.canvas.drop()
        return Row(self)

    def next(self) -> tuple[Host, Label]:
        """The next item, which is none: it stands across all columns."""
        if self._next is None:
            self.canvas.drop()
            self.canvas.push("tr")
            self._next = Host(self.canvas, "td", ACROSS, self.span)
        return self._next, self.label

    def took(self, drawn: Drawn) -> None:
        self._next = None
        self.canvas.pop()
        self._add(Line([], drawn))

    def took_row(self, row: Row) -> None:
        names = [name for name in row.line.names if name not in self.columns]
        room = MOST_COLUMNS - len(self.columns) - len(self._missing)
        self._missing |= dict.fromkeys(
            [name for name in dict.fromkeys(names) if name not in self._missing][:room]
        )
        self._add(row.line)

    def close(self) -> None:
        self.canvas.drop()
        if self._missing:
            self._redraw()
        for _ in range(3):
            self.canvas.pop()

    def cells(self, line: Line) -> str | None:
        """A row's cells in the columns' order, or None where it does not fit them."""
        fields = dict(line.fields)
        if not fields or len(fields) < len(line.fields) or not fields.keys() <= self.columns.keys():
            return None
        last, html = -1, ""
        for column, drawn in sorted((self.columns[name], drawn) for name, drawn in line.fields):
            html += gap(column - last - 1) + drawn.within("td")
            last = column
        return html

    def _add(self, line: Line) -> None:
        self._lines.append(line)
        self._size += line.size
        if self._missing and self._spent <= self._size:
            self._spent += self._size
            self._redraw()
        self.canvas.push("tr", OPEN)

    def _redraw(self) -> None:
        self._widen(self._missing)
        self._missing = {}
        self._table.hold(self._head())
        self._body.hold(*(f"<tr>{self._inside(line)}</tr>" for line in self._lines))

    def _inside(self, line: Line) -> str:
        return self.cells(line) or line.across(self.label, self.span)

    def _widen(self, names: Iterable[str]) -> None:
        for name in names:
            self.columns.setdefault(name, len(self.columns))

    def _head(self) -> str:
        cells = "".join(heading(self.label, name) for name in self.columns)
        return f"<thead><tr>{cells}</tr></thead>" if cells else ""


class Line:
    """A closed row: its fields as they came, or a single value across all columns."""

    def __init__(self, fields: list[tuple[str, Drawn]], alone: Drawn | None = None) -> None:
        self.fields, self._alone = fields, alone

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.fields]

    @property
    def size(self) -> int:
        drawn = [each for _, each in self.fields] + ([self._alone] if self._alone else [])
        return 20 + sum(20 + len(each.html) for each in drawn)

    def across(self, label: Label, span: str) -> str:
        """The whole row in one cell."""
        if self._alone:
            return self._alone.within("td", ACROSS, span)
        if not self.fields:
            return Drawn("e", NO_FIELDS).within("td", ACROSS, span)
        return Drawn("o", f"<dl>{listed(label, self.fields)}</dl>").within("td", ACROSS, span)


class Row:
    """The open row."""

    def __init__(self, rows: Rows) -> None:
        self.line = Line([])
        self._rows, self._canvas = rows, rows.canvas
        self._element = self._canvas.push("tr")
        self._last = -1  # the column of its last cell
        self._loose = False
        self._name = ""
        self._canvas.push("td", OPEN)

    def key(self, name: str) -> None:
        self._canvas.drop()
        column = self._rows.columns.get(name, -1)
        if not self._loose and column > self._last:
            self._canvas.text(gap(column - self._last - 1))
            self._last = column
            self._next = Host(self._canvas, "td")
        else:
            self._loosen()
            self._canvas.push("div")
            self._canvas.text(caption(self._rows.label, name, name in self.line.names))
            self._next = Host(self._canvas, "dd")
        self._name = name

    def next(self) -> tuple[Host, Label]:
        return self._next, self._rows.label.field(self._name)

    def took(self, drawn: Drawn) -> None:
        self.line.fields.append((self._name, drawn))
        if self._loose:
            self._canvas.pop()
        self._canvas.push("div" if self._loose else "td", OPEN)

    def close(self) -> None:
        self._canvas.drop()
        if self._loose:
            self._canvas.pop()
            self._canvas.pop()
            cells = self._rows.cells(self.line)
            if cells:
                self._element.hold(cells)
        elif not self.line.fields:
            self._canvas.text(self.line.across(self._rows.label, self._rows.span))
        self._canvas.pop()

    def _loosen(self) -> None:
        """Draw the row as label and value from its beginning."""
        if self._loose:
            return
        self._loose = True
        self._element.hold()
        self._canvas.push("td", f'class="{ACROSS} o" {self._rows.span}'.rstrip())
        self._canvas.push("dl")
        self._canvas.text(listed(self._rows.label, self.line.fields))


def listed(label: Label, fields: list[tuple[str, Drawn]]) -> str:
    """Fields as rows of label and value."""
    seen: set[str] = set()
    html = ""
    for name, drawn in fields:
        html += field(label, name, drawn, name in seen)
        seen.add(name)
    return html


def gap(count: int) -> str:
    """So many columns without a value."""
    return "" if count < 1 else "<td></td>" if count == 1 else f'<td colspan="{count}"></td>'
