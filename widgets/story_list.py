"""One participant's story as a list, oldest first, and what is known of the chosen line beneath it.

Owns the list and whether it follows. Must not word anything (story_words.py does), nor choose the person.
"""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QPlainTextEdit,
    QSplitter,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from core.projections import words
from core.projections.story import Moment, StoryProjection
from core.projections.story_words import StoryLine, tell
from widgets.activity_panel import ENTRY_ROLE, ActivityDelegate
from widgets.palette import colours_of
from widgets.parts.notes import EmptyNote
from widgets.parts.selection import Selection
from widgets.parts.text import plain_tooltip, shown, steady_digits

Index = QModelIndex | QPersistentModelIndex
DETAIL_LIMIT: Final = 4_000


class StoryModel(QAbstractListModel):
    """The chosen person's moments; each is worded when it is looked at, once."""

    def __init__(self, story: StoryProjection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._story = story
        self._subject_id: str | None = None
        self._moments: list[Moment] = []
        self._dropped = 0
        self._lines: dict[int, StoryLine] = {}  # by the event's number

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many moments."""
        return 0 if parent.isValid() else len(self._moments)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A line; the StoryLine itself for the delegate."""
        if not index.isValid():
            return None
        line = self.line(index.row())
        if role == ENTRY_ROLE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(line.text)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{words.clock_text(line.elapsed_s)}, {line.severity}: {shown(line.text)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(f"{line.text}\n{words.clock_text(line.elapsed_s)} · event {line.seq}")
        return None

    def line(self, row: int) -> StoryLine:
        """The line of one row."""
        moment = self._moments[row]
        line = self._lines.get(moment.event.seq)
        if line is None or not moment.event.seq:
            line = self._lines[moment.event.seq] = tell(moment, self._subject_id or "")
        return line

    def show_person(self, subject_id: str | None) -> None:
        """Another person's story."""
        self.beginResetModel()
        self._subject_id = subject_id
        self._lines.clear()
        self._moments, self._dropped = [], 0
        if subject_id is not None and not self._story.asleep:
            self._moments, self._dropped = list(self._story.moments(subject_id)), self._story.dropped(subject_id)
        self.endResetModel()

    def refresh(self) -> bool:
        """Take in what is new and drop what is kept no more; whether anything was."""
        if self._subject_id is None or self._story.asleep:
            return False
        kept, dropped = self._story.moments(self._subject_id), self._story.dropped(self._subject_id)
        surplus = min(dropped - self._dropped, len(self._moments))
        if surplus > 0:
            self.beginRemoveRows(QModelIndex(), 0, surplus - 1)
            del self._moments[:surplus]
            self.endRemoveRows()
        self._dropped = dropped
        fresh = kept[len(self._moments) :]
        if fresh:
            self.beginInsertRows(QModelIndex(), len(self._moments), len(self._moments) + len(fresh) - 1)
            self._moments.extend(fresh)
            self.endInsertRows()
        return bool(fresh) or surplus > 0


class StoryDelegate(ActivityDelegate):
    """A line as in the feed. Not kept as a picture: the same event reads differently in another person's story."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Selection(parent), parent)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All lines are equally high."""
        return QSize(120, option.fontMetrics.height() + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one line, cut where the room ends."""
        colours = colours_of(option.widget)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, colours.of("hover"))
        self._paint_line(painter, option.rect, option.fontMetrics, index.data(ENTRY_ROLE), colours, False)
        painter.restore()


class StoryList(QSplitter):
    """List above, detail below; the newest line stays in view unless somebody scrolled up."""

    def __init__(self, story: StoryProjection, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._story = story
        self.model = StoryModel(story, self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(StoryDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMinimumHeight(52)
        self.list.setFont(steady_digits(self.list.font()))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setAccessibleName(self.tr("Story: what happened to this person, newest last"))
        self.list.selectionModel().currentChanged.connect(lambda *_rows: self._show_detail())
        self.model.modelReset.connect(self._show_detail)
        self.detail = QPlainTextEdit()
        self.detail.setReadOnly(True)
        self.detail.setTabChangesFocus(True)
        self.detail.setAccessibleName(self.tr("What is known of the chosen line"))
        self.detail.setFont(steady_digits(self.detail.font()))
        self.detail.hide()
        self._empty = EmptyNote("", self.list.viewport())
        self.addWidget(self.list)
        self.addWidget(self.detail)
        self.setChildrenCollapsible(False)
        self.setStretchFactor(0, 3)
        self.setStretchFactor(1, 1)
        self.setFocusProxy(self.list)

    def show_person(self, subject_id: str | None) -> None:
        """Another person's story, from its newest line."""
        self.model.show_person(subject_id)
        self._tell_empty()
        self.list.scrollToBottom()

    def refresh(self) -> None:
        """Take in what is new."""
        bar = self.list.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        is_new = self.model.refresh()
        self._tell_empty()
        if is_new and at_end:
            self.list.scrollToBottom()

    def _tell_empty(self) -> None:
        self._empty.setVisible(self.model.rowCount() == 0)
        story = self._story
        if story.asleep:
            self._empty.setText(self.tr("The story is still being read from the log: {} %").format(story.caught_up))
        else:
            self._empty.setText(self.tr("Nothing has happened to this person yet."))

    def _show_detail(self) -> None:
        index = self.list.currentIndex()
        line = self.model.line(index.row()) if index.isValid() else None
        detail = "" if line is None or not line.detail else f"{line.text}\n{line.detail}"
        self.detail.setPlainText(detail[:DETAIL_LIMIT])
        self.detail.setVisible(bool(detail))
