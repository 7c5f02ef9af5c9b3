"""Every probe over time, with the limit as a line through it and failures in a strip of their own.

Owns the drawing and the mouse and keys inside the chart. Must not own the limit nor fold anything. Imports pyqtgraph,
so it may only be imported after the first paint.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip, QWidget

from core.projections.probes import FAILED, ProbesProjection
from core.projections.run import RunProjection
from widgets.palette import OUTCOME_MARKS, OUTCOMES, Colours, colours_of
from widgets.parts.text import plain_tooltip
from widgets.plots.axes import LEFT_WIDTH, ElapsedAxis, MsAxis, style_axis, whole_run_end_s
from widgets.plots.limit_line import LimitLine
from widgets.plots.point_cloud import PointCloud

_STRIP_HEIGHT: Final = 24
_LEAST_TOP_MS: Final = 60.0


class ProbePlot(pg.GraphicsLayoutWidget):  # type: ignore[misc] # ships no types
    """Signals: `limit_previewed(ms)`, `limit_dropped(ms)`, `follow_changed(whole run in view)`."""

    limit_previewed = Signal(int)
    limit_dropped = Signal(int)
    follow_changed = Signal(bool)

    def __init__(
        self, probes: ProbesProjection, run: RunProjection, *, limit_movable: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._probes = probes
        self._run = run
        self._following = True
        self._now_elapsed_s = 0.0
        self._drawn = 0
        self._top_ms = 0.0
        self._wished_ms: int | None = None
        self._strip = self.addPlot(row=0, col=0, axisItems={"bottom": ElapsedAxis("bottom")})
        self._main = self.addPlot(row=1, col=0, axisItems={"bottom": ElapsedAxis("bottom"), "left": MsAxis("left")})
        self._points = PointCloud(OUTCOME_MARKS)
        self._failures = PointCloud(OUTCOME_MARKS)
        self._steps = pg.PlotCurveItem(connect="finite")
        self._ahead = pg.PlotCurveItem()
        self.limit_line = LimitLine(movable=limit_movable)
        self._set_up()
        self.recolour(colours_of(self))

    def _set_up(self) -> None:
        self.ci.layout.setContentsMargins(4, 4, 10, 4)
        self.ci.layout.setSpacing(2)
        for plot in (self._strip, self._main):
            plot.hideButtons()
            plot.setMenuEnabled(False)
            plot.getAxis("left").setWidth(LEFT_WIDTH)
            plot.vb.setMouseEnabled(x=True, y=False)
            plot.vb.setDefaultPadding(0.0)
            plot.vb.sigRangeChangedManually.connect(self._leave_whole_run)
        self._strip.setFixedHeight(_STRIP_HEIGHT)
        self._strip.hideAxis("bottom")
        self._strip.setYRange(-1, 1)
        self._strip.getAxis("left").setTicks([[(0, self.tr("failed"))]])
        self._strip.setXLink(self._main)
        self._main.getAxis("left").enableAutoSIPrefix(False)
        self._strip.addItem(self._failures, ignoreBounds=True)
        for item in (self._steps, self._ahead, self._points, self.limit_line):
            self._main.addItem(item, ignoreBounds=True)
        self.limit_line.previewed.connect(self.limit_previewed)
        self.limit_line.dropped.connect(self.limit_dropped)
        self.scene().sigMouseMoved.connect(self._hover)
        self.setAccessibleName(self.tr("Probe chart: peer-to-peer round-trip time of every probe over time"))

    def recolour(self, colours: Colours) -> None:
        """Follow the theme."""
        self.setBackground(colours.surface)
        for plot in (self._strip, self._main):
            for side in ("left", "bottom"):
                style_axis(plot.getAxis(side), colours, self.font())
        self._main.getAxis("left").setGrid(38)
        self._strip.vb.setBackgroundColor(colours.raised)
        outcome_colours = [colours.of(outcome) for outcome in OUTCOMES]
        self._points.set_colours(outcome_colours)
        self._failures.set_colours(outcome_colours)
        self._steps.setPen(pg.mkPen(colours.limit, width=2))
        self._ahead.setPen(pg.mkPen(colours.limit, width=1, style=Qt.PenStyle.DashLine))
        self.limit_line.recolour(colours)

    def show_state(self, now_elapsed_s: float, wished_ms: int | None) -> None:
        """Draw what the projections say; `wished_ms` is a limit that was asked for and not answered yet."""
        self._now_elapsed_s = now_elapsed_s
        self._wished_ms = wished_ms
        self._take_points()
        self._draw_limit()
        if self._following:
            self.show_whole_run()

    def show_whole_run(self) -> None:
        """All of it in view, and kept so."""
        if not self._following:
            self._following = True
            self.follow_changed.emit(True)
        self._main.setXRange(0, whole_run_end_s(self._now_elapsed_s), padding=0)

    def _take_points(self) -> None:
        if len(self._probes) == self._drawn:
            return
        self._drawn = len(self._probes)
        elapsed_s = np.array(self._probes.elapsed_s)
        rtt_ms = np.array(self._probes.rtt_ms)
        outcome = np.array(self._probes.outcome)
        self._points.set_points(elapsed_s, rtt_ms, outcome)
        self._failures.set_points(elapsed_s, np.where(outcome == FAILED, 0.0, np.nan), outcome)

    def _draw_limit(self) -> None:
        """The steps so far up to now, and the limit in force from now on, dashed."""
        steps = self._run.threshold_steps
        times = [step[0] for step in steps] + [self._now_elapsed_s]
        limits = [np.nan if step[1] is None else step[1] for step in steps]
        if limits:
            self._steps.setData(np.repeat(times, 2)[1:-1], np.repeat(np.array(limits, float), 2))
        current = self._run.max_p2p_rtt_ms
        ahead_s = [self._now_elapsed_s, self._now_elapsed_s + 86_400]
        self._ahead.setData([] if current is None else ahead_s, [] if current is None else [current, current])
        self.limit_line.put(current if self._wished_ms is None else self._wished_ms)
        self._fit_height(max((step[1] or 0 for step in steps), default=0))

    def _fit_height(self, highest_limit_ms: float) -> None:
        """Room for every point and limit, with some above; only ever grown, and in steps, so that it mostly rests."""
        needed = max(self._probes.highest_rtt_ms * 1.1, highest_limit_ms * 1.25, _LEAST_TOP_MS)
        if needed > self._top_ms:
            step = 50 if needed < 500 else 250
            self._top_ms = (needed // step + 1) * step
            self._main.setYRange(0, self._top_ms, padding=0)

    def _leave_whole_run(self) -> None:
        if self._following:
            self._following = False
            self.follow_changed.emit(False)

    def _hover(self, scene_position: QPointF) -> None:
        """Tell about the point under the mouse, in plain text."""
        index = None
        for plot, cloud in ((self._main, self._points), (self._strip, self._failures)):
            if index is None and plot.vb.sceneBoundingRect().contains(scene_position):
                index = cloud.point_at(scene_position)
        if index is None:
            QToolTip.hideText()
            return
        place = self.mapToGlobal(self.mapFromScene(scene_position))
        QToolTip.showText(place, plain_tooltip(self._probes.describe(index)), self)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the whole run."""
        super().mouseDoubleClickEvent(event)
        self.show_whole_run()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move in time, plus and minus zoom, Home shows the whole run."""
        if not turn_keys(self._main.vb, event, self.show_whole_run):
            super().keyPressEvent(event)
        elif event.key() != Qt.Key.Key_Home:
            self._leave_whole_run()


def turn_keys(view: pg.ViewBox, event: QKeyEvent, whole: object) -> bool:
    """Move or zoom a time axis by key; `whole` is called for Home. Says whether the key was one of these."""
    low, high = view.viewRange()[0]
    span = high - low
    key = event.key()
    if key == Qt.Key.Key_Home and callable(whole):
        whole()
    elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        shift = span * (0.15 if key == Qt.Key.Key_Right else -0.15)
        view.setXRange(low + shift, high + shift, padding=0)
    elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
        factor = 1.25 if key == Qt.Key.Key_Minus else 0.8
        middle = (low + high) / 2
        view.setXRange(middle - span * factor / 2, middle + span * factor / 2, padding=0)
    else:
        return False
    return True
