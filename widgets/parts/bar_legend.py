"""The looks of timeline bars with their words, in a row.

Owns the samples. Must not know what is in a timeline.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from widgets.palette import colours_of
from widgets.parts.bars import bar_looks
from widgets.parts.giving_row import GivingRow
from widgets.parts.marks import paint_mark
from widgets.parts.text import PlainLabel


class BarLegend(GivingRow):
    """The look of each kind of bar with its word, as the plot draws them; the ends' marks stand in the run bar, too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for state in ("waiting", "probing", "rejected", "playing", "away", "page"):
            self.add_group(_Swatch(state), PlainLabel(_state_words(self, state), name="muted"))


class _Swatch(QWidget):
    """One sample of a bar."""

    def __init__(self, state: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setFixedSize(14, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """As in the plot."""
        painter = QPainter(self)
        colours = colours_of(self)
        area = self.rect().adjusted(0, 0, -1, -1)
        if self._state == "rejected":
            paint_mark(painter, QRectF(2, 1, 10, 10), "triangle", colours.of("rejected"))
            return
        for brush, pen in bar_looks(self._state, colours):
            painter.setBrush(brush)
            painter.setPen(pen)
            painter.drawRect(area if self._state != "page" else area.adjusted(0, 4, 0, -3))


def _state_words(widget: QWidget, state: str) -> str:
    return {
        "waiting": widget.tr("waiting"), "probing": widget.tr("probing"), "rejected": widget.tr("rejected"),
        "playing": widget.tr("playing"),
        "away": widget.tr("away"), "page": widget.tr("on a page"),
    }[state]  # fmt: skip
