"""The distributions of a comparison as lines to draw, with the words that belong to them; the same in page and window.

Owns which estimate is drawn, where the axis ends and whether it counts in powers of ten. Must not draw. Imports numpy:
only for modules imported late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.analysis.comparing.ecdf import Steps, ecdf, kaplan_meier
from core.analysis.comparing.run_facts import Curve, RunFacts

LOG_FROM: Final = 30.0  # a longest value of so many medians needs powers of ten
LEAST_SHOWN: Final = 0.1


FEW: Final = 4  # runs; beside more of them, thin lines and words for each are too much to see anything


def letter_level(place: int, count: int) -> float:
    """At which share of its height a run's letter stands beside its line, so that letters keep apart."""
    return 0.25 + 0.5 * place / max(count - 1, 1)


@dataclass(frozen=True)
class CurveKind:
    """One chart: `with_censored` where some never came to the event."""

    name: str
    title: str
    axis: str
    unit: str
    with_censored: bool
    about: str


KINDS: Final = (
    CurveKind(
        "p2p_rtt_ms", "P2P round trip", "P2P RTT in ms", "ms", False,
        "Share of completed probes, accepted or rejected, that measured no more than x.",
    ),
    CurveKind(
        "waited_s", "Waiting until matched", "seconds in the waitroom", "s", True,
        "Share of stays in a waitroom that had ended in a match by x.",
    ),
    CurveKind(
        "time_to_match_s", "Time to first match", "seconds since first entering a waitroom", "s", True,
        "Share of those who entered a waitroom who had their first match by x.",
    ),
    CurveKind(
        "probe_duration_s", "Probe duration", "seconds from asking both pages to the verdict", "s", False,
        "Share of completed probes that were over by x.",
    ),
)  # fmt: skip
THIN_ABOUT: Final = " Thin line: the matched alone, which looks better than it was."
CENSORED_ABOUT: Final = (
    "Strong line: Kaplan and Meier's estimate, in which those who were never matched count as waiting at least as long "
    f"as they did.{THIN_ABOUT} Ticks: where somebody left unmatched."
)


@dataclass(frozen=True)
class DrawnCurve:
    """One run's line. `plain` is the ECDF of those observed, `main` the estimate to go by: the same if all were."""

    main: Steps
    plain: Steps
    censored_at: tuple[float, ...]
    n: int
    censored: int
    median: float | None  # as in the table of figures; with censoring, where `main` crosses one half

    def summary(self, unit: str) -> str:
        """In a few words."""
        median = self.median
        middle = "median not reached" if median is None else f"median {median:.3g}\u00a0{unit}"
        unmatched = f", {self.censored} of them without a match" if self.censored else ""
        return f"n = {self.n}{unmatched}; {middle}"


def drawn_curve(curve: Curve) -> DrawnCurve:
    """The lines of one run."""
    plain = ecdf(curve.values[curve.observed])
    if curve.censored == 0:
        median = float(np.median(curve.values)) if len(curve.values) else None
        return DrawnCurve(plain, plain, (), len(curve.values), 0, median)
    main = kaplan_meier(curve.values, curve.observed)
    at = tuple(np.unique(curve.values[~curve.observed]).tolist())
    return DrawnCurve(main, plain, at, len(curve.values), curve.censored, main.quantile(0.5))


@dataclass(frozen=True)
class Axis:
    """Where a chart's x axis runs from and to."""

    low: float
    high: float
    log: bool


def axis_of(runs: Sequence[RunFacts], name: str) -> Axis:
    """Room for every value; in powers of ten where few large values would press all others to the edge."""
    values = np.concatenate([run.curves[name].values for run in runs]) if runs else np.empty(0)
    if not len(values) or values.max() <= 0:
        return Axis(0.0, 1.0, False)
    high, middle = float(values.max()), float(np.median(values))
    if high > LOG_FROM * max(middle, LEAST_SHOWN):
        low = max(LEAST_SHOWN, float(np.quantile(values, 0.005)))
        return Axis(float(10.0 ** np.floor(np.log10(low))), high, True)
    return Axis(0.0, high * 1.02, False)
