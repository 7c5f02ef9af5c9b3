"""What can be done with the whole run, as a row of buttons: words, icons, tips, and when each is possible.

Owns these buttons. Must not do what they are for, nor know whether there is room for their words (run_bar.py does).
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton

from core.projections.run import RunProjection
from widgets.parts.button_words import give_words
from widgets.parts.icons import change_icon, name_icon


class RunButtons(QHBoxLayout):
    """A row of `add`, `pause`, `doors`, `end` and `start`. Signals: `add_wanted()`, `pause_wanted()` and
    `doors_wanted()` (or the other way round), `end_wanted("drain" | "now")` before any question, `start_wanted()`.
    """

    add_wanted = Signal()
    pause_wanted = Signal()
    doors_wanted = Signal()
    end_wanted = Signal(str)
    start_wanted = Signal()

    def __init__(self, run: RunProjection) -> None:
        super().__init__()
        self._run = run
        self.start = QPushButton(self.tr("&Start a new run"))
        self.start.setProperty("primary", True)
        self.start.setToolTip(self.tr("Make a new run directory and open the doors"))
        self.start.clicked.connect(self.start_wanted)
        name_icon(self.start, "mdi6.play")
        self.add = QPushButton()
        self.add.setToolTip(
            self.tr("Test pages or bots from this computer, to try the session alone; or stop them (Ctrl+T)")
        )
        self.add.clicked.connect(self.add_wanted)
        name_icon(self.add, "mdi6.account-plus-outline")
        self.doors = QPushButton()
        self.doors.clicked.connect(self.doors_wanted)
        name_icon(self.doors, "mdi6.door-open")
        self.pause = QPushButton()
        self.pause.clicked.connect(self.pause_wanted)
        name_icon(self.pause, "mdi6.pause")
        self.end = QToolButton()
        self.end.setText(self.tr("End run"))
        self.end.setProperty("danger", True)
        self.end.setToolTip(self.tr("End the run: after the games under way, or at once"))
        self._add_menu(self.end)
        name_icon(self.end, "mdi6.stop")
        self.speak()
        self.setSpacing(10)
        for button in (self.add, self.pause, self.doors, self.end, self.start):
            self.addWidget(button)

    def _add_menu(self, button: QToolButton) -> None:
        self.drain_action = QAction(self.tr("Let games &finish, then end…"), self)
        self.drain_action.setToolTip(self.tr("Close the doors, send home who is not playing, end after the last game"))
        self.drain_action.triggered.connect(lambda: self.end_wanted.emit("drain"))
        self.now_action = QAction(self.tr("End &now…"), self)
        self.now_action.setToolTip(self.tr("Stop everything at once"))
        self.now_action.triggered.connect(lambda: self.end_wanted.emit("now"))
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        menu.addActions([self.drain_action, self.now_action])
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)

    def offer(self, *, controls_enabled: bool) -> None:
        """What the run allows as it is."""
        run = self._run
        on = run.state in ("open", "closed")
        there = controls_enabled and run.state not in ("ended", "none")
        self.start.setVisible(controls_enabled and run.state == "ended")
        for button in (self.add, self.pause, self.doors, self.end):
            button.setVisible(there)
        self.add.setEnabled(run.state == "open")
        self.doors.setEnabled(on)
        self.pause.setEnabled(on)
        self.drain_action.setEnabled(on)
        closing, opening = self.tr("Let nobody new in; who is here stays"), self.tr("Let newcomers in again")
        self.doors.setToolTip((closing if run.intake_open else opening) + " (Ctrl+D)")
        pausing = self.tr("Form no more groups for now; everybody keeps their place")
        resuming = self.tr("Form groups again")
        self.pause.setToolTip((resuming if run.matching_paused else pausing) + " (Ctrl+M)")
        change_icon(self.pause, "mdi6.play" if run.matching_paused else "mdi6.pause")
        change_icon(self.doors, "mdi6.door-open" if run.intake_open else "mdi6.door-closed")

    def speak(self) -> None:
        """Every button with its words."""
        run = self._run
        for button, text in (
            (self.add, self.tr("&Add test participants…")),
            (self.pause, self.tr("Take &matching up again") if run.matching_paused else self.tr("&Pause matching")),
            (self.doors, self.tr("&Close doors") if run.intake_open else self.tr("&Open doors")),
        ):
            give_words(button, text)
