"""The run bar: numbers from the participants' projection, link, and buttons that only ask."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox

from core import events as ev
from core.projections.shown import ShownRun
from tests.projections.stories import Story
from widgets.dialogs import LinksDialog
from widgets.end_question import EndQuestion
from widgets.parts.icons import bring_icons
from widgets.run_bar import RunBar


@pytest.fixture
def bar_on(qtbot, folded):
    def make(story: Story, controls_enabled: bool = True) -> tuple[RunBar, ShownRun]:
        shown = folded(story)
        bar = RunBar(shown, controls_enabled=controls_enabled)
        bar.resize(1280, 90)
        qtbot.addWidget(bar)
        bar.show()
        bar.refresh(story.now_s)
        return bar, shown

    return make


def click(qtbot, button) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_it_counts_people_where_they_are(bar_on):
    story = Story().begin().join("A", "B", "C", "D", "E", "F").wait("A", "B", "C", "D").propose("A", "B")
    story.propose("C", "D").measured("C", "D", 20.0).lose("C").leave("F").at(3_671)
    bar, shown = bar_on(story)
    assert {state: tile.value() for state, tile in bar.tiles.items()} == shown.participants.counts()
    assert bar.elapsed.text() == "1:01:11"
    assert bar.state.text() == "Doors open"


def test_the_link_can_be_copied_by_button(qtbot, bar_on):
    bar, _ = bar_on(Story().begin())
    QGuiApplication.clipboard().clear()
    click(qtbot, bar.join.copy_button)
    assert QGuiApplication.clipboard().text() == "http://192.168.1.23:8765/"
    assert bar.join.copy_button.text() == "Copied"


def test_the_qr_code_comes_with_every_address(qtbot, bar_on):
    bar, _ = bar_on(Story().begin())
    click(qtbot, bar.join.qr_button)
    [dialog] = bar.findChildren(LinksDialog)
    assert dialog.list.count() == 2
    first = dialog.code.pixmap().toImage()
    dialog.list.setCurrentRow(1)
    assert dialog.chosen() == "http://localhost:8765/"
    assert dialog.code.pixmap().toImage() != first
    click(qtbot, dialog.copy)
    assert QGuiApplication.clipboard().text() == "http://localhost:8765/"
    dialog.close()


def test_doors_show_what_the_log_says_not_what_was_clicked(qtbot, bar_on):
    bar, shown = bar_on(Story().begin())
    wishes = []
    bar.intake_wanted.connect(wishes.append)
    click(qtbot, bar.buttons.doors)
    bar.refresh(1.0)
    assert wishes == [False]
    assert bar.buttons.doors.text() == "&Close doors"
    shown.run.apply(ev.IntakeChanged(open=False))
    bar.refresh(2.0)
    assert bar.buttons.doors.text() == "&Open doors"
    assert bar.state.text() == "Doors closed"


@pytest.mark.parametrize("mode", ["drain", "now"])
def test_the_end_is_only_wanted_once_it_was_confirmed(qtbot, bar_on, mode):
    bar, _ = bar_on(Story().begin().join("A"))
    wishes = []
    bar.end_wanted.connect(wishes.append)
    action = bar.buttons.drain_action if mode == "drain" else bar.buttons.now_action
    action.trigger()
    [question] = bar.findChildren(EndQuestion)
    assert question.defaultButton() is question.button(QMessageBox.StandardButton.Cancel)
    qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert wishes == []
    qtbot.waitUntil(lambda: not bar.findChildren(EndQuestion))
    action.trigger()
    [question] = bar.findChildren(EndQuestion)
    click(qtbot, question._end)
    assert wishes == [mode]


def test_an_ended_run_offers_a_new_one_and_nothing_else(qtbot, bar_on):
    bar, _ = bar_on(Story().begin().at(90).tell(ev.RunEnded, reason="drained").at(500))
    assert bar.elapsed.text() == "1:30"
    assert bar.state.text() == "Ended"
    assert bar.buttons.start.isVisible()
    for widget in (bar.buttons.end, bar.buttons.add, bar.buttons.doors, bar.join.field, bar.join.copy_button):
        assert not widget.isVisible()
    with qtbot.waitSignal(bar.start_wanted):
        click(qtbot, bar.buttons.start)


def test_a_recorded_run_has_no_controls(bar_on):
    bar, _ = bar_on(Story().begin(), controls_enabled=False)
    for widget in (bar.buttons.start, bar.buttons.end, bar.buttons.add, bar.buttons.doors, bar.join.field):
        assert not widget.isVisible()
    assert bar.state.text() == "No end recorded"


def test_while_games_finish_the_run_can_still_be_ended_at_once(bar_on):
    story = Story().begin().tell(ev.GameStarted, game_id="g", scene_id="game", subjects=[], duration_s=90.0).at(30)
    bar, _ = bar_on(story.tell(ev.RunEnding, by="maria"))
    assert bar.state.text() == "Games finishing, 1:00 at most"
    assert bar.buttons.now_action.isEnabled()
    assert not bar.buttons.drain_action.isEnabled()
    assert not bar.buttons.add.isEnabled()


def test_what_pausing_and_doors_do_next_is_told_by_words_and_icon(bar_on):
    story = Story().begin()
    bar, shown = bar_on(story)
    bring_icons(bar)
    before = [button.icon().cacheKey() for button in (bar.buttons.pause, bar.buttons.doors)]
    shown.apply(ev.MatchingPaused(paused=True, by="maria", elapsed_s=1.0))
    shown.apply(ev.IntakeChanged(open=False, by="maria", elapsed_s=1.0))
    bar.refresh(2.0)
    assert bar.state.text() == "Matching paused, doors closed"
    assert [bar.buttons.pause.text(), bar.buttons.doors.text()] == ["Take &matching up again", "&Open doors"]
    after = [button.icon().cacheKey() for button in (bar.buttons.pause, bar.buttons.doors)]
    assert not set(before) & set(after)


def test_an_engine_that_stopped_is_not_well(bar_on):
    bar, shown = bar_on(Story().begin())
    shown.apply(ev.EngineHealth(loop_lag_ms=4.0, disk_free_bytes=50_000_000_000, elapsed_s=1.0))
    bar.refresh(2.0)
    assert bar.health.text() == "Engine well"
    bar.withdraw_controls()
    bar.refresh(2.5)
    assert not bar.health.isVisible()
