"""A row of small pieces that gives way: where there is no room they share several lines, or are left out from the end.

Owns the places of its pieces. Must hold nothing that is needed to work: what it may leave out are legends.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget


class GivingRow(QWidget):
    """`add_group` adds widgets that are shown or left out together, in up to `most_lines` lines.

    It places them itself: a layout would have the whole window laid out anew whenever a count in a legend changes.
    """

    GAP = 12
    LINE_GAP = 3

    def __init__(self, parent: QWidget | None = None, *, most_lines: int = 1) -> None:
        super().__init__(parent)
        self._most_lines = most_lines
        self._groups: list[QWidget] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def add_group(self, *widgets: QWidget) -> None:
        """One more at the end."""
        group = QWidget(self)
        layout = QHBoxLayout(group)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        for widget in widgets:
            layout.addWidget(widget)
        self._groups.append(group)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """All of them in a line."""
        hints = [group.sizeHint() for group in self._groups]
        wide = sum(hint.width() for hint in hints) + self.GAP * max(len(hints) - 1, 0)
        return QSize(wide, max((hint.height() for hint in hints), default=0))

    def minimumSizeHint(self) -> QSize:
        """As high as its pieces, as narrow as need be."""
        return QSize(0, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See who fits."""
        super().resizeEvent(event)
        self.fit()

    def event(self, event: QEvent) -> bool:
        """A piece wants another size."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.fit()
        return super().event(event)

    def fit(self) -> None:
        """Show as many as there is room for."""
        whole = self.sizeHint()
        lines = max(1, min(self._most_lines, math.ceil(whole.width() / max(self.width(), 1))))
        in_a_line = max(1, math.ceil(len(self._groups) / lines))
        step = whole.height() + self.LINE_GAP
        left = 0
        for place, group in enumerate(self._groups):
            line, first = divmod(place, in_a_line)
            left = left if first else 0
            wide = group.sizeHint().width()
            group.setGeometry(left, line * step, wide, whole.height())
            group.setVisible(left + wide <= self.width())
            left += wide + self.GAP
        if self._most_lines > 1:
            self.setFixedHeight(whole.height() + (lines - 1) * step)
