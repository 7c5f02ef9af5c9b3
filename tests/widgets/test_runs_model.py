"""The rows of the list of runs: order, filter, and Qt's own model tester under a thousand changes."""

from __future__ import annotations

import random
import time

import msgspec
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QAbstractItemModelTester

from core.analysis.comparing.metrics import METRICS
from core.analysis.runs.run_line import RunLine
from tests.runs_pictures import made_up_runs
from widgets.palette import LIGHT
from widgets.runs_columns import LIMITS, RTT, RUN, STARTED, STATE, TAGS, columns
from widgets.runs_model import Filter, RunsModel
from widgets.runs_table import RunsTable

FALLING, RISING = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder


@pytest.fixture
def model(qapp) -> RunsModel:
    model = RunsModel()
    model.recolour(LIGHT)
    return model


def test_the_two_figures_of_waiting_have_two_names():
    """One is of the waits that ended in a match, the other of everybody's."""
    listed = {column.heading for column in columns() if "waits that ended in a match" in column.tooltip}
    compared = {metric.title for metric in METRICS if metric.name.startswith("waited_s")}
    assert listed == {"Matched in", "Matched p95"}
    assert compared == {"Waited (all), median", "Waited (all), 95 % under"}


def line(run_id: str, **fields) -> RunLine:
    return RunLine(path=f"/logs/{run_id}", run_id=run_id, **fields)


def names(model: RunsModel) -> list[str]:
    return [run.run_id for run in model.shown_runs()]


def test_the_newest_come_first_and_what_is_not_known_last(model):
    model.put([line("a", started_at=1.0), line("b"), line("c", started_at=3.0)])
    assert names(model) == ["c", "a", "b"]
    model.sort(STARTED, RISING)
    assert names(model) == ["a", "c", "b"]


def test_each_column_sorts_by_what_it_means(model):
    model.put([line("a", thresholds=[150, 80], p2p_rtt_ms_median=9.0, state="complete"),
               line("b", thresholds=[None], p2p_rtt_ms_median=80.0, state="damaged"),
               line("c", thresholds=[80], state="running")])  # fmt: skip
    for column, order in ((LIMITS, "cab"), (RTT, "abc"), (STATE, "cba"), (RUN, "abc")):
        model.sort(column, RISING)
        assert "".join(names(model)) == order, column


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter("PILOT heating"), "a"), (Filter("b"), "b"), (Filter("line 7"), "c"), (Filter(state="damaged"), "c"),
        (Filter(people="simulated"), "b"), (Filter(tag="pilot"), "a"), (Filter("pilot", state="damaged"), ""),
        (Filter("  "), "abc"), (Filter("quick"), "b"), (Filter("<b>"), "c"),
    ],
)  # fmt: skip
def test_the_filter_lets_through_what_fits_all_of_it(model, wanted, found):
    model.put([line("a", tags=["pilot"], note="loud heating"),
               line("b", people="simulated", experiment="Quick_start"),
               line("c", state="damaged", problems=["line 7: no event"], note="<b>x</b>")])  # fmt: skip
    model.sort(RUN, RISING)
    if wanted == Filter("b"):
        wanted = Filter("/logs/b")
    model.set_filter(wanted)
    assert "".join(names(model)) == found
    model.set_filter(Filter())
    assert names(model) == ["a", "b", "c"]


def test_a_run_that_changes_comes_under_the_filter_or_leaves_it(model):
    model.set_filter(Filter(tag="pilot"))
    model.put([line("a"), line("b")])
    assert names(model) == []
    model.put([line("b", tags=["pilot"])])
    assert names(model) == ["b"]
    model.put([line("b")])
    assert names(model) == []


def test_text_of_others_stays_one_plain_line(model):
    model.put([line("a\nb", experiment="<b>x</b>", note="one\ntwo\u202e" + "x" * 9000, problems=["<img src=x>"])])
    for column in range(model.columnCount()):
        text = model.data(model.index(0, column))
        assert "\n" not in text
        assert len(text) <= 400
        tooltip = model.data(model.index(0, column), Qt.ItemDataRole.ToolTipRole)
        assert "<b>" not in tooltip
        assert "<img" not in tooltip
    assert "&lt;img" in model.data(model.index(0, STATE), Qt.ItemDataRole.ToolTipRole)
    assert "\u202e" not in model.data(model.index(0, TAGS))


@pytest.mark.parametrize("seed", range(2))
def test_qts_model_tester_finds_nothing_under_random_change(model, seed):
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    chance, all_runs = random.Random(seed), made_up_runs(24, seed)
    table = RunsTable(model)
    here: dict[str, RunLine] = {}
    for _ in range(50):
        what = chance.randrange(5)
        if what < 2:
            some = [msgspec.structs.replace(run, matches=chance.randrange(9)) for run in chance.sample(all_runs, 6)]
            model.put(some)
            here |= {run.path: run for run in some}
        elif what == 2:
            here = {path: run for path, run in here.items() if chance.random() < 0.8}
            model.keep_only(set(here))
        elif what == 3:
            model.set_filter(chance.choice([Filter(), Filter("pilot"), Filter(state="damaged"), Filter("run 11")]))
        else:
            model.sort(chance.randrange(model.columnCount()), chance.choice([RISING, FALLING]))
        if model.rowCount():
            table.selectRow(chance.randrange(model.rowCount()))
    model.set_filter(Filter())
    assert {run.path: run for run in model.shown_runs()} == here
    assert tester.model() is model


def test_chosen_runs_stay_chosen_when_rows_move(model):
    table = RunsTable(model)
    model.put([line("a", started_at=1.0, matches=5), line("b", started_at=2.0, matches=1)])
    table.selectRow(0)
    model.put([line("c", started_at=3.0)])
    model.sort(RUN, RISING)
    model.put([line("b", started_at=2.0, matches=7)])
    rows = table.selectionModel().selectedRows()
    assert [model.run_at(index.row()).run_id for index in rows] == ["b"]
    assert table.selectionModel().isSelected(model.index(1, 3))
    model.keep_only({"/logs/a"})
    table.selectionModel().select(model.index(0, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect)
    assert names(model) == ["a"]


def test_ten_thousand_runs_take_no_time_to_sort_filter_and_change(model):
    """Loose bounds: a proxy that sorts would take 400 ms, columns sized by their contents four seconds."""
    runs = [msgspec.structs.replace(run, path=f"{run.path}_{n}") for n, run in enumerate(made_up_runs(10_000))]
    model.put(runs)
    table = RunsTable(model)
    table.recolour(LIGHT)
    table.show()
    for work in (
        lambda: model.sort(RTT, RISING),
        lambda: model.put([msgspec.structs.replace(runs[5], matches=999)]),
        lambda: model.set_filter(Filter("pilot")),
        lambda: model.set_filter(Filter()),
        table.grab,
    ):
        start_s = time.process_time()
        work()
        assert time.process_time() - start_s < 0.25
