"""Small pieces that say one thing: a number with its label, a badge, a note where there is nothing to show, a legend.

Owns their look. Must not know what is counted or said.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from widgets.palette import colours_of
from widgets.parts.giving_row import GivingRow
from widgets.parts.marks import MarkLabel, paint_mark
from widgets.parts.text import PlainLabel, plain_tooltip, steady_digits


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
    """What stands where there is nothing to show yet: why, and what will bring something. Lies over its parent, and
    `covers` it or lets it be seen.
    """

    def __init__(self, text: str, parent: QWidget, *, margin: int = 24, covers: bool = False) -> None:
        super().__init__(text, parent, name="muted", wrap=True)
        self.setProperty("covers", covers)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setContentsMargins(margin, 8, margin, 8)
        parent.installEventFilter(self)
        self.setGeometry(parent.rect())

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Keep covering the parent."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False


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
