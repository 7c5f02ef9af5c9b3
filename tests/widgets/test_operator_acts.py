"""The operator clicks, types and presses keys; what is in the log afterwards, or what the window says was refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt

from core import events as ev
from core.experiment.experiment import GameScene, PageScene
from core.projections.shown import ShownRun
from core.server.intents import ANSWERS, INTENTS
from core.server.wire import Refused
from tests.matching.playbook import Playbook
from widgets.action_dialogs import ActionDialog
from widgets.main_window import MainWindow
from widgets.person_drawer import PersonDrawer

SCENES = [PageScene(id="hello", text="Hi"), GameScene(id="task", title="The task"), PageScene(id="bye", text="Thanks")]


class Lab:
    """A real engine on a clock of its own, and the window on its log: intents in, events out, as over the socket."""

    def __init__(self, book: Playbook, window: MainWindow, qtbot: Any) -> None:
        self.book, self.window, self.qtbot = book, window, qtbot
        self.shown = ShownRun()
        self._seen = 0
        window.intent_wanted.connect(self._answer)
        window.threshold_wanted.connect(lambda limit_ms: self._answer("set_threshold", {"max_p2p_rtt_ms": limit_ms}))
        window.intake_wanted.connect(lambda opened: self._answer("set_intake", {"open": opened}))
        window.end_wanted.connect(lambda mode: self._answer("end_run", {"mode": mode}))
        window.show_run(self.shown, live=True)
        window.desk.go_to("person")
        self.look()

    @property
    def drawer(self) -> PersonDrawer:
        panel = self.window.panels["person"]
        assert isinstance(panel, PersonDrawer)
        return panel

    def look(self) -> None:
        """The ticker's work: what is new in the log is folded and drawn."""
        events = self.book.log
        self.shown.replay(events[self._seen :])
        self._seen = len(events)
        self.window.refresh(self.book.clock.monotonic())

    def choose(self, subject_id: str) -> None:
        self.window.selection.choose(subject_id)
        self.look()

    def click(self, action: str) -> ActionDialog:
        """Press one of the drawer's buttons; the question it asks."""
        self.qtbot.mouseClick(self.drawer.buttons[action], Qt.MouseButton.LeftButton)
        return self.question()

    def question(self) -> ActionDialog:
        dialog = next(d for d in self.window.findChildren(ActionDialog) if d.isVisible())
        with self.qtbot.waitExposed(dialog):
            pass
        return dialog

    def agree(self, dialog: ActionDialog, reason: str = "") -> None:
        if reason:
            self.qtbot.keyClicks(dialog.reason, reason)
        self.qtbot.mouseClick(dialog.do, Qt.MouseButton.LeftButton)
        self.book.turn()
        self.look()

    def why_not(self, action: str) -> str:
        """What the button that cannot be pressed says."""
        button = self.drawer.buttons[action]
        assert not button.isEnabled()
        assert button.accessibleDescription() in button.toolTip()
        return button.accessibleDescription()

    def _answer(self, name: str, fields: dict[str, Any]) -> None:
        try:
            ANSWERS[name](self.book.engine, msgspec.convert(fields, INTENTS[name]), "maria")
        except Refused as refusal:
            self.window.show_refusal(str(refusal))


@pytest.fixture
def lab(tmp_path: Path, window: MainWindow, qtbot: Any) -> Iterator[Lab]:
    window.resize(1920, 1080)
    lab = Lab(Playbook(tmp_path, scenes=SCENES, wait_s=300), window, qtbot)
    yield lab
    for dialog in window.findChildren(ActionDialog):
        dialog.reject()


def waiting(lab: Lab, *subjects: str) -> None:
    for subject_id in subjects:
        lab.book.arrive(subject_id)
        lab.book.engine.journey.advance(subject_id, "hello")
        lab.book.turn()
    lab.look()


def test_a_message_is_typed_sent_and_logged_with_its_reason(lab: Lab, qtbot: Any):
    waiting(lab, "a")
    lab.choose("a")
    dialog = lab.click("message")
    assert not dialog.do.isEnabled(), "there is nothing to send yet"
    text = dialog.field
    qtbot.keyClicks(text, "One moment")
    lab.agree(dialog, "phone rang")
    acted = lab.book.last(ev.OperatorActed)
    assert (acted.action, acted.subjects, acted.text) == ("message_participant", ["a"], "One moment")
    assert (acted.by, acted.reason) == ("maria", "phone rang")
    assert ("a", "notice", {"text": "One moment"}) in lab.book.sent
    assert lab.drawer.story.model.index(lab.drawer.story.model.rowCount() - 1).data() == (
        "Told “One moment” by maria – phone rang"
    )


