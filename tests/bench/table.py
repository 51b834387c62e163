"""Prints the rows as they come, and the whole as a Markdown table at the end."""

from dataclasses import dataclass, field


@dataclass
class Table:
    only: str = ""
    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def wants(self, name: str) -> bool:
        return self.only in name

    def row(
        self, name: str, value: float, goal: float | None = None, yardstick: float | None = None,
        *, least: bool = False, note: str = "",
    ) -> None:  # fmt: skip
        """One row. A goal is at most that, or with `least` at least. The yardstick is what nginx took."""
        met = "" if goal is None else "yes" if (value >= goal if least else value <= goal) else "no"
        aim = "" if goal is None else f"{'≥' if least else '≤'} {goal:,}"
        beside = "" if yardstick is None else _shown(yardstick)
        if yardstick and yardstick > 0.05:
            beside += f" ({value / yardstick:.1f}×)"
        row = (name + (f" ({note})" if note else ""), _shown(value), beside, aim, met)
        self.rows.append(row)
        print(
            "  ".join(
                part
                for part in (f"{row[0]:<60}", f"{row[1]:>9}", beside and f"nginx {beside}", aim, met)
                if part
            ),
            flush=True,
        )

    def end(self) -> None:
        print("\n| row | measured | nginx as a proxy | goal | met |\n| --- | ---: | ---: | --- | --- |")
        for row in self.rows:
            print(f"| {' | '.join(row)} |")


def _shown(value: float) -> str:
    return (
        f"{value:,.0f}"
        if value == int(value) or abs(value) >= 1000
        else f"{value:.1f}"
        if value >= 10
        else f"{value:.2f}"
    )
