"""The names around the pair matrix, with how many of those tried each person fits.

Owns where they stand and how they are cut. Must not know what was measured. Imports numpy through the matrix, so it may
only be imported after the first paint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter

from core.analysis.pair_matrix import Matrix
from core.analysis.pair_verdict import margin
from core.projections import words
from widgets.palette import Colours
from widgets.parts.kept_lines import KeptLines
from widgets.parts.text import steady_digits

_NAMES_PX: Final = 104
_MARGINS_PX: Final = 62
LEFT_PX: Final = _NAMES_PX + _MARGINS_PX
HEAD_PX: Final = 56
_INDENT_PX: Final = 12
_LINE_PX: Final = 16

RectOf = Callable[[int, int], QRect]


class MatrixNames:
    """Paints over whatever was scrolled beneath the names; `room` is the viewport."""

    def __init__(
        self, painter: QPainter, matrix: Matrix, colours: Colours, cell_px: int, chosen: str | None, room: QRect,
        lines: KeptLines,
    ) -> None:  # fmt: skip
        self._painter, self._matrix, self._colours, self._lines = painter, matrix, colours, lines
        self._cell_px, self._chosen, self._room = cell_px, chosen, room

    def paint_rows(self, rect_of: RectOf) -> None:
        """Name and margin of each row; whoever fits with nobody stands out."""
        painter, matrix = self._painter, self._matrix
        painter.save()
        painter.setClipRect(self._room.adjusted(0, HEAD_PX, 0, 0))
        painter.fillRect(QRect(0, 0, LEFT_PX - 2, self._room.height()), self._colours.of("surface"))
        self._take_font()
        for row, subject_id in enumerate(matrix.people):
            cell = rect_of(row, 0)
            if cell.bottom() < HEAD_PX or cell.top() > self._room.bottom():
                continue
            fits_nobody = bool(matrix.tried[row] > 0 and matrix.fits[row] == 0)
            painter.setPen(self._colours.of("text" if fits_nobody or subject_id == self._chosen else "muted"))
            room = _NAMES_PX - _INDENT_PX - 6
            area = QRect(_INDENT_PX, cell.top(), room, cell.height())
            self._lines.draw(painter, area, words.name(subject_id), look=self._look)
            self._right(QRect(_NAMES_PX, cell.top(), _MARGINS_PX - 8, cell.height()),
                        margin(matrix.fits, matrix.tried, row))  # fmt: skip
        painter.restore()

    def paint_columns(self, rect_of: RectOf) -> None:
        """The same names above, upwards where they are wider than a cell, and headings for what stands on the left."""
        painter, bottom = self._painter, HEAD_PX - 5
        painter.save()
        painter.fillRect(QRect(0, 0, self._room.width(), HEAD_PX - 2), self._colours.of("surface"))
        metrics = self._take_font()
        painter.setPen(self._colours.of("muted"))
        self._right(QRect(_NAMES_PX, bottom - _LINE_PX, _MARGINS_PX - 8, _LINE_PX), "fits")
        painter.setClipRect(self._room.adjusted(LEFT_PX, 0, 0, 0))
        for column, subject_id in enumerate(self._matrix.people):
            cell = rect_of(0, column)
            if cell.right() < LEFT_PX or cell.left() > self._room.right():
                continue
            painter.setPen(self._colours.of("text" if subject_id == self._chosen else "muted"))
            self._column_name(metrics, words.name(subject_id), cell, bottom)
        painter.restore()

    def _column_name(self, metrics: QFontMetrics, name: str, cell: QRect, bottom: int) -> None:
        painter = self._painter
        if metrics.horizontalAdvance(name) <= self._cell_px - 4:
            area = QRect(cell.left(), bottom - _LINE_PX, cell.width(), _LINE_PX)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, name)
            return
        painter.save()
        painter.translate(cell.center().x(), bottom)
        painter.rotate(-90)
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, bottom - 4)
        painter.drawText(0, (metrics.ascent() - metrics.descent()) // 2, text)
        painter.restore()

    def _right(self, area: QRect, text: str) -> None:
        self._lines.draw(self._painter, area, text, right=True, look=self._look)

    def _take_font(self) -> QFontMetrics:
        font: QFont = steady_digits(self._painter.font())
        font.setPixelSize(max(9, min(12, self._cell_px - 1)))
        self._look = str(font.pixelSize())
        self._painter.setFont(font)
        return QFontMetrics(font)
