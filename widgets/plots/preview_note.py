"""A few lines laid over a chart while a limit is being tried out.

Owns how they look and where they find room. Must not word anything. Participants' names in it are plain text.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QWidget

from widgets.palette import Colours
from widgets.parts.text import PlainLabel

_GAP: Final = 14


class PreviewNote(PlainLabel):
    """Hidden until something is said; lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("", parent, name="preview")
        self.setFrameShape(QFrame.Shape.Box)
        self.setMargin(6)
        self.setAutoFillBackground(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def recolour(self, colours: Colours) -> None:
        """Follow the theme."""
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, colours.of("raised"))
        palette.setColor(QPalette.ColorRole.WindowText, colours.of("text"))
        self.setPalette(palette)

    def say(self, text: str, room: QRect, line_y: int) -> None:
        """Show this inside `room`, beside a level line: above it, or below where there is more room."""
        self.setText(text)
        self.setAccessibleName(text)
        size = self.sizeHint().boundedTo(room.size())
        y = line_y - size.height() - _GAP
        if y < room.top() + 2:
            y = line_y + _GAP
        y = min(max(y, room.top() + 2), room.bottom() - size.height() - 2)
        self.setGeometry(room.left() + _GAP, y, size.width(), size.height())
        self.show()
        self.raise_()
