"""The probe chart as the operator uses it: reads it, types, ticks, drags, lets go, hovers."""

from __future__ import annotations

import csv
import time
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication

from core import events as ev
from core.projections.probes import ProbesProjection
from core.projections.run import RunProjection
from core.projections.shown import ShownRun
from tests.projections.stories import Story
from widgets.palette import LIGHT, OUTCOME_MARKS
from widgets.parts.exports import as_csv
from widgets.parts.selection import Selection
from widgets.probe_chart import ProbeChart


def story_with_probes() -> Story:
    story = Story().begin(150).join("A", "B", "C").at(5).propose("A", "B").at(9).measured("A", "B", 90.0)
    story.at(12).propose("A", "C").at(20).measured("A", "C", 210.0).propose("B", "C").at(31).failed("B", "C")
    return story.at(40)


@pytest.fixture
def chart_on(qtbot):
    import pyqtgraph

    # pyqtgraph drops mouse moves that follow one another faster than a hand's
    pyqtgraph.setConfigOption("mouseRateLimit", -1)

    def make(story: Story, controls_enabled: bool = True) -> ProbeChart:
        probes, run = ProbesProjection(), RunProjection()
        for event in story.events:
            probes.apply(event)
            run.apply(event)
        chart = ProbeChart(probes, run, controls_enabled=controls_enabled)
        chart.resize(700, 360)
        qtbot.addWidget(chart)
        chart.show()
        qtbot.waitUntil(lambda: chart.plot is not None)
        with qtbot.waitExposed(chart):
            pass
        QApplication.processEvents()  # laid out
        chart.pull(story.now_s)
        chart.grab()
        return chart

    return make


@pytest.fixture
def wishes():
    return []


def answer(chart: ProbeChart, limit_ms: int | None) -> None:
    """The engine said yes: the event is in the log."""
    run = chart._run
    run.apply(ev.ThresholdChanged(old_max_p2p_rtt_ms=run.max_p2p_rtt_ms, new_max_p2p_rtt_ms=limit_ms, elapsed_s=41.0))
    chart.pull(41.0)


def line_place(chart: ProbeChart, limit_ms: float) -> QPoint:
    """Where in the chart's viewport the line for this limit is."""
    plot = chart.plot
    view = plot._main.vb
    middle = sum(view.viewRange()[0]) / 2

    return plot.mapFromScene(view.mapViewToScene(QPointF(middle, limit_ms)))


def drag(qtbot, chart: ProbeChart, from_ms: float, to_ms: float, *, let_go: bool = True) -> None:
    viewport = chart.plot.viewport()
    start, end = line_place(chart, from_ms), line_place(chart, to_ms)
    left = Qt.MouseButton.LeftButton
    none = Qt.MouseButton.NoButton
    for hovered in (start + QPoint(0, 30), start):
        _move(viewport, hovered, none)
    qtbot.mousePress(viewport, left, pos=start)
    for step in range(1, 6):
        place = start + (end - start) * step / 5
        _move(viewport, place, left)
    if let_go:
        qtbot.mouseRelease(viewport, left, pos=end)


def _move(viewport, place: QPoint, button: Qt.MouseButton) -> None:
    # QTest.mouseMove sends no button, and nothing at all where the pointer already is
    on_screen = QPointF(viewport.mapToGlobal(place))
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(place), on_screen, button, button, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(viewport, event)


def test_the_legend_counts_each_outcome(chart_on):
    chart = chart_on(story_with_probes())
    assert chart.legend.texts() == ["accepted 1", "rejected 1", "failed 1"]


def test_each_outcome_has_a_shape_of_its_own():
    assert len(set(OUTCOME_MARKS)) == len(OUTCOME_MARKS) == 3


def test_an_empty_chart_says_what_will_come(chart_on):
    chart = chart_on(Story().begin())
    assert "No probe yet" in chart._empty.text()
    assert chart._empty.isVisible()
    assert "no limit" in chart_on(Story().begin(None))._empty.text()


