"""Keys and marks, on one page.

Owns the words. Must not be needed for anything: every action also has a tooltip.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QVBoxLayout, QWidget

from widgets.palette import OUTCOME_MARKS, OUTCOMES, PERSON_STATES, STATE_MARKS, colours_of
from widgets.parts.marks import MarkLabel
from widgets.parts.text import PlainLabel


class HelpDialog(QDialog):
    """Two lists: what the keys do, what the marks mean."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keys and marks"))
        keys, marks = QGridLayout(), QGridLayout()
        for grid in (keys, marks):
            grid.setHorizontalSpacing(16)
            grid.setVerticalSpacing(5)
        keys.setColumnStretch(1, 1)
        marks.setColumnStretch(1, 1)
        for row, (key, words) in enumerate(self._keys()):
            keys.addWidget(PlainLabel(key, name="cardTitle"), row, 0)
            keys.addWidget(PlainLabel(words), row, 1)
        for row, (shape, colour, words) in enumerate(self._marks()):
            mark = MarkLabel(shape, 13)
            mark.set_colour(colours_of(self).of(colour))
            marks.addWidget(mark, row, 0, Qt.AlignmentFlag.AlignCenter)
            marks.addWidget(PlainLabel(words), row, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 16)
        layout.setSpacing(10)
        layout.addWidget(PlainLabel(self.tr("Keys"), name="runTitle"))
        layout.addLayout(keys)
        layout.addSpacing(8)
        layout.addWidget(PlainLabel(self.tr("Marks"), name="runTitle"))
        layout.addLayout(marks)
        layout.addWidget(buttons)

    def _keys(self) -> list[tuple[str, str]]:
        return [
            ("Ctrl+R", self.tr("start a run")),
            ("Ctrl+T", self.tr("add test participants")),
            ("Ctrl+D", self.tr("open or close the doors")),
            ("Ctrl+E", self.tr("end the run after the games; with Shift: now")),
            ("Ctrl+L, Ctrl+K", self.tr("copy the participants' link, show it as a QR code")),
            ("Alt+L, Alt+N", self.tr("go to the RTT limit, switch it off")),
            ("Ctrl+1 … 4", self.tr("show or hide a panel; Ctrl+0: usual layout")),
            ("← → + −", self.tr("in a chart: move in time, zoom; ↑ ↓: through the lanes")),
            ("Home, End", self.tr("in a chart: the whole run, follow now")),
            ("F11", self.tr("full screen")),
        ]

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
