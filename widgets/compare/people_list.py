"""The people behind what was clicked, each a way into the run they were in.

Owns the list. Must not open a run: it only asks.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QPushButton, QToolButton, QVBoxLayout, QWidget

from core.analysis.comparing.behind import Behind
from core.projections import words
from widgets.parts.icons import name_icon
from widgets.parts.text import PlainLabel, plain_tooltip


class PeopleList(QWidget):
    """Signal: `person_wanted(path of the run, subject_id)`."""

    person_wanted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = ""
        self._people: tuple[str, ...] = ()
        self._title = PlainLabel(wrap=True, name="cardTitle")
        self._more = PlainLabel(name="muted", wrap=True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("People behind what was clicked"))
        self.list.setUniformItemSizes(True)
        self.list.itemActivated.connect(lambda _item: self._ask())
        self.open_button = QPushButton(self.tr("Open in the run"))
        self.open_button.setToolTip(self.tr("Open the run with this person chosen (Enter)"))
        self.open_button.setEnabled(False)
        self.open_button.clicked.connect(self._ask)
        self.list.currentRowChanged.connect(lambda row: self.open_button.setEnabled(row >= 0))
        close = QToolButton()
        close.setProperty("quiet", True)
        close.setText("✕")
        close.setToolTip(self.tr("Hide this list"))
        close.setAccessibleName(self.tr("Hide this list"))
        close.clicked.connect(self.hide)
        name_icon(close, "mdi6.close")
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 10, 12, 8)
        layout.addLayout(head)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._more)
        layout.addWidget(self.open_button)
        self.hide()

    def show_behind(self, path: str, behind: Behind, pseudonyms: Sequence[str] | None = None) -> None:
        """These people of the run at `path`, by their pseudonyms if there are any."""
        self._path, self._people = path, behind.people
        self._title.setText(behind.title)
        self.list.clear()
        for name in behind.people if pseudonyms is None else pseudonyms:
            self.list.addItem(words.name(name))
            self.list.item(self.list.count() - 1).setToolTip(plain_tooltip(name))
        self._more.setText(self.tr("and {} more").format(behind.left_out) if behind.left_out else "")
        self._more.setVisible(bool(behind.left_out))
        self.show()
        if behind.people:
            self.list.setCurrentRow(0)
            self.list.setFocus()

    def _ask(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._people):
            self.person_wanted.emit(self._path, self._people[row])
