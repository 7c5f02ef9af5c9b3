"""Any number of marks in a chart, stamped by numpy into an image instead of drawn one by one.

Owns stamping, redrawing only what moved, and finding the point under the mouse. Imports pyqtgraph, so it may only be
imported after the first paint.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QTransform
from PySide6.QtWidgets import QWidget

from widgets.parts.marks import paint_mark
from widgets.plots.in_view import InView

MARK_SIZE: Final = 11
_PICK_PX: Final = 9.0
_FEW: Final = 100
_DENSE: Final = 3_000

FloatArray = np.ndarray[tuple[int], np.dtype[np.float64]]
ByteArray = np.ndarray[tuple[int], np.dtype[np.int8]]
Layer = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


class PointCloud(InView):
    """Points with an outcome each; outcome `k` is drawn with the k-th mark in the k-th colour."""

    def __init__(self, marks: tuple[str, ...]) -> None:
        super().__init__()
        self._marks = marks
        self._colours = [QColor("black")] * len(marks)
        self._x = np.empty(0)
        self._y = np.empty(0)
        self._outcome = np.empty(0, np.int8)
        self._view_key: tuple[float, ...] = ()
        self._layers: list[Layer] = []
        self._images: list[QImage] = []
        self._used: set[int] = set()  # the outcomes of which there is anything to draw
        self._stamped = 0

    def set_colours(self, colours: list[QColor]) -> None:
        """One colour a mark."""
        self._colours = colours
        self._view_key = ()
        self.update()

    def set_points(self, x: FloatArray, y: FloatArray, outcome: ByteArray) -> None:
        """All points, in the chart's own units; those already drawn must stand unchanged at the beginning."""
        known = len(self._x)
        self._x, self._y, self._outcome = x, y, outcome
        if not self._view_key or len(x) < known:
            self.update()
        elif len(x) > known:
            self._update_around(x[known:], y[known:])

    def start_anew(self) -> None:
        """The points to come stand elsewhere than those that were drawn."""
        self._view_key = ()

    def place_of(self, index: int) -> tuple[float, float]:
        """Where a point is, in the chart's own units."""
        return float(self._x[index]), float(self._y[index])

    def paint(self, painter: QPainter, option: object, widget: QWidget | None = None) -> None:
        """Bring the image up to date and put it in place."""
        to_pixels = painter.worldTransform()
        area = to_pixels.mapRect(self.boundingRect())
        if len(self._x) == 0 or area.width() < 1 or area.height() < 1:
            return
        self._bring_up_to_date(to_pixels, area, painter.device().devicePixelRatioF())
        painter.save()
        painter.resetTransform()
        for outcome in sorted(self._used):
            painter.drawImage(area.topLeft(), self._images[outcome])
        painter.restore()

    def point_at(self, scene_position: QPointF) -> int | None:
        """The newest of the nearest points within a few pixels; None if there is none."""
        if len(self._x) == 0:
            return None
        transform = self.sceneTransform()
        dx = self._x * transform.m11() + transform.dx() - scene_position.x()
        dy = self._y * transform.m22() + transform.dy() - scene_position.y()
        distance = np.hypot(dx, dy)
        distance[np.isnan(distance)] = math.inf
        nearest = len(distance) - 1 - int(np.argmin(distance[::-1]))
        return nearest if distance[nearest] <= _PICK_PX else None

    def _update_around(self, x: FloatArray, y: FloatArray) -> None:
        """Have no more painted than where these points are: the rest of the chart rests."""
        drawn = np.isfinite(x) & np.isfinite(y)
        if drawn.any():
            to_pixels = self.sceneTransform()
            beside, above = MARK_SIZE / abs(to_pixels.m11()), MARK_SIZE / abs(to_pixels.m22())
            left, right = float(x[drawn].min()) - beside, float(x[drawn].max()) + beside
            low, high = float(y[drawn].min()) - above, float(y[drawn].max()) + above
            self.update(QRectF(left, low, right - left, high - low))

    def _bring_up_to_date(self, to_pixels: QTransform, area: QRectF, ratio: float) -> None:
        """Stamp what is new; everything, if the view moved."""
        key = (to_pixels.m11(), to_pixels.m22(), to_pixels.dx(), to_pixels.dy(), area.width(), area.height(), ratio)
        count = len(self._x)
        if key != self._view_key or count < self._stamped:
            self._view_key, self._stamped = key, 0
            size = (math.ceil(area.height() * ratio), math.ceil(area.width() * ratio))
            self._layers = [np.zeros(size, np.uint8) for _ in self._marks]
            self._used.clear()
        if self._stamped == count and self._images:
            return
        new = slice(self._stamped, count)
        columns = (self._x[new] * to_pixels.m11() + to_pixels.dx() - area.left()) * ratio
        rows = (self._y[new] * to_pixels.m22() + to_pixels.dy() - area.top()) * ratio
        anew = self._stamped == 0 or len(self._images) < len(self._marks)
        for outcome, (mark, colour) in enumerate(zip(self._marks, self._colours, strict=True)):
            mine = (self._outcome[new] == outcome) & np.isfinite(columns) & np.isfinite(rows)
            layer, stamp = self._layers[outcome], _stamp_of(mark, ratio)
            if mine.any():
                self._used.add(outcome)
                _stamp(layer, columns[mine], rows[mine], stamp)
                if not anew:
                    _recolour(self._images[outcome], layer, colour, columns[mine], rows[mine], len(stamp))
        if anew:
            self._images = [
                _coloured(layer, colour, ratio) for layer, colour in zip(self._layers, self._colours, strict=True)
            ]
        self._stamped = count


