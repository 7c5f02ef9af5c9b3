"""The run at a glance, and what the operator can do with it as a whole.

Owns run id, elapsed time and state, when counts, link, buttons and the engine's light are brought up to date, and what
of all this gives way where there is little room. Must not count: numbers come from the participants' projection, the
very one the engine goes by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from core.analysis.forecast import EndForecast, forecast_end
from core.projections import words
from core.projections.shown import ShownRun
from widgets.end_question import EndQuestion
from widgets.health_light import HealthLight
from widgets.join_link import JoinLink
from widgets.parts.button_words import bare
from widgets.parts.notes import Pill
from widgets.parts.text import ElidedLabel, PlainLabel, steady_digits
from widgets.run_buttons import RunButtons
from widgets.state_tiles import StateTiles

_STATES: Final = {
    "none": ("info", "dot"), "open": ("good", "circle"), "closed": ("warning", "square"),
    "draining": ("notice", "diamond"), "ended": ("info", "square"),
}  # fmt: skip


class RunBar(QFrame):
    """Signals: `start_wanted`, `end_wanted("drain" | "now")` after it was confirmed, `intake_wanted(open)`,
    `add_participants_wanted`, `intent_wanted(name, fields)` for what needs no question.
    """

    start_wanted = Signal()
    end_wanted = Signal(str)
    intake_wanted = Signal(bool)
    add_participants_wanted = Signal()
    intent_wanted = Signal(str, object)

    def __init__(self, shown: ShownRun, *, controls_enabled: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runBar")
        self._shown = shown
        self._run, self._participants = shown.run, shown.participants
        self._controls_enabled = controls_enabled
        self._engine_there = True
        self._earlier = False
        self._now_elapsed_s = 0.0
        self._drawn: tuple[int, int, int] | None = None
        self._question: EndQuestion | None = None
        self._fitted: tuple[object, ...] = ()
        self.state = Pill()
        self.private = Pill()
        self.private.say(self.tr("Private"), "notice", "slashed")
        self.private.setToolTip(self.tr("People are shown by pseudonyms, and nothing that they wrote (Ctrl+Shift+P)"))
        self.private.hide()
        self.health = HealthLight(shown.health)
        self.title = ElidedLabel(name="runTitle")
        self.run_id = PlainLabel(name="muted")
        self.run_id.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.elapsed = PlainLabel("0:00", name="elapsed")
        self.elapsed.setFont(steady_digits(self.elapsed.font()))
        self.elapsed.setToolTip(self.tr("Time since the run started"))
        self.buttons = RunButtons(shown.run)
        self.buttons.start_wanted.connect(self.start_wanted)
        self.buttons.add_wanted.connect(self.add_participants_wanted)
        self.buttons.pause_wanted.connect(self.turn_matching)
        self.buttons.doors_wanted.connect(self.turn_doors)
        self.buttons.end_wanted.connect(self.ask_to_end)
        self.join = JoinLink()
        self.join.words_changed.connect(self._fit)
        self.counts = StateTiles()
        self.tiles = self.counts.tiles
        self._lay_out()

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.setSpacing(10)
        above.addWidget(self.state)
        above.addWidget(self.private)
        above.addWidget(self.elapsed)
        above.addSpacing(4)
        above.addWidget(self.title, 0)
        above.addWidget(self.run_id)
        above.addStretch(1)
        above.addWidget(self.health)
        above.addSpacing(4)
        above.addLayout(self.buttons)
        below = QHBoxLayout()
        below.setSpacing(18)
        below.addLayout(self.counts)
        below.addStretch(1)
        below.addLayout(self.join)
        self._rows = (self.counts, self.join, self.buttons, above, below)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 9, 14, 9)
        layout.setSpacing(8)
        layout.addLayout(above)
        layout.addLayout(below)

    def set_private(self, private: bool) -> None:
        """Say that people are shown by pseudonyms."""
        self.private.setVisible(private)
        self._fit()

    def set_earlier(self, earlier: bool) -> None:
        """A moment of a recorded run is shown after which more was recorded."""
        if earlier != self._earlier:
            self._earlier, self._drawn = earlier, None

    def withdraw_controls(self) -> None:
        """There is no engine to ask any more."""
        self._engine_there = self._controls_enabled = False
        self.state.say(self.tr("Engine stopped"), "error", "diamond")
        self.health.hide()
        self.join.put(self._run.links)
        self.buttons.offer(controls_enabled=self._controls_enabled)
        self._fit()

    # --- refresh ------------------------------------------------------------------------------------------------------

    def refresh(self, now_elapsed_s: float) -> None:
        """Draw what the projections say; does nothing if it would draw the same."""
        now_s = self._run.last_elapsed_s if self._run.state == "ended" else now_elapsed_s
        self._now_elapsed_s = now_s
        drawn = (self._run.version, self._participants.version, int(now_s))
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self.elapsed.setText(words.clock_text(now_s))
        self.title.setText(self._run.experiment)
        self.run_id.setText(words.name(self._run.run_id))
        if self._engine_there:
            self.state.say(*self._state_words())
        self.counts.put(self._participants.counts())
        self.health.setVisible(self._controls_enabled and self._run.state not in ("none", "ended"))
        self.health.refresh(now_s)
        if self._question is not None:
            self._question.say(self.forecast())
        self.join.put(self._run.links)
        self.buttons.offer(controls_enabled=self._controls_enabled)
        self._fit()

    def forecast(self) -> EndForecast:
        """What ending the run would mean at this moment."""
        return forecast_end(self._run, self._participants, self._shown.games, self._now_elapsed_s)

    def _is_paused(self) -> bool:
        return self._run.matching_paused and self._run.state in ("open", "closed")

    def _state_words(self) -> tuple[str, str, str]:
        """Words, colour and mark of the badge."""
        if not self._controls_enabled and self._run.state != "ended" and not self._earlier:
            return self.tr("No end recorded"), "warning", "triangle"
        if self._is_paused():
            doors = "" if self._run.intake_open else self.tr(", doors closed")
            return self.tr("Matching paused") + doors, "warning", "square"
        if self._run.state == "draining":
            return self._draining_words(), *_STATES["draining"]
        state_words = {
            "none": self.tr("Starting"), "open": self.tr("Doors open"), "closed": self.tr("Doors closed"),
            "ended": self.tr("Ended"),
        }  # fmt: skip
        return state_words[self._run.state], *_STATES[self._run.state]

    def _draining_words(self) -> str:
        forecast = self.forecast()
        if forecast.last_game_s is None:
            return self.tr("Games finishing") if forecast.games else self.tr("Last pages")
        return self.tr("Games finishing, {} at most").format(words.clock_text(forecast.last_game_s))

    def _link_usable(self) -> bool:
        return self._controls_enabled and bool(self._run.links) and self._run.state != "ended"

    # --- room ---------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window what is said elsewhere makes room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Show everything, then take away, the least needed first, until it fits."""
        fitted = self._what_takes_room()
        if fitted == self._fitted:
            return
        self._fitted = fitted
        self.buttons.speak()
        self.join.speak()
        usable = self._link_usable()
        self.run_id.show()
        self.title.show()
        self.health.speak()
        for widget in self.join.parts():
            widget.setVisible(usable)
        buttons, join = self.buttons, self.join
        steps: tuple[Callable[[], None], ...] = (
            join.caption.hide, lambda: bare(buttons.add), lambda: bare(join.qr_button), self.run_id.hide,
            lambda: bare(join.copy_button), lambda: bare(buttons.pause), join.field.hide, lambda: bare(buttons.doors),
            self.health.hush, self.title.hide,
        )  # fmt: skip
        for step in steps:
            if self._needed_width() <= self.width():
                break
            step()

    def _what_takes_room(self) -> tuple[object, ...]:
        """Whatever may change what fits."""
        return (
            self.width(), self.state.text(), self.private.isHidden(), len(self.elapsed.text()),
            self.health.accessibleName(),
            self.run_id.text(), self.join.field.width(), self._link_usable(), self.join.copied, self._run.state,
            self._run.matching_paused, self._run.intake_open, self._controls_enabled,
            self.buttons.add.icon().isNull(), self.fontMetrics().height(),
            *self.counts.lengths(),
        )  # fmt: skip

    def _needed_width(self) -> int:
        layout = self.layout()
        assert layout is not None
        for part in (*self._rows, layout):
            part.invalidate()
        return layout.minimumSize().width()

    # --- wishes -------------------------------------------------------------------------------------------------------

    def turn_doors(self) -> None:
        """Open them if they are closed, close them if they are open."""
        self.intake_wanted.emit(not self._run.intake_open)

    def turn_matching(self) -> None:
        """Pause it, or take it up again."""
        self.intent_wanted.emit("pause_matching", {"paused": not self._run.matching_paused})

    def copy_link(self) -> None:
        """The link to the clipboard, with a word that it was done."""
        self.join.copy()

    def show_links(self) -> None:
        """Open the QR code with every address."""
        self.join.show_links()

    def ask_to_end(self, mode: str) -> None:
        """Have the end confirmed; the question says what it would mean, and goes on saying so."""
        self._question = EndQuestion(mode, self.forecast(), self.window())
        self._question.confirmed.connect(self.end_wanted)
        self._question.finished.connect(self._forget_question)
        self._question.open()

    def _forget_question(self) -> None:
        self._question = None
