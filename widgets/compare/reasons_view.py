"""Rejections and failures by reason, a bar a run.

Owns the drawing and who was clicked. Must not count.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from core.analysis.comparing.comparison import Comparison
from core.analysis.comparing.series import LIGHT, colour_of
from core.analysis.reports.figures_svg import reasons_of, share_text
from core.projections import words
from widgets.palette import colours_of
from widgets.parts.notes import EmptyNote
from widgets.parts.text import plain_tooltip, steady_digits

BAR: Final = 20
HEAD: Final = 24
GAP: Final = 16
LEFT: Final = 40
RIGHT: Final = 150


class ReasonBars(QWidget):
    """Signal: `behind_wanted(reason, place of the run)`."""

    behind_wanted = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison: Comparison | None = None
        self._reasons: list[tuple[str, list[int]]] = []
        self._chosen = 0  # counted over all bars
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Probes that led to no match, by reason"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_comparison(self, comparison: Comparison) -> None:
        """These runs."""
        self._comparison, self._reasons, self._chosen = comparison, reasons_of(comparison), 0
        self.updateGeometry()
        self._say()
        self.update()

    @property
    def count(self) -> int:
        """How many bars there are."""
        return len(self._reasons) * self._runs

    @property
    def _runs(self) -> int:
        return len(self._comparison.runs) if self._comparison is not None else 0

    def describe(self, bar: int) -> str:
        """A bar in a line."""
        assert self._comparison is not None
        reason, counts = self._reasons[bar // self._runs]
        place = bar % self._runs
        total = len(self._comparison.runs[place].probes.ended_s)
        letter = self._comparison.letters[place]
        if not total:
            return self.tr("{letter}: no probes").format(letter=letter)
        percent = words.percent(counts[place] / total, 1)
        return f"{letter}, {reason}: {counts[place]} of {total} probes ({percent})"

    def sizeHint(self) -> QSize:
        """As high as its bars."""
        return QSize(500, 8 + len(self._reasons) * (HEAD + GAP + self._runs * BAR))

    def _area(self, bar: int) -> QRectF:
        reason, place = divmod(bar, self._runs)
        top = 4 + reason * (HEAD + GAP + self._runs * BAR) + HEAD + place * BAR
        return QRectF(LEFT, top, self.width() - LEFT - RIGHT, BAR)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Headings, letters, bars, words."""
        if self._comparison is None:
            return
        painter = QPainter(self)
        colours = colours_of(self)
        totals = [max(len(run.probes.ended_s), 1) for run in self._comparison.runs]
        most = max((count / total for _, counts in self._reasons for count, total in zip(counts, totals, strict=True)),
                   default=0.0)  # fmt: skip
        for bar in range(self.count):
            reason, counts = self._reasons[bar // self._runs]
            place = bar % self._runs
            area = self._area(bar)
            if place == 0:
                painter.setFont(steady_digits(self.font(), bold=True))
                painter.setPen(colours.of("text"))
                painter.drawText(QPointF(8, area.top() - 7), reason)
            painter.setFont(steady_digits(self.font()))
            share = counts[place] / totals[place]
            colour = QColor(colour_of(place, dark=colours.dark))
            length = area.width() * (share / most if most else 0.0)
            filled = QRectF(area.left(), area.top() + 2, max(1.0, length), BAR - 4)
            fill = QColor(colour)
            fill.setAlphaF(0.35 if place >= len(LIGHT) else 1.0)
            if counts[place]:
                painter.fillRect(filled, fill)
                painter.setPen(colour)
                painter.drawRect(filled)
            painter.setPen(colours.of("muted"))
            letter = QRectF(0, area.top(), LEFT - 8, BAR)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(letter, right, self._comparison.letters[place])
            text = share_text(counts[place], len(self._comparison.runs[place].probes.ended_s))
            painter.drawText(QPointF(filled.right() + 8, area.bottom() - 5), text)
            if bar == self._chosen and self.hasFocus():
                painter.setPen(QPen(colours.of("accent"), 2))
                painter.drawRect(QRectF(2, area.top(), self.width() - 4, BAR))

    def _bar_at(self, at: QPointF) -> int | None:
        areas = ((bar, self._area(bar)) for bar in range(self.count))
        return next((bar for bar, area in areas if area.top() <= at.y() < area.bottom()), None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The people behind this bar."""
        bar = self._bar_at(event.position())
        if bar is not None:
            self._choose(bar)
            self._ask()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up, down, Enter."""
        turn = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if turn and self.count:
            self._choose((self._chosen + turn) % self.count)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.count:
            self._ask()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Words at the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            bar = self._bar_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), plain_tooltip("" if bar is None else self.describe(bar)), self)
            return True
        return super().event(event)

    def _choose(self, bar: int) -> None:
        self._chosen = bar
        self._say()
        self.update()

    def _say(self) -> None:
        self.setAccessibleDescription(self.describe(self._chosen) if self.count else "")

    def _ask(self) -> None:
        self.behind_wanted.emit(self._reasons[self._chosen // self._runs][0], self._chosen % self._runs)


class ReasonsView(QWidget):
    """The bars in a scroll area, or a note where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars = ReasonBars()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        inside = QWidget()
        inside_layout = QVBoxLayout(inside)
        inside_layout.addWidget(self.bars)
        inside_layout.addStretch(1)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(area)
        self._none = EmptyNote(self.tr("Every probe of these runs led to a match, or there was none."), self)

    def show_comparison(self, comparison: Comparison) -> None:
        """These runs."""
        self.bars.show_comparison(comparison)
        self._none.setVisible(self.bars.count == 0)
