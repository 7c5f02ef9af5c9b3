"""A row of small pieces that gives way: those there is no room for are left out, from the end.

Owns the leaving out. Must hold nothing that is needed to work: what it may leave out are legends.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget


class GivingRow(QWidget):
    """`add_group` adds widgets that are shown or left out together.

    It places them itself: a layout would have the whole window laid out anew whenever a count in a legend changes.
    """

    GAP = 12

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: list[QWidget] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

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
        """All of them."""
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
        left = 0
        for group in self._groups:
            wide = group.sizeHint().width()
            group.setGeometry(left, 0, wide, self.height())
            group.setVisible(left + wide <= self.width())
            left += wide + self.GAP