@lru_cache(maxsize=32)
def _stamp_of(mark: str, ratio: float) -> Layer:
    """A mark's coverage, 0 to 255, with an odd number of pixels a side, so that it has a middle."""
    size = round(MARK_SIZE * ratio) | 1
    image = QImage(size, size, QImage.Format.Format_Alpha8)
    image.fill(0)
    painter = QPainter(image)
    paint_mark(painter, QRectF(0, 0, size, size), mark, QColor("black"))
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(size, image.bytesPerLine())
    return pixels[:, :size].copy()


def _stamp(layer: Layer, columns: FloatArray, rows: FloatArray, stamp: Layer) -> None:
    """Press the stamp onto the layer at each place; where two overlap, the stronger coverage stays."""
    reach = len(stamp) // 2
    height, width = layer.shape
    seen = (columns > -reach) & (columns < width + reach) & (rows > -reach) & (rows < height + reach)
    if np.count_nonzero(seen) <= _FEW:
        for row, column in zip(rows[seen], columns[seen], strict=True):
            _press_one(layer, math.floor(row), math.floor(column), stamp)
        return
    padded = np.zeros((height + 4 * reach, width + 4 * reach), np.uint8)
    padded[2 * reach : -2 * reach, 2 * reach : -2 * reach] = layer
    at_row = np.floor(rows[seen]).astype(np.intp) + 2 * reach
    at_column = np.floor(columns[seen]).astype(np.intp) + 2 * reach
    if len(at_row) > _DENSE:
        _press_dense(padded, at_row, at_column, stamp)
    else:
        for row, column in np.argwhere(stamp):
            place = (at_row + (row - reach), at_column + (column - reach))
            padded[place] = np.maximum(padded[place], stamp[row, column])
    layer[:] = padded[2 * reach : -2 * reach, 2 * reach : -2 * reach]


def _press_one(layer: Layer, row: int, column: int, stamp: Layer) -> None:
    """The part of one stamp that lies on the layer."""
    reach, (height, width) = len(stamp) // 2, layer.shape
    top, left = row - reach, column - reach
    place = layer[max(top, 0) : min(row + reach + 1, height), max(left, 0) : min(column + reach + 1, width)]
    part = stamp[max(-top, 0) :, max(-left, 0) :][: place.shape[0], : place.shape[1]]
    np.maximum(place, part, out=place)


def _press_dense(padded: Layer, at_row: np.ndarray, at_column: np.ndarray, stamp: Layer) -> None:
    """The same by moving whole images about, whose cost does not depend on how many points there are.

    Images are taken as one long row each: the margin is wide enough that nothing is carried over an edge.
    `widened[n]` is covered wherever one of the n + 1 pixels from there to the left holds a point, so that a full run of
    a stamp's row is one step; its soft edge takes one step a pixel.
    """
    stride, reach = padded.shape[1], len(stamp) // 2
    points = np.zeros(padded.size, np.uint8)
    points[at_row * stride + at_column] = 255
    widened = [points]
    for shift in range(1, len(stamp)):
        wider = widened[-1].copy()
        np.maximum(wider[shift:], points[:-shift], out=wider[shift:])
        widened.append(wider)
    pressed, spare = padded.reshape(-1), np.empty_like(points)
    for row, column, length, coverage in _runs(stamp):
        offset = (row - reach) * stride + column - reach
        source = widened[length - 1]
        if coverage < 255:
            # Its pixels are 0 or 255; this is the quickest way of making the latter `coverage`.
            source = np.bitwise_and(source, np.uint8(coverage), out=spare)
        target = pressed[max(0, offset) : len(pressed) + min(0, offset)]
        np.maximum(target, source[max(0, -offset) : len(pressed) - max(0, offset)], out=target)


def _runs(stamp: Layer) -> list[tuple[int, int, int, int]]:
    """A stamp as (row, first column, length, coverage): full pixels in runs, soft ones alone."""
    runs: list[tuple[int, int, int, int]] = []
    for row, column in np.argwhere(stamp):
        coverage = int(stamp[row, column])
        if (
            coverage == 255
            and runs
            and runs[-1][0] == row
            and runs[-1][1] + runs[-1][2] == column
            and runs[-1][3] == 255
        ):
            runs[-1] = (*runs[-1][:2], runs[-1][2] + 1, 255)
        else:
            runs.append((int(row), int(column), 1, coverage))
    return runs


def _coloured(layer: Layer, colour: QColor, ratio: float) -> QImage:
    """Coverage turned into a picture of one colour."""
    height, width = layer.shape
    image = QImage(layer.tobytes(), width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable(_shades(colour.rgb() & 0xFFFFFF))
    picture = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    picture.setDevicePixelRatio(ratio)
    return picture


def _recolour(picture: QImage, layer: Layer, colour: QColor, columns: FloatArray, rows: FloatArray, reach: int) -> None:
    """Bring a picture up to date around these places, which mostly lie together at the newest edge."""
    height, width = layer.shape
    left, right = max(0, math.floor(columns.min()) - reach), min(width, math.ceil(columns.max()) + reach)
    top, bottom = max(0, math.floor(rows.min()) - reach), min(height, math.ceil(rows.max()) + reach)
    if left >= right or top >= bottom:
        return
    ratio = picture.devicePixelRatio()
    picture.setDevicePixelRatio(1.0)
    painter = QPainter(picture)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.drawImage(left, top, _coloured(np.ascontiguousarray(layer[top:bottom, left:right]), colour, 1.0))
    painter.end()
    picture.setDevicePixelRatio(ratio)


@lru_cache(maxsize=32)
def _shades(rgb: int) -> list[int]:
    """A colour at each coverage."""
    return [(alpha << 24) | rgb for alpha in range(256)]
