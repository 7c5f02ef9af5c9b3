"""Bootstrap: what a figure would have been, had other units like these come (units are drawn anew, with replacement).

Owns the drawing. Must not choose an interval (differences.py does). Imports numpy: only for modules imported late.

The draws are exact and cost little: 2,000 resamples of 10,000 values take some 30 ms, where drawing each value anew
(as scipy.stats.bootstrap does, against which tests/analysis/test_differences.py holds this) takes seconds.
- A quantile of n independent values: the k-th smallest of n uniform numbers is Beta(k, n − k + 1) distributed, and its
  place among the values is all that matters (B. Efron, "Bootstrap methods", Annals of Statistics 7, 1979, section 3).
- Units that are alike are drawn as one class, whose count in a resample is multinomial.
- Of a quantile over units with several values only those near it are drawn one by one: what lies five standard errors
  or more away only counts as below or above.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RESAMPLES: Final = 2000
_CLASSES_AT_MOST: Final = 400
_STANDARD_ERRORS: Final = 5
_RESAMPLES_AT_ONCE: Final = 100  # what is drawn for them stays in the processor's cache

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Resampled:
    """`replicates` of a figure; `skew` is what one sample adds to BCa's acceleration (cubes, squares), if it is smooth.

    Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), section 14.3; for several samples as in SciPy.
    """

    replicates: Floats
    skew: tuple[float, float] | None


def unit_numbers(units: NDArray[Any]) -> Ints:
    """The same numbers without gaps, in the same order."""
    without_gaps = np.cumsum(np.bincount(units) > 0) - 1
    return np.take(without_gaps, units)


def resample_mean(values: Floats, units: Ints, rng: np.random.Generator) -> Resampled:
    """Of the mean over all values of the units drawn."""
    sums: Floats = np.bincount(units, weights=values).astype(np.float64)
    sizes: Floats = np.bincount(units).astype(np.float64)
    classes, counts = _alike(sums, sizes)
    if len(counts) <= _CLASSES_AT_MOST:
        drawn = rng.multinomial(len(sums), counts / len(sums), RESAMPLES).astype(np.float64)
        replicates = (drawn @ classes[0]) / (drawn @ classes[1])
    else:
        replicates = np.array([_mean_of_draw(sums, sizes, rng) for _ in range(RESAMPLES)])
    return Resampled(replicates, _skew(sums, sizes))


def _alike(first: NDArray[Any], second: NDArray[Any]) -> tuple[Floats, Ints]:
    """Each different pair of values, as two rows, and how often it comes. As complex numbers they sort fast."""
    found, counts = np.unique(first + 1j * second, return_counts=True)
    return np.stack([found.real, found.imag]), counts


def _mean_of_draw(sums: Floats, sizes: Floats, rng: np.random.Generator) -> float:
    drawn = rng.integers(len(sums), size=len(sums))
    return float(sums[drawn].sum() / sizes[drawn].sum())


def _skew(sums: Floats, sizes: Floats) -> tuple[float, float] | None:
    """From the jackknife: the mean without each unit in turn."""
    n = len(sums)
    if n < 2:
        return None
    without = (sums.sum() - sums) / (sizes.sum() - sizes)
    influence = (n - 1) * (without.mean() - without)
    return float((influence**3).sum() / n**3), float((influence**2).sum() / n**2)


def resample_quantile(values: Floats, units: Ints, share: float, rng: np.random.Generator) -> Resampled:
    """Of the quantile at `share` (0 to 1), interpolated as `summary.percentile` does.

    No `skew`: the jackknife, from which BCa takes its acceleration, is not consistent for quantiles (Efron and
    Tibshirani 1993, section 11.6).
    """
    order = np.argsort(values, kind="stable")
    values, units = values[order], units[order]
    if np.bincount(units).max() == 1:
        return Resampled(_of_single_values(values, share, rng), None)
    return Resampled(_of_units(values, units, share, rng), None)


def _of_single_values(ordered: Floats, share: float, rng: np.random.Generator) -> Floats:
    n = len(ordered)
    place = share * (n - 1)
    below = int(place)
    first = rng.beta(below + 1, n - below, RESAMPLES)
    low = ordered[np.minimum((first * n).astype(np.int64), n - 1)]
    if below + 1 >= n:
        return low
    second = first + (1 - first) * rng.beta(1, n - below - 1, RESAMPLES)
    high = ordered[np.minimum((second * n).astype(np.int64), n - 1)]
    return low + (high - low) * (place - below)


def _of_units(ordered: Floats, units: Ints, share: float, rng: np.random.Generator) -> Floats:
    """Units with several values, near the quantile one by one and the others in classes (see the module's head)."""
    sizes = np.bincount(units)
    middle = np.bincount(units[: int(share * len(ordered))], minlength=len(sizes))
    first, last = _window(len(ordered), float(((middle - share * sizes) ** 2).sum()), share)
    below = np.bincount(units[:first], minlength=len(sizes))
    near = np.zeros(len(sizes), bool)
    near[units[first:last]] = True
    classes, counts = _alike(below[~near], sizes[~near])
    chances = np.concatenate([[near.sum()], counts]) / len(sizes)
    by_class = rng.multinomial(len(sizes), chances, RESAMPLES)
    far_below, far = (by_class[:, 1:] @ classes.astype(np.int64).T).T
    zone = _Zone(
        ordered[first:last],
        (np.cumsum(near) - 1)[units[first:last]],
        np.stack([below[near], sizes[near]], axis=1).astype(np.float32),
        share,
    )
    return np.concatenate([
        zone.drawn(by_class[some, 0], far_below[some], far[some], rng)
        for some in (slice(at, at + _RESAMPLES_AT_ONCE) for at in range(0, RESAMPLES, _RESAMPLES_AT_ONCE))
    ])  # fmt: skip


@dataclass(frozen=True)
class _Zone:
    """What lies near a quantile: its values in order, the number of the unit each belongs to, and of each unit how many
    values it has below the zone and in all.
    """

    values: Floats
    units: Ints
    below_and_all: NDArray[np.float32]
    share: float

    def drawn(self, totals: Ints, below: Ints, beyond: Ints, rng: np.random.Generator) -> Floats:
        """The quantile of some resamples, in which so many units (`totals`) are of the zone; of the others, so many
        values lie `below` it, of so many (`beyond`) that they have in all.
        """
        counts = _draw_each(totals, len(self.below_and_all), rng)
        near_below, near_all = (counts.astype(np.float32) @ self.below_and_all).astype(np.int64).T
        place = self.share * (beyond + near_all - 1)
        whole = np.floor(place).astype(np.int64)
        # how many values were drawn up to each, on from one resample to the next: one search finds a place in all
        reached = np.cumsum(counts.take(self.units, axis=1), dtype=np.int32)
        starts = np.arange(len(totals)) * len(self.values)
        before = np.where(starts > 0, reached[starts - 1], 0) - below - near_below
        steps = np.stack([whole, np.minimum(whole + 1, beyond + near_all - 1)])
        found = np.searchsorted(reached, before + steps, "right") - starts
        low, high = self.values[np.minimum(np.maximum(found, 0), len(self.values) - 1)]
        return np.asarray(low + (high - low) * (place - whole))


def _window(n: int, variance: float, share: float) -> tuple[int, int]:
    """Between which places of the ordered values the quantile of any resample lies; `variance` is that of the place."""
    spread = _STANDARD_ERRORS * float(np.sqrt(variance)) + 8
    return max(0, int(share * n - spread)), min(n, int(share * n + spread) + 1)


def _draw_each(totals: Ints, units: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """How often each of `units` comes in each resample, of which `totals` are drawn: one row a resample."""
    places = np.repeat(np.arange(len(totals), dtype=np.int32) * np.int32(units), totals)
    places += rng.integers(max(units, 1), size=len(places), dtype=np.int32)
    return np.bincount(places, minlength=len(totals) * units).astype(np.int32).reshape(len(totals), units)
