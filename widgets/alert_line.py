"""The worst alert that nobody has seen to, across the window, or all of them, with the one thing to do about it.

Owns which are shown, and calls for somebody when there is a new one. Must not decide what is alarming, nor that it is
over: the log says both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.projections import words
from core.projections.alerts import AlertsProjection, OpenAlert
from widgets.parts.alarm import Alarm
from widgets.parts.banner import Banner

_MOST_LINES: Final = 5
_LINE_LIMIT: Final = 110  # characters, where several are shown


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
        self._all = False  # are shown, instead of the worst alone
        self._read: list[str] = []  # the alerts whose words can be read
        self.action_wanted.connect(self._acknowledge_shown)
        self.details_wanted.connect(self._turn)

    def follow(self, alerts: AlertsProjection | None, *, live: bool) -> None:
        """Another run's alerts, or (None) none."""
        self._alerts, self._live = alerts, live
        self._called_for, self._shown, self._all = 0, (), False
        self.hide()

    @property
    def can_acknowledge(self) -> bool:
        """Whether there is one to be acknowledged."""
        return self._live and self._alerts is not None and self._alerts.worst() is not None

    def acknowledge(self) -> None:
        """The worst has been seen."""
        worst = self._alerts.worst() if self._alerts is not None else None
        if worst is not None and self._live:
            self.intent_wanted.emit("acknowledge_alert", {"alert": worst.alert})

    def _acknowledge_shown(self) -> None:
        """Not those that have come since: nobody can have read them."""
        for alert in self._read if self._live else ():
            self.intent_wanted.emit("acknowledge_alert", {"alert": alert})

    def _turn(self) -> None:
        """All of them, or the worst alone."""
        self._all = not self._all
        self.refresh()

    def refresh(self) -> None:
        """Show the worst, or all; call if one of those that nobody has seen is new."""
        if self._alerts is None:
            return
        unseen = self._alerts.unseen()
        if not unseen:
            self._called_for = self._alerts.raised
            self._shown, self._all = (), False
            self.hide()
            return
        self._all = self._all and len(unseen) > 1
        lines = self._listed(unseen) if self._all else [(self._worst_of(unseen), unseen[0].severity)]
        wanted = (lines, self._all, [alert.alert for alert in unseen])
        if self._shown != wanted:
            self._shown = wanted
            self._say(lines, unseen)
        newest = max(alert.number for alert in unseen)
        if self._live and newest > self._called_for:
            self._alarm.call(self._worst_of(unseen))
        self._called_for = max(self._called_for, newest)

    def _worst_of(self, unseen: Sequence[OpenAlert]) -> str:
        text = words.plain(unseen[0].text or unseen[0].alert)
        return text + self.tr(" (and {} more)").format(len(unseen) - 1) if len(unseen) > 1 else text

    def _listed(self, unseen: Sequence[OpenAlert]) -> list[tuple[str, str]]:
        """The worst first, a line each, with what its mark is coloured by."""
        seen = unseen[:_MOST_LINES]
        lines: list[tuple[str, str]] = [
            (words.plain(alert.text or alert.alert, _LINE_LIMIT), alert.severity) for alert in seen
        ]
        if len(unseen) > _MOST_LINES:
            lines.append((self.tr("and {} more, once these are acknowledged").format(len(unseen) - _MOST_LINES), ""))
        return lines

    def _say(self, lines: Sequence[tuple[str, str]], unseen: Sequence[OpenAlert]) -> None:
        several = len(unseen) > 1
        self._read = [alert.alert for alert in unseen[: _MOST_LINES if self._all else 1]]
        tip = self.tr("You have seen it; it stays in the log and ends by itself (Ctrl+Shift+A)")
        action = self.tr("Acknowledge")
        if self._all:
            tip = self.tr("You have seen these; they stay in the log and end by themselves")
            action = self.tr("Acknowledge all") if len(unseen) <= _MOST_LINES else self.tr("Acknowledge these")
        action = action if self._live else ""
        self.say(
            *lines[0], more=lines[1:], action=action, action_tooltip=tip, details=several, dismissible=False
        )  # fmt: skip
        self._details.setText(self.tr("Show worst") if self._all else self.tr("Show all {}").format(len(unseen)))
        self._details.setToolTip(self.tr("The worst alert alone, or all that nobody has acknowledged yet"))

    def call(self, text: str) -> None:
        """Something that cannot stand in the log: the log itself cannot be written."""
        self._alarm.call(text)
