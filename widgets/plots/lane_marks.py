"""What stands over the bars of the match timeline: groups, rejections, ends, notes and alerts.

Owns drawing these small marks, and finding the one under the mouse. Must not fold anything. Imports numpy, so it may
only be imported after the first paint.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTransform

from core.projections.lanes import Lanes
from core.projections.time_marks import TimeMarks
from widgets.palette import Colours
from widgets.parts.marks import paint_mark

_MOST: Final = 400  # of a kind; with more in view they would cover one another
_LEAST_LANE_PX: Final = 13
_REACH_PX: Final = 8.0
_MARK_PX: Final = 17.0  # a mark's right edge, with a little space
Words = str | Callable[[], str]  # those that take longer to find are asked for when they are read
_LOOKS: Final = {"note": ("square", "notice"), "alert": ("triangle", "warning")}


class LaneMarks:
    """`take` notices what is new; `paint` draws what is in view and remembers where, for `text_at`."""

    def __init__(self, marks: TimeMarks) -> None:
        self._time_marks = marks
        self._lanes: Lanes | None = None
        self._counts = (-1, -1, -1)
        self._end_s = self._rejected_s = self._thread_s = np.empty(0)
        self._end_lane = self._rejected_lane = self._thread_top = self._thread_bottom = np.empty(0, np.int64)
        self._drawn: list[tuple[QPointF, Words]] = []
        self._covered: dict[int, list[float]] = {}

    def start_anew(self) -> None:
        """There may be less than before."""
        self._lanes = None

    def take(self, lanes: Lanes) -> None:
        """Places as arrays, made anew only if there are more than before."""
        counts = (len(lanes.end_marks), len(lanes.rejected_s), len(lanes.thread_s))
        if lanes is not self._lanes:
            self._lanes, self._counts = lanes, (-1, -1, -1)
            self._end_s = self._rejected_s = np.empty(0)
            self._end_lane = self._rejected_lane = np.empty(0, np.int64)
        if counts == self._counts:
            return
        self._counts = counts
        new_ends = lanes.end_marks[len(self._end_s) :]
        self._end_s = np.append(self._end_s, [mark.elapsed_s for mark in new_ends])
        self._end_lane = np.append(self._end_lane, np.array([mark.lane for mark in new_ends], np.int64))
        self._rejected_s, self._rejected_lane = np.array(lanes.rejected_s), np.array(lanes.rejected_lane)
        self._thread_s = np.array(lanes.thread_s)
        self._thread_top, self._thread_bottom = np.array(lanes.thread_top), np.array(lanes.thread_bottom)

    def paint(self, painter: QPainter, to_pixels: QTransform, view: QRectF, colours: Colours) -> None:
        """Threads, rejections, ends; notes and alerts at the top edge."""
        self._drawn = []
        if self._lanes is None:
            return
        self._paint_threads(painter, to_pixels, view, colours)
        if abs(to_pixels.m22()) >= _LEAST_LANE_PX:
            for number in self._seen(self._rejected_s, self._rejected_lane, self._rejected_lane, view):
                place = (int(self._rejected_lane[number]), float(self._rejected_s[number]))
                self._mark(painter, to_pixels, place, ("triangle", "rejected"), colours,
                           partial(self._lanes.rejection, int(number)))  # fmt: skip
            for number in self._seen(self._end_s, self._end_lane, self._end_lane, view):
                end = self._lanes.end_marks[number]
                look = ("check", "done") if end.done else ("cross", "gone")
                self._mark(painter, to_pixels, (end.lane, end.elapsed_s), look, colours, end.text)
        self._paint_time_marks(painter, to_pixels, view, colours)

    def place(self, to_pixels: QTransform, view: QRectF) -> None:
        """Find where rejections will stand, for `covers`."""
        self._covered = {}
        if abs(to_pixels.m22()) >= _LEAST_LANE_PX:
            for number in self._seen(self._rejected_s, self._rejected_lane, self._rejected_lane, view):
                x = float(self._rejected_s[number]) * to_pixels.m11() + to_pixels.dx()
                self._covered.setdefault(int(self._rejected_lane[number]), []).append(x)

    def covers(self, lane: int, left_px: float) -> float:
        """How many pixels from there on lie under a rejection's mark."""
        ends = [x + _MARK_PX for x in self._covered.get(lane, ()) if x - 4 < left_px < x + _MARK_PX]
        return max(ends, default=left_px) - left_px

    def text_at(self, pixel: QPointF) -> str:
        """The words of the nearest mark within a few pixels; "" if there is none."""
        near = [(abs(place.x() - pixel.x()) + abs(place.y() - pixel.y()), text) for place, text in self._drawn
                if abs(place.x() - pixel.x()) < _REACH_PX and abs(place.y() - pixel.y()) < _REACH_PX]  # fmt: skip
        if not near:
            return ""
        text = min(near, key=itemgetter(0))[1]
        return text if isinstance(text, str) else text()

    def _seen(self, at_s: np.ndarray, top: np.ndarray, bottom: np.ndarray, view: QRectF) -> np.ndarray:
        """Which of these are in view, by their places; none if they are too many."""
        seen = (at_s >= view.left()) & (at_s <= view.right())
        seen &= (bottom >= view.top() - 0.5) & (top <= view.bottom() + 0.5)
        numbers = np.flatnonzero(seen)
        return numbers if len(numbers) <= _MOST else numbers[:0]

    def _mark(
        self, painter: QPainter, to_pixels: QTransform, at: tuple[int, float], look: tuple[str, str], colours: Colours,
        text: Words,
    ) -> None:  # fmt: skip
        lane, elapsed_s = at
        place = QPointF(elapsed_s * to_pixels.m11() + to_pixels.dx() + 7, lane * to_pixels.m22() + to_pixels.dy())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.of("surface"))
        painter.drawEllipse(place, 7, 7)
        paint_mark(painter, QRectF(place.x() - 5, place.y() - 5, 10, 10), look[0], colours.of(look[1]))
        self._drawn.append((place, text))

    def _paint_threads(self, painter: QPainter, to_pixels: QTransform, view: QRectF, colours: Colours) -> None:
        """A line from lane to lane where a group was formed."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = colours.of("text")
        for match in self._seen(self._thread_s, self._thread_top, self._thread_bottom, view):
            x = self._thread_s[match] * to_pixels.m11() + to_pixels.dx()
            lanes = (self._thread_top[match], self._thread_bottom[match])
            top, bottom = (lane * to_pixels.m22() + to_pixels.dy() for lane in lanes)
            painter.setPen(QPen(colour, 1.4))
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            for end in (top, bottom):
                painter.drawEllipse(QPointF(x, end), 3.2, 3.2)

    def _paint_time_marks(self, painter: QPainter, to_pixels: QTransform, view: QRectF, colours: Colours) -> None:
        """Notes and alerts: a flag at the top with a thin line through all lanes."""
        area = to_pixels.mapRect(view)
        marks = [mark for mark in self._time_marks.marks[-2 * _MOST :] if view.left() <= mark.elapsed_s <= view.right()]
        for mark in marks[-_MOST:]:
            shape, name = _LOOKS[mark.kind]
            x = mark.elapsed_s * to_pixels.m11() + to_pixels.dx()
            painter.setPen(QPen(colours.of(name), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, area.top() + 14), QPointF(x, area.bottom()))
            place = QPointF(x, area.top() + 8)
            painter.setPen(QPen(colours.of("border"), 1))
            painter.setBrush(colours.of("surface"))
            painter.drawEllipse(place, 8, 8)
            paint_mark(painter, QRectF(x - 4.5, place.y() - 4.5, 9, 9), shape, colours.of(name))
            self._drawn.append((place, mark.text))
