"""What was looked at before the doors open: a line each, then the verdict.

Owns the lines. Must not look at anything itself: it shows what it is told, and says what is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from widgets.experiment.description import CheckLine
from widgets.palette import SEVERITY_MARKS, colours_of
from widgets.parts.icons import name_icon
from widgets.parts.marks import MarkLabel
from widgets.parts.text import PlainLabel

TONES: Final = {"pending": "info", "fine": "good", "beware": "warning", "stop": "error"}


class CheckPanel(QFrame):
    """Signals: `check_wanted()`, `cancel_wanted()`."""

    check_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._lines: dict[str, tuple[MarkLabel, PlainLabel, PlainLabel]] = {}
        self._tones: list[tuple[MarkLabel, str]] = []
        self._levels = {
            "pending": self.tr("not known yet"), "fine": self.tr("fine"), "beware": self.tr("beware"),
            "stop": self.tr("in the way"),
        }  # fmt: skip
        self._stale = False
        self._mark = MarkLabel("dot", 14)
        self.verdict = PlainLabel(name="checkVerdict", wrap=True)
        self.verdict.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.again = QPushButton(self.tr("Chec&k again"))
        self.again.setToolTip(self.tr("Look at everything once more"))
        self.again.clicked.connect(self.check_wanted)
        self.cancel = QPushButton(self.tr("Cance&l"))
        self.cancel.setToolTip(self.tr("Wait for no more answers"))
        self.cancel.clicked.connect(self.cancel_wanted)
        self.hiding = QToolButton()
        self.hiding.setProperty("quiet", True)
        self.hiding.setText("✕")
        self.hiding.setToolTip(self.tr("Hide what was looked at"))
        self.hiding.setAccessibleName(self.tr("Hide what was looked at"))
        name_icon(self.hiding, "mdi6.close")
        self.hiding.clicked.connect(self.hide)
        self.hiding.clicked.connect(self.cancel_wanted)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._mark)
        head.addWidget(self.verdict, 1)
        for button in (self.again, self.cancel, self.hiding):
            head.addWidget(button)
        inside = QWidget()
        inside.setObjectName("sheet")
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(2, 1)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.addLayout(self._grid)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(inside)
        self._scroll.setAccessibleName(self.tr("What was looked at"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 10, 10)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self._scroll, 1)

    def begin(self, lines: Sequence[CheckLine]) -> None:
        """These are to be looked at."""
        for widgets in self._lines.values():
            for widget in widgets:
                self._grid.removeWidget(widget)
                widget.deleteLater()
        self._lines.clear()
        self._stale = False
        self._tones = [(self._mark, "pending")]
        for row, line in enumerate(lines):
            mark, title, sentence = MarkLabel("dot", 13), PlainLabel(line.title), PlainLabel(name="muted", wrap=True)
            sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(mark, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(title, row, 1, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(sentence, row, 2)
            self._lines[line.name] = mark, title, sentence
            self.show_line(line)
        self.again.hide()
        self.cancel.show()
        self._say_progress()
        self.show()

    def show_line(self, line: CheckLine) -> None:
        """What came of one."""
        mark, title, sentence = self._lines[line.name]
        words = f"{line.sentence}\n{line.advice}" if line.advice else line.sentence
        sentence.setText(words or self.tr("looking…"))
        sentence.setObjectName("muted" if line.level in ("pending", "fine") else "")
        sentence.style().polish(sentence)
        mark.setToolTip(self._levels[line.level])
        title.setAccessibleDescription(f"{self._levels[line.level]}: {words}")
        self._tones = [pair for pair in self._tones if pair[0] is not mark] + [(mark, line.level)]
        self._recolour()
        self._say_progress()

    def end(self, verdict: str, level: str) -> None:
        """All was looked at, or the looking was given up."""
        self.verdict.setText(verdict)
        self._tones = [(self._mark, level), *self._tones[1:]] if self._tones else [(self._mark, level)]
        self.cancel.hide()
        self.again.show()
        self._recolour()

    def tell_stale(self) -> None:
        """The text has changed since it was looked at."""
        stale = self.tr("The text has changed since: check again. Before: {}")
        if self.isVisible() and self.cancel.isHidden() and not self._stale:
            self._stale = True
            self.verdict.setText(stale.format(self.verdict.text()))
            self._tones = [(self._mark, "pending"), *self._tones[1:]]
            self._recolour()

    def said(self, name: str) -> str:
        """What stands beside one."""
        return self._lines[name][2].text()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_tones"):
            self._recolour()

    def _say_progress(self) -> None:
        known = sum(level != "pending" for mark, level in self._tones if mark is not self._mark)
        self.verdict.setText(self.tr("Looking: {known} of {all}").format(known=known, all=len(self._lines)))

    def _recolour(self) -> None:
        for mark, level in self._tones:
            mark.set_shape(SEVERITY_MARKS[TONES[level]])
            mark.set_colour(colours_of(self).of(TONES[level]))
