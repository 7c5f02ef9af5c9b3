"""Differences and their intervals, against SciPy, which draws every value anew."""

from __future__ import annotations

import numpy as np
import pytest

from core.analysis.comparing.differences import (
    BCA,
    LEAST_UNITS,
    NEWCOMBE,
    PERCENTILE,
    Difference,
    difference_of,
    figure_of,
    newcombe,
    wilson,
)
from core.analysis.comparing.metrics import Sample, statistic_of
from core.analysis.comparing.resampling import resample_quantile, unit_numbers

stats = pytest.importorskip("scipy.stats")
SCIPY_DRAWS = 4000


def difference(statistic, ours, base, units=None, base_units=None, resampled="participant") -> Difference:
    figures = []
    for place, (given, of) in enumerate(((base, base_units), (ours, units))):
        values = np.array(given, np.float64)
        sample = Sample(values, None if of is None else np.array(of))
        figures.append(figure_of("test", statistic, sample, statistic_of(statistic, values), place))
    return difference_of(statistic, resampled, figures[1], figures[0])


def by_scipy(statistic, ours, base, method):
    def apart(a, b, axis=-1):
        return statistic(a, axis=axis) - statistic(b, axis=axis)

    found = stats.bootstrap(
        (ours, base), apart, n_resamples=SCIPY_DRAWS, method=method, rng=np.random.default_rng(1), vectorized=True
    )
    return found.confidence_interval


@pytest.fixture
def skewed():
    rng = np.random.default_rng(3)
    return rng.gamma(2, 40, 61), rng.gamma(2, 55, 48)


@pytest.mark.parametrize(("name", "share"), [("median", 0.5), ("p95", 0.95)])
def test_intervals_of_quantiles_are_scipys_percentile_bootstrap(skewed, name, share):
    ours, base = (np.concatenate([values, values * 1.07 + 3]) for values in skewed)
    found = difference(name, ours, base)
    low, high = by_scipy(lambda values, axis: np.quantile(values, share, axis=axis), ours, base, "percentile")
    assert found.method == PERCENTILE
    assert found.value == pytest.approx(np.quantile(ours, share) - np.quantile(base, share))
    assert [found.low, found.high] == pytest.approx([low, high], abs=0.08 * (high - low))


def test_intervals_of_means_are_scipys_bca(skewed):
    ours, base = skewed
    found = difference("mean", ours, base)
    low, high = by_scipy(np.mean, ours, base, "BCa")
    assert found.method == BCA
    assert [found.low, found.high] == pytest.approx([low, high], abs=0.08 * (high - low))


def test_skewness_moves_the_interval_and_not_only_the_bias(skewed):
    """BCa of a skewed sample against a constant-like one is not symmetric about the percentile interval."""
    rng = np.random.default_rng(8)
    ours, base = rng.exponential(10, 25) ** 2, rng.normal(50, 1, 25)
    found = difference("mean", ours, base)
    low, high = by_scipy(np.mean, ours, base, "BCa")
    plain_low, plain_high = by_scipy(np.mean, ours, base, "percentile")
    assert abs(found.high - high) < abs(found.high - plain_high)
    assert [found.low, found.high] == pytest.approx([low, high], abs=0.1 * (high - low))
    assert low > plain_low or high > plain_high


def test_units_with_several_values_are_drawn_whole():
    """Against drawing whole units one by one, as slowly as can be."""
    rng = np.random.default_rng(5)
    values, units = [], []
    for unit in range(160):
        level = rng.normal(100, 30)
        for _ in range(int(rng.integers(1, 5))):
            values.append(level + rng.normal(0, 4))
            units.append(unit)
    values, numbers = np.array(values), np.array(units)
    drawn = resample_quantile(values, numbers, 0.5, np.random.default_rng(0)).replicates
    by_unit = [values[numbers == unit] for unit in range(160)]
    slowly = [np.median(np.concatenate([by_unit[one] for one in rng.integers(160, size=160)])) for _ in range(1500)]
    assert drawn.mean() == pytest.approx(np.mean(slowly), abs=0.5)
    assert drawn.std() == pytest.approx(np.std(slowly), rel=0.12)
    as_if_alone = resample_quantile(values, np.arange(len(values)), 0.5, np.random.default_rng(0)).replicates
    assert drawn.std() > 1.2 * as_if_alone.std()


