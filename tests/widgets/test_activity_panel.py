"""The feed: grows at its end, follows unless somebody reads further up, shows text as text."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from core import events as ev
from core.projections.activity import KEPT, ActivityProjection
from tests.projections.stories import Story, busy_session
from widgets.activity_panel import ActivityModel, ActivityPanel
from widgets.parts.selection import Selection


@pytest.fixture
def panel(qtbot):
    activity = ActivityProjection()
    panel = ActivityPanel(activity)
    panel.resize(420, 200)
    qtbot.addWidget(panel)
    panel.show()
    panel.pull(0.0)
    return panel


def lines(panel: ActivityPanel) -> list[str]:
    return [panel.model.index(row).data() for row in range(panel.model.rowCount())]


def test_lines_come_in_the_order_of_the_log(panel):
    assert panel._empty.isVisible()
    panel._activity.replay(Story().begin().join("A").events)
    panel.pull(1.0)
    assert lines(panel)[-2:] == ["Doors opened by maria", "A joined"]
    assert not panel._empty.isVisible()


def test_it_follows_until_somebody_scrolls_up_and_again_when_told(qtbot, panel):
    panel._activity.replay(busy_session().events)
    panel.pull(1.0)
    assert panel.is_following()
    assert panel.follow_button.isHidden()
    panel.list.verticalScrollBar().setValue(10)
    panel._activity.replay(Story().join("late").events)
    panel.pull(2.0)
    assert panel.list.verticalScrollBar().value() == 10
    qtbot.mouseClick(panel.follow_button, Qt.MouseButton.LeftButton)
    assert panel.is_following()
    panel._activity.replay(Story().join("later").events)
    panel.pull(3.0)
    assert panel.is_following()


def test_it_goes_on_following_when_the_panel_becomes_smaller(panel):
    panel._activity.replay(busy_session().events)
    panel.pull(1.0)
    bar = panel.list.verticalScrollBar()
    panel.resize(420, 120)
    panel.grab()
    assert panel.is_following()
    assert bar.value() == bar.maximum() > 0


def test_markup_in_a_message_is_shown_as_text(panel):
    said = "<img src=x onerror=alert(1)> & “hello”"
    panel._activity.apply(ev.OperatorActed(action="message_participant", by="maria", subjects=["A"], text=said))
    panel.pull(1.0)
    assert "<img src=x" in lines(panel)[0]
    assert "<img" not in panel.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert not panel.grab().isNull()


def test_the_model_keeps_its_promises_while_old_lines_go(qtbot):
    rng = random.Random(3)
    activity = ActivityProjection()
    model = ActivityModel(activity)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    number = 0
    while number < 3 * KEPT:
        for _ in range(rng.choice([0, 1, 7, 500, KEPT + 10])):
            activity.apply(ev.ParticipantJoined(subject_id=f"P{number}", seq=number))
            number += 1
        model.refresh()
        assert model.rowCount() == len(activity.entries)
        if activity.entries:
            assert model.index(model.rowCount() - 1).data() == activity.entries[-1].text
            assert model.index(0).data() == activity.entries[0].text
    assert tester.model() is model


def test_a_line_chooses_whom_it_is_about_by_mouse_and_by_key(qtbot, folded):
    story = Story().begin().join("A", "B").wait("A", "B").propose("A", "B")
    shown, selection = folded(story), Selection()
    panel = ActivityPanel(shown.activity, selection=selection)
    qtbot.addWidget(panel)
    panel.resize(500, 300)
    panel.show()
    panel.refresh(story.now_s)
    heard = []
    selection.changed.connect(heard.append)
    rows = [entry.subjects for entry in shown.activity.entries]
    single, pair = rows.index(("B",)), rows.index(("A", "B"))
    place = panel.list.visualRect(panel.model.index(single, 0)).center()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert heard == ["B"]
    panel.list.setCurrentIndex(panel.model.index(pair, 0))
    for _ in range(3):
        qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert heard == ["B", "A", "B", "A"]
    qtbot.keyClick(panel.list, Qt.Key.Key_Escape)
    assert heard[-1] is None


def test_lines_about_the_chosen_person_are_marked(qtbot, folded):
    story = Story().begin().join("A", "B")
    selection = Selection()
    panel = ActivityPanel(folded(story).activity, selection=selection)
    qtbot.addWidget(panel)
    panel.resize(500, 300)
    panel.show()
    panel.refresh(story.now_s)
    before = panel.list.viewport().grab().toImage()
    selection.choose("A")
    after = panel.list.viewport().grab().toImage()
    row = next(row for row in range(panel.model.rowCount()) if panel.model.index(row, 0).data().startswith("A "))
    for other in range(panel.model.rowCount()):
        y = panel.list.visualRect(panel.model.index(other, 0)).center().y()
        assert (before.pixel(1, y) != after.pixel(1, y)) == (other == row)
