"""What the operator can do for everybody at once, and with the keyboard alone: note, message, longer wait, acknowledge.

Owns these actions, their keys, and when each is offered. Must not act: a question is asked first where there is
something to say, and the answer goes upward as an intent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from core.projections.shown import ShownRun
from widgets import action_dialogs
from widgets.action_dialogs import ActionDialog
from widgets.alert_line import AlertLine
from widgets.parts.icons import name_icon

ON: Final = ("open", "closed", "draining")


class OperatorMenu(QObject):
    """Signal: `intent_wanted(name, fields)`."""

    intent_wanted = Signal(str, object)

    def __init__(self, menu: QMenu, alert_line: AlertLine, window: QWidget) -> None:
        super().__init__(window)
        self._window, self._alert_line = window, alert_line
        self.note = self._action(menu, self.tr("&Note…"), "N", self.tr("A line for the log, with this moment"))
        name_icon(self.note, "mdi6.note-edit-outline")
        self.acknowledge = self._action(
            menu, self.tr("&Acknowledge the alert"), "Ctrl+Shift+A", self.tr("You have seen it")
        )
        name_icon(self.acknowledge, "mdi6.bell-check-outline")
        menu.addSeparator()
        self.message_all = self._action(
            menu, self.tr("&Message to everybody…"), "Ctrl+Shift+M", self.tr("Shown on every page that is connected")
        )
        name_icon(self.message_all, "mdi6.message-text-outline")
        self.extend_all = self._action(
            menu, self.tr("Let everybody &wait longer…"), "Ctrl+Shift+L",
            self.tr("Moves the end of the wait of all who wait now"),
        )  # fmt: skip
        name_icon(self.extend_all, "mdi6.timer-plus-outline")
        self.note.triggered.connect(lambda: self._ask(action_dialogs.note))
        self.acknowledge.triggered.connect(lambda _checked: alert_line.acknowledge())
        self.message_all.triggered.connect(lambda: self._ask(lambda parent: action_dialogs.message(None, parent)))
        self.extend_all.triggered.connect(lambda: self._ask(lambda parent: action_dialogs.extend(None, parent)))
        alert_line.intent_wanted.connect(self.intent_wanted)
        self.follow(None, live=False)

    def follow(self, shown: ShownRun | None, *, live: bool) -> None:
        """Offer what this run allows."""
        on = live and shown is not None and shown.run.state in ON
        self.note.setEnabled(on)
        self.acknowledge.setEnabled(on and self._alert_line.can_acknowledge)
        self.message_all.setEnabled(on and shown is not None and shown.participants.present > 0)
        first = next(iter(shown.waitroom.rows.values()), None) if shown is not None else None
        self.extend_all.setEnabled(on and first is not None and first.wait_until_s is not None)

    def _ask(self, make: Callable[[QWidget], ActionDialog]) -> None:
        dialog = make(self._window)
        dialog.wanted.connect(self.intent_wanted)
        dialog.open()

    def _action(self, menu: QMenu, text: str, keys: str, tip: str) -> QAction:
        action: QAction = menu.addAction(text)
        action.setShortcut(QKeySequence(keys))
        action.setToolTip(f"{tip} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
        return action
