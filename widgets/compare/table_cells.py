"""How a figure looks in its cell: value, n, and the difference to the baseline as a dot with whiskers and in words.

Owns the drawing of one cell. Must not compute a figure.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from core.analysis.comparing.comparison import MetricRow
from core.analysis.comparing.comparison_text import interval_text
from core.analysis.comparing.differences import Difference
from core.analysis.comparing.series import colour_of
from widgets.compare.table_model import CELL_ROLE
from widgets.palette import Colours, colours_of
from widgets.parts.text import steady_digits

HEIGHT: Final = 74
WIDTH: Final = 190
PAD: Final = 10
NARROW: Final = 300  # too little room for a definition


class FigureCell(QStyledItemDelegate):
    """Draws every cell of a FiguresModel."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Room for three lines."""
        return QSize(WIDTH, HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Ground, focus, then value, words and drawing."""
        colours = colours_of(option.widget)
        row, place, span = index.data(CELL_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, colours.of("selection"))
        area = QRectF(option.rect).adjusted(PAD, 7, -PAD, -5)
        if place < 0:
            self._paint_name(painter, area, row, option.font, colours)
        else:
            self._paint_figure(painter, area, row, place, span, option.font, colours)
        painter.setPen(colours.of("border"))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(colours.of("accent"), 1.5))
            painter.drawRect(QRectF(option.rect).adjusted(1, 1, -1, -2))
        painter.restore()

    def _paint_name(self, painter: QPainter, area: QRectF, row: MetricRow, font: QFont, colours: Colours) -> None:
        bold = steady_digits(font, bold=True)
        painter.setFont(bold)
        painter.setPen(colours.of("text"))
        title = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(area, title, row.metric.title)
        small = QFont(font)
        small.setPixelSize(12)
        painter.setFont(small)
        painter.setPen(colours.of("muted"))
        if area.width() < NARROW:
            return
        below = area.adjusted(0, 18, 0, 0)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.save()
        painter.setClipRect(below)
        painter.drawText(below, flags, row.metric.definition)
        painter.restore()

    def _paint_figure(
        self, painter: QPainter, area: QRectF, row: MetricRow, place: int, span: float, font: QFont, colours: Colours,
    ) -> None:  # fmt: skip
        bold = steady_digits(font, bold=True)
        painter.setFont(bold)
        painter.setPen(colours.of("text"))
        value = row.metric.text(row.figures[place].value)
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, value)
        small = steady_digits(font)
        small.setPixelSize(12)
        left = QFontMetricsF(bold).horizontalAdvance(value) + 8
        painter.setFont(small)
        painter.setPen(colours.of("muted"))
        n = f"n = {row.figures[place].n}"
        painter.drawText(area.adjusted(left, 1, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, n)
        difference = row.differences[place]
        if difference is None:
            return
        paint_whisker(painter, QRectF(area.left(), area.top() + 19, area.width(), 14), difference, span, place, colours)
        painter.setPen(colours.of("text"))
        words = interval_text(row.metric, difference)
        if difference.low is None:
            painter.setPen(colours.of("muted"))
            words = f"{words}, {self.tr('no interval')}"
        words = QFontMetricsF(small).elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, words)


def paint_whisker(
    painter: QPainter, area: QRectF, difference: Difference, span: float, place: int, colours: Colours
) -> None:
    """A dot at the difference, whiskers over its interval; the dotted line is no difference, the ends are ± `span`."""
    middle, y = area.center().x(), area.center().y()
    room = area.width() / 2 - 6
    painter.setPen(QPen(colours.of("muted"), 1, Qt.PenStyle.DotLine))
    painter.drawLine(QPointF(middle, area.top()), QPointF(middle, area.bottom()))
    if difference.value is None:
        return
    scale = room / span if span > 0 else 0.0
    colour = QColor(colour_of(place, dark=colours.dark))
    painter.setPen(QPen(colour, 1.8))
    if difference.low is not None and difference.high is not None:
        low, high = middle + difference.low * scale, middle + difference.high * scale
        painter.drawLine(QPointF(low, y), QPointF(high, y))
        for end in (low, high):
            painter.drawLine(QPointF(end, y - 4), QPointF(end, y + 4))
        painter.setBrush(colour)
    else:
        painter.setBrush(colours.of("surface"))
    painter.drawEllipse(QPointF(middle + difference.value * scale, y), 3.6, 3.6)