def test_drawing_near_the_quantile_alone_changes_nothing(monkeypatch):
    """All values one by one, with a window as wide as the sample, have the same distribution."""
    from core.analysis.comparing import resampling

    rng = np.random.default_rng(2)
    values = rng.gamma(3, 20, 3000)
    units = rng.integers(1200, size=3000)
    units = unit_numbers(units)
    near = resample_quantile(values, units, 0.95, np.random.default_rng(0)).replicates
    monkeypatch.setattr(resampling, "_window", lambda n, variance, share: (0, n))
    whole = resample_quantile(values, units, 0.95, np.random.default_rng(1)).replicates
    assert stats.ks_2samp(near, whole).statistic < 0.06


def test_shares_have_newcombes_interval():
    """Newcombe 1998, table II, (a): 56/70 against 48/80 has 0.0524 to 0.3339 by method 10."""
    low, high = newcombe(56 / 70, 70, 48 / 80, 80)
    assert (low, high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    found = difference("share", [1] * 56 + [0] * 14, [1] * 48 + [0] * 32)
    assert found.method == NEWCOMBE
    assert [found.low, found.high] == pytest.approx([5.24, 33.39], abs=0.005)


@pytest.mark.parametrize(("hits", "n"), [(0, 12), (5, 12), (12, 12), (300, 1000)])
def test_wilsons_interval_is_scipys(hits, n):
    expected = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson(hits / n, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_shares_over_probes_are_drawn_by_pair():
    units = [place // 2 for place in range(80)]
    ours = [float(unit % 3 == 0) for unit in units]
    base = [float(unit % 4 == 0) for unit in units]
    found = difference("share", ours, base, units, units, "pair")
    alone = difference("mean", [100 * value for value in ours], [100 * value for value in base])
    assert found.method == BCA
    assert found.high - found.low > 1.2 * (alone.high - alone.low)


def test_where_nothing_varies_a_share_falls_back_on_newcombe_and_a_mean_has_no_interval():
    units = [place // 2 for place in range(40)]
    assert difference("share", [0] * 40, [1] * 40, units, units, "pair").method == NEWCOMBE
    found = difference("mean", [3] * 40, [5] * 40, units, units, "pair")
    assert (found.value, found.low) == (-2, None)
    assert found.reason == "every pair has the same value"


@pytest.mark.parametrize(
    ("statistic", "n", "reason"),
    [
        ("median", LEAST_UNITS - 1, "too few: 7 participants"),
        ("share", LEAST_UNITS - 1, "too few: 7 participants"),
        ("p95", 59, "too few: 59 participants, at least 60"),
    ],
)
def test_too_few_values_have_a_difference_and_a_reason_instead_of_an_interval(statistic, n, reason):
    found = difference(statistic, np.linspace(0, 1, n).round(), np.ones(200))
    assert found.value is not None
    assert found.low is None
    assert found.reason.startswith(reason)


def test_nothing_to_compare_is_said():
    assert difference("median", [], [1.0] * 20).reason == "this run has no such value"
    assert difference("median", [1.0] * 20, []).reason == "the baseline has no such value"


def test_counts_have_no_interval():
    found = difference("count", [1] * 30, [1] * 20, resampled="")
    assert (found.value, found.low) == (10, None)
    assert found.reason


def test_the_same_values_twice_are_not_taken_for_certain():
    """Two runs are drawn apart, even if they are alike."""
    values = np.random.default_rng(1).gamma(2, 10, 200)
    found = difference("median", values, values)
    assert found.value == 0
    assert found.low < 0 < found.high


def test_figures_repeat():
    values, base = np.arange(50.0) ** 2, np.arange(40.0) ** 1.9
    assert difference("median", values, base) == difference("median", values, base)
