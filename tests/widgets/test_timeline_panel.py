"""The match timeline: lanes, what fits, follow and zoom, hover, and a hundred thousand bars."""

from __future__ import annotations

import csv
import time

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from core import events as ev
from core.projections.lanes import AWAY, PLAYING, PROBING, WAITING
from core.projections.shown import ShownRun
from tests.projections.stories import Story, busy_session
from widgets.palette import DARK, LIGHT
from widgets.parts.bars import bar_looks
from widgets.parts.selection import Selection
from widgets.parts.text import plain_tooltip
from widgets.timeline_panel import TimelinePanel


@pytest.fixture
def panel_on(qtbot, folded):
    def make(story: Story, now_s: float | None = None) -> TimelinePanel:
        shown = folded(story)
        panel = TimelinePanel(shown.timeline, shown.run)
        panel.resize(700, 320)
        qtbot.addWidget(panel)
        panel.show()
        qtbot.waitUntil(lambda: panel.plot is not None)
        with qtbot.waitExposed(panel):
            pass
        QApplication.processEvents()  # laid out
        panel.pull(story.now_s if now_s is None else now_s)
        panel.grab()
        return panel

    return make


def turn_wheel(widget, clicks: int, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    at = QPointF(widget.width() / 2, widget.height() / 2)
    event = QWheelEvent(
        at, QPointF(widget.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, 120 * clicks), Qt.MouseButton.NoButton,
        modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def times(panel: TimelinePanel) -> tuple[float, float]:
    low, high = panel.plot.getViewBox().viewRange()[0]
    return low, high


def test_an_empty_timeline_says_what_will_come(panel_on):
    panel = panel_on(Story().begin())
    assert panel._empty.isVisible()


def test_no_two_kinds_of_bar_look_alike_even_without_colour():
    for colours in (LIGHT, DARK):
        looks = {
            kind: tuple(
                (brush.style(), round(brush.color().alphaF(), 2), pen.style())
                for brush, pen in bar_looks(kind, colours)
            )
            for kind in ("waiting", "probing", "playing", "away")
        }
        assert len(set(looks.values())) == 4


def test_a_hover_finds_the_bar_that_is_there(panel_on):
    story = Story().begin().join("A", "B").at(5).wait("A", "B").at(10).propose("A", "B").at(14).measured("A", "B", 80.0)
    panel = panel_on(story.at(30))
    bars, timeline = panel.plot._bars, panel._timeline
    assert [timeline.kind[bars.bar_at(at_s, 1)] for at_s in (7, 12, 20)] == [WAITING, PROBING, PLAYING]
    assert bars.bar_at(31, 1) is None
    assert bars.bar_at(7, 2) is None


def test_following_keeps_the_newest_in_view_and_dragging_stops_it(qtbot, panel_on):
    panel = panel_on(busy_session(), 900.0)
    assert times(panel)[0] > 500
    assert times(panel)[1] > 900
    qtbot.keyClick(panel.plot, Qt.Key.Key_Left)
    assert not panel.follow_button.isChecked()
    stayed = times(panel)
    panel.pull(950.0)
    assert times(panel) == stayed
    qtbot.mouseClick(panel.follow_button, Qt.MouseButton.LeftButton)
    assert times(panel)[1] > 950


def test_whole_run_by_button_and_key(qtbot, panel_on):
    panel = panel_on(busy_session(), 900.0)
    qtbot.mouseClick(panel.whole_button, Qt.MouseButton.LeftButton)
    assert times(panel)[0] == 0
    assert times(panel)[1] >= 900
    qtbot.keyClick(panel.plot, Qt.Key.Key_End)
    assert times(panel)[0] > 500
    qtbot.keyClick(panel.plot, Qt.Key.Key_Home)
    assert times(panel)[0] == 0


def test_the_wheel_zooms_in_time_and_with_shift_goes_through_lanes(panel_on):
    panel = panel_on(busy_session(), 400.0)
    low, high = times(panel)
    turn_wheel(panel.plot.viewport(), 1)
    assert times(panel)[1] - times(panel)[0] < high - low
    bottom = panel.scroll_bar.value()
    turn_wheel(panel.plot.viewport(), 1, Qt.KeyboardModifier.ShiftModifier)
    assert panel.scroll_bar.value() == bottom - 1


def test_more_people_than_fit_can_be_scrolled(qtbot, panel_on):
    panel = panel_on(busy_session(), 400.0)
    qtbot.waitUntil(lambda: panel.scroll_bar.maximum() > 0)
    assert panel.scroll_bar.value() == panel.scroll_bar.maximum()
    qtbot.keyClick(panel.plot, Qt.Key.Key_Up)
    top = panel.plot.getViewBox().viewRange()[1][0]
    assert top == pytest.approx(panel.scroll_bar.value() - 0.5)


def test_names_are_text_and_cut_to_their_room(panel_on):
    panel = panel_on(Story().begin().join("<b>x</b>", "y" * 10_000, "a\nb").wait("<b>x</b>").at(5))
    shown = panel.plot._names.tickStrings([0.0, 1.0, 2.0], 1.0, 1.0)
    assert "\n" not in shown[2]
    assert shown[0] == "<b>x</b>"
    assert len(shown[1]) < 40


def test_a_hundred_thousand_bars_stay_smooth(panel_on):
    story = Story().begin()
    for number in range(200):
        story.join(f"P{number}")
    panel = panel_on(story)
    timeline = panel._timeline
    for number in range(100_000):
        timeline._do(number % 200, number // 200 % 4, 0, 1 + number / 25)
    timeline.version += 1
    panel.pull(4_010.0)
    panel.plot.show_whole_run()
    panel.grab()
    begin_s = time.thread_time()  # of the processor: a busy machine is not our fault
    panel.pull(4_010.5)
    panel.plot.viewport().grab()
    assert time.thread_time() - begin_s < 0.12


# --- lanes by match, marks, the chosen person ---


@pytest.fixture
def panel_of_two(qtbot):
    """A and B are refused, then play; C waits. With a note and an alert, and a selection of its own."""
    story = Story().begin(150).join("A", "B", "<i>C</i>").at(5).wait("A", "B", "<i>C</i>").at(10).propose("A", "B")
    story.at(14).measured("A", "B", 210.0).at(20).tell(ev.NoteAdded, text="<b>=1+1</b>", by="maria")
    story.at(25).tell(ev.AlertRaised, alert="waits", text="C waits").at(30).propose("A", "B")
    story.at(33).measured("A", "B", 90.0).at(40).lose("A").at(45).back("A").at(55)
    shown, selection = ShownRun(), Selection()
    shown.replay(story.events)
    panel = TimelinePanel(
        shown.timeline, shown.run, match_lanes=shown.match_lanes, marks=shown.time_marks, selection=selection
    )
    panel.resize(800, 320)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: panel.plot is not None)
    with qtbot.waitExposed(panel):
        pass
    QApplication.processEvents()  # laid out
    panel.pull(55.0)
    panel.grab()
    return panel


def scene_place(panel: TimelinePanel, at_s: float, lane: float) -> QPointF:
    return panel.plot.getViewBox().mapViewToScene(QPointF(at_s, lane))


def test_by_match_a_lane_is_a_group_with_all_its_tries(qtbot, panel_of_two):
    panel = panel_of_two
    qtbot.mouseClick(panel.by_match_button, Qt.MouseButton.LeftButton)
    lanes = panel._shown
    assert lanes.lanes == ["A + B"]
    kinds = [lanes.kind[panel.plot._bars.bar_at(at_s, 0)] for at_s in (12, 31, 36, 42, 50)]
    assert kinds == [PROBING, PROBING, PLAYING, AWAY, PLAYING]
    assert panel.plot._bars.bar_at(20, 0) is None
    assert "210 ms" in lanes.rejection(0)
    qtbot.mouseClick(panel.by_match_button, Qt.MouseButton.LeftButton)
    assert len(panel._shown.lanes) == 3


def test_a_rejection_is_told_where_it_stands(panel_of_two):
    panel = panel_of_two
    place = scene_place(panel, 14, 0) + QPointF(7, 0)
    assert panel.plot.text_at(place).startswith("rejected: 210 ms with B (limit 150 ms)")


def test_words_of_a_bar_stand_beside_the_mark_at_its_start(panel_of_two):
    bars, x = panel_of_two.plot._bars, scene_place(panel_of_two, 14, 0).x()
    assert bars._marks.covers(0, x + 6) >= 8
    assert bars._marks.covers(2, x + 6) == bars._marks.covers(0, x + 60) == 0


def test_notes_and_alerts_stand_on_the_time_axis_as_plain_text(panel_of_two):
    panel = panel_of_two
    top = panel.plot.getViewBox().sceneBoundingRect().top() + 8
    told = [panel.plot.text_at(QPointF(scene_place(panel, at_s, 0).x(), top)) for at_s in (20, 25)]
    assert told[0].startswith("Note (maria): <b>=1+1</b>")
    assert told[1].startswith("Alert: C waits")
    assert "&lt;b&gt;" in plain_tooltip(told[0])


def test_a_click_on_a_lane_chooses_and_the_chosen_are_marked(qtbot, panel_of_two):
    panel = panel_of_two
    place = panel.plot.mapFromScene(scene_place(panel, 30, 2))
    qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert panel._selection.subject_id == "<i>C</i>"
    assert panel.plot._bars.chosen_lanes == [2]
    panel._selection.choose("A")
    assert panel.plot._bars.chosen_lanes == [0]
    panel.by_match_button.setChecked(True)
    assert panel.plot._bars.chosen_lanes == [0]
    place = panel.plot.mapFromScene(scene_place(panel, 50, 0))
    qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert panel._selection.subject_id == "B", "of several in a lane, each click takes the next"


def test_lanes_can_be_gone_through_and_chosen_by_key(qtbot, panel_of_two):
    panel = panel_of_two
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Return):
        qtbot.keyClick(panel.plot, key)
    assert panel._selection.subject_id == "B"


def test_who_is_chosen_elsewhere_comes_into_view(qtbot, panel_on):
    panel = panel_on(busy_session(), 400.0)
    qtbot.waitUntil(lambda: panel.scroll_bar.value() > 0)
    panel._selection.choose("P01")
    assert panel.plot.getViewBox().viewRange()[1][0] < 0


def test_lanes_can_be_made_lower_so_that_more_fit(qtbot, panel_on):
    panel = panel_on(busy_session(), 400.0)
    before = panel.plot.lanes_that_fit()
    for _ in range(3):
        qtbot.keyClick(panel.plot, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert panel.plot.lanes_that_fit() > 2 * before
    assert panel.scroll_bar.maximum() == max(0, len(panel._timeline.lanes) - panel.plot.lanes_that_fit())


def test_zooming_by_key_keeps_following(qtbot, panel_on):
    panel = panel_on(busy_session(), 900.0)
    low, high = times(panel)
    qtbot.keyClick(panel.plot, Qt.Key.Key_Plus)
    assert times(panel)[1] - times(panel)[0] < high - low
    assert panel.follow_button.isChecked()
    panel.pull(950.0)
    assert times(panel)[1] > 950


def test_saved_bars_can_be_read_again(panel_of_two, tmp_path):
    assert all(panel_of_two.export.save(tmp_path / f"timeline.{kind}") for kind in ("png", "svg", "csv"))
    with (tmp_path / "timeline.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(panel_of_two._timeline.start_s)
    playing = next(row for row in rows if row["doing"] == "playing" and row["participants"] == "A")
    assert (playing["detail"], playing["start_s"], playing["end_s"]) == ("with B", "33.0", "40.0")
