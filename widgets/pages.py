"""The pages of the window and the tabs that lead to them: the session, and what is done before and after it.

Owns which page is seen, and that each is made when it is first gone to. Must not know what a page shows or wants: the
app is told when one was made, and connects it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from widgets.parts.text import plain_tooltip

SESSION: Final = "session"
KEYS: Final = {SESSION: "F2", "experiment": "F3", "runs": "F4", "compare": "F5", "what_if": "F6"}


def _factories() -> dict[str, Callable[[], QWidget]]:
    """How each page but the session is made: slow parts are imported then."""
    return {"experiment": _experiment, "runs": _runs, "compare": _compare, "what_if": _what_if}


def _experiment() -> QWidget:
    from widgets.experiment_page import ExperimentPage

    return ExperimentPage()


def _runs() -> QWidget:
    from widgets.runs_page import RunsPage

    return RunsPage()


def _compare() -> QWidget:
    from widgets.compare_page import ComparePage

    return ComparePage()


def _what_if() -> QWidget:
    from widgets.what_if_page import WhatIfPage

    return WhatIfPage()


class PageTabs(QTabBar):
    """One tab a page, as small as its words. Keys: left and right, once one has the focus.

    Signal: `room_wanted()`, when a tab's words have changed: a menu bar does not give its corner more room by itself.
    """

    room_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pageTabs")
        self.setAccessibleName(self.tr("Pages"))
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.session_on = self.tr("Session · on")

    def tabSizeHint(self, index: int) -> QSize:
        """So wide that the first one's words fit in bold, too, as they are when it is chosen."""
        size = super().tabSizeHint(index)
        if index == 0:
            bold = QFont(self.font())
            bold.setBold(True)
            text = self.tabText(0)
            advance = QFontMetrics(bold).horizontalAdvance(text) - self.fontMetrics().horizontalAdvance(text)
            size.setWidth(size.width() + max(0, advance))
        return size


class Pages(QStackedWidget):
    """Signals: `made(name, page)`, once for each; `changed(name)` whenever another one is seen."""

    made = Signal(str, QWidget)
    changed = Signal(str)

    def __init__(self, session: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._factories = _factories()
        self._pages: dict[str, QWidget] = {SESSION: session}
        self.addWidget(session)
        self.titles = {
            SESSION: self.tr("Session"), "experiment": self.tr("Experiment"), "runs": self.tr("Runs"),
            "compare": self.tr("Compare"), "what_if": self.tr("What if"),
        }  # fmt: skip
        self.tips = {
            SESSION: self.tr("The run that is on, or the one that was opened"),
            "experiment": self.tr("Choose, edit and check the experiment before the doors open"),
            "runs": self.tr("All runs there are: find, open, keep, export"),
            "compare": self.tr("Runs side by side: what differs, and by how much"),
            "what_if": self.tr("What another limit or matchmaker would have meant"),
        }
        self.names = [name for name in KEYS if name == SESSION or name in self._factories]
        self.tabs = PageTabs()
        for index, name in enumerate(self.names):
            self.tabs.addTab(self.titles[name])
            self.tabs.setTabToolTip(index, plain_tooltip(f"{self.tips[name]} ({KEYS[name]})"))
        self.tabs.currentChanged.connect(lambda index: self.go_to(self.names[index]))

    @property
    def seen(self) -> str:
        """The name of the page that is seen."""
        return next(name for name, page in self._pages.items() if page is self.currentWidget())

    def page(self, name: str) -> QWidget:
        """That page, made if it was not yet."""
        if name not in self._pages:
            page = self._pages[name] = self._factories[name]()
            self.addWidget(page)
            self.made.emit(name, page)
        return self._pages[name]

    def at_hand(self) -> dict[str, QWidget]:
        """Those that were made."""
        return dict(self._pages)

    def tell_session(self, *, on: bool) -> None:
        """Whether a run is on: other pages must not let anybody forget it."""
        title = self.tabs.session_on if on else self.titles[SESSION]
        if self.tabs.tabText(0) != title:
            self.tabs.setTabText(0, title)
            self.tabs.room_wanted.emit()

    def go_to(self, name: str) -> None:
        """Have it seen."""
        page = self.page(name)
        if self.currentWidget() is page:
            return
        self.setCurrentWidget(page)
        self.tabs.setCurrentIndex(self.names.index(name))
        self.changed.emit(name)
