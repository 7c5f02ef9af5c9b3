"""Buttons in rows of equal width, as many beside each other as there is room for.

Owns where they stand. Must not know what they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLayout, QSizePolicy, QToolButton, QWidget

SPACING: Final = 8
FEWEST: Final = 2


class ButtonGrid(QWidget):
    """Gives way down to `FEWEST` columns."""

    def __init__(self, buttons: Sequence[QToolButton], most: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons, self._most, self._columns = list(buttons), most, 0
        self._most_with_words = most
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACING)
        self._grid.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        for button in self._buttons:
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._place(most)

    def set_compact(self, compact: bool) -> None:
        """Icons alone, all in one row; words stay in tooltips and for screen readers."""
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if compact else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        if self._buttons[0].toolButtonStyle() == style:
            return
        for button in self._buttons:
            button.setToolButtonStyle(style)
        self._most = len(self._buttons) if compact else self._most_with_words
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Wide enough for the fewest columns."""
        return QSize(FEWEST * self._widest() + (FEWEST - 1) * SPACING, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many columns as fit."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Icons and other words change what fits."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        fitting = (self.width() + SPACING) // (self._widest() + SPACING)
        self._place(max(FEWEST, min(self._most, fitting)))

    def _widest(self) -> int:
        return max(button.sizeHint().width() for button in self._buttons)

    def _place(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for button in self._buttons:
            self._grid.removeWidget(button)
        for number, button in enumerate(self._buttons):
            self._grid.addWidget(button, number // columns, number % columns)
        for column in range(len(self._buttons)):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self.updateGeometry()
