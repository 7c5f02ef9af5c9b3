"""Distributions as step lines: the plain share of values up to x, and Kaplan and Meier's where some never got there.

Owns the two estimates and their thinning for drawing. Must not drop whoever left without the event: they are censored.
Imports numpy: only for modules imported late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

DRAWN_POINTS: Final = 240

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Steps:
    """A line of steps: the share is `y[i]` from `x[i]` on, and 0 before `x[0]`."""

    x: Floats
    y: Floats

    def at(self, x: float) -> float:
        """The share up to x."""
        place = int(np.searchsorted(self.x, x, side="right"))
        return float(self.y[place - 1]) if place else 0.0

    def quantile(self, share: float) -> float | None:
        """The first x at which the share is reached; None if it never is."""
        place = int(np.searchsorted(self.y, share - 1e-12))
        return float(self.x[place]) if place < len(self.x) else None

    def thinned(self, points: int = DRAWN_POINTS) -> Steps:
        """As many steps as a drawing can show, first and last among them, evenly over the height."""
        if len(self.x) <= points:
            return self
        wanted = np.searchsorted(self.y, np.linspace(self.y[0], self.y[-1], points))
        kept = np.unique(np.concatenate([wanted, [0, len(self.x) - 1]]).clip(0, len(self.x) - 1))
        return Steps(self.x[kept], self.y[kept])


def ecdf(values: Floats) -> Steps:
    """The share of values up to x, at each distinct value."""
    x, counts = np.unique(values, return_counts=True)
    return Steps(x.astype(np.float64), np.cumsum(counts) / max(len(values), 1))


def kaplan_meier(durations: Floats, observed: NDArray[np.bool_]) -> Steps:
    """The share to whom it has happened by x, given that those not `observed` were only watched for `duration`.

    One minus the product-limit estimate of E. L. Kaplan and P. Meier, Journal of the American Statistical Association
    53, 1958. It supposes that those who left would have fared like those who stayed; those who are hard to match would
    not, and then the curve is too high. Whoever leaves at the very moment of an event counts as still there.
    """
    if not observed.any():
        return Steps(np.empty(0), np.empty(0))
    ordered = np.sort(durations)
    x, events = np.unique(durations[observed], return_counts=True)
    at_risk = len(ordered) - np.searchsorted(ordered, x, side="left")
    return Steps(x.astype(np.float64), np.asarray(1 - np.cumprod(1 - events / at_risk), np.float64))
