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

from collections.abc import Hashable, Sequence
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


def unit_numbers(units: Sequence[Hashable]) -> Ints:
    """Each unit's number, from 0."""
    if units and isinstance(units[0], int):
        given = np.asarray(units, np.int64)
        return (np.cumsum(np.bincount(given) > 0) - 1)[given]
    number: dict[Hashable, int] = {}
    return np.fromiter((number.setdefault(unit, len(number)) for unit in units), np.int64, len(units))


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
    drawn = _draw_each(by_class[:, 0], int(near.sum()), rng).astype(np.int16)
    per_unit = np.stack([below[near], sizes[near]], axis=1).astype(np.float32)
    lower, total = (drawn.astype(np.float32) @ per_unit).astype(np.int64).T + (
        by_class[:, 1:] @ classes.astype(np.int64).T
    ).T
    number = np.cumsum(near) - 1
    reached = np.cumsum(drawn[:, number[units[first:last]]], axis=1, dtype=np.int32)
    place = share * (total - 1)
    whole = np.floor(place).astype(np.int64)
    seen = ordered[first:last]
    low, high = (
        seen[np.minimum((reached <= (step - lower)[:, None].astype(np.int32)).sum(axis=1), len(seen) - 1)]
        for step in (whole, np.minimum(whole + 1, total - 1))
    )
    return np.asarray(low + (high - low) * (place - whole))


def _window(n: int, variance: float, share: float) -> tuple[int, int]:
    """Between which places of the ordered values the quantile of any resample lies; `variance` is that of the place."""
    spread = _STANDARD_ERRORS * float(np.sqrt(variance)) + 8
    return max(0, int(share * n - spread)), min(n, int(share * n + spread) + 1)


def _draw_each(totals: Ints, units: int, rng: np.random.Generator) -> Ints:
    """How often each of `units` comes in each resample, of which `totals` are drawn: one row a resample."""
    drawn = np.empty((len(totals), units), np.int64)
    for start in range(0, len(totals), _RESAMPLES_AT_ONCE):
        some = totals[start : start + _RESAMPLES_AT_ONCE]
        rows = np.repeat(np.arange(len(some), dtype=np.int32), some)
        places = rows * np.int32(units) + rng.integers(max(units, 1), size=len(rows), dtype=np.int32)
        counts = np.bincount(places, minlength=len(some) * units)
        drawn[start : start + len(some)] = counts.reshape(len(some), units)
    return drawn
