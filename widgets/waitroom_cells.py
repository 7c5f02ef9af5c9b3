"""How cells of the waitroom's table are drawn beyond plain text: server RTT with its course, and rows that are urgent.

Owns that drawing. Must not decide who is urgent.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from widgets.palette import colours_of
from widgets.waitroom_model import ROW_ROLE, RTT, URGENT_ROLE, Index

SPARK_LEAST_MS: Final = 10.0  # so that the noise of a good line does not look like mountains
_MARGIN: Final = 6
_BAR: Final = 3


class WaitroomDelegate(QStyledItemDelegate):
    """As usual, with a bar at the left edge of urgent rows and a sparkline before the server RTT."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Tint rows that are urgent; the mark and the words in bold say it without colour."""
        super().initStyleOption(option, index)
        if index.data(URGENT_ROLE):
            tint = QColor(colours_of(option.widget).of("error"))
            tint.setAlphaF(0.13)
            option.backgroundBrush = QBrush(tint)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Text by the style, then what is drawn over it."""
        super().paint(painter, option, index)
        if index.column() == RTT:
            self._paint_course(painter, option, index)
        if index.column() == 0 and index.data(URGENT_ROLE):
            area = option.rect
            painter.fillRect(QRect(area.left(), area.top(), _BAR, area.height()), colours_of(option.widget).of("error"))

    def _paint_course(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        samples = index.data(ROW_ROLE).presence.rtts_ms
        room = option.rect.width() - 2 * _MARGIN - option.fontMetrics.horizontalAdvance("000 ms") - 8
        if len(samples) < 2 or room < 12:
            return
        area = QRectF(option.rect.left() + _MARGIN, option.rect.top() + 5, room, option.rect.height() - 10)
        highest = max(SPARK_LEAST_MS, *samples)
        step = area.width() / (len(samples) - 1)
        points = [
            QPointF(area.left() + place * step, area.bottom() - sample / highest * area.height())
            for place, sample in enumerate(samples)
        ]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colours_of(option.widget).of("muted"), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        painter.restore()
