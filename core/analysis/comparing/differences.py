"""How far apart two runs' figures are, and how sure that is: a difference with its 95 % confidence interval.

Owns which method is used where, its name and why there is no interval where there is none. Never a p-value.
Imports numpy: only for modules imported late. The methods in words, for whoever reads a report, are in `METHODS`.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from core.analysis.comparing.metrics import QUANTILES, Sample, Statistic, Unit
from core.analysis.comparing.resampling import RESAMPLES, Resampled, resample_mean, resample_quantile, unit_numbers
from core.projections import words

if TYPE_CHECKING:
    from statistics import NormalDist

CONFIDENCE: Final = 0.95
SEED: Final = 20_260_131
LEAST_UNITS: Final = 8
LEAST_BEYOND: Final = 3  # of a 95th percentile: so many units should lie beyond it

NEWCOMBE: Final = "Newcombe"
BCA: Final = "bootstrap, BCa"
PERCENTILE: Final = "bootstrap, percentile"

METHODS: Final = f"""\
Every difference is run minus baseline, with a {words.percent(CONFIDENCE)} confidence interval; shares differ by \
percentage points (pp). There are no p-values.
Shares of participants and of games: Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, method 10).
Medians and 95th percentiles: percentile bootstrap, {RESAMPLES:,} resamples. Shares and means over probes: BCa \
bootstrap; where all units of a run agree there is nothing to draw anew, and shares fall back on Newcombe with each \
pair counted once.
What is drawn anew is the participant, and for probes the pair with all its probes. That takes participants (pairs) \
for independent of each other, although those who wait together compete for the same partners and a participant is in \
several pairs: the true uncertainty is rather larger than the interval.
Two runs are taken for independent. Simulated runs with the same seed share their people, and differ less by chance \
than the interval says.
Under {LEAST_UNITS} units in either run, or where fewer than {LEAST_BEYOND} lie beyond a percentile, there is no \
interval. Counts and rates of a whole run have none: a run yields one such figure, and within it there is nothing to \
draw.
The random numbers start from a fixed seed ({SEED}), so the same runs in the same order always give the same figures.\
""".splitlines()


@dataclass(frozen=True)
class Figure:
    """One figure of one run, with what an interval is made from. `units` counts the units behind the `n` values."""

    value: float | None
    n: int
    units: int = 0
    drawn: Resampled | None = None


@dataclass(frozen=True)
class Difference:
    """`value` is run minus baseline (None: there is none), between `low` and `high`, or `reason` says why not."""

    value: float | None
    low: float | None = None
    high: float | None = None
    method: str = ""
    reason: str = ""


def figure_of(name: str, statistic: Statistic, sample: Sample, value: float | None, place: int) -> Figure:
    """A run's figure, drawn anew once for every comparison; `place` is the run's among those compared, from 0."""
    values = np.asarray(sample.values, np.float64)
    if statistic in ("count", "rate") or not len(values):
        return Figure(value, len(values))
    numbers = np.arange(len(values)) if sample.units is None else unit_numbers(sample.units)
    units = int(numbers.max()) + 1
    if units < LEAST_UNITS or (statistic == "share" and units == len(values)):
        return Figure(value, len(values), units)
    rng = np.random.default_rng([SEED, zlib.crc32(name.encode()), place])
    if statistic in QUANTILES:
        return Figure(value, len(values), units, resample_quantile(values, numbers, QUANTILES[statistic], rng))
    scaled = values * (100 if statistic == "share" else 1)
    return Figure(value, len(values), units, resample_mean(scaled, numbers, rng))


def difference_of(statistic: Statistic, resampled: Unit, figure: Figure, baseline: Figure) -> Difference:
    """Between a run's figure and the baseline's, two different runs."""
    if figure.value is None or baseline.value is None:
        which = "the baseline" if baseline.value is None else "this run"
        return Difference(None, reason=f"{which} has no such value")
    value = figure.value - baseline.value
    if why := _why_none(statistic, resampled, figure, baseline):
        return Difference(value, reason=why)
    drawn, drawn_base = figure.drawn, baseline.drawn
    if statistic == "share" and not (_varies(drawn) and _varies(drawn_base)):
        low, high = newcombe(figure.value / 100, figure.units, baseline.value / 100, baseline.units)
        return Difference(value, 100 * low, 100 * high, NEWCOMBE)
    assert drawn is not None
    assert drawn_base is not None
    if not (_varies(drawn) or _varies(drawn_base)):
        return Difference(value, reason=f"every {resampled} has the same value")
    return _bootstrapped(value, drawn, drawn_base)


def _why_none(statistic: Statistic, resampled: Unit, figure: Figure, baseline: Figure) -> str:
    if not resampled:
        return "one figure a run"
    units = min(figure.units, baseline.units)
    least = LEAST_UNITS
    if statistic == "p95":
        least = math.ceil(LEAST_BEYOND / (1 - QUANTILES["p95"]) - 1e-9)
    return f"too few: {units} {resampled}{'s' * (units != 1)}, at least {least} are needed" if units < least else ""


def _varies(drawn: Resampled | None) -> bool:
    return drawn is not None and bool(np.ptp(drawn.replicates) > 0)


def _bootstrapped(value: float, drawn: Resampled, baseline: Resampled) -> Difference:
    """BCa where both figures are smooth, else by percentiles of the replicates."""
    differences = drawn.replicates - baseline.replicates
    tail = (1 - CONFIDENCE) / 2
    shares, method = (tail, 1 - tail), PERCENTILE
    if drawn.skew is not None and baseline.skew is not None:
        corrected = _bca_shares(value, differences, drawn.skew, baseline.skew, tail)
        if corrected is not None:
            shares, method = corrected, BCA
    low, high = (float(end) for end in np.quantile(differences, shares))
    return Difference(value, low, high, method)


def _bca_shares(
    value: float, differences: np.ndarray[tuple[int], np.dtype[np.float64]], skew: tuple[float, float],
    skew_base: tuple[float, float], tail: float,
) -> tuple[float, float] | None:  # fmt: skip
    """Which quantiles of the replicates bound the interval; None if bias or skewness cannot be told."""
    normal = _normal()
    below = float(np.mean((differences < value) + 0.5 * (differences == value)))
    spread = skew[1] + skew_base[1]
    if not 0 < below < 1 or spread <= 0:
        return None
    bias = normal.inv_cdf(below)
    acceleration = (skew[0] - skew_base[0]) / (6 * spread**1.5)  # the baseline is subtracted: its influences turn over
    ends = []
    for z in (normal.inv_cdf(tail), normal.inv_cdf(1 - tail)):
        ends.append(normal.cdf(bias + (bias + z) / (1 - acceleration * (bias + z))))
    return (ends[0], ends[1]) if ends[0] < ends[1] else None


def newcombe(share: float, n: int, share_base: float, n_base: int) -> tuple[float, float]:
    """Interval of a difference of two independent shares (0 to 1), from Wilson's of each: Newcombe 1998, method 10."""
    (low, high), (low_base, high_base) = wilson(share, n), wilson(share_base, n_base)
    difference = share - share_base
    return (
        difference - math.hypot(share - low, high_base - share_base),
        difference + math.hypot(high - share, share_base - low_base),
    )


def wilson(share: float, n: int) -> tuple[float, float]:
    """Score interval of a share (0 to 1) of n: E. B. Wilson, J. Am. Stat. Assoc. 22, 1927."""
    z = _normal().inv_cdf(1 - (1 - CONFIDENCE) / 2)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


@cache
def _normal() -> NormalDist:
    """Imported where differences are taken: processes that only read runs need none of it."""
    from statistics import NormalDist

    return NormalDist()
