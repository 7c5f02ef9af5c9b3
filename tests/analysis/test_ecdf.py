"""Distributions against SciPy's, with and without people who never got there."""

from __future__ import annotations

import numpy as np
import pytest

from core.analysis.comparing.curve_facts import KINDS, axis_of, drawn_curve
from core.analysis.comparing.ecdf import ecdf, kaplan_meier
from core.analysis.comparing.run_facts import facts_of
from core.analysis.tables.run_tables import RunTables, tables_of
from tests.analysis.comparable import story

stats = pytest.importorskip("scipy.stats")


@pytest.fixture
def waits():
    rng = np.random.default_rng(4)
    durations = rng.gamma(1.5, 20, 300).round(0)  # with ties
    return durations, durations < rng.gamma(2, 40, 300)


def test_the_ecdf_is_scipys(waits):
    durations, _ = waits
    expected = stats.ecdf(durations).cdf
    found = ecdf(durations)
    assert found.x == pytest.approx(expected.quantiles)
    assert found.y == pytest.approx(expected.probabilities)


def test_kaplan_meier_is_scipys(waits):
    durations, observed = waits
    expected = stats.ecdf(stats.CensoredData(uncensored=durations[observed], right=durations[~observed])).cdf
    found = kaplan_meier(durations, observed)
    for x in np.linspace(0, durations.max(), 97):
        assert found.at(x) == pytest.approx(float(expected.evaluate(x)))
    assert found.at(30.0) < ecdf(durations[observed]).at(30.0)  # leaving out who left flatters


def test_steps_are_read_between_and_before_their_places():
    steps = ecdf(np.array([1.0, 2.0, 2.0, 5.0]))
    assert [steps.at(x) for x in (0.5, 1.0, 1.9, 2.0, 9.0)] == [0, 0.25, 0.25, 0.75, 1]
    assert steps.quantile(0.5) == 2.0
    assert ecdf(np.empty(0)).quantile(0.5) is None


def test_thinning_keeps_the_ends_and_lies_nowhere_far_off():
    steps = ecdf(np.random.default_rng(0).gamma(2, 50, 20_000))
    thin = steps.thinned(200)
    assert len(thin.x) <= 202
    assert (thin.x[0], thin.x[-1], thin.y[-1]) == (steps.x[0], steps.x[-1], 1.0)
    assert max(abs(thin.at(x) - steps.at(x)) for x in np.linspace(0, 300, 50)) < 0.011


def test_nobody_who_left_unmatched_is_dropped():
    facts = facts_of(tables_of(story().events), "run")
    waited, to_match = (drawn_curve(facts.curves[name]) for name in ("waited_s", "time_to_match_s"))
    assert (waited.n, waited.censored, waited.censored_at) == (6, 2, (25.0, 70.0))
    assert (to_match.n, to_match.censored, to_match.censored_at) == (6, 2, (25.0, 70.0))
    # Two of six matched after 4 s; e left at 25, so one of three who were left would have been matched at 38 …
    assert to_match.main.at(4.0) == pytest.approx(2 / 6)
    assert to_match.main.at(38.0) == pytest.approx(1 - 4 / 6 * 1 / 3)
    assert to_match.plain.at(38.0) == 1.0
    assert "2 of them without a match" in waited.summary("s")


def test_a_run_without_probes_has_empty_curves_and_an_axis():
    facts = facts_of(RunTables(), "run")
    for kind in KINDS:
        curve = drawn_curve(facts.curves[kind.name])
        assert (len(curve.main.x), curve.n) == (0, 0)
        assert axis_of([facts], kind.name).high > 0
