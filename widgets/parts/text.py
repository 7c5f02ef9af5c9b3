"""Plain text wherever somebody else's words are shown.

Owns keeping Qt from guessing that text is markup. Must not format numbers (see `core.projections.words`).
"""

from __future__ import annotations

import html
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

TOOLTIP_LIMIT: Final = 800
SHOWN_LIMIT: Final = 400


def plain_tooltip(text: str) -> str:
    """Text for a tooltip: Qt draws it as it stands, whatever markup it may contain, wrapped and not endless."""
    if not text:
        return ""
    if len(text) > TOOLTIP_LIMIT:
        text = text[: TOOLTIP_LIMIT - 1] + "…"
    return f'<p style="white-space:pre-wrap; margin:0">{html.escape(text)}</p>'


def shown(text: str) -> str:
    """Text for one line of a view: no line breaks, and short enough that eliding it costs nothing."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_LIMIT else line[: SHOWN_LIMIT - 1] + "…"


def steady_digits(font: QFont, *, bold: bool = False) -> QFont:
    """The same font with digits of equal width, so that a running clock does not tremble."""
    steady = QFont(font)
    steady.setFeature(QFont.Tag("tnum"), 1)
    if bold:
        steady.setWeight(QFont.Weight.DemiBold)
    return steady


class PlainLabel(QLabel):
    """A label that never takes its text for markup."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, name: str = "", wrap: bool = False) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setText(text)
        if name:
            self.setObjectName(name)

    def setText(self, text: str) -> None:
        """The same words again cost nothing."""
        if text != self.text():
            super().setText(text)


class ElidedLabel(PlainLabel):
    """A one-line label that gives way: what does not fit ends in an ellipsis and stands in the tooltip."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, name: str = "") -> None:
        super().__init__(text, parent, name=name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        """Also the tooltip, in case it is cut."""
        super().setText(shown(text))
        self.setToolTip(plain_tooltip(text))

    def minimumSizeHint(self) -> QSize:
        """Three characters and an ellipsis are the least."""
        least = QFontMetrics(self.font()).horizontalAdvance("mmm…")
        return QSize(min(least, self.sizeHint().width()), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as there is room for."""
        painter = QPainter(self)
        area = self.contentsRect()
        line = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        self.style().drawItemText(painter, area, int(self.alignment()), self.palette(), self.isEnabled(), line,
                                  self.foregroundRole())  # fmt: skip
