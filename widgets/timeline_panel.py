"""What each participant did when, a lane each, and who was matched with whom.

Owns the panel around the plot: legend, follow, scrolling through lanes. The plot is imported after the first paint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollBar, QWidget

from core.projections.matches import TimelineProjection
from core.projections.run import RunProjection
from widgets.palette import colours_of
from widgets.parts.bars import bar_looks
from widgets.parts.giving_row import GivingRow
from widgets.parts.notes import EmptyNote, Stack
from widgets.parts.panel import Panel
from widgets.parts.text import PlainLabel

if TYPE_CHECKING:
    from widgets.plots.timeline_plot import TimelinePlot


class TimelinePanel(Panel):
    """Bars with a legend; `follow_button` keeps now in view."""

    title = "Timeline"
    wants_time = True

    def __init__(
        self, timeline: TimelineProjection, run: RunProjection, *, controls_enabled: bool = True,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(timeline, run, parent=parent)
        self._timeline = timeline
        self._run = run
        self._now_elapsed_s = 0.0
        self.plot: TimelinePlot | None = None
        self.follow_button = QPushButton(self.tr("Follow now"))
        self.follow_button.setCheckable(True)
        self.follow_button.setChecked(True)
        self.follow_button.setToolTip(self.tr("Keep the newest in view (End, or double click in the timeline)"))
        self.whole_button = QPushButton(self.tr("Whole run"))
        self.whole_button.setToolTip(self.tr("Show the run from its start (Home)"))
        self.scroll_bar = QScrollBar(Qt.Orientation.Vertical)
        self.scroll_bar.setRange(0, 0)
        self.scroll_bar.setAccessibleName(self.tr("Scroll through the participants"))
        self._place = QWidget()
        self._place_layout = Stack(self._place)
        self._empty = EmptyNote(
            self.tr("Nobody has joined yet.\nEach participant gets a lane here: waiting, probing, playing, gone."),
            self._place,
        )
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(12, 4, 12, 4)
        head.setSpacing(8)
        head.addWidget(_BarLegend(), 1)
        head.addWidget(self.whole_button)
        head.addWidget(self.follow_button)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self._place, 1)
        body.addWidget(self.scroll_bar)
        layout = Stack(self)
        layout.setContentsMargins(1, 0, 1, 1)
        layout.addLayout(head)
        layout.addLayout(body, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The plot is brought in after the window was painted."""
        super().paintEvent(event)
        if self.plot is None:
            QTimer.singleShot(0, self, self._build_plot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or fewer lanes fit."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._fit_lanes)

    def refresh(self, now_elapsed_s: float) -> None:
        """Draw what the projection says."""
        self._now_elapsed_s = now_elapsed_s
        self._empty.setVisible(not self._timeline.lanes)
        if self.plot is not None:
            self.plot.show_state(now_elapsed_s)
            self._fit_lanes()

    def note(self) -> str:
        """How many groups there were."""
        groups = len(self._timeline.matches)
        if not groups:
            return ""
        return self.tr("1 match") if groups == 1 else self.tr("{} matches").format(groups)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        plot: TimelinePlot | None = getattr(self, "plot", None)
        if event.type() == QEvent.Type.PaletteChange and plot is not None:
            plot.recolour(colours_of(self))

    def _build_plot(self) -> None:
        if self.plot is not None:
            return
        from widgets.plots.timeline_plot import TimelinePlot

        self.plot = TimelinePlot(self._timeline)
        self._place_layout.addWidget(self.plot)
        self._empty.raise_()
        self.setFocusProxy(self.plot)
        self.plot.follow_changed.connect(self.follow_button.setChecked)
        self.follow_button.clicked.connect(self.plot.follow)
        self.whole_button.clicked.connect(self.plot.show_whole_run)
        self.scroll_bar.valueChanged.connect(self.plot.show_lanes_from)
        self.plot.scroll_wanted.connect(lambda lanes: self.scroll_bar.setValue(self.scroll_bar.value() + lanes))
        self.refresh(self._now_elapsed_s)
        QTimer.singleShot(0, self, self._fit_lanes)

    def _fit_lanes(self) -> None:
        """The scroll bar covers the lanes there is no room for; at its end it stays with the newest."""
        if self.plot is None:
            return
        fitting = self.plot.lanes_that_fit()
        last = max(0, len(self._timeline.lanes) - fitting)
        at_end = self.scroll_bar.value() == self.scroll_bar.maximum()
        self.scroll_bar.setPageStep(fitting)
        self.scroll_bar.setMaximum(last)
        self.scroll_bar.setVisible(last > 0)
        if at_end and self.follow_button.isChecked():
            self.scroll_bar.setValue(last)
        self.plot.show_lanes_from(self.scroll_bar.value())


class _BarLegend(GivingRow):
    """The look of each kind of bar with its word, as the plot draws them; the ends' marks stand in the run bar, too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for state in ("waiting", "probing", "playing", "away", "page"):
            self.add_group(_Swatch(state), PlainLabel(_state_words(self, state), name="muted"))


class _Swatch(QWidget):
    """One sample of a bar."""

    def __init__(self, state: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setFixedSize(18, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """As in the plot."""
        painter = QPainter(self)
        colours = colours_of(self)
        area = self.rect().adjusted(0, 0, -1, -1)
        for brush, pen in bar_looks(self._state, colours):
            painter.setBrush(brush)
            painter.setPen(pen)
            painter.drawRect(area if self._state != "page" else area.adjusted(0, 4, 0, -3))


def _state_words(widget: QWidget, state: str) -> str:
    return {
        "waiting": widget.tr("waiting"), "probing": widget.tr("probing"), "playing": widget.tr("playing"),
        "away": widget.tr("away"), "page": widget.tr("on a page"),
    }[state]  # fmt: skip
