"""The head of a panel: its name, a few words on what is in it or a legend, and buttons to loosen and hide it.

Owns the head only; moving it about is the dock's own business.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QToolButton, QWidget

from widgets.parts.icons import name_icon
from widgets.parts.steady import Steady
from widgets.parts.text import ElidedLabel, PlainLabel


class DockTitle(QFrame):
    """Give it to `QDockWidget.setTitleBarWidget`."""

    def __init__(self, title: str, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setObjectName("dockTitle")
        self._name = PlainLabel(title, name="dockName")
        self._name.setContentsMargins(0, 0, 4, 0)
        self._note = Steady(ElidedLabel(name="dockNote"))
        self._legend: QWidget | None = None
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self._name)
        row.addWidget(self._note)
        row.setStretchFactor(self._note, 1)
        loosen = self._button("⧉", "mdi6.dock-window", self.tr("Put this panel into a window of its own, or back"))
        loosen.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        hide = self._button("✕", "mdi6.close", self.tr("Hide this panel (View brings it back)"))
        hide.clicked.connect(dock.close)
        row.addWidget(loosen)
        row.addWidget(hide)

    def set_note(self, text: str) -> None:
        """Words beside the title."""
        self._note.setText(text)

    def set_legend(self, legend: QWidget | None) -> None:
        """What the marks in the panel mean, in place of the words; None: the words again, and the legend is gone."""
        if self._legend is not None:
            self._legend.setParent(None)
            self._legend.deleteLater()
        self._legend = legend
        self._note.setVisible(legend is None)
        if legend is not None:
            self._row.insertWidget(self._row.indexOf(self._note), legend, 1)

    def set_named(self, named: bool) -> None:
        """Whether the name is written here; a tab may do it."""
        self._name.setVisible(named)
        above, below = (4, 4) if named else (0, 0)
        self._row.setContentsMargins(12, above, 8, below)

    def _button(self, text: str, icon: str, tooltip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setProperty("quiet", True)
        button.setToolTip(tooltip)
        button.setAccessibleName(tooltip)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        name_icon(button, icon)
        return button
