"""The panels in their docks: the usual layout, moved about, saved and restored.

Owns the arrangement of whatever panels it is given. Must not know what they show.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from widgets.parts.dock_title import DockTitle

LAYOUT_VERSION: Final = 1
DOCKS: Final = ("waitroom", "activity", "probes", "timeline")


class Desk(QMainWindow):
    """The panels in their docks, to be moved, put side by side, hidden and restored."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setDockNestingEnabled(True)
        self.setContentsMargins(6, 6, 6, 6)
        self._sized = False
        titles = {
            "waitroom": self.tr("Waitroom"), "activity": self.tr("Activity"), "probes": self.tr("Probes"),
            "timeline": self.tr("Timeline"),
        }  # fmt: skip
        self.docks = {name: self._dock(name, titles[name]) for name in DOCKS}
        self.arrange()

    def _dock(self, name: str, title: str) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock_{name}")
        dock.setTitleBarWidget(DockTitle(title, dock))
        return dock

    def put(self, name: str, panel: QWidget) -> None:
        """This panel into its dock."""
        self.docks[name].setWidget(panel)

    def take(self, name: str) -> None:
        """Empty the dock."""
        panel = self.docks[name].widget()
        if panel is not None:
            panel.setParent(None)
            panel.deleteLater()

    def note(self, name: str, text: str) -> None:
        """A few words beside the title."""
        title = self.docks[name].titleBarWidget()
        assert isinstance(title, DockTitle)
        title.set_note(text)

    def arrange(self) -> None:
        """The usual layout: people on the left, time on the right."""
        for dock in self.docks.values():
            dock.setFloating(False)
            dock.show()
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.Orientation.Horizontal
        self.addDockWidget(left, self.docks["waitroom"])
        self.splitDockWidget(self.docks["waitroom"], self.docks["probes"], right)
        self.splitDockWidget(self.docks["waitroom"], self.docks["activity"], Qt.Orientation.Vertical)
        self.splitDockWidget(self.docks["probes"], self.docks["timeline"], Qt.Orientation.Vertical)
        self._share_out()

    def restore(self, state: QByteArray) -> None:
        """As it was saved; a state that does not fit is ignored by Qt."""
        self._sized = self.restoreState(state, LAYOUT_VERSION)

    def showEvent(self, event: QShowEvent) -> None:
        """Shares of the room can only be given once there is room."""
        super().showEvent(event)
        if not self._sized:
            self._sized = True
            QTimer.singleShot(0, self, self._share_out)

    def _share_out(self) -> None:
        columns = [self.docks["waitroom"], self.docks["probes"]]
        self.resizeDocks(columns, [49, 51], Qt.Orientation.Horizontal)
        self.resizeDocks([self.docks["waitroom"], self.docks["activity"]], [52, 48], Qt.Orientation.Vertical)
        self.resizeDocks([self.docks["probes"], self.docks["timeline"]], [50, 50], Qt.Orientation.Vertical)
