"""A benchmark's results: lines of a table, each with what is to be reached beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One figure.

    Attributes:
        name: what was measured.
        figure: the ratio, rate or count.
        unit: `x` for a ratio, else the unit.
        target: the bound.
        at_most: whether the figure may be at most the target, or must be at least it.
        detail: the figures that it comes from.
    """

    name: str
    figure: float
    unit: str = "x"
    target: float | None = None
    at_most: bool = True
    detail: str = ""

    @property
    def is_reached(self) -> bool | None:
        if self.target is None:
            return None
        return self.figure <= self.target if self.at_most else self.figure >= self.target

    def text(self) -> str:
        target, reached = "", {None: "", True: "ok", False: "MISSED"}[self.is_reached]
        if self.target is not None:
            target = f"{'≤' if self.at_most else '≥'} {_number(self.target)}"
        return f"{self.name:<46} {_number(self.figure):>10} {self.unit:<8} {target:>10}  {reached:<7} {self.detail}"


HEADER = f"{'':<46} {'measured':>10} {'':<8} {'target':>10}"


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"
