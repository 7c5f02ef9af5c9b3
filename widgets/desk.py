"""The panels in their docks: the usual layout, moved about, saved and restored.

Owns the arrangement of whatever panels it is given. Must not know what they show.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QTabBar, QTabWidget, QWidget

from widgets.parts.dock_title import DockTitle

LAYOUT_VERSION: Final = 2
DOCKS: Final = ("waitroom", "activity", "probes", "timeline", "pairs", "person")
WIDE: Final = 1600  # from here on there is room for a third column

_H, _V = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
_ALL: Final = (
    Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea
    | Qt.DockWidgetArea.TopDockWidgetArea | Qt.DockWidgetArea.BottomDockWidgetArea
)  # fmt: skip


class Dock(QDockWidget):
    """Signal: `closed()` when somebody closes it."""

    closed = Signal()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Say so."""
        super().closeEvent(event)
        self.closed.emit()


class Desk(QMainWindow):
    """The panels in their docks, to be moved, put side by side or behind each other, hidden and restored.

    Until somebody moves a panel the layout follows the room: two columns with tabs, or three.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setDockNestingEnabled(True)
        self.setContentsMargins(6, 6, 6, 6)
        self.setTabPosition(_ALL, QTabWidget.TabPosition.North)
        self._arranged: str | None = None  # "narrow" or "wide" while the layout is the usual one
        self._is_arranging = False
        titles = {
            "waitroom": self.tr("Waitroom"), "activity": self.tr("Activity"), "probes": self.tr("Probes"),
            "timeline": self.tr("Timeline"), "pairs": self.tr("Pairs"), "person": self.tr("Person"),
        }  # fmt: skip
        self.docks = {name: self._dock(name, titles[name]) for name in DOCKS}
        self.arrange()

    def _dock(self, name: str, title: str) -> Dock:
        dock = Dock(title, self)
        dock.setObjectName(f"dock_{name}")
        dock.setTitleBarWidget(DockTitle(title, dock))
        dock.dockLocationChanged.connect(self._was_moved)
        dock.topLevelChanged.connect(self._was_moved)
        dock.toggleViewAction().triggered.connect(self._was_moved)
        dock.closed.connect(self._was_moved)
        dock.visibilityChanged.connect(self._tidy_soon)
        return dock

    # --- panels -------------------------------------------------------------------------------------------------------

    def put(self, name: str, panel: QWidget, legend: QWidget | None = None) -> None:
        """This panel into its dock, with a legend beside its title."""
        self.docks[name].setWidget(panel)
        self._title(name).set_legend(legend)

    def take(self, name: str) -> None:
        """Empty the dock."""
        panel = self.docks[name].widget()
        if panel is not None:
            panel.setParent(None)
            panel.deleteLater()
            self._title(name).set_legend(None)

    def note(self, name: str, text: str) -> None:
        """A few words beside the title."""
        self._title(name).set_note(text)

    def _title(self, name: str) -> DockTitle:
        title = self.docks[name].titleBarWidget()
        assert isinstance(title, DockTitle)
        return title

    def go_to(self, name: str) -> None:
        """Show this panel, before those it shares a place with, and put the cursor into it."""
        dock = self.docks[name]
        dock.show()
        dock.raise_()
        if dock.isFloating():
            dock.activateWindow()
        panel = dock.widget()
        if panel is not None:
            panel.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def hide_focused(self) -> None:
        """Hide the panel with the cursor; the cursor goes to the next that is seen."""
        focused = QApplication.focusWidget()
        for dock in self.docks.values():
            if focused is not None and dock.isAncestorOf(focused):
                dock.close()
                seen = next((name for name, other in self.docks.items() if not other.isHidden()), None)
                if seen is not None:
                    self.go_to(seen)
                return

    def settle(self) -> None:
        """The panels are there: in the usual layout each gets its place; a kept one stays as it is."""
        if self._arranged is not None:
            self.arrange()
        for dock in self.docks.values():
            if dock.widget() is None:
                dock.hide()

    # --- arrangement --------------------------------------------------------------------------------------------------

    def arrange(self) -> None:
        """The usual layout: people on the left, time on the right, and where there is room pairs and person beside."""
        self._is_arranging = True
        for dock in self.docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        docks = self.docks
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["waitroom"])
        self.splitDockWidget(docks["waitroom"], docks["probes"], _H)
        if self._has_room():
            self.splitDockWidget(docks["probes"], docks["pairs"], _H)
            self.splitDockWidget(docks["pairs"], docks["person"], _V)
        self.splitDockWidget(docks["waitroom"], docks["activity"], _V)
        self.splitDockWidget(docks["probes"], docks["timeline"], _V)
        if not self._has_room():
            self.tabifyDockWidget(docks["probes"], docks["pairs"])
            self.tabifyDockWidget(docks["activity"], docks["person"])
        for dock in docks.values():
            dock.setVisible(dock.widget() is not None)
        docks["probes"].raise_()
        docks["activity"].raise_()
        self._share_out()
        self._arranged = "wide" if self._has_room() else "narrow"
        self._is_arranging = False
        QTimer.singleShot(0, self, self._share_out_again)
        self._tidy_soon()

    def restore(self, state: QByteArray) -> None:
        """As it was saved; a state that does not fit is ignored by Qt, and the usual layout stays."""
        self._is_arranging = True
        if self.restoreState(state, LAYOUT_VERSION):
            self._arranged = None
        self._is_arranging = False
        self._tidy_soon()

    @property
    def is_usual(self) -> bool:
        """Whether nobody has moved a panel since the usual layout."""
        return self._arranged is not None

    def showEvent(self, event: QShowEvent) -> None:
        """Shares of the room can only be given once there is room."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._fit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may have room for another layout."""
        super().resizeEvent(event)
        wanted = "wide" if self._has_room() else "narrow"
        if self._arranged not in (None, wanted):
            QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        if self._arranged is not None and self.isVisible():
            self.arrange()

    def _has_room(self) -> bool:
        return self.width() >= WIDE

    def _was_moved(self) -> None:
        if not self._is_arranging:
            self._arranged = None
        self._tidy_soon()

    def _share_out(self) -> None:
        docks = self.docks
        columns, shares = [docks["waitroom"], docks["probes"]], [50, 50]
        if self._has_room():
            columns, shares = [*columns, docks["pairs"]], [40, 36, 24]
            self.resizeDocks([docks["pairs"], docks["person"]], [45, 55], _V)
        self.resizeDocks(columns, shares, _H)
        self.resizeDocks([docks["waitroom"], docks["activity"]], [55, 45], _V)
        self.resizeDocks([docks["probes"], docks["timeline"]], [52, 48], _V)

    def _share_out_again(self) -> None:
        """Docks that came or went have no size before Qt has laid them out once."""
        if self._arranged is not None:
            self._share_out()

    def _tidy_soon(self, *_said: object) -> None:
        QTimer.singleShot(0, self, self._tidy)

    def _tidy(self) -> None:
        """A panel behind others is named by its tab, not by its head as well; tabs say so to a screen reader."""
        for name, dock in self.docks.items():
            tabbed = any(not other.isHidden() for other in self.tabifiedDockWidgets(dock))
            self._title(name).set_named(not tabbed or dock.isFloating())
        for bar in self.findChildren(QTabBar):
            bar.setAccessibleName(self.tr("Panels in this place"))
            bar.setDocumentMode(True)
            bar.setExpanding(False)
            bar.setDrawBase(False)
