"""One table of what was measured: our figure, the baseline's in the same run, their ratio, and the goal.

Owns its shape. Must not measure.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

NO_GOAL = "none set"


@dataclass(frozen=True)
class Row:
    """One line. `most` or `least` is the goal: of the figure itself, or of its ratio to the baseline if `of_ratio`;
    without either, none was set.
    """

    what: str
    ours: float
    baseline: float | None
    unit: str
    most: float | None = None
    least: float | None = None
    of_ratio: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours over the baseline's."""
        return self.ours / self.baseline if self.baseline else None

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        judged = self.ratio if self.of_ratio else self.ours
        assert judged is not None
        return (self.most is None or judged <= self.most) and (self.least is None or judged >= self.least)

    @property
    def goal(self) -> str:
        """As text."""
        if self.most is None and self.least is None:
            return NO_GOAL
        bound = f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"
        return f"{bound} {'×' if self.of_ratio else self.unit}"


def as_text(rows: Iterable[Row]) -> str:
    """Markdown, so that it can stand in ARCHITECTURE.md as it is."""
    lines = ["| | Greenroom | baseline | ratio | goal | |", "|---|---|---|---|---|---|"]
    for row in rows:
        baseline = "" if row.baseline is None else f"{row.baseline:.3g} {row.unit}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        verdict = "" if row.goal == NO_GOAL else "met" if row.met else "missed"
        lines.append(f"| {row.what} | {row.ours:.3g} {row.unit} | {baseline} | {ratio} | {row.goal} | {verdict} |")
    return "\n".join(lines) + "\n"


def show(rows: Iterable[Row]) -> None:
    """Print it."""
    sys.stdout.write(as_text(rows))
