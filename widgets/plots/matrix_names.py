"""The names around the pair matrix, with how many of those tried each person fits.

Owns where they stand and how they are cut. Must not know what was measured. Imports numpy through the matrix, so it may
only be imported after the first paint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPaintEngine, QPainter, QPixmap

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
_BOTTOM_PX: Final = HEAD_PX - 5
_INDENT_PX: Final = 12
_LINE_PX: Final = 16
_MOST_KEPT: Final = 1_000

RectOf = Callable[[int, int], QRect]


class MatrixNames:
    """Paints over whatever was scrolled beneath the names; one for a matrix, since shapes of names are kept.

    `show` says what is painted from there on; `rows` and `columns` are those in view.
    """

    def __init__(self) -> None:
        self._lines = KeptLines()
        self._upright: dict[tuple[str, bool, str, float], QPixmap] = {}
        self._chosen: str | None = None
        self._cell_px = 0
        self._font_of: QFont | None = None

    def show(self, matrix: Matrix, colours: Colours, cell_px: int, chosen: str | None, font: QFont) -> None:
        """Whose names, and how."""
        self._matrix, self._colours, self._chosen = matrix, colours, chosen
        if (font, cell_px) != (self._font_of, self._cell_px):
            self._font_of, self._cell_px = font, cell_px
            self._font = steady_digits(font)
            self._font.setPixelSize(max(9, min(12, cell_px - 1)))
            self._look = str(self._font.pixelSize())
            self._metrics = QFontMetrics(self._font)
            self._lines.forget()
            self._upright.clear()

    def paint_rows(self, painter: QPainter, room: QRect, rows: range, rect_of: RectOf) -> None:
        """Name and margin of each row; whoever fits with nobody stands out. `room` is the viewport."""
        matrix = self._matrix
        painter.save()
        painter.setClipRect(room.adjusted(0, HEAD_PX, 0, 0))
        painter.fillRect(QRect(0, 0, LEFT_PX - 2, room.height()), self._colours.of("surface"))
        painter.setFont(self._font)
        strong, quiet = self._colours.of("text"), self._colours.of("muted")
        for row in rows:
            subject_id, cell = matrix.people[row], rect_of(row, 0)
            fits_nobody = bool(matrix.tried[row] > 0 and matrix.fits[row] == 0)
            painter.setPen(strong if fits_nobody or subject_id == self._chosen else quiet)
            area = QRect(_INDENT_PX, cell.top(), _NAMES_PX - _INDENT_PX - 6, cell.height())
            self._lines.draw(painter, area, words.name(subject_id), look=self._look)
            self._right(painter, QRect(_NAMES_PX, cell.top(), _MARGINS_PX - 8, cell.height()),
                        margin(matrix.fits, matrix.tried, row))  # fmt: skip
        painter.restore()

    def paint_columns(self, painter: QPainter, room: QRect, columns: range, rect_of: RectOf) -> None:
        """The same names above, upwards where they are wider than a cell, and headings for what stands on the left."""
        painter.save()
        painter.fillRect(QRect(0, 0, room.width(), HEAD_PX - 2), self._colours.of("surface"))
        painter.setFont(self._font)
        painter.setPen(self._colours.of("muted"))
        self._right(painter, QRect(_NAMES_PX, _BOTTOM_PX - _LINE_PX, _MARGINS_PX - 8, _LINE_PX), "fits")
        painter.setClipRect(room.adjusted(LEFT_PX, 0, 0, 0))
        for column in columns:
            subject_id = self._matrix.people[column]
            self._column_name(
                painter, subject_id, rect_of(0, column), "text" if subject_id == self._chosen else "muted"
            )
        painter.restore()

    def _column_name(self, painter: QPainter, subject_id: str, cell: QRect, ink: str) -> None:
        """A name that stands upright is kept as pixels: shaping and turning it anew takes 60 µs."""
        into_vectors = painter.paintEngine().type() == QPaintEngine.Type.SVG
        key = (subject_id, self._colours.dark, ink, painter.device().devicePixelRatioF())
        kept = None if into_vectors else self._upright.get(key)
        name = words.name(subject_id)
        if kept is None and self._metrics.horizontalAdvance(name) <= self._cell_px - 4:
            painter.setPen(self._colours.of(ink))
            area = QRect(cell.left(), _BOTTOM_PX - _LINE_PX, cell.width(), _LINE_PX)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, name)
        elif into_vectors:
            self._turned(painter, name, cell.center().x(), ink)
        else:
            kept = kept or self._keep(key, name, ink)
            painter.drawPixmap(QPointF(cell.center().x() - _LINE_PX // 2, 0), kept)

    def _keep(self, key: tuple[str, bool, str, float], name: str, ink: str) -> QPixmap:
        ratio = key[-1]
        picture = QPixmap(round(_LINE_PX * ratio), round(HEAD_PX * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        inside = QPainter(picture)
        inside.setFont(self._font)
        self._turned(inside, name, _LINE_PX // 2, ink)
        inside.end()
        if len(self._upright) >= _MOST_KEPT:
            self._upright.clear()
        self._upright[key] = picture
        return picture

    def _turned(self, painter: QPainter, name: str, middle: int, ink: str) -> None:
        painter.save()
        painter.setPen(self._colours.of(ink))
        painter.translate(middle, _BOTTOM_PX)
        painter.rotate(-90)
        # In the middle: names that begin alike mostly end in a number.
        text = self._metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, _BOTTOM_PX - 4)
        painter.drawText(0, (self._metrics.ascent() - self._metrics.descent()) // 2, text)
        painter.restore()

    def _right(self, painter: QPainter, area: QRect, text: str) -> None:
        self._lines.draw(painter, area, text, right=True, look=self._look)
