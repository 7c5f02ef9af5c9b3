"""The full answer for one waiting person: the sentence, what happens next, and each other one by name.

Owns how it is laid out. Must not choose the person (the table does) nor find words (why_words.py does).
"""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QSizePolicy,
    QTableView,
    QToolButton,
    QWidget,
)

from core.projections import why_words, words
from core.projections.why_not import Candidate, Standing, WhyNot
from widgets.palette import Colours, colours_of
from widgets.parts.icons import name_icon
from widgets.parts.marks import mark_icon
from widgets.parts.notes import Stack
from widgets.parts.plain_rows import set_up_rows
from widgets.parts.steady import Steady
from widgets.parts.text import ElidedLabel, PlainLabel, plain_tooltip, shown, steady_digits

WHO, REASON, RTT, AGAIN = range(4)
CANDIDATES_SHOWN: Final = 200
LEAST_LIST_PX: Final = 72  # head, one row, and the space around
Index = QModelIndex | QPersistentModelIndex
_MARKS: Final[dict[Standing, tuple[str, str]]] = {
    "too_slow": ("triangle", "rejected"), "unreachable": ("cross", "failed"), "cooling_down": ("cross", "failed"),
    "in_probe": ("diamond", "probing"), "resting": ("square", "page"), "too_far": ("triangle", "rejected"),
    "played_before": ("check", "done"), "kept": ("square", "page"), "excluded": ("slashed", "notice"),
    "hidden": ("square", "page"),
    "silent": ("cross", "away"), "away": ("slashed", "away"), "free": ("ring", "waiting"),
}  # fmt: skip


class CandidateModel(QAbstractTableModel):
    """The others, one a row; `show_all` takes a whole new list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._candidates: list[Candidate] = []
        self._limit_ms: int | None = None
        self._now_elapsed_s = 0.0
        self._icons: dict[str, QIcon] = {}
        self._headings = (self.tr("With"), self.tr("Why not"), self.tr("P2P RTT"), self.tr("Again"))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many others are named."""
        return 0 if parent.isValid() else len(self._candidates)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Always the same."""
        return 0 if parent.isValid() else len(self._headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column names."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._headings):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return self._headings[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        if not index.isValid():
            return None
        candidate, column = self._candidates[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(self._text(candidate, column))
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(candidate.subject_id if column == WHO else self._text(candidate, column))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.DecorationRole and column == WHO:
            return self._icons.get(candidate.standing)
        return None

    def show_all(self, candidates: list[Candidate], limit_ms: int | None, now_elapsed_s: float) -> None:
        """Show these; the view keeps its place where it can."""
        self._limit_ms, self._now_elapsed_s = limit_ms, now_elapsed_s
        kept = min(len(candidates), len(self._candidates))
        if len(candidates) < len(self._candidates):
            self.beginRemoveRows(QModelIndex(), kept, len(self._candidates) - 1)
            self._candidates = self._candidates[:kept]
            self.endRemoveRows()
        elif len(candidates) > len(self._candidates):
            self.beginInsertRows(QModelIndex(), kept, len(candidates) - 1)
            self._candidates = self._candidates + candidates[kept:]
            self.endInsertRows()
        self._candidates = candidates
        if kept:
            self.dataChanged.emit(self.index(0, 0), self.index(kept - 1, AGAIN))

    def recolour(self, colours: Colours) -> None:
        """Draw the marks for this theme."""
        self._icons = {standing: mark_icon(shape, colours.of(name)) for standing, (shape, name) in _MARKS.items()}

    def _text(self, candidate: Candidate, column: int) -> str:
        if column == WHO:
            return words.name(candidate.subject_id)
        if column == REASON:
            return why_words.candidate_text(candidate, self._limit_ms)
        if column == RTT:
            return words.ms(candidate.rtt_ms)
        return why_words.again_text(candidate, self._now_elapsed_s)


class WaitroomDetail(QFrame):
    """`show_person` fills it; `close_wanted` comes from its button."""

    close_wanted = Signal()

    def __init__(self, why_not: WhyNot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("waitroomDetail")
        self._why_not = why_not
        self.model = CandidateModel(self)
        self._who = ElidedLabel(name="cardTitle")
        self._sentence = Steady(PlainLabel(wrap=True))
        self._steps = Steady(PlainLabel(name="muted", wrap=True))
        self._close = QToolButton()
        self._close.setProperty("quiet", True)
        self._close.setText("✕")
        self._close.setToolTip(self.tr("Choose nobody (Esc)"))
        self._close.setAccessibleName(self.tr("Choose nobody"))
        self._close.clicked.connect(self.close_wanted)
        name_icon(self._close, "mdi6.close")
        self.table = QTableView()
        self._set_up_table()
        self.table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # it gives way to the words
        self._more = PlainLabel(name="muted")
        self._has_candidates = False
        self._subject_id = ""
        title = QHBoxLayout()
        title.setContentsMargins(0, 0, 0, 0)
        title.addWidget(self._who, 1)
        title.addWidget(self._close)
        layout = Stack(self)
        layout.setContentsMargins(10, 6, 6, 4)
        layout.setSpacing(3)
        layout.addLayout(title)
        layout.addWidget(self._sentence)
        layout.addWidget(self._steps)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._more)
        layout.addStretch(0)  # or without the list the words would be strewn over its room
        self._recolour()

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName(self.tr("Everybody else who waits, and why they are not together"))
        table.setFont(steady_digits(table.font()))
        set_up_rows(table, 7)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        columns = table.horizontalHeader()
        columns.setSectionResizeMode(REASON, QHeaderView.ResizeMode.Stretch)
        character = table.fontMetrics().averageCharWidth()
        for column, characters in ((WHO, 14), (RTT, 8), (AGAIN, 9)):
            table.setColumnWidth(column, characters * character + 16)

    def show_person(self, subject_id: str, now_elapsed_s: float) -> None:
        """The answer for them at this moment. KeyError if they do not wait."""
        answer = self._why_not.answer(subject_id, now_elapsed_s)
        self._who.setText(self.tr("Why is {} not matched?").format(words.name(subject_id)))
        self._sentence.setText(why_words.sentences(answer))
        steps = why_words.steps(answer)
        self._steps.setText(self.tr("Next: {}").format(" · ".join(steps)) if steps else "")
        self._steps.setVisible(bool(steps))
        if subject_id != self._subject_id:
            self._subject_id = subject_id
            for part in (self._sentence, self._steps):
                part.start_anew()
        named = self._why_not.candidates(subject_id, now_elapsed_s, CANDIDATES_SHOWN)
        self.model.show_all(named, answer.limit_ms, now_elapsed_s)
        self._has_candidates = bool(named)
        self._fit()
        more = sum(answer.counts.values()) - len(named)
        self._more.setText(self.tr("… and {} more").format(more) if more > 0 else "")
        self._more.setVisible(more > 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The list is there if a few of its rows are."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        words_px = sum(part.sizeHint().height() for part in (self._close, self._sentence, self._steps))
        self.table.setVisible(self._has_candidates and self.height() - words_px >= LEAST_LIST_PX)

    def text(self) -> str:
        """What it says above the list."""
        return "\n".join([self._who.text(), self._sentence.text(), self._steps.text()])

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "model"):
            self._recolour()

    def _recolour(self) -> None:
        self.model.recolour(colours_of(self))


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in (RTT, AGAIN) else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
