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
        self._kept: dict[tuple[tuple[str, ...], int, str], tuple[QStaticText, float, float]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def forget(self) -> None:
        """The font is another."""
        self._kept.clear()

    def draw(self, painter: QPainter, area: QRect, *lines: str, right: bool = False, look: str = "") -> None:
        """In the middle of the height, from the left or up to the right. Of several `lines`, each shorter than the one
        before, the first that fits; the last is cut with an ellipsis where the room ends.
        """
        key = (lines, area.width(), look)
        text, width, height = self._kept.get(key) or self._keep(key, painter)
        left = area.right() + 1 - width if right else float(area.left())
        painter.drawStaticText(QPointF(left, area.top() + (area.height() - height) // 2), text)

    def draw_uncut(self, painter: QPainter, left: float, middle: float, room: float, line: str) -> bool:
        """From the left, around this height; only if all of it fits into the room, which is said."""
        key = ((line,), _UNCUT, "")
        text, width, height = self._kept.get(key) or self._keep(key, painter)
        if width > room:
            return False
        painter.drawStaticText(QPointF(left, middle - height / 2), text)
        return True

    def _keep(self, key: tuple[tuple[str, ...], int, str], painter: QPainter) -> tuple[QStaticText, float, float]:
        lines, room, _ = key
        text = QStaticText(lines[0] if room == _UNCUT else fitting(lines, room, QFontMetrics(painter.font())))
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        text.prepare(QTransform(), painter.font())
        size = text.size()
        if len(self._kept) >= self._most:
            for old in list(self._kept)[: self._most // 2]:
                del self._kept[old]
        kept = self._kept[key] = (text, size.width(), size.height())
        return kept


def fitting(lines: tuple[str, ...], room: int, metrics: QFontMetrics) -> str:
    """The first of these lines that fits into the room, else the last, cut."""
    for line in lines:
        if metrics.horizontalAdvance(line) <= room:
            return line
    return metrics.elidedText(lines[-1], Qt.TextElideMode.ElideRight, room)