def test_points_are_drawn_where_they_belong(chart_on):
    chart = chart_on(story_with_probes())
    plot = chart.plot
    picture = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)

    for view, at_s, at_ms, colour in (
        (plot._main.vb, 9, 90, LIGHT.accepted), (plot._main.vb, 20, 210, LIGHT.rejected),
        (plot._strip.vb, 31, 0, LIGHT.failed),
    ):  # fmt: skip
        place = plot.mapFromScene(view.mapViewToScene(QPointF(at_s, at_ms)))
        drawn, wanted = picture.pixelColor(place), QColor(colour)  # a mark's soft edge may be a shade away
        assert [drawn.red(), drawn.green(), drawn.blue()] == pytest.approx(
            [wanted.red(), wanted.green(), wanted.blue()], abs=3
        )


def test_a_typed_limit_is_asked_for_once_and_shown_when_the_log_says_so(qtbot, chart_on, wishes):
    chart = chart_on(story_with_probes())
    chart.threshold_wanted.connect(wishes.append)
    field = chart.limit.field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "120")
    assert wishes == []
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert wishes == [120]
    assert chart._run.max_p2p_rtt_ms == 150
    answer(chart, 120)
    assert field.value() == 120
    chart.limit._pause.timeout.emit()
    assert wishes == [120]


def test_a_refused_limit_goes_back(qtbot, chart_on, wishes):
    chart = chart_on(story_with_probes())
    chart.threshold_wanted.connect(wishes.append)
    chart.limit.field.selectAll()
    qtbot.keyClicks(chart.limit.field, "9000")
    qtbot.keyClick(chart.limit.field, Qt.Key.Key_Return)
    chart.forget_wish()
    chart.pull(42.0)
    assert wishes == [9000]
    assert chart.limit.field.value() == 150


def test_steps_by_arrow_become_one_wish(qtbot, chart_on, wishes):
    chart = chart_on(story_with_probes())
    chart.threshold_wanted.connect(wishes.append)
    for _ in range(4):
        qtbot.keyClick(chart.limit.field, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: bool(wishes))
    assert wishes == [170]


