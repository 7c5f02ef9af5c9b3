"""The small shapes that stand for states and outcomes beside their colours.

Owns drawing them, at any size, for tables, legends, tiles and charts alike. Must not know what they stand for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget


def paint_mark(painter: QPainter, area: QRectF, shape: str, colour: QColor) -> None:
    """Draw `shape` inside the square `area`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    _SHAPES[shape](painter, area, colour)
    painter.restore()


def mark_pixmap(
    shape: str, colour: QColor, size: int = 12, device_pixel_ratio: float = 1.0, beside: int = 0
) -> QPixmap:
    """The mark alone, on nothing, with so much room on its right."""
    pixmap = QPixmap(round((size + beside) * device_pixel_ratio), round(size * device_pixel_ratio))
    pixmap.setDevicePixelRatio(device_pixel_ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_mark(painter, QRectF(0, 0, size, size).adjusted(0.5, 0.5, -0.5, -0.5), shape, colour)
    painter.end()
    return pixmap


def mark_icon(shape: str, colour: QColor, size: int = 12, beside: int = 0) -> QIcon:
    """The mark for an item view, sharp on dense screens too; `beside` for a button, which leaves no gap itself."""
    icon = QIcon(mark_pixmap(shape, colour, size, 1.0, beside))
    icon.addPixmap(mark_pixmap(shape, colour, size, 2.0, beside))
    return icon


class MarkLabel(QWidget):
    """A mark as a widget of its own."""

    def __init__(self, shape: str, size: int = 12, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shape = shape
        self._colour = QColor(Qt.GlobalColor.gray)
        self.setFixedSize(size, size)

    def set_shape(self, shape: str) -> None:
        """Draw this one."""
        self._shape = shape
        self.update()

    def set_colour(self, colour: QColor) -> None:
        """Draw it in this colour."""
        self._colour = colour
        self.update()

    def paintEvent(self, event: object) -> None:
        """Draw it."""
        painter = QPainter(self)
        paint_mark(painter, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), self._shape, self._colour)


def _polygon(painter: QPainter, area: QRectF, points: list[tuple[float, float]]) -> None:
    corners = [QPointF(area.left() + x * area.width(), area.top() + y * area.height()) for x, y in points]
    painter.drawPolygon(QPolygonF(corners))


def _line(painter: QPainter, area: QRectF, colour: QColor, strokes: list[list[tuple[float, float]]]) -> None:
    pen = QPen(colour, area.width() * 0.2)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for stroke in strokes:
        path = QPainterPath()
        for index, (x, y) in enumerate(stroke):
            point = QPointF(area.left() + x * area.width(), area.top() + y * area.height())
            if index:
                path.lineTo(point)
            else:
                path.moveTo(point)
        painter.drawPath(path)


def _circle(painter: QPainter, area: QRectF, colour: QColor) -> None:
    inset = area.width() * 0.06
    painter.drawEllipse(area.adjusted(inset, inset, -inset, -inset))


def _dot(painter: QPainter, area: QRectF, colour: QColor) -> None:
    inset = area.width() * 0.28
    painter.drawEllipse(area.adjusted(inset, inset, -inset, -inset))


def _ring(painter: QPainter, area: QRectF, colour: QColor) -> None:
    width = area.width() * 0.22
    painter.setPen(QPen(colour, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inset = width / 2 + area.width() * 0.06
    painter.drawEllipse(area.adjusted(inset, inset, -inset, -inset))


def _slashed(painter: QPainter, area: QRectF, colour: QColor) -> None:
    _ring(painter, area, colour)
    _line(painter, area, colour, [[(0.2, 0.8), (0.8, 0.2)]])


def _square(painter: QPainter, area: QRectF, colour: QColor) -> None:
    inset = area.width() * 0.14
    painter.drawRoundedRect(area.adjusted(inset, inset, -inset, -inset), inset, inset)


def _triangle(painter: QPainter, area: QRectF, colour: QColor) -> None:
    _polygon(painter, area, [(0.5, 0.04), (1.0, 0.94), (0.0, 0.94)])


def _play(painter: QPainter, area: QRectF, colour: QColor) -> None:
    _polygon(painter, area, [(0.12, 0.04), (0.96, 0.5), (0.12, 0.96)])


def _diamond(painter: QPainter, area: QRectF, colour: QColor) -> None:
    _polygon(painter, area, [(0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)])


def _cross(painter: QPainter, area: QRectF, colour: QColor) -> None:
    _line(painter, area, colour, [[(0.14, 0.14), (0.86, 0.86)], [(0.14, 0.86), (0.86, 0.14)]])


def _check(painter: QPainter, area: QRectF, colour: QColor) -> None:
    _line(painter, area, colour, [[(0.1, 0.55), (0.4, 0.84), (0.9, 0.2)]])


_SHAPES: Final[dict[str, Callable[[QPainter, QRectF, QColor], None]]] = {
    "circle": _circle, "dot": _dot, "ring": _ring, "slashed": _slashed, "square": _square, "triangle": _triangle,
    "play": _play, "diamond": _diamond, "cross": _cross, "check": _check,
}  # fmt: skip
