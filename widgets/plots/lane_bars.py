"""The bars of the match timeline: one item draws them all.

Owns culling, level of detail and look of the bars. Must not fold anything, nor know the axes around them. Imports
pyqtgraph, so it may only be imported after the first paint.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyqtgraph as pg
from pyqtgraph.Qt import internals
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform
from PySide6.QtWidgets import QWidget

from core.projections.lanes import AWAY, KIND_NAMES, PAGE, PLAYING, PROBING, WAITING, Lanes
from core.projections.time_marks import TimeMarks
from widgets.palette import Colours
from widgets.parts.bars import bar_ink, bar_looks
from widgets.parts.kept_lines import KeptLines
from widgets.plots.lane_marks import LaneMarks

_DETAIL_LIMIT: Final = 20_000
_LABEL_LIMIT: Final = 200
_LEAST_WORD_PX: Final = 20
_FULL, _THIN = 0.68, 0.22
_HEIGHTS: Final = {PAGE: _THIN, WAITING: _FULL, PROBING: _FULL, PLAYING: _FULL, AWAY: _FULL}

FloatArray = np.ndarray[tuple[int], np.dtype[np.float64]]
IndexArray = np.ndarray[tuple[int], np.dtype[np.intp]]


class BarsItem(pg.GraphicsObject):  # type: ignore[misc] # ships no types
    """All bars, and the marks over them. `take` copies the columns of the lanes it was given with `show`."""

    def __init__(self, lanes: Lanes, marks: TimeMarks) -> None:
        super().__init__()
        self._lanes = lanes
        self._version, self._jumps = -1, lanes.jumps
        self._now_elapsed_s = 0.0
        self._colours: Colours | None = None
        self._start_s = self._end_s = np.empty(0)
        self._lane = np.empty(0, np.int32)
        self._kind = np.empty(0, np.int8)
        self._marks = LaneMarks(marks)
        self._words = KeptLines()
        self.chosen_lanes: list[int] = []
        self.cursor_lane: int | None = None

    def show(self, lanes: Lanes) -> None:
        """These from now on."""
        self._lanes, self._version, self._jumps = lanes, -1, lanes.jumps

    def start_anew(self) -> None:
        """It is another moment of the run, perhaps an earlier one."""
        self._version, self._jumps = -1, self._lanes.jumps
        self._marks.start_anew()

    def recolour(self, colours: Colours) -> None:
        """Follow the theme."""
        self._colours = colours
        self.update()

    def take(self, now_elapsed_s: float) -> None:
        """Bars as they are; those that still grow end now."""
        lanes = self._lanes
        if lanes.version != self._version:
            self._version = lanes.version
            self._start_s, self._end_s = np.array(lanes.start_s), np.array(lanes.end_s)
            self._lane, self._kind = np.array(lanes.lane), np.array(lanes.kind)
        self._marks.take(lanes)
        self._now_elapsed_s = now_elapsed_s
        self.update()

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

    def mark_at(self, pixel: QPointF) -> str:
        """The words of the mark there, in pixels of what was drawn last; "" if there is none."""
        return self._marks.text_at(pixel)

    def paint(self, painter: QPainter, option: object, widget: QWidget | None = None) -> None:
        """Lanes, bars kind by kind, their words, marks, now."""
        if self._colours is None:
            return
        if self._lanes.jumps != self._jumps:  # Qt may paint before the panel, hidden until now, was refreshed
            self.start_anew()
            self.take(self._now_elapsed_s)
        to_pixels = painter.worldTransform()
        view = self.boundingRect()
        painter.save()
        painter.resetTransform()
        painter.setClipRect(to_pixels.mapRect(view))
        self._paint_lanes(painter, to_pixels, view)
        if len(self._start_s):
            bars = self._in_view(view, to_pixels.m11())
            self._paint_bars(painter, to_pixels, bars)
            self._marks.place(to_pixels, view)
            if len(bars) <= _LABEL_LIMIT:
                self._paint_words(painter, to_pixels, view, bars)
        self._marks.paint(painter, to_pixels, view, self._colours)
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
        """Every other one tinted, the chosen person's framed, the one the keys are on dotted."""
        assert self._colours is not None
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colours.of("raised"))
        last = min(self._lanes.lane_count - 1, int(view.bottom() + 0.5))
        for lane in range(max(0, int(view.top() + 0.5)), last + 1):
            if lane % 2 == 0:
                painter.drawRect(_lane_area(lane, to_pixels, view))
        chosen = QColor(self._colours.accent)
        chosen.setAlphaF(0.14)
        for lane in self.chosen_lanes:
            if view.top() - 0.5 <= lane <= view.bottom() + 0.5:
                painter.setBrush(chosen)
                painter.setPen(QPen(self._colours.of("accent"), 1.5))
                painter.drawRect(_lane_area(lane, to_pixels, view).adjusted(-2, 0, 2, 0))
        if self.cursor_lane is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._colours.of("text"), 1.5, Qt.PenStyle.DotLine))
            painter.drawRect(_lane_area(self.cursor_lane, to_pixels, view).adjusted(1, 1, -1, -1))

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
        if abs(to_pixels.m22()) * _FULL < painter.fontMetrics().height() - 2:
            return
        edge = to_pixels.mapRect(view).left()
        lefts = np.maximum(self._start_s[bars] * to_pixels.m11() + to_pixels.dx(), edge) + 6
        rooms = self._ends()[bars] * to_pixels.m11() + to_pixels.dx() - lefts - 4
        middles = self._lane[bars] * to_pixels.m22() + to_pixels.dy()
        for place in np.flatnonzero((self._kind[bars] != PAGE) & (rooms > _LEAST_WORD_PX)):
            bar = int(bars[place])
            kind = KIND_NAMES[int(self._kind[bar])]
            painter.setPen(bar_ink(kind, self._colours))
            left, room = float(lefts[place]), float(rooms[place])
            hidden_px = self._marks.covers(int(self._lane[bar]), left)
            left, room = left + hidden_px, room - hidden_px
            detail = self._lanes.detail(bar)
            for text in (f"{kind} {detail}", kind) if detail else (kind,):
                if self._words.draw_uncut(painter, left, float(middles[place]), room, text):
                    break

    def _paint_now(self, painter: QPainter, to_pixels: QTransform, view: QRectF) -> None:
        assert self._colours is not None
        x = self._now_elapsed_s * to_pixels.m11() + to_pixels.dx()
        area = to_pixels.mapRect(view)
        painter.setPen(QPen(self._colours.of("accent"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))


def _lane_area(lane: int, to_pixels: QTransform, view: QRectF) -> QRectF:
    return to_pixels.mapRect(QRectF(view.left(), lane - 0.5, view.width(), 1.0))
