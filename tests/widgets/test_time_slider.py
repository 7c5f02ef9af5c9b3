"""The row from which a recorded run is gone through: what keys, mouse and buttons ask for, and what it shows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from widgets.time_slider import SPEEDS, TimeSlider
from widgets.time_track import PER_S, Moment

HOSTILE = "<b>=1+1</b>"
MOMENTS = [
    Moment(60.0, "limit", "RTT limit: 150 ms → 200 ms"),
    Moment(120.0, "alert", "Alert: P01 waits too long"),
    Moment(300.0, "note", f"Note (maria): {HOSTILE}"),
    Moment(480.0, "note", "Note: louder"),
]


@pytest.fixture
def slider(qtbot):
    slider = TimeSlider()
    qtbot.addWidget(slider)
    slider.resize(1280, 44)
    slider.show()
    slider.show_moments(MOMENTS)
    slider.show_state(200.0, 600.0, 1_795_000_000.0, playing=False)
    slider.asked = []
    slider.moment_wanted.connect(slider.asked.append)
    slider.step_wanted.connect(lambda step: slider.asked.append(("step", step)))
    slider.play_wanted.connect(lambda speed: slider.asked.append(("play", speed)))
    return slider


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        (Qt.Key.Key_Right, 201.0), (Qt.Key.Key_Left, 199.0), (Qt.Key.Key_PageDown, 260.0), (Qt.Key.Key_PageUp, 140.0),
        (Qt.Key.Key_Home, 0.0), (Qt.Key.Key_End, 600.0), (Qt.Key.Key_Space, ("play", 10)),
        (Qt.Key.Key_Period, ("step", 1)), (Qt.Key.Key_Comma, ("step", -1)),
    ],
)  # fmt: skip
def test_keys_ask_for_moments(qtbot, slider, key, asked):
    slider.track.setFocus()
    qtbot.keyClick(slider.track, key)
    assert slider.asked == [asked]


def test_only_what_is_shown_moves_the_handle_back(slider):
    slider.show_state(201.0, 650.0, None, playing=False)
    assert slider.asked == []
    assert (slider.track.value(), slider.track.maximum()) == (201 * PER_S, 650 * PER_S)
    assert slider.clock.text() == "3:21 of 10:50"
    assert slider.wall.text() == ""


def test_the_clock_tells_time_since_the_start_and_of_day(slider):
    assert slider.clock.text() == "3:20 of 10:00"
    assert slider.wall.text().count(":") == 2
    assert slider.track.accessibleDescription() == slider.clock.text()


def test_it_is_dragged_to_a_moment(qtbot, slider):
    track = slider.track
    y = int(track._line_y())
    qtbot.mousePress(track, Qt.MouseButton.LeftButton, pos=QPoint(round(track._x_of(100 * PER_S)), y))
    qtbot.mouseMove(track, QPoint(round(track._x_of(400 * PER_S)), y))
    slider.show_state(100.0, 600.0, None, playing=False)  # what is drawn meanwhile does not take it from the mouse
    assert abs(track.sliderPosition() / PER_S - 400) < 2
    qtbot.mouseRelease(track, Qt.MouseButton.LeftButton, pos=QPoint(round(track._x_of(400 * PER_S)), y))
    assert [round(asked, -1) for asked in slider.asked] == [100, 400]


def test_a_click_on_a_mark_goes_to_it(qtbot, slider):
    x = round(slider.track._x_of(120.0 * PER_S)) + 3
    qtbot.mouseClick(slider.track, Qt.MouseButton.LeftButton, pos=QPoint(x, 5))
    assert slider.asked == [120.0]


def test_a_mark_is_told_as_it_was_written(slider):
    told = slider.track.told_at(slider.track._x_of(300.0 * PER_S))
    assert told == f"5:00  Note (maria): {HOSTILE}"
    assert "drag" in slider.track.told_at(slider.track._x_of(200.0 * PER_S))


@pytest.mark.parametrize(
    ("kind", "back", "forth"), [("alert", 120.0, None), ("note", None, 300.0), ("limit", 60.0, None)]
)
def test_jumps_go_to_what_was_chosen(qtbot, slider, kind, back, forth):
    slider.kind.setCurrentIndex(slider.kind.findData(kind))
    for button, wanted in ((slider.back_button, back), (slider.forth_button, forth)):
        assert button.isEnabled() == (wanted is not None)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert slider.asked == [wanted for wanted in (back, forth) if wanted is not None]


def test_the_speed_counts_at_once_while_it_plays(qtbot, slider):
    assert [slider.speed.itemData(place) for place in range(slider.speed.count())] == list(SPEEDS)
    slider.speed.setCurrentIndex(SPEEDS.index(50))
    assert slider.asked == []
    slider.show_state(200.0, 600.0, None, playing=True)
    assert slider.play_button.text() == "Pause"
    slider.track.setFocus()
    qtbot.keyClick(slider.track, Qt.Key.Key_Plus)
    qtbot.keyClick(slider.track, Qt.Key.Key_Plus)
    qtbot.keyClick(slider.track, Qt.Key.Key_Minus)
    assert slider.asked == [("play", 100), ("play", 50)]
    qtbot.mouseClick(slider.play_button, Qt.MouseButton.LeftButton)
    assert slider.asked[-1] == ("play", 0)


def test_everything_has_a_name_and_a_tooltip(slider):
    for widget in (slider.play_button, slider.speed, slider.kind, slider.back_button, slider.forth_button):
        assert widget.toolTip()
        assert widget.accessibleName() or widget.text()
    assert slider.track.accessibleName()


def test_a_run_without_events_and_one_with_thousands_of_marks_are_drawn(slider):
    slider.show_state(0.0, 0.0, None, playing=False)
    slider.show_moments([])
    slider.grab()
    slider.show_state(5.0, 10.0, None, playing=False)
    slider.show_moments([Moment(number / 1000, "alert", "") for number in range(10_000)])
    slider.grab()
