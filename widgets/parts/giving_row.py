"""A row of small pieces that gives way: those there is no room for are left out, from the end.

Owns the leaving out. Must hold nothing that is needed to work: what it may leave out are legends.
"""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget


class GivingRow(QWidget):
    """`add_group` adds widgets that are shown or left out together."""

    GAP = 14

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: list[QWidget] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(self.GAP)
        self._row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def add_group(self, *widgets: QWidget) -> None:
        """One more at the end."""
        group = QWidget()
        layout = QHBoxLayout(group)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        for widget in widgets:
            layout.addWidget(widget)
        self._groups.append(group)
        self._row.insertWidget(self._row.count() - 1, group)

    def minimumSizeHint(self) -> QSize:
        """As high as its pieces, as narrow as need be."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See who fits."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Show as many as there is room for."""
        room = self.width()
        for group in self._groups:
            room -= group.sizeHint().width()
            group.setVisible(room >= 0)
            room -= self.GAP