def test_keeping_out_and_taking_in_again(lab: Lab):
    waiting(lab, "a")
    lab.choose("a")
    lab.agree(lab.click("exclude"), "on the phone")
    excluded = lab.book.last(ev.ParticipantExcluded)
    assert (excluded.subject_id, excluded.excluded, excluded.reason) == ("a", True, "on the phone")
    assert lab.drawer.buttons["exclude"].text() == "Take in…"
    assert "kept out of matching by the operator" in lab.drawer.why.text().lower()
    waiting(lab, "b")
    assert lab.book.proposals() == []
    lab.agree(lab.click("exclude"))
    assert lab.book.proposals() == [{"a", "b"}]


def test_a_match_by_hand_needs_a_partner_and_a_yes(lab: Lab, qtbot: Any):
    waiting(lab, "a")
    lab.choose("a")
    assert lab.why_not("match") == "1 more must be waiting in the same scene."
    waiting(lab, "b", "c")
    dialog = lab.click("match")
    assert not dialog.do.isEnabled()
    assert dialog.cancel.isDefault()
    choice = dialog.field
    assert [choice.item(row).text() for row in range(choice.count())] == ["b · not measured", "c · not measured"]
    choice.setFocus()
    qtbot.keyClick(choice, Qt.Key.Key_End)
    lab.agree(dialog, "they came together")
    formed = lab.book.last(ev.MatchFormed)
    assert ({p.subject_id for p in formed.participants}, formed.forced) == ({"a", "c"}, True)
    assert lab.book.last(ev.OperatorActed).reason == "they came together"


def test_ending_a_game_and_sending_to_a_scene(lab: Lab, qtbot: Any):
    waiting(lab, "a", "b")
    lab.choose("a")
    assert lab.why_not("end_game") == "a is not playing."
    lab.book.measure("a", "b", 40.0)
    lab.look()
    assert lab.why_not("exclude") == "a plays the last game."
    assert lab.why_not("extend") == "a is not waiting."
    lab.agree(lab.click("end_game"))
    assert lab.book.last(ev.GameEnded).reason == "ended_by_operator"
    dialog = lab.click("send")
    scenes = dialog.field
    assert [scenes.itemText(row) for row in range(scenes.count())] == ["hello", "task – The task"]
    qtbot.keyClick(scenes, Qt.Key.Key_End)
    lab.agree(dialog)
    acted = lab.book.last(ev.OperatorActed)
    assert (acted.action, acted.subjects, acted.text) == ("send_to_scene", ["a"], "task")
    assert lab.book.state("a") == "waiting"


def test_a_longer_wait_for_one_and_for_all(lab: Lab, qtbot: Any):
    waiting(lab, "a")
    lab.choose("a")
    dialog = lab.click("extend")
    minutes = dialog.field
    qtbot.keyClicks(minutes, "7")
    lab.agree(dialog)
    extended = lab.book.last(ev.WaitingExtended)
    assert (extended.subject_id, extended.by_s, extended.by) == ("a", 420.0, "maria")
    lab.window.operator.extend_all.trigger()
    lab.agree(lab.question())
    assert lab.book.last(ev.WaitingExtended).subject_id is None
    assert lab.shown.waitroom.rows["a"].wait_until_s == pytest.approx(300 + 420 + 300)


def test_removing_asks_first_and_leaves_nothing_to_do(lab: Lab, qtbot: Any):
    waiting(lab, "a")
    lab.choose("a")
    dialog = lab.click("remove")
    assert dialog.cancel.isDefault(), "Enter must not remove anybody"
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    lab.look()
    assert lab.book.state("a") == "waiting"
    lab.agree(lab.click("remove"), "asked to leave")
    left = lab.book.last(ev.ParticipantLeft)
    assert (left.reason, left.by, left.text) == ("removed", "maria", "asked to leave")
    for action in lab.drawer.buttons:
        assert lab.why_not(action) == "a does not take part any more."


