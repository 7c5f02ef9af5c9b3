"""The run bar and the limit, by mouse and keys, against the real engine: what is in the log afterwards."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from core import events as ev
from tests.widgets import test_operator_acts
from tests.widgets.test_operator_acts import Lab, waiting
from tests.widgets.test_probe_chart import drag
from widgets.end_question import EndQuestion

lab = test_operator_acts.lab
LEFT = Qt.MouseButton.LeftButton


def test_doors_are_closed_and_opened_by_click(lab: Lab, qtbot: Any):
    bar = lab.window.run_bar
    qtbot.mouseClick(bar.buttons.doors, LEFT)
    lab.look()
    closed = lab.book.last(ev.IntakeChanged)
    assert (closed.open, closed.by) == (False, "maria")
    assert bar.state.text() == "Doors closed"
    qtbot.mouseClick(bar.buttons.doors, LEFT)
    lab.look()
    assert lab.book.last(ev.IntakeChanged).open
    assert bar.state.text() == "Doors open"


def test_matching_is_paused_and_taken_up_again_by_key(lab: Lab, qtbot: Any):
    button = lab.window.run_bar.buttons.pause
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    lab.look()
    paused = lab.book.last(ev.MatchingPaused)
    assert (paused.paused, paused.by) == (True, "maria")
    waiting(lab, "a", "b")
    assert lab.book.proposals() == []
    qtbot.keyClick(button, Qt.Key.Key_Space)
    lab.book.turn()
    lab.look()
    assert lab.book.proposals() == [{"a", "b"}]


def test_the_limit_is_typed_and_dragged(lab: Lab, qtbot: Any):
    import pyqtgraph

    lab.window.desk.go_to("probes")
    panel = lab.window.panels["probes"]
    qtbot.waitUntil(lambda: panel.plot is not None)
    pyqtgraph.setConfigOption("mouseRateLimit", -1)  # it drops moves that follow one another faster than a hand's
    field = panel.limit.field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "120")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    lab.look()
    changed = lab.book.last(ev.ThresholdChanged)
    assert (changed.new_max_p2p_rtt_ms, changed.by) == (120, "maria")
    QApplication.processEvents()
    panel.grab()
    drag(qtbot, panel, 120, 90)
    lab.look()
    assert lab.book.last(ev.ThresholdChanged).new_max_p2p_rtt_ms in range(84, 97)
    assert len(lab.book.all(ev.ThresholdChanged)) == 2


def test_the_run_is_ended_once_it_is_confirmed(lab: Lab, qtbot: Any):
    bar = lab.window.run_bar
    for end in (Qt.Key.Key_Escape, None):
        bar.buttons.drain_action.trigger()  # the button's menu is a loop of its own
        [question] = [each for each in lab.window.findChildren(EndQuestion) if each.isVisible()]
        assert lab.book.all(ev.RunEnding) == []
        if end is not None:
            qtbot.keyClick(question, end)
            assert not question.isVisible()
        else:
            qtbot.mouseClick(question._end, LEFT)
    lab.look()
    assert lab.book.last(ev.RunEnding).by == "maria"
