"""The shortcut sheet, and what the marks mean.

Owns the sheet's look. Must not know a key: keys are read from the actions, shortcuts and panels of the window as it is,
so that the sheet cannot say what is not so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDockWidget,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from widgets.pages import SESSION, Pages
from widgets.palette import OUTCOME_MARKS, OUTCOMES, PERSON_STATES, STATE_MARKS, colours_of
from widgets.parts.marks import MarkLabel
from widgets.parts.panel import Panel
from widgets.parts.text import PlainLabel
from widgets.time_slider import TimeSlider


class Key(NamedTuple):
    """One line of the sheet."""

    group: str
    keys: str
    words: str


def keys_of(window: QMainWindow) -> list[Key]:
    """Every key of the window: of its menus, then of its panels and its other pages."""
    found = [key for menu in window.menuBar().actions() for key in _of_menu(menu.menu(), _plain(menu.text()))]
    for dock in window.findChildren(QDockWidget):
        panel = dock.widget()
        if isinstance(panel, Panel):
            found += _of_panel(panel, dock.windowTitle())
    for slider in window.findChildren(TimeSlider):
        if not slider.isHidden():
            found += [Key(slider.accessibleName(), *line) for line in slider.key_help()]
    for pages in window.findChildren(Pages):
        for name, page in pages.at_hand().items():
            if name != SESSION:
                found += _of_page(page, pages.titles[name])
    return found


def _of_page(page: QWidget, group: str) -> Iterator[Key]:
    for shortcut in page.findChildren(QShortcut):
        if shortcut.whatsThis():
            yield Key(group, _sequences(shortcut.keys()), shortcut.whatsThis())
    for action in page.findChildren(QAction):
        if action.shortcuts() and action.whatsThis():
            yield Key(group, _sequences(action.shortcuts()), _plain(action.text()))


def _of_menu(menu: object, group: str) -> Iterator[Key]:
    if not isinstance(menu, QMenu):
        return
    for action in menu.actions():
        if action.menu() is not None:
            yield from _of_menu(action.menu(), group)
        elif action.shortcuts():
            yield Key(group, _sequences(action.shortcuts()), _plain(action.text()))


def _of_panel(panel: Panel, group: str) -> Iterator[Key]:
    for shortcut in panel.findChildren(QShortcut):
        yield Key(group, _sequences(shortcut.keys()), shortcut.whatsThis())
    for action in panel.findChildren(QAction):
        if action.shortcuts():
            yield Key(group, _sequences(action.shortcuts()), _plain(action.text()))
    for keys, words in panel.key_help():
        yield Key(group, keys, words)


def _sequences(sequences: list[QKeySequence]) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(dict.fromkeys(sequence.toString(native) for sequence in sequences))


def _plain(text: str) -> str:
    return text.replace("&", "").removesuffix("…")


class HelpDialog(QDialog):
    """Keys in two columns, marks beneath."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keys and marks"))
        self.keys = keys_of(window)
        self._grids: list[QGridLayout] = []
        page = QWidget()
        page.setObjectName("sheet")
        columns = QHBoxLayout(page)
        columns.setContentsMargins(0, 0, 12, 0)
        columns.setSpacing(40)
        groups = list(dict.fromkeys(key.group for key in self.keys))
        half = self._middle(groups)
        columns.addLayout(self._key_column(groups[:half]))
        right = self._key_column(groups[half:])
        right.insertLayout(right.count() - 1, self._marks_grid())
        columns.addLayout(right)
        self._align()
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(page)
        area.setAccessibleName(self.windowTitle())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        hint = page.sizeHint()
        self.resize(min(hint.width() + 72, 1000), min(hint.height() + 110, 660))

    def _middle(self, groups: list[str]) -> int:
        """Up to which group the left column goes, so that both are about equally long."""
        lines = [sum(key.group == group for key in self.keys) + 2 for group in groups]
        marks = len(OUTCOMES) + len(PERSON_STATES) + 2
        return min(range(len(groups) + 1), key=lambda at: abs(sum(lines[:at]) - sum(lines[at:]) - marks))

    def _key_column(self, groups: list[str]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        for group in groups:
            column.addWidget(PlainLabel(group, name="runTitle"))
            grid = self._grid()
            for row, key in enumerate(key for key in self.keys if key.group == group):
                grid.addWidget(PlainLabel(key.keys, name="cardTitle"), row, 0)
                grid.addWidget(PlainLabel(key.words), row, 1)
            column.addLayout(grid)
            column.addSpacing(8)
        column.addStretch(1)
        return column

    def _marks_grid(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(PlainLabel(self.tr("Marks"), name="runTitle"))
        grid = self._grid()
        for row, (shape, colour, words) in enumerate(self._marks()):
            mark = MarkLabel(shape, 13)
            mark.set_colour(colours_of(self).of(colour))
            grid.addWidget(mark, row, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(PlainLabel(words), row, 1)
        column.addLayout(grid)
        return column

    def _marks(self) -> list[tuple[str, str, str]]:
        probes = {
            "accepted": self.tr("probe accepted: within the limit"),
            "rejected": self.tr("probe rejected: over the limit"),
            "failed": self.tr("probe failed: nothing could be measured"),
        }
        states = {
            "page": self.tr("on a page"), "waiting": self.tr("in the waitroom"), "probing": self.tr("being measured"),
            "playing": self.tr("in a game"), "done": self.tr("went through every scene"),
            "gone": self.tr("left before the end"), "away": self.tr("connection lost, place kept"),
        }  # fmt: skip
        return [
            *((OUTCOME_MARKS[number], outcome, probes[outcome]) for number, outcome in enumerate(OUTCOMES)),
            *((STATE_MARKS[state], state, states[state]) for state in PERSON_STATES),
        ]

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._grids.append(grid)
        return grid

    def _align(self) -> None:
        """The words of all groups begin on one line."""
        widest_px = 0
        for grid in self._grids:
            for row in range(grid.rowCount()):
                at = grid.itemAtPosition(row, 0)
                if at is not None and (label := at.widget()) is not None:
                    label.ensurePolished()
                    widest_px = max(widest_px, label.sizeHint().width())
        for grid in self._grids:
            grid.setColumnMinimumWidth(0, widest_px)
