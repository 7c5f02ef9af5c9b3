"""Small pieces that say one thing: a number with its label, a badge, a note where there is nothing to show, a banner.

Owns their look. Must not know what is counted or said.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from widgets.palette import SEVERITY_MARKS, colours_of
from widgets.parts.giving_row import GivingRow
from widgets.parts.icons import name_icon
from widgets.parts.marks import MarkLabel, paint_mark
from widgets.parts.text import PlainLabel, plain_tooltip, steady_digits

LONGEST: Final = 600  # of a line across the window


class NumberTile(QWidget):
    """How many there are of something: mark, number, label."""

    def __init__(self, shape: str, colour: str, label: str, tooltip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = colour
        self._label = label
        self._mark = MarkLabel(shape, 13)
        self._number = PlainLabel("0", name="tileNumber")
        self._number.setFont(steady_digits(self._number.font()))
        caption = PlainLabel(label, name="tileLabel")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._number)
        row.addWidget(caption)
        self.setToolTip(plain_tooltip(tooltip))
        self._value = -1
        self.set_value(0)
        self._recolour()

    def value(self) -> int:
        """What it shows."""
        return self._value

    def set_value(self, value: int) -> None:
        """Show this number."""
        if value != self._value:
            self._value = value
            self._number.setText(str(value))
            self._number.setEnabled(value > 0)
            self.setAccessibleName(f"{self._label}: {value}")

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _recolour(self) -> None:
        self._mark.set_colour(colours_of(self).of(self._colour))


class Pill(QWidget):
    """A short state in a rounded badge; the words carry it, the colour helps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._colour, self._shape = "", "info", "dot"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(26)

    def text(self) -> str:
        """What it says."""
        return self._text

    def say(self, text: str, colour: str, shape: str) -> None:
        """Show this text; `colour` is a name of the palette, `shape` a mark."""
        if (text, colour, shape) == (self._text, self._colour, self._shape):
            return
        self._text, self._colour, self._shape = text, colour, shape
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words, in the font it has."""
        return QSize(self.fontMetrics().horizontalAdvance(self._text) + 42, 26)

    def minimumSizeHint(self) -> QSize:
        """It does not give way."""
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        """Another font needs another width."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Badge, mark, words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = colours_of(self)
        colour = colours.of(self._colour)
        fill = QColor(colour)
        fill.setAlphaF(0.22 if colours.dark else 0.14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        area = QRectF(self.rect())
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        paint_mark(painter, QRectF(11, area.center().y() - 5, 10, 10), self._shape, colour)
        painter.setPen(colours.of("text"))
        painter.drawText(area.adjusted(27, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter, self._text)


class EmptyNote(PlainLabel):
    """What stands where there is nothing to show yet: why, and what will bring something. Lies over its parent."""

    def __init__(self, text: str, parent: QWidget, *, margin: int = 24) -> None:
        super().__init__(text, parent, name="muted", wrap=True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setMargin(margin)
        parent.installEventFilter(self)
        self.setGeometry(parent.rect())

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Keep covering the parent."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False


class Banner(QFrame):
    """A line across the window about the state of things, with at most one thing to do about it."""

    action_wanted = Signal()
    details_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._colour = "notice"
        self._mark = MarkLabel("square", 14)
        self._text = PlainLabel(wrap=True)
        self._details = QPushButton(self.tr("Details…"))
        self._details.setToolTip(self.tr("Show what exactly went wrong"))
        self._details.clicked.connect(self.details_wanted)
        self._action = QPushButton()
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
        row.addWidget(self._mark)
        row.addWidget(self._text, 1)
        for button in (self._details, self._action, self._dismiss):
            row.addWidget(button)
        self.hide()

    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def say(
        self, text: str, colour: str, *, action: str = "", action_tooltip: str = "", details: bool = False,
        dismissible: bool = True,
    ) -> None:  # fmt: skip
        """Show this; `colour` is a name of the palette, `action` the words on the one button (none if empty)."""
        self._colour = colour
        self._mark.set_shape(SEVERITY_MARKS.get(colour, "square"))
        self.setProperty("tone", colour)
        self.style().polish(self)
        text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
        self._text.setText(text)
        self.setAccessibleName(text)
        self._action.setText(action)
        self._action.setToolTip(plain_tooltip(action_tooltip or action))
        self._action.setVisible(bool(action))
        self._details.setVisible(details)
        self._dismiss.setVisible(dismissible)
        self._recolour()
        self.show()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _recolour(self) -> None:
        self._mark.set_colour(colours_of(self).of(self._colour))


class Legend(GivingRow):
    """Marks with their words, in a row; a count may follow each."""

    def __init__(
        self, entries: list[tuple[str, str, str]], parent: QWidget | None = None, *, most_lines: int = 1
    ) -> None:
        """`entries` are (mark, colour name, words)."""
        super().__init__(parent, most_lines=most_lines)
        self._marks: list[tuple[MarkLabel, str]] = []
        self._words: list[tuple[PlainLabel, str]] = []
        for shape, colour, words in entries:
            mark, label = MarkLabel(shape, 11), PlainLabel(words, name="muted")
            self._marks.append((mark, colour))
            self._words.append((label, words))
            self.add_group(mark, label)
        self._recolour()

    def set_counts(self, counts: list[int]) -> None:
        """Show how many there are of each."""
        texts = [f"{words} {count}" for (_, words), count in zip(self._words, counts, strict=True)]
        if texts == self.texts():
            return
        for (label, _), text in zip(self._words, texts, strict=True):
            label.setText(text)  # which asks for `fit`

    def texts(self) -> list[str]:
        """What stands beside each mark."""
        return [label.text() for label, _ in self._words]

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _recolour(self) -> None:
        for mark, colour in self._marks:
            mark.set_colour(colours_of(self).of(colour))


class Stack(QVBoxLayout):
    """A vertical layout without gaps."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(0)
