"""The worst alert that nobody has seen to, across the window, with the one thing to do about it.

Owns which is shown, and calls for somebody when there is a new one. Must not decide what is alarming, nor that it is
over: the log says both.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.projections import words
from core.projections.alerts import AlertsProjection
from widgets.parts.alarm import Alarm
from widgets.parts.notes import Banner


class AlertLine(Banner):
    """Signal: `intent_wanted(name, fields)`. A run that is only looked at calls nobody and acknowledges nothing."""

    intent_wanted = Signal(str, object)

    def __init__(self, alarm: Alarm, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._alarm = alarm
        self._alerts: AlertsProjection | None = None
        self._live = False
        self._called_for = 0  # how many had been raised when somebody was called last
        self._shown: tuple[object, ...] = ()
        self.action_wanted.connect(self.acknowledge)

    def follow(self, alerts: AlertsProjection | None, *, live: bool) -> None:
        """Another run's alerts, or (None) none."""
        self._alerts, self._live = alerts, live
        self._called_for, self._shown = 0, ()
        self.hide()

    @property
    def can_acknowledge(self) -> bool:
        """Whether there is one to be acknowledged."""
        return self._live and self._alerts is not None and self._alerts.worst() is not None

    def acknowledge(self) -> None:
        """The one that is shown has been seen."""
        worst = self._alerts.worst() if self._alerts is not None else None
        if worst is not None and self._live:
            self.intent_wanted.emit("acknowledge_alert", {"alert": worst.alert})

    def refresh(self) -> None:
        """Show the worst; call if one of those that nobody has seen is new."""
        if self._alerts is None:
            return
        unseen = self._alerts.unseen()
        if not unseen:
            self._called_for = self._alerts.raised
            self._shown = ()
            self.hide()
            return
        worst = unseen[0]
        text = words.plain(worst.text or worst.alert)
        if len(unseen) > 1:
            text += self.tr(" (and {} more)").format(len(unseen) - 1)
        if self._shown != (text, worst.severity):
            self._shown = (text, worst.severity)
            action = self.tr("Acknowledge") if self._live else ""
            tip = self.tr("You have seen it; it stays in the log and ends by itself (Ctrl+Shift+A)")
            self.say(text, worst.severity, action=action, action_tooltip=tip, dismissible=False)
        newest = max(alert.number for alert in unseen)
        if self._live and newest > self._called_for:
            self._alarm.call(text)
        self._called_for = max(self._called_for, newest)

    def call(self, text: str) -> None:
        """Something that cannot stand in the log: the log itself cannot be written."""
        self._alarm.call(text)
