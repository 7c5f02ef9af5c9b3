"""A label whose words change often, in a window that need not be laid out anew for each of them.

Owns the label's place. Must not shrink while words come and go: it grows with the longest until the width changes.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets.parts.text import PlainLabel


class Steady(QWidget):
    """Takes whatever width it is given, and as much height as the label's words need there."""

    def __init__(self, label: PlainLabel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = label
        label.setParent(self)
        if label.wordWrap():
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)  # beneath what they belong to
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._fit(anew=True)

    def text(self) -> str:
        """What it says."""
        return self.label.text()

    def setText(self, text: str) -> None:
        """Say this."""
        if text != self.label.text():
            self.label.setText(text)
            self._fit(anew=not text)

    def start_anew(self) -> None:
        """What it says from here on is of something else: no higher than these words."""
        self._fit(anew=True)

    def sizeHint(self) -> QSize:
        """The height counts."""
        return QSize(40, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As wide as this."""
        super().resizeEvent(event)
        self._fit(anew=event.size().width() != event.oldSize().width())
        self.label.resize(self.size())

    def event(self, event: QEvent) -> bool:
        """Another font may need another height."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Polish):
            self._fit()
        return super().event(event)

    def _fit(self, *, anew: bool = False) -> None:
        label = self.label
        wanted = label.heightForWidth(max(self.width(), 1)) if label.wordWrap() else label.sizeHint().height()
        if not anew:
            wanted = max(wanted, self.minimumHeight())
        if wanted > 0 and wanted != self.minimumHeight():
            self.setFixedHeight(wanted)
