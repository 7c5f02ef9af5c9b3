"""The pair matrix itself: names and margins, cells, cursor, hover, click.

Owns the drawing, and the mouse and keys inside it. Must not fold nor judge anything. Imports numpy, so it may only be
imported after the first paint.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from core.analysis.pair_matrix import FITS, KINDS, SLOW, Matrix
from widgets.palette import Colours, colours_of
from widgets.parts.text import plain_tooltip, steady_digits
from widgets.plots.matrix_names import HEAD_PX, LEFT_PX, MatrixNames
from widgets.plots.matrix_tiles import NUMBERS_FROM_PX, codes_of, draw_matrix, strength_of

_LEAST_PX: Final = 12
_MOST_PX: Final = 40
_EDGE_PX: Final = 10


class MatrixPlot(QAbstractScrollArea):
    """Signal: `chosen(subject_id)` by click or Enter. `tell(row, column)` is asked for a tooltip, with -1 for the
    names above or beside the cells; it is set from outside.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.matrix: Matrix | None = None
        self.cell_px = _LEAST_PX
        self.cursor_cell = (0, 0)
        self.tell = _say_nothing
        self._chosen: str | None = None
        self._names = MatrixNames()
        self._codes: np.ndarray[tuple[int, int], np.dtype[np.uint8]] = np.zeros((0, 0), np.uint8)
        self._image: QImage | None = None
        self._image_of = (range(0), range(0))
        self._colours = colours_of(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setAccessibleName(self.tr("Pair matrix: who waits against who waits"))
        self.viewport().setMouseTracking(True)

    # --- what is shown ------------------------------------------------------------------------------------------------

    def show_matrix(self, matrix: Matrix) -> None:
        """Draw this one; nothing is drawn anew if it looks the same as the last."""
        codes = codes_of(matrix.kinds, matrix.rtt_ms, matrix.pairs.limit_ms)
        old, self.matrix = self.matrix, matrix
        size = len(matrix.people)
        row, column = self.cursor_cell
        self.cursor_cell = min(row, max(size - 1, 0)), min(column, max(size - 1, 0))
        if old is None or len(old.people) != size:
            self._fit()
        if not np.array_equal(codes, self._codes):
            self._codes, self._image = codes, None
        elif old is not None and _same_to_the_eye(old, matrix):
            return
        self.viewport().update()

    def mark(self, subject_id: str | None) -> None:
        """The chosen person, here or elsewhere."""
        self._chosen = subject_id
        if self.matrix is not None and subject_id in self.matrix.people and not self.hasFocus():
            self.cursor_cell = self.matrix.people.index(subject_id), self.cursor_cell[1]
            self._show_cursor()
        self.viewport().update()

    def recolour(self, colours: Colours) -> None:
        """Follow the theme."""
        self._colours, self._image = colours, None
        self.viewport().update()

    # --- places -------------------------------------------------------------------------------------------------------

    def cell_at(self, place: QPoint) -> tuple[int, int] | None:
        """Row and column; -1 stands for the names beside or above the cells."""
        if self.matrix is None or not self.matrix.people:
            return None
        left, top = LEFT_PX, HEAD_PX
        x = place.x() - left + self.horizontalScrollBar().value()
        y = place.y() - top + self.verticalScrollBar().value()
        column = x // self.cell_px if place.x() >= left else -1
        row = y // self.cell_px if place.y() >= top else -1
        size = len(self.matrix.people)
        return (row, column) if row < size and column < size and (row, column) != (-1, -1) else None

    def rect_of(self, row: int, column: int) -> QRect:
        """Where a cell is in the viewport."""
        x = LEFT_PX + column * self.cell_px - self.horizontalScrollBar().value()
        y = HEAD_PX + row * self.cell_px - self.verticalScrollBar().value()
        return QRect(x, y, self.cell_px, self.cell_px)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cells as large as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        size = 0 if self.matrix is None else len(self.matrix.people)
        room = self.viewport().size()
        wide, high = room.width() - LEFT_PX - _EDGE_PX, room.height() - HEAD_PX - _EDGE_PX
        fitting = min(wide, high) // max(size, 1)
        cell_px = max(_LEAST_PX, min(_MOST_PX, fitting))
        if cell_px != self.cell_px:
            self.cell_px, self._image = cell_px, None
        for bar, span in ((self.horizontalScrollBar(), wide), (self.verticalScrollBar(), high)):
            bar.setRange(0, max(0, size * cell_px - span))
            bar.setPageStep(max(span, 1))
            bar.setSingleStep(cell_px)

    # --- drawing ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells, then names over whatever was scrolled beneath them."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), self._colours.of("surface"))
        if self.matrix is None or not self.matrix.people:
            return
        rows, columns = self._in_view()
        self._paint_cells(painter, rows, columns)
        self._paint_frames(painter)
        room = self.viewport().rect()
        self._names.show(self.matrix, self._colours, self.cell_px, self._chosen, painter.font())
        self._names.paint_rows(painter, room, rows, self.rect_of)
        self._names.paint_columns(painter, room, columns, self.rect_of)

    def _in_view(self) -> tuple[range, range]:
        """The rows and columns of which anything is in view."""
        size, room = len(self._codes), self.viewport().rect()
        rows, columns = (
            range(min(bar.value() // self.cell_px, size), min((bar.value() + max(span, 1)) // self.cell_px + 1, size))
            for bar, span in ((self.verticalScrollBar(), room.height() - HEAD_PX),
                              (self.horizontalScrollBar(), room.width() - LEFT_PX))
        )  # fmt: skip
        return rows, columns

    def _paint_cells(self, painter: QPainter, rows: range, columns: range) -> None:
        """As many as are in view."""
        room = self.viewport().rect()
        if self._image is None or self._image_of != (rows, columns):
            ratio = self.viewport().devicePixelRatioF()
            seen = self._codes[rows.start : rows.stop, columns.start : columns.stop]
            self._image = draw_matrix(seen, self.cell_px, ratio, self._colours)
            self._image_of = (rows, columns)
        painter.save()
        painter.setClipRect(room.adjusted(LEFT_PX, HEAD_PX, 0, 0))
        painter.drawImage(self.rect_of(rows.start, columns.start).topLeft(), self._image)
        if self.cell_px >= NUMBERS_FROM_PX:
            self._paint_numbers(painter)
        painter.restore()

    def _paint_numbers(self, painter: QPainter) -> None:
        """What was measured, in each cell that has room for it."""
        assert self.matrix is not None
        font = steady_digits(self.font())
        font.setPixelSize(10)
        painter.setFont(font)
        dark, light = self._colours.of("text"), self._colours.of("surface")
        measured = (self.matrix.kinds == FITS) | (self.matrix.kinds == SLOW)
        for row, column in np.argwhere(measured & np.isfinite(self.matrix.rtt_ms)):
            strong = strength_of(int(self._codes[row, column])) > 0.6
            painter.setPen(light if strong else dark)
            area = self.rect_of(int(row), int(column)).adjusted(0, 0, -1, -3)
            text = f"{self.matrix.rtt_ms[row, column]:.0f}"
            painter.drawText(area, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, text)

    def _paint_frames(self, painter: QPainter) -> None:
        """A frame around the chosen person's row and column, a dotted one around the cell the keys are on."""
        assert self.matrix is not None
        painter.save()
        painter.setClipRect(self.viewport().rect().adjusted(LEFT_PX, HEAD_PX, 0, 0))
        last = len(self.matrix.people) - 1
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._chosen in self.matrix.people:
            place = self.matrix.people.index(self._chosen)
            painter.setPen(QPen(self._colours.of("accent"), 2))
            for start, end in (((place, 0), (place, last)), ((0, place), (last, place))):
                painter.drawRect(self.rect_of(*start).united(self.rect_of(*end)).adjusted(0, 0, -1, -1))
        if self.hasFocus():
            painter.setPen(QPen(self._colours.of("text"), 2, Qt.PenStyle.DotLine))
            painter.drawRect(self.rect_of(*self.cursor_cell).adjusted(0, 0, -1, -1))
        painter.restore()

    # --- mouse and keys -----------------------------------------------------------------------------------------------

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell about the cell or name under the mouse, in plain text."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self.cell_at(event.pos())
            QToolTip.showText(event.globalPos(), plain_tooltip(self.tell(*cell)) if cell else "", self.viewport())
            return True
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click chooses the row's person; on a name above, the column's."""
        cell = self.cell_at(event.position().toPoint())
        if cell is None or self.matrix is None or event.button() != Qt.MouseButton.LeftButton:
            return
        row, column = cell
        self.cursor_cell = max(row, 0), max(column, 0)
        self.chosen.emit(self.matrix.people[row if row >= 0 else column])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End and the page keys move; Enter or Space chooses the row's person, with Shift the other."""
        size = 0 if self.matrix is None else len(self.matrix.people)
        row, column = self.cursor_cell
        key, page = event.key(), max(1, self.verticalScrollBar().pageStep() // self.cell_px)
        moves = {
            Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Home: (0, -size), Qt.Key.Key_End: (0, size), Qt.Key.Key_PageUp: (-page, 0),
            Qt.Key.Key_PageDown: (page, 0),
        }  # fmt: skip
        if not size:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            assert self.matrix is not None
            chosen = column if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else row
            self.chosen.emit(self.matrix.people[chosen])
        elif key in moves:
            down, right = moves[Qt.Key(key)]
            self.cursor_cell = min(max(row + down, 0), size - 1), min(max(column + right, 0), size - 1)
            self._show_cursor()
            place = self.rect_of(*self.cursor_cell).bottomRight()
            QToolTip.showText(self.viewport().mapToGlobal(place), plain_tooltip(self.tell(*self.cursor_cell)), self)
        else:
            super().keyPressEvent(event)

    def _show_cursor(self) -> None:
        """Scroll as little as brings the cell into view."""
        for bar, place in zip((self.verticalScrollBar(), self.horizontalScrollBar()), self.cursor_cell, strict=True):
            start = place * self.cell_px
            bar.setValue(min(max(bar.value(), start + self.cell_px - bar.pageStep()), start))
        self.viewport().update()


def _same_to_the_eye(old: Matrix, new: Matrix) -> bool:
    same_numbers = np.array_equal(old.rtt_ms, new.rtt_ms, equal_nan=True)
    same_margins = np.array_equal(old.fits, new.fits) and np.array_equal(old.tried, new.tried)
    return old.people == new.people and same_numbers and same_margins


def _say_nothing(row: int, column: int) -> str:
    return KINDS[0] if row == column else ""
