"""What each participant did when, a lane each, and who was matched with whom; or a lane for each group that was tried.

Owns the panel around the plot: its legend, which lanes, follow, scrolling through lanes. The plot is imported after the
first paint.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollBar, QWidget

from core.projections.lanes import KIND_NAMES, Lanes
from core.projections.match_lanes import MatchLanes
from core.projections.matches import TimelineProjection
from core.projections.run import RunProjection
from core.projections.time_marks import TimeMarks
from widgets.palette import colours_of
from widgets.parts.bar_legend import BarLegend
from widgets.parts.exports import ExportButton, Rows
from widgets.parts.notes import EmptyNote, Stack
from widgets.parts.panel import Panel
from widgets.parts.selection import Selection
from widgets.parts.steady import Steady
from widgets.parts.text import PlainLabel

if TYPE_CHECKING:
    from widgets.plots.timeline_plot import TimelinePlot


class TimelinePanel(Panel):
    """Bars; `follow_button` keeps now in view, `by_match_button` makes lanes groups instead of people."""

    title = "Timeline"
    wants_time = True

    def __init__(
        self, timeline: TimelineProjection, run: RunProjection, *, match_lanes: MatchLanes | None = None,
        marks: TimeMarks | None = None, selection: Selection | None = None, controls_enabled: bool = True,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        self._by_match, self._marks = match_lanes or MatchLanes(), marks or TimeMarks()
        super().__init__(timeline, run, self._by_match, self._marks, parent=parent)
        self._timeline = timeline
        self._shown: Lanes = timeline
        self._run = run
        self._selection = selection or Selection(self)
        self._selection.changed.connect(self._mark)
        self._now_elapsed_s = 0.0
        self.plot: TimelinePlot | None = None
        self.by_match_button = QPushButton(self.tr("By match"))
        self.by_match_button.setCheckable(True)
        self.by_match_button.setToolTip(self.tr("A lane for each group that was tried, instead of each participant"))
        self.by_match_button.toggled.connect(lambda: self.refresh(self._now_elapsed_s))
        self.follow_button = QPushButton(self.tr("Follow now"))
        self.follow_button.setCheckable(True)
        self.follow_button.setChecked(True)
        self.follow_button.setToolTip(self.tr("Keep the newest in view (End, or double click in the timeline)"))
        self.whole_button = QPushButton(self.tr("Whole run"))
        self.whole_button.setToolTip(self.tr("Show the run from its start (Home)"))
        self.export = ExportButton("timeline", lambda: self.plot, self._rows)
        self.scroll_bar = QScrollBar(Qt.Orientation.Vertical)
        self.scroll_bar.setRange(0, 0)
        self.scroll_bar.setAccessibleName(self.tr("Scroll through the lanes"))
        self._legend = BarLegend()
        self._matches = Steady(PlainLabel(name="muted"))
        self._place = QWidget()
        self._place_layout = Stack(self._place)
        self._empty = EmptyNote("", self._place, covers=True)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(12, 4, 12, 4)
        head.setSpacing(8)
        head.addWidget(self._matches, 1)
        for widget in (self.by_match_button, self.whole_button, self.follow_button, self.export):
            head.addWidget(widget)
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
        self._choose_lanes()
        self._empty.setVisible(self._awaits_lanes() or not self._shown.lane_count)
        self._empty.setText(self._empty_text())
        self._matches.setText(self.note())
        if self.plot is not None:
            self.plot.show_state(now_elapsed_s)
            self._fit_lanes()
            self.plot.settle()

    def start_anew(self) -> None:
        """Another moment of the run."""
        if self.plot is not None:
            self.plot.start_anew()

    def title_legend(self) -> QWidget:
        """The looks of the bars."""
        return self._legend

    def note(self) -> str:
        """How many groups there were."""
        groups = self._timeline.formed
        if not groups:
            return ""
        return self.tr("1 match") if groups == 1 else self.tr("{} matches").format(groups)

    def key_help(self) -> list[tuple[str, str]]:
        """For the shortcut sheet."""
        return [
            (self.tr("Up, Down"), self.tr("from lane to lane; Enter chooses who is in it")),
            (self.tr("Left, Right"), self.tr("back and forth in time")),
            (self.tr("+, −"), self.tr("more or less time; with Ctrl, higher or lower lanes")),
            (self.tr("Home, End"), self.tr("the whole run; the newest, and follow")),
        ]

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

        self.plot = TimelinePlot(self._shown, self._marks)
        self._place_layout.addWidget(self.plot)
        self._empty.raise_()
        self.setFocusProxy(self.plot)
        self.plot.follow_changed.connect(self.follow_button.setChecked)
        self.plot.lanes_changed.connect(self._fit_lanes)
        self.plot.chosen.connect(self._selection.choose)
        self.plot.mark(self._selection.subject_id)
        self.follow_button.clicked.connect(self.plot.follow)
        self.whole_button.clicked.connect(self.plot.show_whole_run)
        self.scroll_bar.valueChanged.connect(self.plot.show_lanes_from)
        self.plot.scroll_wanted.connect(lambda lanes: self.scroll_bar.setValue(self.scroll_bar.value() + lanes))
        self.refresh(self._now_elapsed_s)
        QTimer.singleShot(0, self, self._fit_lanes)

    def _wanted(self) -> Lanes:
        return self._by_match if self.by_match_button.isChecked() else self._timeline

    def _awaits_lanes(self) -> bool:
        """Whether the wanted lanes are not folded yet: until then the others stay, covered."""
        return self._shown is not self._wanted()

    def _choose_lanes(self) -> None:
        wanted = self._wanted()
        if self._shown is wanted or wanted.asleep:
            return
        self._shown = wanted
        with QSignalBlocker(self.scroll_bar):
            self.scroll_bar.setRange(0, 0)
        if self.plot is not None:
            self.plot.show_lanes(wanted)

    def _mark(self, subject_id: str | None) -> None:
        """Mark the chosen person, and bring their newest lane into view if none of theirs is."""
        lanes = self.plot.mark(subject_id) if self.plot is not None else []
        if not lanes or self.plot is None:
            return
        first, fitting = self.scroll_bar.value(), self.plot.lanes_that_fit()
        if not any(first <= lane < first + fitting for lane in lanes):
            self.scroll_bar.setValue(lanes[-1] - fitting // 2)

    def _fit_lanes(self) -> None:
        """The scroll bar covers the lanes there is no room for; at its end it stays with the newest."""
        if self.plot is None:
            return
        fitting = self.plot.lanes_that_fit()
        last = max(0, self._shown.lane_count - fitting)
        at_end = self.scroll_bar.value() == self.scroll_bar.maximum()
        self.scroll_bar.setPageStep(fitting)
        self.scroll_bar.setMaximum(last)
        self.scroll_bar.setVisible(last > 0)
        if at_end and self.follow_button.isChecked():
            self.scroll_bar.setValue(last)
        self.plot.show_lanes_from(self.scroll_bar.value())

    def _empty_text(self) -> str:
        if self._awaits_lanes():
            return self.tr("The groups are still being read from the log: {} %").format(self._by_match.caught_up)
        if self._run.state == "ended":
            return self.tr("Nobody took part in this run.")
        if self._shown is self._by_match:
            return self.tr("No group yet.\nEach group that is tried gets a lane here: probing, rejected, playing.")
        return self.tr("Nobody has joined yet.\nEach participant gets a lane here: waiting, probing, playing, gone.")

    def _rows(self) -> Rows:
        """Every bar of the lanes that are shown; one that still grows has no end."""
        yield ["participants", "doing", "detail", "start_s", "end_s"]
        lanes = self._shown
        for bar, start_s in enumerate(lanes.start_s):
            who = ", ".join(lanes.members(lanes.lane[bar]))
            end_s = lanes.end_s[bar]
            yield [
                who,
                KIND_NAMES[lanes.kind[bar]],
                lanes.detail(bar),
                start_s,
                None if math.isinf(end_s) else end_s,
            ]
