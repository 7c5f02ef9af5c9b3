"""The bars of the match timeline: one item draws them all.

Owns culling, level of detail, look and hover of the bars, and the time axis. Must not fold anything. Imports
pyqtgraph, so it may only be imported after the first paint.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyqtgraph as pg
from pyqtgraph.Qt import internals
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen, QTransform, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from core.projections import words
from core.projections.matches import AWAY, KIND_NAMES, PAGE, PLAYING, PROBING, WAITING, TimelineProjection
from widgets.palette import Colours, colours_of
from widgets.parts.bars import bar_ink, bar_looks
from widgets.parts.marks import paint_mark
from widgets.parts.text import plain_tooltip
from widgets.plots.axes import ElapsedAxis, LaneAxis, style_axis, whole_run_end_s
from widgets.plots.time_keys import turn_keys

LANE_PX: Final = 24
_NAMES_WIDTH: Final = 112
_DETAIL_LIMIT: Final = 20_000
_LABEL_LIMIT: Final = 400
_FULL, _THIN = 0.68, 0.22
_HEIGHTS: Final = {PAGE: _THIN, WAITING: _FULL, PROBING: _FULL, PLAYING: _FULL, AWAY: _FULL}
_FOLLOWED_S: Final = 300.0

FloatArray = np.ndarray[tuple[int], np.dtype[np.float64]]
IndexArray = np.ndarray[tuple[int], np.dtype[np.intp]]


class BarsItem(pg.GraphicsObject):  # type: ignore[misc] # ships no types
    """All bars, end marks and the threads between matched people. `take` copies the projection's columns."""

    def __init__(self, timeline: TimelineProjection) -> None:
        super().__init__()
        self._timeline = timeline
        self._version = -1
        self._now_elapsed_s = 0.0
        self._colours: Colours | None = None
        self._start_s = self._end_s = np.empty(0)
        self._lane = np.empty(0, np.int32)
        self._kind = np.empty(0, np.int8)
        self._mark_s = np.empty(0)
        self._match_s = np.empty(0)
        self._match_lanes = np.empty((0, 2), np.int32)

    def recolour(self, colours: Colours) -> None:
        """Follow the theme."""
        self._colours = colours
        self.update()

    def take(self, now_elapsed_s: float) -> None:
        """Bars as they are; those that still grow end now."""
        timeline = self._timeline
        if timeline.version != self._version:
            self._version = timeline.version
            self._start_s, self._end_s = np.array(timeline.start_s), np.array(timeline.end_s)
            self._lane, self._kind = np.array(timeline.lane), np.array(timeline.kind)
            self._mark_s = np.array([mark.elapsed_s for mark in timeline.end_marks])
            self._take_matches()
        self._now_elapsed_s = now_elapsed_s
        self.update()

    def _take_matches(self) -> None:
        spans = []
        for match in self._timeline.matches:
            lanes = [self._timeline.lane_of(person.subject_id) for person in match.participants]
            known = [lane for lane in lanes if lane is not None]
            if len(known) > 1:
                spans.append((match.elapsed_s, min(known), max(known)))
        self._match_s = np.array([span[0] for span in spans])
        self._match_lanes = np.array([span[1:] for span in spans], np.int32).reshape(-1, 2)

    def boundingRect(self) -> QRectF:
        """As much as is in view."""
        return QRectF(self.viewRect())

    def viewTransformChanged(self) -> None:
        """What is in view decides what is drawn."""
        super().viewTransformChanged()
        self.prepareGeometryChange()

    def bar_at(self, elapsed_s: float, lane: int) -> int | None:
        """The newest bar at this time in this lane."""
        hits = np.flatnonzero((self._lane == lane) & (self._start_s <= elapsed_s) & (self._ends() > elapsed_s))
        return int(hits[-1]) if len(hits) else None

    def paint(self, painter: QPainter, option: object, widget: QWidget | None = None) -> None:
        """Lanes, threads, bars kind by kind, their words, end marks, now."""
        if self._colours is None or len(self._start_s) == 0:
            return
        to_pixels = painter.worldTransform()
        view = self.boundingRect()
        painter.save()
        painter.resetTransform()
        painter.setClipRect(to_pixels.mapRect(view))
        self._paint_lanes(painter, to_pixels, view)
        bars = self._in_view(view, to_pixels.m11())
        self._paint_bars(painter, to_pixels, bars)
        self._paint_threads(painter, to_pixels, view)
        if len(bars) <= _LABEL_LIMIT:
            self._paint_words(painter, to_pixels, view, bars)
        self._paint_ends(painter, to_pixels, view)
        self._paint_now(painter, to_pixels, view)
        painter.restore()

    def _ends(self) -> FloatArray:
        return np.minimum(self._end_s, max(self._now_elapsed_s, 0.0))

    def _in_view(self, view: QRectF, pixels_per_s: float) -> IndexArray:
        """Bars that touch the view; if they are very many, one a pixel and lane."""
        upto = int(np.searchsorted(self._start_s, view.right(), side="right"))
        ends = self._ends()[:upto]
        lane = self._lane[:upto]
        touching = (ends > view.left()) & (ends > self._start_s[:upto])
        touching &= (lane >= view.top() - 0.5) & (lane <= view.bottom() + 0.5)
        bars = np.flatnonzero(touching)
        if len(bars) <= _DETAIL_LIMIT:
            return bars
        pixel = np.maximum((self._start_s[bars] - view.left()) * pixels_per_s, 0).astype(np.int64)
        places = self._lane[bars].astype(np.int64) * 100_000 + pixel
        _, first = np.unique(places, return_index=True)
        return bars[first]

    def _paint_lanes(self, painter: QPainter, to_pixels: QTransform, view: QRectF) -> None:
        assert self._colours is not None
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colours.of("raised"))
        area = to_pixels.mapRect(view)
        last = min(len(self._timeline.lanes) - 1, int(view.bottom() + 0.5))
        for lane in range(max(0, int(view.top() + 0.5)), last + 1):
            if lane % 2 == 0:
                top = to_pixels.m22() * (lane - 0.5) + to_pixels.dy()
                painter.drawRect(QRectF(area.left(), top, area.width(), abs(to_pixels.m22())))

    def _paint_bars(self, painter: QPainter, to_pixels: QTransform, bars: IndexArray) -> None:
        """One call a kind: the same brush for all of them."""
        assert self._colours is not None
        left = self._start_s[bars] * to_pixels.m11() + to_pixels.dx()
        width = np.maximum(self._ends()[bars] * to_pixels.m11() + to_pixels.dx() - left, 1.0)
        lane_px = abs(to_pixels.m22())
        middle = self._lane[bars] * to_pixels.m22() + to_pixels.dy()
        kinds = self._kind[bars]
        for kind, height in _HEIGHTS.items():
            mine = kinds == kind
            count = int(mine.sum())
            if not count:
                continue
            store = internals.PrimitiveArray(QRectF, 4)
            store.resize(count)
            rows = store.ndarray()
            rows[:, 0], rows[:, 2] = left[mine], width[mine]
            rows[:, 1], rows[:, 3] = middle[mine] - lane_px * height / 2, lane_px * height
            for brush, pen in bar_looks(KIND_NAMES[kind], self._colours):
                painter.setBrush(brush)
                painter.setPen(pen)
                painter.drawRects(*store.drawargs())

    def _paint_words(self, painter: QPainter, to_pixels: QTransform, view: QRectF, bars: IndexArray) -> None:
        """The kind and with whom, as far as there is room; a bar cut by the edge has its words inside the view."""
        assert self._colours is not None
        metrics = QFontMetrics(painter.font())
        if abs(to_pixels.m22()) * _FULL < metrics.height() - 2:
            return
        edge = to_pixels.mapRect(view).left()
        ends = self._ends()
        for bar in bars:
            kind = int(self._kind[bar])
            if kind == PAGE:
                continue
            left = max(self._start_s[bar] * to_pixels.m11() + to_pixels.dx(), edge) + 6
            room = ends[bar] * to_pixels.m11() + to_pixels.dx() - left - 4
            text = self._words_for(int(bar), kind, metrics, room)
            if text:
                middle = self._lane[bar] * to_pixels.m22() + to_pixels.dy()
                painter.setPen(bar_ink(KIND_NAMES[kind], self._colours))
                painter.drawText(QPointF(left, middle + (metrics.ascent() - metrics.descent()) / 2), text)

    def _words_for(self, bar: int, kind: int, metrics: QFontMetrics, room: float) -> str:
        detail = self._timeline.details[bar]
        for text in (f"{KIND_NAMES[kind]} {detail}", KIND_NAMES[kind]):
            if (detail or text == KIND_NAMES[kind]) and metrics.horizontalAdvance(text) <= room:
                return text
        return ""

    def _paint_threads(self, painter: QPainter, to_pixels: QTransform, view: QRectF) -> None:
        """A line from lane to lane where a group was formed."""
        assert self._colours is not None
        seen = np.flatnonzero((self._match_s >= view.left()) & (self._match_s <= view.right()))
        if len(seen) > _LABEL_LIMIT:
            return
        colour = self._colours.of("text")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for match in seen:
            x = self._match_s[match] * to_pixels.m11() + to_pixels.dx()
            y = [lane * to_pixels.m22() + to_pixels.dy() for lane in self._match_lanes[match]]
            painter.setPen(QPen(colour, 1.4))
            painter.drawLine(QPointF(x, y[0]), QPointF(x, y[1]))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            for end in y:
                painter.drawEllipse(QPointF(x, end), 3.2, 3.2)

    def _paint_ends(self, painter: QPainter, to_pixels: QTransform, view: QRectF) -> None:
        assert self._colours is not None
        for number in np.flatnonzero((self._mark_s >= view.left()) & (self._mark_s <= view.right())):
            mark = self._timeline.end_marks[number]
            x = mark.elapsed_s * to_pixels.m11() + to_pixels.dx() + 5
            y = mark.lane * to_pixels.m22() + to_pixels.dy()
            shape, colour = ("check", "done") if mark.done else ("cross", "gone")
            paint_mark(painter, QRectF(x, y - 5, 10, 10), shape, self._colours.of(colour))

    def _paint_now(self, painter: QPainter, to_pixels: QTransform, view: QRectF) -> None:
        assert self._colours is not None
        x = self._now_elapsed_s * to_pixels.m11() + to_pixels.dx()
        area = to_pixels.mapRect(view)
        painter.setPen(QPen(self._colours.of("accent"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))


class TimelinePlot(pg.PlotWidget):  # type: ignore[misc] # ships no types
    """Signals: `follow_changed(bool)`, `scroll_wanted(lanes)` for the wheel with Shift or over the names."""

    follow_changed = Signal(bool)
    scroll_wanted = Signal(int)

    def __init__(self, timeline: TimelineProjection, parent: QWidget | None = None) -> None:
        self._names = LaneAxis(_NAMES_WIDTH)
        super().__init__(parent, axisItems={"bottom": ElapsedAxis("bottom"), "left": self._names})
        self._timeline = timeline
        self._following = True
        self._span_s = 0.0
        self._now_elapsed_s = 0.0
        self._bars = BarsItem(timeline)
        plot = self.getPlotItem()
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.vb.invertY(True)
        plot.vb.setMouseEnabled(x=True, y=False)
        plot.vb.setDefaultPadding(0.0)
        plot.layout.setContentsMargins(4, 0, 4, 2)
        plot.addItem(self._bars, ignoreBounds=True)
        plot.vb.sigRangeChangedManually.connect(self._moved_by_hand)
        self.scene().sigMouseMoved.connect(self._hover)
        self.setAccessibleName(self.tr("Match timeline: what each participant did when"))
        self.recolour(colours_of(self))

    def recolour(self, colours: Colours) -> None:
        """Follow the theme."""
        self.setBackground(colours.surface)
        style_axis(self.getAxis("bottom"), colours, self.font())
        style_axis(self._names, colours, self.font())
        self._names.setTextPen(pg.mkPen(colours.text))
        self._bars.recolour(colours)

    def show_state(self, now_elapsed_s: float) -> None:
        """Draw what the projection says."""
        self._now_elapsed_s = now_elapsed_s
        self._names.set_names(self._timeline.lanes)
        self._bars.take(now_elapsed_s)
        if self._following:
            self._show_newest()

    def lanes_that_fit(self) -> int:
        """How many lanes there is room for."""
        return max(1, int(self.getViewBox().height() // LANE_PX))

    def show_lanes_from(self, first: int) -> None:
        """Put this lane at the top."""
        height = self.getViewBox().height() / LANE_PX
        self.getViewBox().setYRange(first - 0.5, first - 0.5 + max(height, 1.0), padding=0)

    def follow(self, following: bool = True) -> None:
        """Keep now in view, or stay where it is."""
        if following != self._following:
            self._following = following
            self.follow_changed.emit(following)
        if following:
            self._show_newest()

    def show_whole_run(self) -> None:
        """From the start to now."""
        self._span_s = max(self._now_elapsed_s, 60.0) * 1.05
        self.follow()

    def _show_newest(self) -> None:
        """The last minutes up to a little after now; all of it while the run is short."""
        span_s = self._span_s or min(whole_run_end_s(self._now_elapsed_s), _FOLLOWED_S)
        end_s = max(self._now_elapsed_s + span_s * 0.03, span_s)
        self.getViewBox().setXRange(end_s - span_s, end_s, padding=0)

    def _moved_by_hand(self) -> None:
        self.follow(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom in time; with Shift, or over the names, scroll through the lanes."""
        over_names = event.position().x() < _NAMES_WIDTH
        if over_names or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            turned = event.angleDelta().y() or event.angleDelta().x()
            self.scroll_wanted.emit(-1 if turned > 0 else 1)
            event.accept()
        elif self._following:
            low, high = self.getViewBox().viewRange()[0]
            self._span_s = max(5.0, (high - low) * (0.85 if event.angleDelta().y() > 0 else 1 / 0.85))
            self._show_newest()
            event.accept()
        else:
            super().wheelEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to now."""
        super().mouseDoubleClickEvent(event)
        self._span_s = 0.0
        self.follow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move in time and through lanes, plus and minus zoom, Home shows the whole run, End follows."""
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.scroll_wanted.emit(-1 if key == Qt.Key.Key_Up else 1)
        elif key == Qt.Key.Key_End:
            self._span_s = 0.0
            self.follow()
        elif not turn_keys(self.getViewBox(), event, self.show_whole_run):
            super().keyPressEvent(event)
        elif key != Qt.Key.Key_Home:
            self.follow(False)

    def _hover(self, scene_position: QPointF) -> None:
        """Tell about the bar or lane under the mouse, in plain text."""
        view = self.getViewBox()
        place = view.mapSceneToView(scene_position)
        lane = round(place.y())
        text = ""
        if 0 <= lane < len(self._timeline.lanes):
            bar = self._bars.bar_at(place.x(), lane) if view.sceneBoundingRect().contains(scene_position) else None
            text = self._timeline.lanes[lane] if bar is None else self._timeline.describe(bar, self._now_elapsed_s)
            text = self._with_end(lane, bar, text)
        if text:
            shown_at = self.mapToGlobal(self.mapFromScene(scene_position))
            QToolTip.showText(shown_at, plain_tooltip(text), self)
        else:
            QToolTip.hideText()

    def _with_end(self, lane: int, bar: int | None, text: str) -> str:
        """Beside the bars, also how the lane ended."""
        ends = [mark for mark in self._timeline.end_marks if mark.lane == lane] if bar is None else []
        return "\n".join([text, *(f"{mark.text}, {words.clock_text(mark.elapsed_s)}" for mark in ends)])
