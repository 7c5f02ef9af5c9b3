"""The row above the list of runs that says which of them to show.

Owns these fields. Must not filter: it says what is wanted.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from core.analysis.runs.run_line import PEOPLE, STATES, RunLine
from widgets.parts.text import shown
from widgets.runs_columns import people_words, state_words
from widgets.runs_model import Filter


class RunsFilter(QWidget):
    """Signal: `changed(Filter)`."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QLineEdit()
        self.text.setPlaceholderText(self.tr("Filter (Ctrl+F)"))
        self.text.setToolTip(
            self.tr("Show only runs in whose name, experiment, date, tags, note or problems all these words stand")
        )
        self.text.setAccessibleName(self.tr("Filter the runs"))
        self.text.setClearButtonEnabled(True)
        states, people = state_words(), people_words()
        self.state = self._choice(self.tr("Any status"), [(states[state], state) for state in STATES])
        self.state.setAccessibleName(self.tr("Status"))
        self.state.setToolTip(self.tr("Show only runs of this status"))
        self.people = self._choice(self.tr("Real and simulated"), [(people[kind], kind) for kind in PEOPLE])
        self.people.setAccessibleName(self.tr("People"))
        self.people.setToolTip(self.tr("Show only runs with these people"))
        self.tag = self._choice(self.tr("Any tag"), [])
        self.tag.setAccessibleName(self.tr("Tag"))
        self.tag.setToolTip(self.tr("Show only runs with this tag"))
        self.tag.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.tag.setMinimumContentsLength(12)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.text, 1)
        for choice in (self.state, self.people, self.tag):
            row.addWidget(choice)
        self.text.textChanged.connect(self._say)

    def wanted(self) -> Filter:
        """What is set."""
        state, people, tag = (str(choice.currentData() or "") for choice in (self.state, self.people, self.tag))
        return Filter(self.text.text(), state, people, tag)

    def clear(self) -> None:
        """Show all again."""
        self.text.clear()
        for choice in (self.state, self.people, self.tag):
            choice.setCurrentIndex(0)

    def offer_tags(self, runs: Iterable[RunLine]) -> None:
        """The tags there are; one that is chosen stays to be chosen."""
        chosen = str(self.tag.currentData() or "")
        tags = sorted({tag for run in runs for tag in run.tags} | ({chosen} if chosen else set()), key=str.casefold)
        if tags == [self.tag.itemData(place) for place in range(1, self.tag.count())]:
            return
        self.tag.blockSignals(True)
        while self.tag.count() > 1:
            self.tag.removeItem(1)
        for tag in tags:
            self.tag.addItem(shown(tag), tag)
        self.tag.setCurrentIndex(tags.index(chosen) + 1 if chosen else 0)
        self.tag.blockSignals(False)

    def _choice(self, every: str, choices: list[tuple[str, str]]) -> QComboBox:
        box = QComboBox()
        box.addItem(every, "")
        for words, data in choices:
            box.addItem(words, data)
        box.currentIndexChanged.connect(self._say)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return box

    def _say(self) -> None:
        self.changed.emit(self.wanted())
