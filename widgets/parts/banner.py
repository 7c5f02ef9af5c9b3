"""A line, or a few, across the window about the state of things, with a thing or two to do about it.

Owns its look. Must not know what is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QToolButton, QWidget

from widgets.palette import SEVERITY_MARKS, colours_of
from widgets.parts.icons import name_icon
from widgets.parts.marks import MarkLabel
from widgets.parts.text import PlainLabel, plain_tooltip

LONGEST: Final = 600  # of a line


class Banner(QFrame):
    """Signals: `action_wanted()`, `other_wanted()` and `details_wanted()`, from its buttons."""

    action_wanted = Signal()
    other_wanted = Signal()
    details_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._colours: list[str] = ["notice"]
        self._lines: list[tuple[MarkLabel, PlainLabel]] = []
        self._place = QGridLayout()
        self._place.setHorizontalSpacing(10)
        self._place.setVerticalSpacing(4)
        self._place.setColumnStretch(1, 1)
        self._details = QPushButton(self.tr("Details…"))
        self._details.setToolTip(self.tr("Show what exactly went wrong"))
        self._details.clicked.connect(self.details_wanted)
        self._other, self._action = QPushButton(), QPushButton()
        self._other.setProperty("primary", True)  # where there are two, it is what most will want
        self._other.clicked.connect(self.other_wanted)
        self._action.clicked.connect(self.action_wanted)
        self._dismiss = QToolButton()
        self._dismiss.setProperty("quiet", True)
        self._dismiss.setText("✕")
        self._dismiss.setToolTip(self.tr("Hide this message"))
        self._dismiss.setAccessibleName(self.tr("Hide this message"))
        self._dismiss.clicked.connect(self.hide)
        name_icon(self._dismiss, "mdi6.close")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 7, 10, 7)
        row.setSpacing(10)
        row.addLayout(self._place, 1)
        for button in (self._details, self._other, self._action, self._dismiss):
            row.addWidget(button)
        self._write([("", "notice")])
        self.hide()

    def text(self) -> str:
        """What it says."""
        return "\n".join(label.text() for _, label in self._lines[: len(self._colours)])

    def say(
        self, text: str, colour: str, *, more: Sequence[tuple[str, str]] = (), action: str = "",
        action_tooltip: str = "", other: str = "", other_tooltip: str = "", details: bool = False,
        dismissible: bool = True,
    ) -> None:  # fmt: skip
        """Show this; `colour` is a name of the palette, `more` further lines with theirs (none: without a mark),
        `action` and `other` the words on the buttons (none if empty).
        """
        self._write([(text, colour), *more])
        self.setProperty("tone", colour)
        self.style().polish(self)
        self.setAccessibleName(self.text())
        for button, words, tooltip in (
            (self._action, action, action_tooltip), (self._other, other, other_tooltip)
        ):  # fmt: skip
            button.setText(words)
            button.setToolTip(plain_tooltip(tooltip or words))
            button.setVisible(bool(words))
        self._details.setVisible(details)
        self._dismiss.setVisible(dismissible)
        self.show()

    def _write(self, lines: Sequence[tuple[str, str]]) -> None:
        """A line each; what an earlier say had more of is hidden."""
        self._colours = [colour for _, colour in lines]
        while len(self._lines) < len(lines):
            mark, label = MarkLabel("square", 14), PlainLabel(wrap=True)
            self._place.addWidget(mark, len(self._lines), 0, Qt.AlignmentFlag.AlignVCenter)
            self._place.addWidget(label, len(self._lines), 1)
            self._lines.append((mark, label))
        for (mark, label), line in zip_longest(self._lines, lines):
            text, colour = line or ("", "")
            mark.setVisible(bool(colour))
            mark.set_shape(SEVERITY_MARKS.get(colour, "square"))
            label.setVisible(line is not None)
            label.setText(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")
        self._recolour()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _recolour(self) -> None:
        colours = colours_of(self)
        for (mark, _), colour in zip(self._lines, self._colours, strict=False):
            if colour:
                mark.set_colour(colours.of(colour))
