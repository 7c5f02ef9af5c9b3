"""The limit as it was through the run, step by step up to now, and dashed from now on.

Owns drawing it, and painting no more than what is new. Must not decide what the limit is nor take the mouse
(limit_line.py does). Imports pyqtgraph, so it may only be imported after the first paint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTransform
from PySide6.QtWidgets import QWidget

from widgets.palette import Colours
from widgets.plots.in_view import InView

_PX: Final = 2
_DASH_PX: Final = 6  # and its gap
_MARGIN_PX: Final = 8


class Piece(NamedTuple):
    """One limit and how long it held; the height is in the chart's own units."""

    start_s: float
    end_s: float
    height: float


class LimitSteps(InView):
    """`show` what the log says, each time something or the time is new."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: list[tuple[float, float | None]] = []
        self._now_s = 0.0
        self._pen = QPen()

    def recolour(self, colours: Colours) -> None:
        """Follow the theme."""
        self._pen = QPen(colours.of("limit"), _PX)
        self._pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self.update()

    def show_steps(self, steps: Sequence[tuple[float, float | None]], now_s: float) -> None:
        """Limits as heights (None: no limit), each from its moment on; the last holds now."""
        was_s, self._now_s = self._now_s, now_s
        if list(steps) != self._steps:
            self._steps = list(steps)
            self.update()
        elif now_s != was_s and steps and steps[-1][1] is not None:
            # Dashes rest where they are, so that only those that now has passed are painted anew.
            to_pixels = self.sceneTransform()
            beside_s, beside = _MARGIN_PX / abs(to_pixels.m11()), _MARGIN_PX / abs(to_pixels.m22())
            start_s, end_s = sorted((was_s, now_s))
            self.update(QRectF(start_s - beside_s, steps[-1][1] - beside, end_s - start_s + 2 * beside_s, 2 * beside))

    def pieces(self) -> list[Piece]:
        """The limits up to now, without the times there was none."""
        ends_s = [step[0] for step in self._steps[1:]] + [self._now_s]
        steps = zip(self._steps, ends_s, strict=True)
        return [Piece(start_s, end_s, height) for (start_s, height), end_s in steps if height is not None]

    def paint(self, painter: QPainter, option: object, widget: QWidget | None = None) -> None:
        """In pixels, and only what is in view."""
        if not self._steps:
            return
        to_pixels = painter.worldTransform()
        area = to_pixels.mapRect(self.boundingRect())
        painter.save()
        painter.resetTransform()
        painter.setPen(self._pen)
        painter.drawLines(self._solid(to_pixels, area))
        height, now_px = self._steps[-1][1], self._now_s * to_pixels.m11() + to_pixels.dx()
        if height is not None and now_px < area.right():
            y = height * to_pixels.m22() + to_pixels.dy()
            passed = max(0.0, now_px - area.left()) // _DASH_PX  # whole dashes, so that the others rest
            painter.setPen(QPen(self._pen.color(), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(area.left() + passed * _DASH_PX, y, area.right(), y))
        painter.restore()

    def _solid(self, to_pixels: QTransform, area: QRectF) -> list[QLineF]:
        """Each limit a line across, joined with the one before unless there was none."""
        lines: list[QLineF] = []
        end_s, before = None, 0.0
        for piece in self.pieces():
            y = piece.height * to_pixels.m22() + to_pixels.dy()
            left, right = (at_s * to_pixels.m11() + to_pixels.dx() for at_s in piece[:2])
            if right >= area.left() and left <= area.right():
                lines.append(QLineF(max(left, area.left()), y, min(right, area.right()), y))
                if piece.start_s == end_s and left >= area.left():
                    lines.append(QLineF(left, before, left, y))
            end_s, before = piece.end_s, y
        return lines
