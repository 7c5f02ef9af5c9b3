"""A run's line as the charts draw it, small enough for a list.

Owns that picture. Must not know which runs there are.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from core.analysis.comparing.series import colour_of, dashes_of
from widgets.palette import colours_of


def line_icon(widget: QWidget, place: int, size: QSize) -> QIcon:
    """For the run at this place, from 0, in the theme of `widget`."""
    pixmap = QPixmap(size * 2)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor(colour_of(place, dark=colours_of(widget).dark)), 3)
    if dashes := dashes_of(place):
        pen.setDashPattern([length / 3 for length in dashes])
    painter.setPen(pen)
    middle = size.height() / 2
    painter.drawLine(QPointF(0, middle), QPointF(size.width(), middle))
    painter.end()
    return QIcon(pixmap)