def test_no_limit_is_a_tick_and_the_tick_shows_the_log(qtbot, chart_on, wishes):
    chart = chart_on(story_with_probes())
    chart.threshold_wanted.connect(wishes.append)
    qtbot.mouseClick(chart.limit.no_limit, Qt.MouseButton.LeftButton, pos=QPoint(8, chart.limit.no_limit.height() // 2))
    assert wishes == [None]
    answer(chart, None)
    assert chart.limit.no_limit.isChecked()
    assert not chart.limit.field.isEnabled()
    assert not chart.plot.limit_line.isVisible()
    qtbot.keyClick(chart.limit.no_limit, Qt.Key.Key_Space)
    assert wishes == [None, 150]


def test_dragging_previews_and_letting_go_asks_once(qtbot, chart_on, wishes):
    chart = chart_on(story_with_probes())
    chart.threshold_wanted.connect(wishes.append)
    drag(qtbot, chart, 150, 100, let_go=False)
    assert wishes == []
    assert chart.limit.field.value() == pytest.approx(100, abs=4)
    chart.pull(40.5)
    assert chart.plot.limit_line.value() == pytest.approx(100, abs=4)
    qtbot.mouseRelease(chart.plot.viewport(), Qt.MouseButton.LeftButton, pos=line_place(chart, 100))
    assert len(wishes) == 1
    assert wishes[0] == pytest.approx(100, abs=4)
    assert chart._run.max_p2p_rtt_ms == 150


def test_what_the_engine_answers_is_what_stands(qtbot, chart_on, wishes):
    chart = chart_on(story_with_probes())
    chart.threshold_wanted.connect(wishes.append)
    drag(qtbot, chart, 150, 100)
    answer(chart, 130)
    assert chart.plot.limit_line.value() == 130
    assert chart.limit.field.value() == 130


def test_a_wish_is_shown_until_it_is_answered_or_refused(qtbot, chart_on):
    chart = chart_on(story_with_probes())
    drag(qtbot, chart, 150, 100)
    chart.pull(41.0)
    assert chart.plot.limit_line.value() == pytest.approx(100, abs=4)
    assert chart.limit.field.value() == pytest.approx(100, abs=4)
    assert {piece.height for piece in chart.plot._steps.pieces()} == {150}
    chart.forget_wish()
    chart.pull(42.0)
    assert chart.plot.limit_line.value() == chart.limit.field.value() == 150


def test_a_recorded_run_can_neither_be_typed_nor_dragged(qtbot, chart_on, wishes):
    chart = chart_on(story_with_probes(), controls_enabled=False)
    chart.threshold_wanted.connect(wishes.append)
    drag(qtbot, chart, 150, 100)
    assert wishes == []
    assert not chart.limit.isEnabled()
    assert chart.plot.limit_line.value() == 150


def test_the_limit_runs_in_steps_through_time(chart_on):
    story = story_with_probes().at(41).limit(None).at(50).limit(90).at(60)
    chart = chart_on(story)
    assert chart.plot._steps.pieces() == [(0, 41, 150), (50, 60, 90)]


def test_hovering_a_point_tells_its_record(chart_on):
    chart = chart_on(story_with_probes())

    plot = chart.plot
    assert plot._points.point_at(plot._main.vb.mapViewToScene(QPointF(20, 210))) == 1
    assert plot._points.point_at(plot._main.vb.mapViewToScene(QPointF(33, 60))) is None
    assert plot._failures.point_at(plot._strip.vb.mapViewToScene(QPointF(31, 0))) == 2


def test_zooming_by_key_leaves_the_whole_run_and_home_comes_back(qtbot, chart_on):
    chart = chart_on(story_with_probes())
    assert chart.whole_button.isHidden()
    qtbot.keyClick(chart.plot, Qt.Key.Key_Plus)
    assert not chart.whole_button.isHidden()
    zoomed = chart.plot._main.vb.viewRange()[0]
    chart.pull(45.0)
    assert chart.plot._main.vb.viewRange()[0] == zoomed
    qtbot.keyClick(chart.plot, Qt.Key.Key_Home)
    assert chart.whole_button.isHidden()
    assert chart.plot._main.vb.viewRange()[0] == [0, 60]


def test_a_hundred_thousand_points_stay_smooth(chart_on):
    story = Story().begin(150)
    chart = chart_on(story)
    rng = np.random.default_rng(1)
    for number in range(100_000):
        rtt_ms = float(rng.gamma(6, 20))
        chart._probes.apply(
            ev.ProbeCompleted(
                probe_session_id=str(number), subject_a="A", subject_b="B", rtt_ms=rtt_ms, accepted=rtt_ms < 150,
                elapsed_s=number / 30,
            )
        )  # fmt: skip
    chart._probes.version += 1
    chart.pull(3_400.0)
    chart.grab()
    chart.plot.show_whole_run()
    begin_s = time.thread_time()  # of the processor: a busy machine is not our fault
    chart.pull(3_400.1)
    chart.plot.viewport().grab()
    assert time.thread_time() - begin_s < 0.1


# --- what another limit would mean, the distribution, the log axis ---


@pytest.fixture
def chart_of_waiting(qtbot):
    """Three who wait; A and B at 170 ms, B and C at 260 ms, the limit at 150 ms."""
    import pyqtgraph

    pyqtgraph.setConfigOption("mouseRateLimit", -1)
    story = Story().begin(150, measured_fresh_s=120.0).join("<b>A</b>", "B", "C").wait("<b>A</b>", "B", "C").at(10)
    story.propose("<b>A</b>", "B").measured("<b>A</b>", "B", 170.0, retry_after_s=120)
    story.at(20).propose("B", "C").measured("B", "C", 260.0, retry_after_s=120).at(30)
    shown, selection = ShownRun(), Selection()
    chart = ProbeChart(
        shown.probes, shown.run, controls_enabled=True, waitroom=shown.waitroom, pair_table=shown.pair_table,
        selection=selection,
    )  # fmt: skip
    shown.replay(story.events)  # after the panel was made, as in a live run
    chart.resize(700, 360)
    qtbot.addWidget(chart)
    chart.show()
    qtbot.waitUntil(lambda: chart.plot is not None)
    chart.pull(30.0)
    chart.grab()
    return chart


def test_dragging_tells_what_the_limit_would_mean_until_it_is_let_go(qtbot, chart_of_waiting):
    chart = chart_of_waiting
    drag(qtbot, chart, 150, 200, let_go=False)
    note = chart.plot.note
    assert note.isVisible()
    assert note.textFormat() == Qt.TextFormat.PlainText
    assert "50 % of 2 measurements within" in note.text()
    assert "would go now: <b>A</b> + B" in note.text()
    assert chart.plot.viewport().rect().contains(note.geometry())
    qtbot.mouseRelease(chart.plot.viewport(), Qt.MouseButton.LeftButton, pos=line_place(chart, 200))
    assert not note.isVisible()


def test_stepping_the_field_by_key_tells_the_same(qtbot, chart_of_waiting):
    field = chart_of_waiting.limit.field
    for _ in range(5):
        qtbot.keyClick(field, Qt.Key.Key_Up)
    note = chart_of_waiting.plot.note
    assert "175 ms: 50 % of 2" in note.text()
    assert note.isVisible()
    qtbot.waitUntil(lambda: not note.isVisible())


@pytest.mark.parametrize("limit_ms", [1, 150, 60_000])
@pytest.mark.parametrize("log", [False, True])
def test_the_limits_tag_is_never_cut_off(qtbot, chart_of_waiting, limit_ms, log):
    chart = chart_of_waiting
    chart.log_button.setChecked(log)
    answer(chart, limit_ms)
    chart.grab()
    tag = chart.plot.limit_line.tag
    drawn = tag.mapRectToScene(tag.boundingRect())
    assert chart.plot._main.vb.sceneBoundingRect().adjusted(-1, -1, 1, 1).contains(drawn)
    assert str(limit_ms) in tag.toPlainText().replace(",", "")


def test_a_drag_on_the_log_axis_asks_for_milliseconds(qtbot, chart_of_waiting, wishes):
    chart = chart_of_waiting
    qtbot.mouseClick(chart.log_button, Qt.MouseButton.LeftButton)
    chart.threshold_wanted.connect(wishes.append)
    view = chart.plot._main.vb
    assert view.viewRange()[1][1] < 4
    assert all(text.endswith("ms") for text in chart.plot._main.getAxis("left").tickStrings([1.0, 2.0], 1, 1))
    drag(qtbot, chart, np.log10(150), np.log10(80))
    assert wishes == [pytest.approx(80, abs=3)]


def test_the_distribution_counts_every_measurement_on_the_same_axis(chart_of_waiting):
    plot = chart_of_waiting.plot
    assert plot.distribution.counts.sum() == 2
    assert plot._beside.vb.viewRange()[1] == plot._main.vb.viewRange()[1]
    assert plot.distribution.describe(170.0).endswith("0 accepted, 1 rejected")
    assert plot.distribution.describe(20.0) == ""
    chart_of_waiting.log_button.setChecked(True)
    assert plot.distribution.counts.sum() == 2
    assert plot._beside.vb.viewRange()[1] == plot._main.vb.viewRange()[1]


def test_a_click_on_a_point_chooses_first_one_then_the_other(qtbot, chart_of_waiting):
    chart = chart_of_waiting
    plot = chart.plot
    place = plot.mapFromScene(plot._main.vb.mapViewToScene(QPointF(20, 260)))
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chart._selection.subject_id == "B"
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chart._selection.subject_id == "C"
    assert len(plot._rings.getData()[0]) == 1
    chart._selection.choose("B")
    assert len(plot._rings.getData()[0]) == 2


def test_points_can_be_gone_through_and_chosen_by_key(qtbot, chart_of_waiting):
    chart = chart_of_waiting
    qtbot.keyClick(chart.plot, Qt.Key.Key_Period)
    qtbot.keyClick(chart.plot, Qt.Key.Key_Comma)
    qtbot.keyClick(chart.plot, Qt.Key.Key_Return)
    assert chart._selection.subject_id == "<b>A</b>"


def test_what_is_saved_can_be_read_again(chart_of_waiting, tmp_path):
    chart = chart_of_waiting
    told = []
    chart.export.told.connect(told.append)
    assert all(chart.export.save(tmp_path / f"probes.{kind}") for kind in ("png", "svg", "csv"))
    assert not QImage(str(tmp_path / "probes.png")).isNull()
    assert ElementTree.parse(tmp_path / "probes.svg").getroot().tag.endswith("svg")
    with (tmp_path / "probes.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["subject_a"], row["rtt_ms"], row["outcome"]) for row in rows] == [
        ("<b>A</b>", "170.0", "rejected"), ("B", "260.0", "rejected"),
    ]  # fmt: skip
    assert not chart.export.save(tmp_path / "missing" / "probes.csv")
    assert "was not saved" in told[-1]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =HYPERLINK(1)"])
def test_no_text_becomes_a_formula(text):
    assert as_csv([[text]]).strip('"').startswith("'")
    assert as_csv([[-1.5, "P-1", None]]).strip() == "-1.5,P-1,"
