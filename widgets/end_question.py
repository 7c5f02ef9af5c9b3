"""The question before a run ends: after its games, or now; with what either would mean at this moment.

Owns its words. Must not reckon: the forecast comes from core/analysis/forecast.py.
"""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from core.analysis.forecast import EndForecast
from core.projections import words

NAMED: Final = 5


class EndQuestion(QMessageBox):
    """Confirms the end of a run. Signal: `confirmed(mode)` with "drain" or "now"; nothing if it is called off."""

    confirmed = Signal(str)

    def __init__(self, mode: str, forecast: EndForecast, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mode = mode
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if mode == "now":
            self.setIcon(QMessageBox.Icon.Warning)
            self.setWindowTitle(self.tr("End the run now"))
            self.setText(self.tr("End the run now?"))
            button = self.tr("&End now")
        else:
            self.setIcon(QMessageBox.Icon.Question)
            self.setWindowTitle(self.tr("End the run"))
            self.setText(self.tr("Let games finish, then end the run?"))
            button = self.tr("&Let games finish, then end")
        self._end = self.addButton(button, QMessageBox.ButtonRole.DestructiveRole)
        cancel = self.addButton(QMessageBox.StandardButton.Cancel)
        self.setDefaultButton(cancel)
        self.setEscapeButton(cancel)
        self.say(forecast)
        self.finished.connect(self._answer)

    def say(self, forecast: EndForecast) -> None:
        """What it would mean, as things stand."""
        lines = self._now_lines(forecast) if self._mode == "now" else self._drain_lines(forecast)
        text = "\n".join([*lines, self.tr("Everything recorded stays.")])
        if text != self.informativeText():
            self.setInformativeText(text)

    def _now_lines(self, forecast: EndForecast) -> list[str]:
        others = len(forecast.left_over) + forecast.finishing
        lines = [
            self.tr("Games under way: {games}. They stop at once for {playing} playing.").format(
                games=forecast.games, playing=forecast.playing
            )
            if forecast.games
            else self.tr("No game is under way.")
        ]
        if others:
            lines.append(self.tr("Sent home without playing on: {}.").format(others))
        return lines

    def _drain_lines(self, forecast: EndForecast) -> list[str]:
        lines = [self.tr("The doors close, and no new game begins."), self._last_game(forecast)]
        if forecast.left_over:
            lines.append(self.tr("Left over and sent home: {}.").format(self._named(forecast.left_over)))
        else:
            lines.append(self.tr("Nobody is left over."))
        if forecast.finishing:
            lines.append(self.tr("Past their last game, may finish: {}.").format(forecast.finishing))
        return lines

    def _last_game(self, forecast: EndForecast) -> str:
        if not forecast.games:
            return self.tr("No game is under way.")
        playing = self.tr("Games under way: {games}, with {playing} playing").format(
            games=forecast.games, playing=forecast.playing
        )
        if forecast.last_game_s is None:
            return self.tr("{}; the log does not say how long they may last.").format(playing)
        at = time.strftime("%H:%M", time.localtime(time.time() + forecast.last_game_s))
        left = words.clock_text(forecast.last_game_s)
        return self.tr("{playing}; the last ends in {left} at the latest, about {at}.").format(
            playing=playing, left=left, at=at
        )

    def _named(self, subjects: tuple[str, ...]) -> str:
        if len(subjects) <= NAMED:
            return words.names(subjects)
        return self.tr("{number} people, {names} …").format(
            number=len(subjects), names=", ".join(words.name(subject) for subject in subjects[:3])
        )

    def _answer(self) -> None:
        if self.clickedButton() is self._end:
            self.confirmed.emit(self._mode)
