"""Every probe over time, with the limit as a line through it, failures in a strip of their own, and how often each
round-trip time came beside it.

Owns the drawing and the mouse and keys inside the chart. Must not own the limit nor fold anything. Imports pyqtgraph,
so it may only be imported after the first paint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip, QWidget

from core.projections.probes import FAILED, ProbesProjection
from core.projections.run import RunProjection
from widgets.palette import OUTCOME_MARKS, OUTCOMES, Colours, colours_of
from widgets.parts.text import plain_tooltip
from widgets.plots.axes import LEFT_WIDTH, ElapsedAxis, GridLines, KeptAxis, MsAxis, style_axis, whole_run_end_s
from widgets.plots.distribution import Distribution
from widgets.plots.limit_line import LimitLine
from widgets.plots.limit_steps import LimitSteps
from widgets.plots.ms_scale import MsScale
from widgets.plots.point_cloud import PointCloud
from widgets.plots.preview_note import PreviewNote
from widgets.plots.time_keys import turn_keys

_STRIP_HEIGHT: Final = 24
_BESIDE_WIDTH: Final = 84


class ProbePlot(pg.GraphicsLayoutWidget):  # type: ignore[misc] # ships no types
    """Signals: `limit_previewed(ms)`, `limit_dropped(ms)`, `follow_changed(whole run in view)`, `chosen(subject_id)`.

    `would_mean(ms)` is asked for a sentence on a limit that is being tried out; it is set from outside.
    """

    limit_previewed = Signal(int)
    limit_dropped = Signal(int)
    follow_changed = Signal(bool)
    chosen = Signal(str)

    def __init__(
        self, probes: ProbesProjection, run: RunProjection, *, limit_movable: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._probes = probes
        self._run = run
        self._following = True
        self._now_elapsed_s = 0.0
        self._drawn = 0
        self._range = (0.0, 0.0)
        self._wished_ms: int | None = None
        self._chosen: str | None = None
        self._chosen_drawn: object = None
        self._told: int | None = None
        self.would_mean: Callable[[int], str] = str
        self.scale_ms = MsScale()
        self._strip = self.addPlot(row=0, col=0, axisItems={"bottom": ElapsedAxis("bottom"), "left": KeptAxis("left")})
        axes = {"bottom": ElapsedAxis("bottom"), "left": MsAxis("left", self.scale_ms)}
        self._main = self.addPlot(row=1, col=0, axisItems=axes)
        self._beside = self.addPlot(row=1, col=1, axisItems={"bottom": KeptAxis("bottom")})
        self._grid = GridLines(self._main.getAxis("left"))
        self._points = PointCloud(OUTCOME_MARKS)
        self._failures = PointCloud(OUTCOME_MARKS)
        self._rings = pg.ScatterPlotItem(symbol="o", size=17, brush=None, pxMode=True)
        self.distribution = Distribution(self.scale_ms)
        self._steps = LimitSteps()
        self._across = pg.InfiniteLine(angle=0)
        self.limit_line = LimitLine(self.scale_ms, movable=limit_movable)
        self.note = PreviewNote(self.viewport())
        self._set_up()
        self.recolour(colours_of(self))

    def _set_up(self) -> None:
        self.ci.layout.setContentsMargins(4, 4, 8, 4)
        self.ci.layout.setSpacing(2)
        for plot in (self._strip, self._main, self._beside):
            plot.hideButtons()
            plot.setMenuEnabled(False)
            plot.vb.setMouseEnabled(x=plot is not self._beside, y=False)
            plot.vb.setDefaultPadding(0.0)
        for plot in (self._strip, self._main):
            plot.getAxis("left").setWidth(LEFT_WIDTH)
            plot.vb.sigRangeChangedManually.connect(self._leave_whole_run)
        self._strip.setFixedHeight(_STRIP_HEIGHT)
        self._strip.hideAxis("bottom")
        self._strip.setYRange(-1, 1)
        self._strip.getAxis("left").setTicks([[(0, self.tr("failed"))]])
        self._strip.setXLink(self._main)
        self._main.getAxis("left").enableAutoSIPrefix(False)
        self._beside.setFixedWidth(_BESIDE_WIDTH)
        self._beside.hideAxis("left")
        self._beside.getAxis("bottom").setTicks([[(0.5, self.tr("how often"))]])
        self._beside.setXRange(0, 1, padding=0)
        self._strip.addItem(self._failures, ignoreBounds=True)
        for item in (self._grid, self._steps, self._points, self._rings, self.limit_line):
            self._main.addItem(item, ignoreBounds=True)
        for item in (self.distribution, self._across):
            self._beside.addItem(item, ignoreBounds=True)
        self.limit_line.previewed.connect(self._preview)
        self.limit_line.previewed.connect(self.limit_previewed)
        self.limit_line.dropped.connect(lambda _: self.show_preview(None))
        self.limit_line.dropped.connect(self.limit_dropped)
        self.scene().sigMouseMoved.connect(self._hover)
        self.scene().sigMouseClicked.connect(self._click)
        self.setAccessibleName(self.tr("Probe chart: peer-to-peer round-trip time of every probe over time"))

    def recolour(self, colours: Colours) -> None:
        """Follow the theme."""
        self.setBackground(colours.surface)
        for plot in (self._strip, self._main, self._beside):
            for side in ("left", "bottom"):
                style_axis(plot.getAxis(side), colours, self.font())
        self._grid.recolour(colours)
        self._strip.vb.setBackgroundColor(colours.raised)
        outcome_colours = [colours.of(outcome) for outcome in OUTCOMES]
        self._points.set_colours(outcome_colours)
        self._failures.set_colours(outcome_colours)
        self._rings.setPen(pg.mkPen(colours.accent, width=2))
        self._steps.recolour(colours)
        self._across.setPen(pg.mkPen(colours.limit, width=1, style=Qt.PenStyle.DashLine))
        self.distribution.recolour(colours)
        self.limit_line.recolour(colours)
        self.note.recolour(colours)

    # --- what is shown ------------------------------------------------------------------------------------------------

    def show_state(self, now_elapsed_s: float, wished_ms: int | None) -> None:
        """Draw what the projections say; `wished_ms` is a limit that was asked for and not answered yet."""
        self._now_elapsed_s = now_elapsed_s
        self._wished_ms = wished_ms
        self._take_points()
        self._draw_limit()
        self._ring_chosen()
        if self._following:
            self.show_whole_run()
        # Taken over only while painting, a new range would cause a second painting.
        self.scene().prepareForPaint()

    def show_whole_run(self) -> None:
        """All of it in view, and kept so."""
        if not self._following:
            self._following = True
            self.follow_changed.emit(True)
        self._main.setXRange(0, whole_run_end_s(self._now_elapsed_s), padding=0)

    def count_logarithmically(self, log: bool) -> None:
        """Change the axis; what is shown stays."""
        self.scale_ms.log = log
        self.start_anew()
        self.limit_line.rescale()
        self.show_state(self._now_elapsed_s, self._wished_ms)

    def start_anew(self) -> None:
        """Draw all points again with the next state."""
        self._range, self._drawn, self._chosen_drawn, self._told = (0.0, 0.0), -1, None, None
        for cloud in (self._points, self._failures):
            cloud.start_anew()

    def mark(self, subject_id: str | None) -> None:
        """Ring the chosen person's probes."""
        self._chosen = subject_id
        self._ring_chosen()

    def show_preview(self, limit_ms: int | None) -> None:
        """What this limit would mean, beside its line; None: no more."""
        self.distribution.try_limit(limit_ms)
        if limit_ms is None:
            self.note.hide()
            return
        view = self._main.vb
        place = view.mapViewToScene(QPointF(0, self.scale_ms.height(limit_ms)))
        self.note.say(self.would_mean(limit_ms), self.mapFromScene(view.sceneBoundingRect()).boundingRect(),
                      self.mapFromScene(place).y())  # fmt: skip

    def _preview(self, limit_ms: int) -> None:
        self._across.setValue(self.limit_line.value())
        self.show_preview(limit_ms)

    def _take_points(self) -> None:
        if len(self._probes) == self._drawn:
            return
        anew, self._drawn = self._drawn < 0, len(self._probes)
        elapsed_s = np.array(self._probes.elapsed_s)
        heights = self.scale_ms.heights(np.array(self._probes.rtt_ms))
        outcome = np.array(self._probes.outcome)
        self._points.set_points(elapsed_s, heights, outcome)
        self._failures.set_points(elapsed_s, np.where(outcome == FAILED, 0.0, np.nan), outcome)
        self.distribution.set_points(heights, outcome, anew=anew)

    def _draw_limit(self) -> None:
        """The steps so far up to now, and the limit in force from now on, dashed."""
        steps = self._run.threshold_steps
        heights = [(step[0], None if step[1] is None else self.scale_ms.height(step[1])) for step in steps]
        self._steps.show_steps(heights, self._now_elapsed_s)
        current = self._run.max_p2p_rtt_ms
        shown_ms = current if self._wished_ms is None else self._wished_ms
        self._fit_height([step[1] for step in [*steps[-20:], (0.0, shown_ms)] if step[1] is not None])
        self.limit_line.put(shown_ms)
        if not self.limit_line.moving:
            self._across.setVisible(shown_ms is not None)
            self._across.setValue(self.limit_line.value())

    def _fit_height(self, limits_ms: list[int]) -> None:
        """Room for every point and limit, with some above."""
        lowest_ms = min([self._probes.lowest_rtt_ms, *limits_ms])
        wanted = self.scale_ms.room_for(lowest_ms, self._probes.highest_rtt_ms, max(limits_ms, default=0))
        if wanted != self._range and not self.limit_line.moving:
            self._range = wanted
            for plot in (self._main, self._beside):
                plot.setYRange(*wanted, padding=0)
            self.distribution.set_range(*wanted)

    def _ring_chosen(self) -> None:
        places = np.array(self._probes.of_person(self._chosen or ""), np.int64)
        wanted = (self._chosen, len(places))
        if wanted != self._chosen_drawn:
            self._chosen_drawn = wanted
            rtt_ms, elapsed_s = np.array(self._probes.rtt_ms)[places], np.array(self._probes.elapsed_s)[places]
            measured = np.isfinite(rtt_ms)
            self._rings.setVisible(bool(measured.any()))
            self._rings.setData(elapsed_s[measured], self.scale_ms.heights(rtt_ms[measured]))

    def _leave_whole_run(self) -> None:
        if self._following:
            self._following = False
            self.follow_changed.emit(False)

    # --- mouse and keys -----------------------------------------------------------------------------------------------

    def probe_at(self, scene_position: QPointF) -> int | None:
        """The probe drawn there, by its place in the projection."""
        for plot, cloud in ((self._main, self._points), (self._strip, self._failures)):
            if plot.vb.sceneBoundingRect().contains(scene_position):
                return cloud.point_at(scene_position)
        return None

    def _hover(self, scene_position: QPointF) -> None:
        """Tell about the point or bar under the mouse, in plain text."""
        index, text = self.probe_at(scene_position), ""
        if index is not None:
            text = self._probes.describe(index)
        elif self._beside.vb.sceneBoundingRect().contains(scene_position):
            text = self.distribution.describe(self._beside.vb.mapSceneToView(scene_position).y())
        if text:
            QToolTip.showText(self.mapToGlobal(self.mapFromScene(scene_position)), plain_tooltip(text), self)
        else:
            QToolTip.hideText()

    def _click(self, event: Any) -> None:
        """Choose one of the two of the probe under the mouse; again, the other."""
        index = self.probe_at(event.scenePos())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose_of(index)

    def _choose_of(self, index: int) -> None:
        record = self._probes.record(index)
        if record is not None:
            self.chosen.emit(record.subject_b if self._chosen == record.subject_a else record.subject_a)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the whole run."""
        super().mouseDoubleClickEvent(event)
        self.show_whole_run()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move in time, plus and minus zoom, Home shows the whole run; comma and full stop go from probe to
        probe (of the chosen person, if there is one), Enter chooses one of its two.
        """
        step = {Qt.Key.Key_Comma: -1, Qt.Key.Key_Period: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self._tell_next(step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._told is not None:
            self._choose_of(self._told)
        elif not turn_keys(self._main.vb, event, self.show_whole_run):
            super().keyPressEvent(event)
        elif event.key() != Qt.Key.Key_Home:
            self._leave_whole_run()

    def _tell_next(self, step: int) -> None:
        places = self._probes.of_person(self._chosen or "") or range(len(self._probes))
        later = [place for place in places if self._told is None or (place - self._told) * step > 0]
        if later:
            self._told = later[0 if step > 0 and self._told is not None else -1]
            cloud, plot = (self._points, self._main)
            if self._probes.outcome[self._told] == FAILED:
                cloud, plot = self._failures, self._strip
            place = self.mapFromScene(plot.vb.mapViewToScene(QPointF(*cloud.place_of(self._told))))
            QToolTip.showText(self.mapToGlobal(place), plain_tooltip(self._probes.describe(self._told)), self)
