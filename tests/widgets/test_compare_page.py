"""The compare page: what it shows of two runs, and the way from every chart to the people behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QFileDialog

from core.analysis.comparing import series
from core.analysis.comparing.comparison import Comparison, compare
from core.analysis.comparing.curve_facts import KINDS
from core.analysis.comparing.metrics import METRICS
from core.analysis.comparing.run_facts import facts_of
from core.analysis.tables.run_tables import RunTables, tables_of
from tests.analysis.comparable import story
from tests.projections.stories import busy_session
from widgets.compare.figures_view import NARROW
from widgets.compare.step_plot import Line
from widgets.compare.table_cells import WIDTH
from widgets.compare_page import ComparePage


def comparison_of(*tables: RunTables, baseline: int = 0) -> Comparison:
    return compare([facts_of(one, f"logs/run_{place}", place) for place, one in enumerate(tables)], baseline)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    tables = [tables_of(story().events), tables_of(busy_session(pairs=40).events)]
    for letter, one in zip("ab", tables, strict=True):
        one.run_id, one.config = f"run_{letter}", {"name": f"study <b>{letter}</b>", "size": 2}
    return comparison_of(*tables)


@pytest.fixture(scope="module")
def busy() -> RunTables:
    return tables_of(busy_session(pairs=40, seed=1).events)


@pytest.fixture(scope="module")
def kept_page(qapp) -> Iterator[ComparePage]:
    page = ComparePage()
    page.resize(1200, 760)
    page.show()
    yield page
    page.close()
    page.deleteLater()


@pytest.fixture
def page(qtbot, kept_page, comparison) -> ComparePage:
    """On its first view, as if it had just been shown."""
    kept_page.views.setCurrentIndex(0)
    kept_page.show_comparison(comparison)
    return kept_page


def behind(page: ComparePage) -> list[str]:
    return [page.people.list.item(row).text() for row in range(page.people.list.count())]


def see(page: ComparePage, view: object) -> None:
    page.views.setCurrentWidget(view)


def test_an_empty_page_says_what_to_do(qtbot):
    page = ComparePage()
    qtbot.addWidget(page)
    assert not page.views.isVisible()
    assert not page.export.isEnabled()
    assert not page.chooser.remove.isEnabled()


def test_two_runs_are_asked_for_as_soon_as_they_are_chosen(qtbot):
    page = ComparePage()
    qtbot.addWidget(page)
    asked: list[list[str]] = []
    page.compare_wanted.connect(asked.append)
    page.choose(["logs/a"])
    assert asked == []
    page.choose(["logs/a", "logs/b", "logs/a"])
    assert asked == [[str(Path("logs/a")), str(Path("logs/b"))]]
    page.choose([f"logs/{number}" for number in range(13)])
    assert "13 runs are too many" in page.banner.text()
    assert len(page.chooser.paths) == 2
    page.chooser.list.setCurrentRow(0)
    page.chooser.remove.click()
    assert len(page.chooser.paths) == 1
    assert len(asked) == 1


def test_every_figure_of_every_run_stands_in_the_table(page, comparison):
    model = page.figures.model()
    assert (model.rowCount(), model.columnCount()) == (len(METRICS), 3)
    row = next(place for place, metric in enumerate(METRICS) if metric.name == "p2p_rtt_ms_median")
    assert model.index(row, 1).data() == "180 ms, n = 3"
    assert model.index(row, 2).data().startswith(METRICS[row].text(comparison.rows[row].figures[1].value))
    assert "too few: 2 pairs" in model.index(row, 2).data(Qt.ItemDataRole.ToolTipRole)
    assert model.headerData(1, Qt.Orientation.Horizontal) == "A · baseline\nrun_a"


def test_a_difference_is_drawn_with_its_whiskers(page, busy):
    page.show_comparison(comparison_of(busy, busy))
    row = next(place for place, metric in enumerate(METRICS) if metric.name == "server_rtt_ms_median")
    assert page.comparison.rows[row].differences[1].low is not None
    page.figures.scrollTo(page.figures.model().index(row, 0))
    area = page.figures.visualRect(page.figures.model().index(row, 2))
    picture = page.figures.viewport().grab(area).toImage()
    colour = QColor(series.LIGHT[1])
    reddish = [at for at in range(area.width()) if _near(picture, at, 33, colour)]
    assert max(reddish) - min(reddish) > WIDTH / 4, "the whiskers reach over a part of the cell"


def test_a_run_that_was_matched_at_once_has_its_letter_on_the_chart(page):
    """Its line begins beside the lowest value of the axis, or below it."""
    plot = page.curves.plots["waited_s"]
    at_once = Line(0, "A", np.array([0.0, 5.0]), np.array([0.9, 1.0]), 100.0)
    for log in (False, True):
        plot.show_lines([at_once], 0.1, 100.0, 1.0, log=log)
        [letter] = [item for item in plot.getPlotItem().items if isinstance(item, pg.TextItem)]
        assert letter.pos().x() == (-1.0 if log else 0.1)
        assert letter.anchor.x() < 0, "on its right"


@pytest.mark.parametrize("runs", [2, 3, 4, 6])
@pytest.mark.parametrize("width_px", [1000, 1640])
def test_the_figures_use_the_width_there_is(page, busy, runs: int, width_px: int):
    page.show_comparison(comparison_of(*[busy] * runs))
    figures = page.figures
    figures.resize(width_px, 600)
    columns = [figures.columnWidth(column) for column in range(runs + 1)]
    room = figures.viewport().width()
    assert min(columns[1:]) >= WIDTH
    assert sum(columns) == room or (sum(columns) > room and columns == [NARROW] + [WIDTH] * runs)


def _near(picture: QImage, x: int, y: int, colour: QColor) -> bool:
    return any(
        abs(found.red() - colour.red()) + abs(found.green() - colour.green()) + abs(found.blue() - colour.blue()) < 120
        for found in (picture.pixelColor(x, y + step) for step in range(-3, 4))
    )


def test_settings_show_what_differs_and_all_on_request(page):
    see(page, page.settings)
    table = page.settings.table

    def names() -> list[str]:
        return [table.item(row, 0).text() for row in range(table.rowCount())]

    assert "name" in names()
    assert "size" not in names()
    page.settings.every.click()
    assert "size" in names()
    place = names().index("name")
    assert table.item(place, 1).text() == "study <b>a</b>"


def test_the_baseline_can_be_changed(page, qtbot):
    with qtbot.waitSignal(page.baseline_wanted) as asked:
        page.chooser.baseline.activated.emit(1)
    assert asked.args == [1]
    page.show_comparison(compare(page.comparison.runs, 1))
    assert page.figures.model().headerData(2, Qt.Orientation.Horizontal).startswith("B · baseline")
    assert page.chooser.baseline.currentIndex() == 1


# --- from a chart to the people behind it -----------------------------------------------------------------------------


def test_a_figure_leads_to_its_people(page, qtbot):
    row = next(place for place, metric in enumerate(METRICS) if metric.name == "never_matched_pct")
    page.figures.setCurrentIndex(page.figures.model().index(row, 1))
    page.figures.setFocus()
    qtbot.keyClick(page.figures, Qt.Key.Key_Return)
    assert sorted(behind(page)) == ["e", "f"]
    with qtbot.waitSignal(page.person_wanted) as asked:
        page.people.list.setCurrentRow(behind(page).index("f"))
        qtbot.keyClick(page.people.list, Qt.Key.Key_Return)
    assert asked.args == ["logs/run_0", "f"]


@pytest.mark.parametrize(("name", "x", "people"), [("p2p_rtt_ms", 44.0, "a"), ("time_to_match_s", 4.4, "a")])
def test_a_click_on_a_distribution_leads_to_the_nearest_people(page, qtbot, name, x, people):
    see(page, page.curves)
    plot = page.curves.plots[name]
    line = next(line for line in plot._strong() if line.place == 0)
    scene_at = plot.getViewBox().mapViewToScene(QPointF(plot._to_axis(x), line.at(x)))
    at = plot.mapFromScene(scene_at)
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(at.x()), round(at.y())))
    qtbot.waitUntil(lambda: bool(behind(page)))
    assert behind(page)[0] == people


def test_a_distribution_is_read_and_asked_by_keys_alone(page, qtbot):
    see(page, page.curves)
    plot = page.curves.plots["p2p_rtt_ms"]
    plot.setFocus()
    qtbot.waitUntil(lambda: plot.reading() != "")
    before = plot.reading()
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert plot.reading() != before
    first = plot.reading()[0]
    qtbot.keyClick(plot, Qt.Key.Key_Down)
    assert {first, plot.reading()[0]} == {"A", "B"}
    qtbot.keyClick(plot, Qt.Key.Key_Return)
    assert behind(page)


def test_readings_are_the_distributions_values(page, comparison):
    see(page, page.curves)
    kind = KINDS[0]
    plot = page.curves.plots[kind.name]
    for place, run in enumerate(comparison.runs):
        line = next(line for line in plot._strong() if line.place == place)
        values = run.curves[kind.name].values
        for x in (39.9, 40.0, 120.0, 1000.0):
            assert line.at(x) == pytest.approx(np.mean(values <= x))


def test_a_reason_leads_to_its_people(page, qtbot):
    see(page, page.reasons)
    bars = page.reasons.bars
    place = next(bar for bar in range(bars.count) if "no direct connection" in bars.describe(bar) and bar % 2 == 0)
    assert bars.describe(place).endswith("1 of 4 probes (25.0 %)")
    at = bars._area(place).center().toPoint()
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=at)
    assert behind(page) == ["c", "e"]
    qtbot.keyClick(bars, Qt.Key.Key_Up)
    qtbot.keyClick(bars, Qt.Key.Key_Return)
    assert behind(page) != ["c", "e"]


def test_a_moment_of_the_waitroom_leads_to_those_who_waited(page):
    page.waiting.behind_wanted.emit(0, 12.0)
    assert behind(page) == ["c", "d", "e"]
    page.waiting.behind_wanted.emit(0, 80.0)
    assert behind(page) == ["f"]


def test_a_probe_leads_to_its_two_people(page, qtbot):
    see(page, page.timelines)
    plot = page.timelines.plots[0]
    plot.setFocus()
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    qtbot.keyClick(plot, Qt.Key.Key_Return)
    assert behind(page) == ["a", "b"]
    assert "40 ms, accepted" in page.people._title.text()


# --- what is said -----------------------------------------------------------------------------------------------------


def test_simulated_unfinished_and_damaged_runs_are_said_plainly(page):
    tables = [tables_of(story().events), tables_of(story().events)]
    tables[0].simulated, tables[0].status, tables[1].bad_lines = True, "complete", 3
    page.show_comparison(comparison_of(*tables))
    assert "Simulated, nobody took part: A" in page.banner.text()
    assert "B: the log does not say that it ended, 3 unreadable lines left out" in page.banner.text()


def test_progress_can_be_cancelled(page, qtbot):
    page.show_progress(1, 12)
    assert page.chooser.progress.text() == "1 of 12 read"
    with qtbot.waitSignal(page.cancel_wanted):
        page.chooser.cancel.click()
    page.show_stopped()
    assert not page.chooser.progress.isVisible()


def test_a_file_is_asked_for_and_wished_for(page, qtbot, tmp_path):
    page.redacted.setChecked(True)
    page.export.menu().actions()[0].trigger()
    dialog = page.window().findChild(QFileDialog)
    with qtbot.waitSignal(page.export_wanted) as asked:
        dialog.fileSelected.emit(str(tmp_path / "x.html"))
    dialog.reject()
    assert asked.args == ["html", str(tmp_path / "x.html"), True]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_view_can_be_saved_as_a_picture(page, tmp_path, kind):
    see(page, page.curves)
    names = [action.text() for action in page.export.menu().actions()]
    action = page.export.menu().actions()[[kind.upper() in name for name in names].index(True)]
    action.trigger()
    dialog = next(dialog for dialog in page.window().findChildren(QFileDialog) if dialog.defaultSuffix() == kind)
    dialog.fileSelected.emit(str(tmp_path / f"view.{kind}"))
    dialog.reject()
    assert "Wrote" in page.banner.text()
    assert (tmp_path / f"view.{kind}").stat().st_size > 5000
    page._save(kind, str(tmp_path / "nowhere" / f"view.{kind}"))
    assert "was not saved" in page.banner.text()


def test_runs_without_anything_are_shown_too(page):
    page.show_comparison(comparison_of(RunTables(run_id="x"), RunTables(run_id="x")))
    for view in range(page.views.count()):
        page.views.setCurrentIndex(view)
        page.grab()
    assert page.curves.plots["p2p_rtt_ms"].reading() == ""


def test_twelve_runs_are_told_apart_by_more_than_colour(page):
    twelve = comparison_of(*[tables_of(story().events)] * 12)
    page.show_comparison(twelve)
    for view in range(page.views.count()):
        page.views.setCurrentIndex(view)
        page.grab()
    assert [page.chooser.list.item(row).text()[0] for row in range(12)] == list("ABCDEFGHIJKL")
    pens = {(line.place, plot_item.opts["pen"].color().name(), tuple(plot_item.opts["pen"].dashPattern()))
            for line, plot_item in _drawn(page)}  # fmt: skip
    assert len({look[1:] for look in pens}) == 12


def _drawn(page: ComparePage):
    plot = page.curves.plots["p2p_rtt_ms"]
    items = [item for item in plot.getPlotItem().listDataItems() if item.opts["pen"] is not None]
    return zip(plot._strong(), items, strict=False)
