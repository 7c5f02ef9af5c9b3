"""The figures of a run, against values worked out by hand, and how they are written."""

from __future__ import annotations

import pytest

from core.analysis.comparing.metrics import METRICS, shown
from core.analysis.comparing.run_columns import columns_of
from core.analysis.tables.run_tables import RunTables, tables_of
from tests.analysis.comparable import HAND, story


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_each_figure_is_what_was_worked_out_by_hand(metric):
    run = columns_of(tables_of(story().events))
    value, n = HAND[metric.name]
    assert metric.of(run) == pytest.approx(value)
    assert metric.n(run) == n
    assert metric.definition.endswith((".", ")."))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_run_without_anything_has_no_figures_and_breaks_nothing(metric):
    nothing = columns_of(RunTables())
    assert metric.of(nothing) == (0.0 if metric.statistic == "count" else None)
    assert metric.n(nothing) == 0


def test_only_figures_over_values_give_their_values():
    run = columns_of(tables_of(story().events))
    given = {metric.name: metric.values(run) for metric in METRICS}
    assert sorted(given["p2p_rtt_ms_median"]) == [40.0, 180.0, 200.0]
    assert given["rejected_pct"] is None
    assert given["matches_per_min"] is None


@pytest.mark.parametrize(
    ("value", "unit", "signed", "text"),
    [
        (None, "ms", False, "–"), (0.0, "%", False, "0 %"), (0.004, "s", True, "0.00 s"), (-0.004, "s", True, "0.00 s"),
        (1.005, "s", True, "+1.00 s"), (-12.34, "ms", True, "−12.3 ms"), (152.4, "ms", False, "152 ms"),
        (6.0, "", True, "+6"), (6.0, "", False, "6"),
    ],
)  # fmt: skip
def test_figures_are_written_with_as_many_digits_as_mean_something(value, unit, signed, text):
    assert shown(value, unit, signed=signed) == text
