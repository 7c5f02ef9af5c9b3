"""The tables of figures on the pages Compare and What if: Qt's own model tester under any change of what is shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QTableView, QWidget

from core.analysis.comparing.comparison import Comparison, compare
from core.analysis.comparing.run_facts import facts_of
from core.analysis.tables.run_tables import tables_of
from core.analysis.what_if import answer as wi
from tests.analysis.comparable import story
from tests.projections.stories import busy_session
from widgets.compare.table_model import CELL_ROLE, FiguresModel
from widgets.what_if.answer_table import AnswerModel, AnswerTable

RUNS = ("logs/run_a", "logs/run_b", "logs/run_c")
LIMITS = (None, 50, 100, 150, 200)
ROLES = (
    Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.TextAlignmentRole,
    Qt.ItemDataRole.FontRole, Qt.ItemDataRole.DecorationRole, Qt.ItemDataRole.AccessibleTextRole, CELL_ROLE,
)  # fmt: skip


def watched_by_qt(model: QAbstractItemModel) -> QAbstractItemModelTester:
    return QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)


def ask_all(model: QAbstractItemModel) -> None:
    """As a view does: every cell and heading there is."""
    for column in range(model.columnCount()):
        for role in ROLES:
            model.headerData(column, Qt.Orientation.Horizontal, role)
            for row in range(model.rowCount()):
                model.index(row, column).data(role)


class Resets:
    """What views are told when a table becomes another."""

    def __init__(self, model: QAbstractItemModel) -> None:
        self.begun, self.ended = [], []
        model.modelAboutToBeReset.connect(lambda: self.begun.append((model.rowCount(), model.columnCount())))
        model.modelReset.connect(lambda: self.ended.append((model.rowCount(), model.columnCount())))


# --- the page Compare -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def comparisons() -> list[Comparison | None]:
    tables = [tables_of(story().events), *(tables_of(busy_session(pairs=10 + n, seed=n).events) for n in range(3))]
    facts = [facts_of(one, f"logs/run_{place}", place) for place, one in enumerate(tables)]
    wide = [compare(facts, baseline) for baseline in range(4)]
    return [None, compare(facts[:2]), compare(facts[1:3], 1), compare(facts[:3], 2), *wide]


@settings(max_examples=25, deadline=None)
@given(order=st.lists(st.integers(0, 7), min_size=1, max_size=8))
def test_the_figures_of_any_runs_after_any_others(qapp, comparisons, order):
    model = FiguresModel()
    tester, table, resets = watched_by_qt(model), QTableView(), Resets(model)
    table.setModel(model)
    size = (0, 0)
    for place in order:
        comparison = comparisons[place]
        model.show(comparison)
        wanted = (0, 0) if comparison is None else (len(comparison.rows), 1 + len(comparison.runs))
        assert (resets.begun.pop(), resets.ended.pop()) == (size, wanted)
        size = wanted
        ask_all(model)
        if model.rowCount():
            table.selectRow(model.rowCount() - 1)
            row, run, _ = model.index(model.rowCount() - 1, model.columnCount() - 1).data(CELL_ROLE)
            assert (row, run) == (comparison.rows[-1], len(comparison.runs) - 1)
    assert tester.model() is model


# --- the page What if -------------------------------------------------------------------------------------------------


def span(value: float) -> wi.Range:
    return wi.Range(value, value - 1, value + 1)


def point(limit_ms: int | None) -> wi.Point:
    return wi.Point(
        limit_ms=limit_ms, matches=span(9), people_matched=span(18), waited_s_median=None, waited_s_p95=span(30.0),
        left_over=span(2), gave_up=span(1), pairs=40.0, estimated=12.5, probes_estimated=0.3, misjudged=None, draws=5,
    )  # fmt: skip


def answer(path: str, limits: list[int | None]) -> wi.WhatIf:
    happened = wi.Figures(
        matches=8, people_matched=16, waited_s_median=12.0, waited_s_p95=None, left_over=4, gave_up=3, timed_out=1,
        probes=30,
    )  # fmt: skip
    return wi.WhatIf(
        run=path.removeprefix("logs/"), path=path, experiment="meet", matchmaker="fifo", own_matchmaker="",
        limits=[150], happened=happened, likeness=None, error=None, people=20, measured_pairs=30,
        giving_up_per_min=0.1, points=[point(limit_ms) for limit_ms in limits],
    )  # fmt: skip


answered = st.dictionaries(st.sampled_from(RUNS), st.lists(st.sampled_from(LIMITS), unique=True, max_size=5))


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.tuples(answered, st.sampled_from(RUNS), st.sampled_from((*LIMITS, "happened"))), max_size=6))
def test_the_answers_for_any_limits_after_any_others(qapp, steps):
    table = AnswerTable()
    model, told = table.answers, []
    tester, resets = watched_by_qt(model), Resets(model)
    table.chosen.connect(lambda path, limit: told.append((path, limit)))
    rows = 0
    for answers, path, limit in steps:
        kept = table._chosen()
        table.show_answers([answer(*each) for each in answers.items()], {path: n for n, path in enumerate(answers)})
        wanted = [(each, limit) for each, limits in answers.items() for limit in ("happened", *limits)]
        assert [(row.path, row.limit) for row in model.rows] == wanted
        assert (resets.begun.pop()[0], resets.ended.pop()[0]) == (rows, len(wanted))
        rows = len(wanted)
        assert table._chosen() == (kept if kept in wanted else None)
        ask_all(model)
        table.choose(path, limit)
        if (path, limit) in wanted:
            assert table._chosen() == told[-1] == (path, limit)
    assert tester.model() is model
    table.deleteLater()


# --- both -------------------------------------------------------------------------------------------------------------


def test_there_is_nothing_below_a_cell_nor_beyond_the_last(qtbot, comparisons):
    """Which Qt's tester does not ask a table."""
    owner = QWidget()
    qtbot.addWidget(owner)
    answers, figures = AnswerModel(owner), FiguresModel()
    answers.show([answer(RUNS[0], [100])], {RUNS[0]: 0})
    figures.show(comparisons[1])
    for model in (answers, figures):
        assert model.rowCount() > 1 < model.columnCount()
        assert (model.rowCount(model.index(0, 0)), model.columnCount(model.index(0, 0))) == (0, 0)
        assert not model.index(model.rowCount(), 0).isValid()
