"""The probes' round-trip times, and the limit that decides who may play together.

Owns the panel around the chart: its legend, the limit's field and box, what another limit would mean, what is said when
there is nothing. The limit shown is the log's; typing, ticking and dragging only ask. The chart itself is imported
after the first paint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from core.projections import evidence
from core.projections.pair_table import PairTable
from core.projections.probes import ProbesProjection
from core.projections.run import RunProjection
from core.projections.waitroom import WaitroomProjection
from widgets.limit_control import LimitControl
from widgets.palette import OUTCOME_MARKS, OUTCOMES, colours_of
from widgets.parts.exports import ExportButton, Rows
from widgets.parts.notes import EmptyNote, Legend, Stack
from widgets.parts.panel import Panel
from widgets.parts.selection import Selection
from widgets.parts.text import PlainLabel

if TYPE_CHECKING:
    from core.analysis.limit_preview import LimitPreviewer
    from widgets.plots.probe_plot import ProbePlot

_ANSWER_WITHIN_MS: Final = 4_000


class ProbeChart(Panel):
    """Signal: `threshold_wanted(int or None)`, once for each drag, number or tick.

    With `waitroom` and `pair_table`, a limit that is being tried out is told with the waiting pairs that would go.
    """

    title = "Probes"
    wants_time = True
    threshold_wanted = Signal(object)

    def __init__(
        self, probes: ProbesProjection, run: RunProjection, *, controls_enabled: bool,
        waitroom: WaitroomProjection | None = None, pair_table: PairTable | None = None,
        selection: Selection | None = None, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(probes, run, parent=parent)
        self._probes = probes
        self._run = run
        self._waitroom = waitroom or WaitroomProjection()
        self._pair_table = PairTable() if pair_table is None else pair_table  # one without rows is false
        self._previewer: LimitPreviewer | None = None
        self._selection = selection or Selection(self)
        self._selection.changed.connect(self._mark)
        self._controls_enabled = controls_enabled
        self._now_elapsed_s = 0.0
        self._wish: tuple[int | None, int] | None = None
        self.plot: ProbePlot | None = None
        self.legend = Legend(
            [(OUTCOME_MARKS[number], OUTCOMES[number], words) for number, words in enumerate(
                (self.tr("accepted"), self.tr("rejected"), self.tr("failed")))]
        )  # fmt: skip
        self._under_way = PlainLabel(name="muted")
        self.legend.add_group(self._under_way)
        self.limit = LimitControl(enabled=controls_enabled)
        self.limit.wanted.connect(self._ask)
        self.limit.tried.connect(self._try)
        self.log_button = QToolButton()
        self.log_button.setText(self.tr("Log scale"))
        self.log_button.setAccessibleName(self.tr("Logarithmic axis"))
        self.log_button.setCheckable(True)
        self.log_button.setToolTip(self.tr("Count milliseconds logarithmically, so that short ones can be told apart"))
        self.log_button.toggled.connect(self._count_logarithmically)
        self.export = ExportButton("probes", lambda: self.plot, self._rows)
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
        head.setSpacing(8)
        head.addWidget(self.limit)
        head.addStretch(1)
        for widget in (self.whole_button, self.log_button, self.export):
            head.addWidget(widget)
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
        self._under_way.setText(self.note())
        if self.plot is None or not self.plot.limit_line.moving:
            self.limit.put(shown_ms)
        if self.plot is not None:
            self.plot.show_state(now_elapsed_s, shown_ms)
        self._empty.setVisible(len(self._probes) == 0)
        self._empty.setText(self._empty_text())

    def start_anew(self) -> None:
        """Another moment of the run."""
        if self.plot is not None:
            self.plot.start_anew()

    def title_legend(self) -> QWidget:
        """The outcomes' marks and numbers."""
        return self.legend

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
        self.plot.would_mean = self.would_mean
        self.plot.limit_previewed.connect(self.limit.preview)
        self.plot.limit_dropped.connect(self._ask)
        self.plot.chosen.connect(self._selection.choose)
        self.plot.mark(self._selection.subject_id)
        self.plot.follow_changed.connect(lambda whole: self.whole_button.setVisible(not whole))
        self.whole_button.clicked.connect(self.plot.show_whole_run)
        self._place_layout.addWidget(self.plot)
        self._empty.raise_()
        self.setFocusProxy(self.plot)
        self.refresh(self._now_elapsed_s)

    def would_mean(self, limit_ms: int) -> str:
        """What another limit would mean, as far as is known; plain text."""
        if self._previewer is None:
            from core.analysis.limit_preview import LimitPreviewer

            self._previewer = LimitPreviewer(self._probes, self._run, self._waitroom, self._pair_table)
        return self._previewer.of(limit_ms, self._now_elapsed_s).sentence

    def _try(self, limit_ms: int | None) -> None:
        if self.plot is not None and not self.plot.limit_line.moving:
            self.plot.show_preview(limit_ms)

    def _mark(self, subject_id: str | None) -> None:
        if self.plot is not None:
            self.plot.mark(subject_id)

    def _count_logarithmically(self, log: bool) -> None:
        if self.plot is not None:
            self.plot.count_logarithmically(log)

    def _rows(self) -> Rows:
        yield evidence.HEADINGS
        for index in range(len(self._probes)):
            record = self._probes.record(index)
            if record is not None:
                yield evidence.row(record)

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
