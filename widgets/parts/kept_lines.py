"""Single lines of plain text, shaped once: drawing the same words again costs a quarter of shaping them anew.

Owns cutting a line to its room and keeping its shape. Must not keep more than a view shows: old shapes are let go.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QStaticText, QTransform

_MOST: Final = 4_000
_UNCUT: Final = -1


class KeptLines:
    """For one view. Every line is drawn in the painter's font and pen; `look` tells the view's fonts apart."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: dict[tuple[str, int, str], tuple[QStaticText, float, float]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def forget(self) -> None:
        """The font is another."""
        self._kept.clear()

    def draw(self, painter: QPainter, area: QRect, line: str, *, right: bool = False, look: str = "") -> None:
        """In the middle of the height, from the left or up to the right, cut with an ellipsis where the room ends."""
        text, width, height = self._kept.get((line, area.width(), look)) or self._keep(
            (line, area.width(), look), painter
        )
        left = area.right() + 1 - width if right else float(area.left())
        painter.drawStaticText(QPointF(left, area.top() + (area.height() - height) // 2), text)

    def draw_uncut(self, painter: QPainter, left: float, middle: float, room: float, line: str) -> bool:
        """From the left, around this height; only if all of it fits into the room, which is said."""
        key = (line, _UNCUT, "")
        text, width, height = self._kept.get(key) or self._keep(key, painter)
        if width > room:
            return False
        painter.drawStaticText(QPointF(left, middle - height / 2), text)
        return True

    def _keep(self, key: tuple[str, int, str], painter: QPainter) -> tuple[QStaticText, float, float]:
        line, room, _ = key
        metrics = QFontMetrics(painter.font())
        elide = Qt.TextElideMode.ElideRight
        text = QStaticText(line if room == _UNCUT else metrics.elidedText(line, elide, room))
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        text.prepare(QTransform(), painter.font())
        size = text.size()
        if len(self._kept) >= self._most:
            for old in list(self._kept)[: self._most // 2]:
                del self._kept[old]
        kept = self._kept[key] = (text, size.width(), size.height())
        return kept
