"""How cells of the waitroom's table are drawn: text with its mark, server RTT with its course, rows that are urgent.

Owns that drawing, which the table's style would do for ten times the cost, and drawing only those cells anew that look
different. Must not decide who is urgent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, QPointF, QRect, QRectF
from PySide6.QtGui import QAccessible, QColor, QFont, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from widgets.palette import Colours
from widgets.parts.kept_lines import KeptLines
from widgets.waitroom_model import COLUMNS, PARTICIPANT, RIGHT, RTT, STATE, Cell, Index, WaitroomModel

SPARK_LEAST_MS: Final = 10.0  # so that the noise of a good line does not look like mountains
LEAST_COURSE_PX: Final = 30  # in less it is a scribble
MARGIN: Final = 8
_BAR: Final = 3
_ICON: Final = 12
_SELECTED: Final = QStyle.StateFlag.State_Selected.value
_FOCUSED: Final = QStyle.StateFlag.State_HasFocus.value


class WaitroomTable(QTableView):
    """Ten times a second something has changed, but of what is in view hardly a cell."""

    def __init__(self) -> None:
        super().__init__()
        self.delegate = WaitroomDelegate(self)
        self.setItemDelegate(self.delegate)

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        """Draw what looks different from what was drawn there last."""
        if QAccessible.isActive():
            super().dataChanged(first, last, roles)
            return
        model, drawn = self.model(), self.delegate.drawn
        assert isinstance(model, WaitroomModel)
        top, bottom = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        if top < 0:
            return
        rows = range(max(top, first.row()), (last.row() if bottom < 0 else min(bottom, last.row())) + 1)
        columns = [c for c in range(first.column(), last.column() + 1) if not self.isColumnHidden(c)]
        for row in rows:
            for column in columns:
                if drawn.get((row, column)) != model.cell_at(row, column):
                    self.update(model.index(row, column))
        if len(drawn) > 4 * (len(rows) + 1) * COLUMNS:  # much has been scrolled by
            drawn.clear()


class WaitroomDelegate(QStyledItemDelegate):
    """Urgent rows are tinted, begin with a bar, and their state is in bold beside a mark of its own."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.drawn: dict[tuple[int, int], Cell] = {}
        self._lines = KeptLines()
        self._height = 0
        self._widest_rtt = 0

    def recolour(self, colours: Colours) -> None:
        """Draw in this theme."""
        self._text, self._muted, self._accent = colours.of("text"), colours.of("muted"), colours.of("accent")
        self._selection, self._error, self._tint = colours.of("selection"), colours.of("error"), colours.of("error")
        self._tint.setAlphaF(0.13)

    def _measure(self, option: QStyleOptionViewItem) -> None:
        self._lines.forget()
        self._height = option.fontMetrics.height()
        self._widest_rtt = option.fontMetrics.horizontalAdvance("000 ms")

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell, cut where the room ends."""
        model = index.model()
        assert isinstance(model, WaitroomModel)
        row, column = index.row(), index.column()
        cell = self.drawn[row, column] = model.cell_at(row, column)
        area, state = option.rect, option.state.value
        if option.fontMetrics.height() != self._height:
            self._measure(option)
        if state & _SELECTED:
            painter.fillRect(area, self._selection)
        elif cell.urgent:
            painter.fillRect(area, self._tint)
        if cell.urgent and column == PARTICIPANT:
            painter.fillRect(QRect(area.left(), area.top(), _BAR, area.height()), self._error)
        inner = area.adjusted(MARGIN, 0, -MARGIN, 0)
        if cell.icon is not None:
            cell.icon.paint(painter, QRect(inner.left(), inner.center().y() - _ICON // 2 + 1, _ICON, _ICON))
            inner.setLeft(inner.left() + _ICON + 6)
        bold = cell.urgent and column == STATE
        if bold:
            painter.save()
            painter.setFont(_bold(option.font))
        painter.setPen(self._text)
        self._lines.draw(painter, inner, *cell.lines, right=column in RIGHT, look="bold" if bold else "")
        if bold:
            painter.restore()
        if column == RTT:
            inner.setRight(inner.right() - self._widest_rtt - 8)
            _paint_course(painter, inner, cell.samples_ms, self._muted)
        if state & _FOCUSED:
            painter.setPen(self._accent)
            painter.drawRect(area.adjusted(0, 0, -1, -1))


def _paint_course(painter: QPainter, room: QRect, samples_ms: Sequence[float], colour: QColor) -> None:
    if len(samples_ms) < 2 or room.width() < LEAST_COURSE_PX:
        return
    area = QRectF(room).adjusted(0, 5, 0, -5)
    highest = max(SPARK_LEAST_MS, *samples_ms)
    step, height = area.width() / (len(samples_ms) - 1), area.height()
    left, bottom = area.left(), area.bottom()
    points = [QPointF(left + place * step, bottom - ms / highest * height) for place, ms in enumerate(samples_ms)]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.2))
    painter.drawPolyline(QPolygonF(points))
    painter.restore()


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold
