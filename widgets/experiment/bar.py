"""The experiment page's head: which file is open, whether it is saved, and everything that can be done with it.

Owns the buttons and their keys. Must not do anything: it says what is wanted.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from widgets.experiment.description import File
from widgets.parts.icons import name_icon
from widgets.parts.text import ElidedLabel, PlainLabel, plain_tooltip


class Bar(QFrame):
    """Signals are wishes, named for the buttons."""

    open_wanted = Signal()
    new_wanted = Signal()
    save_wanted = Signal()
    save_as_wanted = Signal()
    revert_wanted = Signal()
    undo_wanted = Signal()
    redo_wanted = Signal()
    check_wanted = Signal()
    start_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runBar")
        self._file = File("", "")
        self._title = PlainLabel(name="runTitle")
        self._state = ElidedLabel(name="muted")
        self.open = self._tool(
            "mdi6.folder-open-outline", self.tr("&Open…"), self.tr("Another experiment file (Ctrl+O)"), ""
        )
        self.new = self._tool("mdi6.file-plus-outline", self.tr("&New…"), self.tr("A copy of an example"), "Ctrl+N")
        self.save = self._tool("mdi6.content-save-outline", self.tr("&Save"), self.tr("Write it to the file"), "Ctrl+S")
        self.save_as = self._tool("", self.tr("Save &as…"), self.tr("Write it to another file"), "Ctrl+Shift+S")
        self.revert = self._tool(
            "", self.tr("Re&vert"), self.tr("Back to what is in the file; undo brings yours back"), ""
        )
        self.undo = self._tool("mdi6.undo", "", self.tr("Undo the last change, of form or text"), "Ctrl+Z")
        self.redo = self._tool("mdi6.redo", "", self.tr("Do it again"), "Ctrl+Shift+Z")
        self.check = QPushButton(self.tr("Chec&k"))
        self.check.setToolTip(self.tr("Look at everything that could stand in the way of a session (Ctrl+Return)"))
        name_icon(self.check, "mdi6.clipboard-check-outline")
        self.start = QPushButton(self.tr("S&tart"))
        self.start.setProperty("primary", True)
        self.start.setToolTip(self.tr("Make a new run directory and open the doors (Ctrl+R)"))
        name_icon(self.start, "mdi6.play")
        for button, wish in (
            (self.open, self.open_wanted), (self.new, self.new_wanted), (self.save, self.save_wanted),
            (self.save_as, self.save_as_wanted), (self.revert, self.revert_wanted), (self.undo, self.undo_wanted),
            (self.redo, self.redo_wanted), (self.check, self.check_wanted), (self.start, self.start_wanted),
        ):  # fmt: skip
            button.clicked.connect(wish)
        self.undo.setEnabled(False)
        self.redo.setEnabled(False)
        self._lay_out()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._state)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 12, 8)
        row.setSpacing(8)
        row.addLayout(words, 1)
        for button in (self.undo, self.redo, self.revert, self.open, self.new, self.save, self.save_as):
            row.addWidget(button)
        row.addSpacing(8)
        row.addWidget(self.check)
        row.addWidget(self.start)

    def show_file(self, file: File) -> None:
        """Which one is open."""
        self._file = file
        self.setToolTip(plain_tooltip(file.path))

    def show_state(self, *, dirty: bool, faults: int, run_on: bool) -> None:
        """Whether it is saved, how much is wrong with it, and whether a run is on already."""
        self._title.setText(f"{self._file.title} •" if dirty else self._file.title)
        parts = [self.tr("unsaved changes")] if dirty else []
        if self._file.bundled:
            parts.append(self.tr("comes with Greenroom: Save as… makes your own copy"))
        if faults:
            parts.append(self.tr("1 problem") if faults == 1 else self.tr("{} problems").format(faults))
        self._state.setText(" · ".join([*parts, self._file.path]))
        here = bool(self._file.path)
        self.save.setEnabled(here and not self._file.bundled)
        self.save_as.setEnabled(here)
        self.revert.setEnabled(here and dirty)
        self.check.setEnabled(here)
        self.start.setEnabled(here and not faults and not run_on)

    def state(self) -> str:
        """What it says below the title."""
        return self._state.text()

    def _tool(self, icon: str, words: str, tip: str, keys: str) -> QToolButton:
        button = QToolButton()
        button.setText(words)
        if words:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(f"{tip} ({keys})" if keys else tip)
        if not words:
            button.setAccessibleName(tip)
        if icon:
            name_icon(button, icon)
        return button