def test_what_is_overtaken_by_events_is_refused_with_the_reason(lab: Lab, qtbot: Any):
    waiting(lab, "a", "b")
    lab.choose("a")
    dialog = lab.click("extend")
    lab.book.leave("a")
    lab.agree(dialog)
    assert lab.window.banner.isVisible()
    assert lab.window.banner.text() == "Not done: a does not take part any more"


def test_n_notes_wherever_the_cursor_is_but_not_while_typing(lab: Lab, qtbot: Any):
    waiting(lab, "a")
    with qtbot.waitActive(lab.window):
        lab.window.activateWindow()
    lab.drawer.story.list.setFocus()
    qtbot.keyClick(lab.drawer.story.list, Qt.Key.Key_N)
    dialog = lab.question()
    line = dialog.field
    qtbot.keyClicks(line, "No: noise next door")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    lab.look()
    assert lab.book.last(ev.NoteAdded).text == "No: noise next door"
    assert lab.shown.notes.marks[-1][1:] == ("No: noise next door", "maria")
    assert lab.shown.activity.entries[-1].text == "Note by maria: No: noise next door"


def test_an_alert_stands_across_the_window_until_it_is_acknowledged(lab: Lab, qtbot: Any):
    waiting(lab, "a")
    lab.book.engine.record(ev.AlertRaised(alert="x", text="<b>First</b>", severity="warning"))
    lab.book.engine.record(ev.AlertRaised(alert="y", text="Worse", severity="error"))
    lab.look()
    line = lab.window.alert_line
    assert line.isVisible()
    assert line.text() == "Worse (and 1 more)"
    with qtbot.waitActive(lab.window):
        lab.window.activateWindow()
    qtbot.keyClick(lab.window, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    lab.look()
    assert lab.book.last(ev.AlertAcknowledged).alert == "y"
    assert line.text() == "<b>First</b>"
    line.action_wanted.emit()
    lab.look()
    assert lab.book.last(ev.AlertAcknowledged).by == "maria"
    assert not line.isVisible()
    assert not lab.window.operator.acknowledge.isEnabled()


def test_all_alerts_can_be_read_and_acknowledged_together(lab: Lab, qtbot: Any):
    waiting(lab, "a")
    for number in range(7):
        lab.book.engine.record(ev.AlertRaised(alert=f"x{number}", text=f"Look {number}", severity="warning"))
    lab.look()
    line = lab.window.alert_line
    assert line.text() == "Look 6 (and 6 more)"
    show, acknowledge = line._details, line._action
    assert (show.text(), acknowledge.text()) == ("Show all 7", "Acknowledge")
    qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
    assert line.text().splitlines() == [
        *(f"Look {number}" for number in (6, 5, 4, 3, 2)), "and 2 more, once these are acknowledged",
    ]  # fmt: skip
    lab.book.engine.record(ev.AlertRaised(alert="late", text="Nobody read this", severity="error"))
    qtbot.mouseClick(acknowledge, Qt.MouseButton.LeftButton)
    lab.look()
    assert line.text().splitlines() == ["Nobody read this", "Look 1", "Look 0"]
    assert acknowledge.text() == "Acknowledge all"
    qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
    assert line.text() == "Nobody read this (and 2 more)"
    line.action_wanted.emit()
    lab.look()
    assert line.text() == "Look 1 (and 1 more)"
    qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(acknowledge, Qt.MouseButton.LeftButton)
    lab.look()
    assert not line.isVisible()


def test_everybody_is_told_at_once(lab: Lab, qtbot: Any):
    assert not lab.window.operator.message_all.isEnabled(), "nobody is here"
    waiting(lab, "a", "b")
    lab.window.operator.message_all.trigger()
    dialog = lab.question()
    qtbot.keyClicks(dialog.field, "Five minutes")
    lab.agree(dialog)
    assert lab.book.last(ev.OperatorActed).subjects == ["a", "b"]


def test_a_recorded_run_tells_but_offers_nothing(lab: Lab):
    waiting(lab, "a")
    lab.book.engine.record(ev.AlertRaised(alert="x", text="Look", severity="warning"))
    lab.look()
    lab.window.show_run(lab.shown, live=False)
    lab.window.desk.go_to("person")
    lab.choose("a")
    assert not lab.drawer.buttons["message"].isVisible()
    assert lab.drawer.story.model.rowCount() > 0
    assert lab.window.alert_line.text() == "Look"
    for action in (lab.window.operator.note, lab.window.operator.acknowledge, lab.window.operator.message_all):
        assert not action.isEnabled()
