"""The match timeline: lanes, what fits, follow and zoom, hover, and a hundred thousand bars."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from core.projections.matches import PLAYING, PROBING, WAITING
from tests.projections.stories import Story, busy_session
from widgets.palette import DARK, LIGHT
from widgets.parts.bars import bar_looks
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
        qtbot.waitExposed(panel)
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
        timeline._do(f"P{number % 200}", number // 200 % 4, "", 1 + number / 25)
    timeline.version += 1
    panel.pull(4_010.0)
    panel.plot.show_whole_run()
    panel.grab()
    begin = time.perf_counter()
    panel.pull(4_010.5)
    panel.plot.viewport().grab()
    assert time.perf_counter() - begin < 0.12
