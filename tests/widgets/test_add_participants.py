"""The operator sends test pages and bots into a run, sees them listed, and lets them leave."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from tests.projections.stories import Story
from widgets.stand_ins import PRESETS, Bots, Pages, StandIn


@pytest.fixture
def dialog(qtbot, window, folded):
    """As Ctrl+T opens it, in a run with groups of three and a limit of 150 ms."""
    window.show_run(folded(Story().begin(group_size=3)), live=True)
    window.refresh(1.0)
    window.menus.add.trigger()
    return window.stand_ins.dialog


@pytest.fixture
def heard(window):
    wishes: list = []
    window.stand_ins.wanted.connect(wishes.append)
    window.stand_ins.stop_wanted.connect(lambda key: wishes.append(("stop", key)))
    return wishes


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def stops_of(dialog):
    return [
        button
        for button in dialog.findChildren(QPushButton)
        if button.accessibleName().startswith("Stop ") and button.isVisible()
    ]


def test_pages_are_as_many_as_a_group_until_another_number_is_set_and_return_adds_them(qtbot, dialog, heard):
    assert dialog.number.value() == 3
    qtbot.keyClick(dialog.number, Qt.Key.Key_Up)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.keyClick(dialog.by_themselves, Qt.Key.Key_Space)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert heard == [Pages(4), Pages(4, by_themselves=True)]
    assert dialog.isVisible()


def test_a_ready_made_crowd_fits_the_limit_in_force(qtbot, dialog, heard):
    dialog.kinds.setCurrentWidget(dialog.bots)
    for name in PRESETS:
        dialog.bots.preset.setCurrentIndex(dialog.bots.preset.findData(name))
        click(qtbot, dialog.add)
    assert heard == [make(150) for make in PRESETS.values()]
    assert heard[1].low_ms < 150 < heard[1].high_ms
    assert "150 ms" in dialog.bots.about.text()


def test_a_field_that_is_set_makes_the_crowd_ones_own(qtbot, dialog, heard):
    fields = dialog.bots
    dialog.kinds.setCurrentWidget(fields)
    for name, value in {"number": 7, "low_ms": 300, "high_ms": 40, "loss": 5, "arrivals_per_min": 0, "seed": 9}.items():
        fields.fields[name].setValue(value)
    assert fields.preset.currentData() == "own"
    click(qtbot, dialog.add)
    assert heard == [Bots(7, low_ms=40, high_ms=300, loss=0.05, arrivals_per_min=None, seed=9)]
    fields.preset.setCurrentIndex(0)
    assert fields.wish().number == PRESETS["good"](150).number and fields.wish().loss == 0


def test_who_takes_part_is_listed_and_stopped_one_by_one_or_all(qtbot, window, dialog, heard):
    crowd = [StandIn(1, Pages(2)), StandIn(2, Bots(40, loss=0.05))]
    assert dialog.nobody.isVisible() and not dialog.stop_all.isEnabled()
    window.stand_ins.show_running(crowd)
    first, second = stops_of(dialog)
    assert first.accessibleName() == "Stop 2 test pages" and "40 bots" in second.accessibleName()
    click(qtbot, second)
    click(qtbot, dialog.stop_all)
    assert heard == [("stop", 2), ("stop", None)]
    window.stand_ins.show_running([crowd[0], StandIn(2, crowd[1].wish, stopping=True)])
    assert stops_of(dialog) == [first]
    window.stand_ins.show_running([])
    assert dialog.nobody.isVisible() and not stops_of(dialog)


def test_the_list_is_there_again_when_the_dialog_is_opened_again(qtbot, window, dialog):
    window.stand_ins.show_running([StandIn(1, Pages(2))])
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert window.stand_ins.dialog is None
    window.menus.add.trigger()
    assert len(stops_of(window.stand_ins.dialog)) == 1


def test_what_went_wrong_is_said_in_the_dialog_until_the_next_try(qtbot, window, dialog):
    window.stand_ins.show_problem("Real WebRTC needs <b>aiortc</b>.")
    assert dialog.problem.isVisible() and dialog.problem.textFormat() == Qt.TextFormat.PlainText
    click(qtbot, dialog.add)
    assert not dialog.problem.isVisible()


def test_it_closes_with_the_run_it_was_for(window, dialog):
    window.show_empty()
    assert window.stand_ins.dialog is None


def test_every_field_has_a_name_and_a_tip(dialog):
    for field in (*dialog.bots.fields.values(), dialog.number, dialog.bots.preset, dialog.bots.answers):
        assert field.accessibleName() and field.toolTip()
