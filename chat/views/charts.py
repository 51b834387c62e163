"""Drawings of numbers as SVG, made on the server: a picture has a title and a description, and its table beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 160  # units; the page stretches it
_GAP = 0.2  # of a bar's width
SERIES = 5  # colours; what comes after them is one more together


@dataclass(frozen=True, slots=True)
class Rect:
    """`series` counts from 1 and names its colour. Numbers with a point, whatever the language."""

    x: str
    y: str
    width: str
    height: str
    series: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked bars. `legend` names the series, `top` is the value at the upper edge."""

    title: str
    description: str
    rects: list[Rect]
    legend: list[tuple[int, str]]
    top: int
    first: str
    last: str


def stacked(
    title: str, bars: Sequence[tuple[str, Mapping[str, int]]], names: Sequence[str], what: str
) -> Chart:
    """A bar for each of `bars`, whose parts are stacked in the order of `names`. `what`: of what there are so many."""
    shown = list(names[:SERIES])
    rest = "Other" if len(names) > SERIES else ""
    top = max((sum(parts.values()) for _, parts in bars), default=0)
    rects: list[Rect] = []
    step = WIDTH / max(1, len(bars))
    for number, (_, parts) in enumerate(bars):
        values = [parts.get(name, 0) for name in shown]
        if rest:
            values.append(sum(parts.values()) - sum(values))
        base = 0.0
        for series, value in enumerate(values, 1):
            if not value:
                continue
            height = HEIGHT * value / top
            base += height
            rects.append(
                Rect(
                    _unit(number * step + step * _GAP / 2), _unit(HEIGHT - base), _unit(step * (1 - _GAP)),
                    _unit(height), series,
                )
            )  # fmt: skip
    total = sum(sum(parts.values()) for _, parts in bars)
    highest = max(bars, key=lambda bar: sum(bar[1].values()), default=("", {}))
    description = f"{total:,} {what} in {len(bars)} days."
    if total:
        description += f" Most on {highest[0]}: {sum(highest[1].values()):,}."
    legend = [*enumerate(shown, 1), *([(SERIES + 1, rest)] if rest else [])]
    return Chart(
        title, description, rects, legend, top, bars[0][0] if bars else "", bars[-1][0] if bars else ""
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart that is a list: `share` is per cent of the longest."""

    name: str
    value: int
    share: str


def lying(rows: Sequence[tuple[str, int]]) -> list[Bar]:
    top = max((value for _, value in rows), default=0)
    return [Bar(name, value, _unit(100 * value / top) if top else "0") for name, value in rows]


def _unit(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
