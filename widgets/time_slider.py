"""The row from which a recorded run is gone through: play, speed, the line of its time, jumps, the clock.

Owns its widgets and what of them is asked for. Must not go anywhere itself: it asks, and shows where the run is.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from core.projections import words
from widgets.parts.icons import name_icon
from widgets.parts.text import PlainLabel, steady_digits
from widgets.time_track import PER_S, Moment, TimeTrack

SPEEDS: Final = (1, 2, 5, 10, 20, 50, 100)


class TimeSlider(QFrame):
    """Signals: `moment_wanted(elapsed_s)`, `step_wanted(1 | -1)` to the next or previous event, `play_wanted(speed)`
    with how many seconds of the run go by in one, 0 for a pause.
    """

    moment_wanted = Signal(float)
    step_wanted = Signal(int)
    play_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeSlider")
        self.setAccessibleName(self.tr("Time slider"))
        self._moments: Sequence[Moment] = ()
        self._now_s = self._end_s = 0.0
        self._playing = False
        self.play_button = QPushButton(self.tr("Play"))
        self.play_button.setToolTip(self.tr("Play from here, or pause (Space)"))
        self.play_button.clicked.connect(self.turn)
        name_icon(self.play_button, "mdi6.play")
        self.speed = QComboBox()
        for speed in SPEEDS:
            self.speed.addItem(self.tr("{}×").format(speed), speed)
        self.speed.setCurrentIndex(SPEEDS.index(10))
        self.speed.setToolTip(self.tr("How fast it is played (+ and − while the line has the keys)"))
        self.speed.setAccessibleName(self.tr("Speed of playing"))
        self.speed.currentIndexChanged.connect(self._change_speed)
        self.track = TimeTrack()
        self.track.setAccessibleName(self.tr("Moment of the run"))
        self.track.valueChanged.connect(lambda steps: self._ask(steps / PER_S))
        self.kind = QComboBox()
        for kind, text in (
            ("event", self.tr("event")), ("alert", self.tr("alert")), ("note", self.tr("note")),
            ("limit", self.tr("limit change")),
        ):  # fmt: skip
            self.kind.addItem(text, kind)
        self.kind.setAccessibleName(self.tr("What the arrows beside jump to"))
        self.kind.setToolTip(self.tr("What the arrows beside jump to"))
        self.kind.currentIndexChanged.connect(lambda _: self._enable())
        self.back_button = self._arrow("◀", "mdi6.chevron-left", self.tr("To the previous one (comma)"), -1)
        self.forth_button = self._arrow("▶", "mdi6.chevron-right", self.tr("To the next one (full stop)"), 1)
        self.clock = PlainLabel(name="replayClock")
        self.clock.setFont(steady_digits(self.clock.font()))
        self.wall = PlainLabel(name="muted")
        self.wall.setFont(steady_digits(self.wall.font()))
        self._lay_out()
        self._make_keys()

    def _arrow(self, text: str, icon: str, tooltip: str, step: int) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tooltip)
        button.setAccessibleName(tooltip)
        button.clicked.connect(lambda: self.jump(step))
        name_icon(button, icon)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 4, 14, 6)
        row.setSpacing(8)
        row.addWidget(self.play_button)
        row.addWidget(self.speed)
        row.addWidget(self.track, 1)
        row.addWidget(self.clock)
        row.addWidget(self.wall)
        row.addSpacing(4)
        for widget in (self.back_button, self.kind, self.forth_button):
            row.addWidget(widget)

    def _make_keys(self) -> None:
        """Keys that count while the line has the focus."""
        key = Qt.Key
        for keys, do in (
            ((key.Key_Space,), self.turn),
            ((key.Key_Comma,), lambda: self.jump(-1)),
            ((key.Key_Period,), lambda: self.jump(1)),
            ((key.Key_Plus, key.Key_Equal), lambda: self._speed_up(1)),
            ((key.Key_Minus,), lambda: self._speed_up(-1)),
        ):
            action = QAction(self.track)
            action.setShortcuts([QKeySequence(each) for each in keys])
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(lambda _checked=False, do=do: do())
            self.track.addAction(action)

    # --- what is asked for --------------------------------------------------------------------------------------------

    def key_help(self) -> list[tuple[str, str]]:
        """What the line answers, for the shortcut sheet."""
        return [
            (self.tr("Space"), self.tr("play, or pause")),
            (self.tr("+, −"), self.tr("faster, slower")),
            (self.tr("Left, Right"), self.tr("a second back or forth")),
            (self.tr("Page Up, Page Down"), self.tr("a minute back or forth")),
            (self.tr("Home, End"), self.tr("the run's start, its end")),
            (self.tr(", and ."), self.tr("to the previous or next event, alert, note or limit change, as chosen")),
        ]

    def turn(self) -> None:
        """Play, or pause."""
        self._ask_to_play(not self._playing)

    def jump(self, step: int) -> None:
        """To the next (1) or previous (-1) of what was chosen."""
        kind = self.kind.currentData()
        if kind == "event":
            self.step_wanted.emit(step)
            return
        place = self._next(kind, step)
        if place is not None:
            self._ask(place)

    def _next(self, kind: str, step: int) -> float | None:
        times = [moment.elapsed_s for moment in self._moments if moment.kind == kind]
        if step > 0:
            return next((at_s for at_s in times if at_s > self._now_s + 1e-6), None)
        return next((at_s for at_s in reversed(times) if at_s < self._now_s - 1e-6), None)

    def _ask(self, elapsed_s: float) -> None:
        self.moment_wanted.emit(min(elapsed_s, self._end_s))

    def _ask_to_play(self, on: bool) -> None:
        self.play_wanted.emit(int(self.speed.currentData()) if on else 0)

    def _change_speed(self, _place: int) -> None:
        if self._playing:
            self._ask_to_play(True)

    def _speed_up(self, step: int) -> None:
        self.speed.setCurrentIndex(min(max(self.speed.currentIndex() + step, 0), len(SPEEDS) - 1))

    # --- what is shown ------------------------------------------------------------------------------------------------

    def show_moments(self, moments: Sequence[Moment]) -> None:
        """Alerts, notes and changes of the limit of the whole run, in order of time."""
        self._moments = moments
        self.track.set_moments(moments)
        self._enable()

    def show_state(self, now_s: float, end_s: float, started_at: float | None, *, playing: bool) -> None:
        """Where the run is seen: `now_s` of `end_s` (both `elapsed_s`); `started_at` is Unix time."""
        self._now_s, self._end_s = now_s, end_s
        self._say_playing(playing)
        with QSignalBlocker(self.track):
            self.track.setMaximum(max(1, -int(-end_s * PER_S // 1)))
            if not self.track.isSliderDown():
                self.track.setValue(round(now_s * PER_S))
        self.clock.setText(self.tr("{} of {}").format(words.clock_text(now_s), words.clock_text(end_s)))
        wall = None if started_at is None else time.localtime(started_at + now_s)
        self.wall.setText("" if wall is None else time.strftime("%H:%M:%S", wall))
        self.wall.setToolTip("" if wall is None else time.strftime("%Y-%m-%d %H:%M:%S", wall))
        self.track.setAccessibleDescription(self.clock.text())
        self._enable()

    def _say_playing(self, playing: bool) -> None:
        if playing == self._playing:
            return
        self._playing = playing
        self.play_button.setText(self.tr("Pause") if playing else self.tr("Play"))
        name_icon(self.play_button, "mdi6.pause" if playing else "mdi6.play")
        if not self.play_button.icon().isNull():
            from widgets.parts.icons import bring_icons

            bring_icons(self.play_button)

    def _enable(self) -> None:
        kind = self.kind.currentData()
        if kind == "event":
            back, forth = self._now_s > 0, self._now_s < self._end_s
        else:
            back, forth = self._next(kind, -1) is not None, self._next(kind, 1) is not None
        self.back_button.setEnabled(back)
        self.forth_button.setEnabled(forth)
