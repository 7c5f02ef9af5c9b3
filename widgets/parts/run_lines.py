"""What lists of chosen runs share: a run's line as the charts draw it, and the question for one more folder.

Owns that picture and that dialog. Must not know which runs there are.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QFileDialog, QWidget

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
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)  # the others would fill the gaps
    if dashes := dashes_of(place):
        pen.setDashPattern([length / 3 for length in dashes])
    painter.setPen(pen)
    middle = size.height() / 2
    painter.drawLine(QPointF(0, middle), QPointF(size.width(), middle))
    painter.end()
    return QIcon(pixmap)


def ask_for_run(widget: QWidget, title: str, chosen: Callable[[str], None]) -> None:
    """Ask for a run's folder; `chosen(path)` is called with it, unless the dialog is called off."""
    dialog = QFileDialog(widget.window(), title)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.fileSelected.connect(chosen)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
