"""The probes' round-trip times, and the limit that decides who may play together.

Owns the panel around the chart: legend, the limit's field and box, what is said when there is nothing. The limit shown
is the log's; typing, ticking and dragging only ask. The chart itself is imported after the first paint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QSpinBox, QWidget

from core.projections.probes import ProbesProjection
from core.projections.run import RunProjection
from widgets.palette import OUTCOME_MARKS, OUTCOMES, colours_of
from widgets.parts.notes import EmptyNote, Legend, Stack
from widgets.parts.panel import Panel
from widgets.parts.text import PlainLabel

if TYPE_CHECKING:
    from widgets.plots.probe_plot import ProbePlot

_TYPING_PAUSE_MS: Final = 600
_ANSWER_WITHIN_MS: Final = 4_000


class LimitField(QSpinBox):
    """The limit as a number. The wheel passes it by unless it has the focus, so that nobody changes it in passing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(1, 10_000)
        self.setSuffix(" ms")
        self.setSingleStep(5)
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(28)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("10000 ms") + 40)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only for the one who is in it."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class LimitControl(QWidget):
    """Field and box. Signal: `wanted(int or None)`, once a wish; what it shows is set from outside by `put`."""

    wanted = Signal(object)

    def __init__(self, *, enabled: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._put: int | None = None
        self._was_known = False
        caption = PlainLabel(self.tr("RTT &limit"))
        # A mnemonic needs the label's own drawing, which plain text keeps.
        self.field = LimitField()
        caption.setBuddy(self.field)
        self.no_limit = QCheckBox(self.tr("&No limit"))
        self.field.setAccessibleName(self.tr("Peer-to-peer RTT limit in milliseconds"))
        self.field.setToolTip(self.tr("Pairs whose measured round-trip time is higher are not matched"))
        self.no_limit.setToolTip(self.tr("Match at once, without measuring"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (caption, self.field, self.no_limit):
            row.addWidget(widget)
        self._pause = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._ask_for_number)
        self.field.valueChanged.connect(self._pause.start)
        self.field.editingFinished.connect(self._ask_for_number)
        self.no_limit.clicked.connect(self._ask_for_box)
        self.setEnabled(enabled)

    def put(self, limit_ms: int | None) -> None:
        """Show this limit, unless somebody is in the middle of setting another."""
        if self._was_known and limit_ms == self._put and not self._differs(limit_ms):
            return
        if self._pause.isActive() or self._is_typing():
            return
        self._put, self._was_known = limit_ms, True
        with QSignalBlocker(self.field):
            if limit_ms is not None:
                self.field.setValue(limit_ms)
        self.field.setEnabled(limit_ms is not None)
        self.no_limit.setChecked(limit_ms is None)

    def preview(self, limit_ms: int) -> None:
        """Show where the line is being dragged."""
        with QSignalBlocker(self.field):
            self.field.setValue(limit_ms)

    def _differs(self, limit_ms: int | None) -> bool:
        if (limit_ms is None) != self.no_limit.isChecked():
            return True
        return limit_ms is not None and self.field.value() != limit_ms

    def _is_typing(self) -> bool:
        return self.field.hasFocus() and self.field.lineEdit().isModified()

    def _ask_for_number(self) -> None:
        self._pause.stop()
        self.field.lineEdit().setModified(False)
        if self.field.isEnabled() and self.field.value() != self._put:
            self.wanted.emit(self.field.value())

    def _ask_for_box(self, no_limit: bool) -> None:
        self.wanted.emit(None if no_limit else self.field.value())


class ProbeChart(Panel):
    """Signal: `threshold_wanted(int or None)`, once for each drag, number or tick."""

    title = "Probes"
    wants_time = True
    threshold_wanted = Signal(object)

    def __init__(
        self, probes: ProbesProjection, run: RunProjection, *, controls_enabled: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(probes, run, parent=parent)
        self._probes = probes
        self._run = run
        self._controls_enabled = controls_enabled
        self._now_elapsed_s = 0.0
        self._wish: tuple[int | None, int] | None = None
        self.plot: ProbePlot | None = None
        self.legend = Legend(
            [(OUTCOME_MARKS[number], OUTCOMES[number], words) for number, words in enumerate(
                (self.tr("accepted"), self.tr("rejected"), self.tr("failed")))]
        )  # fmt: skip
        self.limit = LimitControl(enabled=controls_enabled)
        self.limit.wanted.connect(self._ask)
        self.whole_button = QPushButton(self.tr("Whole run"))
        self.whole_button.setToolTip(self.tr("Show the whole run again (Home, or double click in the chart)"))
        self.whole_button.hide()
        self._place = QWidget()
        self._place_layout = Stack(self._place)
        self._empty = EmptyNote("", self._place, margin=84)
        self._answer_within = QTimer(self, singleShot=True, interval=_ANSWER_WITHIN_MS)
        self._answer_within.timeout.connect(self.forget_wish)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(12, 4, 12, 2)
        head.setSpacing(10)
        head.addWidget(self.legend, 1)
        head.addWidget(self.whole_button)
        head.addWidget(self.limit)
        layout = Stack(self)
        layout.setContentsMargins(1, 0, 1, 1)
        layout.addLayout(head)
        layout.addWidget(self._place, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The chart is brought in after the window was painted."""
        super().paintEvent(event)
        if self.plot is None:
            QTimer.singleShot(0, self, self._build_plot)

    def refresh(self, now_elapsed_s: float) -> None:
        """Legend, limit, chart."""
        self._now_elapsed_s = now_elapsed_s
        if self._wish is not None and self._wish[1] != len(self._run.threshold_steps):
            self.forget_wish()
        shown_ms = self._run.max_p2p_rtt_ms if self._wish is None else self._wish[0]
        self.legend.set_counts(self._probes.counts)
        if self.plot is None or not self.plot.limit_line.moving:
            self.limit.put(shown_ms)
        if self.plot is not None:
            self.plot.show_state(now_elapsed_s, shown_ms)
        self._empty.setVisible(len(self._probes) == 0)
        self._empty.setText(self._empty_text())

    def note(self) -> str:
        """What is under way."""
        running = len(self._probes.running)
        return self.tr("{} under way").format(running) if running and self._run.state != "ended" else ""

    def forget_wish(self) -> None:
        """The wish was answered, refused or lost: show what the log says."""
        self._wish = None
        self._answer_within.stop()

    def withdraw_controls(self) -> None:
        """There is no engine to ask any more."""
        self._controls_enabled = False
        self.limit.setEnabled(False)
        if self.plot is not None:
            self.plot.limit_line.fix()
        self.forget_wish()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        plot: ProbePlot | None = getattr(self, "plot", None)
        if event.type() == QEvent.Type.PaletteChange and plot is not None:
            plot.recolour(colours_of(self))

    def _build_plot(self) -> None:
        if self.plot is not None:
            return
        from widgets.plots.probe_plot import ProbePlot

        self.plot = ProbePlot(self._probes, self._run, limit_movable=self._controls_enabled)
        self.plot.limit_previewed.connect(self.limit.preview)
        self.plot.limit_dropped.connect(self._ask)
        self.plot.follow_changed.connect(lambda whole: self.whole_button.setVisible(not whole))
        self.whole_button.clicked.connect(self.plot.show_whole_run)
        self._place_layout.addWidget(self.plot)
        self._empty.raise_()
        self.setFocusProxy(self.plot)
        self.refresh(self._now_elapsed_s)

    def _ask(self, limit_ms: int | None) -> None:
        """Pass a wish on, once, and show it as one until the log answers."""
        if limit_ms == self._run.max_p2p_rtt_ms:
            self.forget_wish()
            return
        self._wish = (limit_ms, len(self._run.threshold_steps))
        self._answer_within.start()
        self.threshold_wanted.emit(limit_ms)

    def _empty_text(self) -> str:
        if self._run.state == "ended":
            return self.tr("Nothing was measured in this run.")
        if self._run.max_p2p_rtt_ms is None and self._run.threshold_steps:
            return self.tr("There is no limit, so groups form at once and nothing is measured.")
        return self.tr("No probe yet.\nOnce two people wait, the connection between them is measured and shown here.")
