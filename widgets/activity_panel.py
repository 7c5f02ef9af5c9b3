"""The run as sentences, newest at the bottom.

Owns the list, whether it follows, and which person a line stands for. Must not word anything: sentences come from the
projection.
"""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from core.projections import words
from core.projections.activity import KEPT, ActivityProjection
from core.projections.activity_words import ActivityEntry
from widgets.palette import SEVERITY_MARKS, Colours, colours_of
from widgets.parts.marks import paint_mark
from widgets.parts.notes import EmptyNote, Stack
from widgets.parts.panel import Panel
from widgets.parts.selection import Selection
from widgets.parts.text import plain_tooltip, shown, steady_digits

Index = QModelIndex | QPersistentModelIndex
ENTRY_ROLE: Final = Qt.ItemDataRole.UserRole
_MARGIN: Final = 10
_BAR: Final = 3
_PICTURES_KEPT: Final = 150


class ActivityModel(QAbstractListModel):
    """The entries the projection shows, each worded when it is looked at; `refresh` takes only what is new."""

    def __init__(self, activity: ActivityProjection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._activity = activity
        self._first = self._taken = 0
        self._entries: dict[int, ActivityEntry] = {}  # those that were looked at, by number

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many sentences there are."""
        return 0 if parent.isValid() else self._taken - self._first

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A sentence; the entry itself for the delegate."""
        if not index.isValid():
            return None
        entry = self._entry(self._first + index.row())
        if role == ENTRY_ROLE:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(entry.text)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{words.clock_text(entry.elapsed_s)}, {entry.severity}: {shown(entry.text)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(f"{entry.text}\n{words.clock_text(entry.elapsed_s)} · event {entry.seq}")
        return None

    def refresh(self) -> None:
        """Take in what is new and drop what the projection no longer shows."""
        total, first = self._activity.total, self._activity.first
        if total <= self._taken:
            return
        surplus = min(first, self._taken) - self._first
        if surplus > 0:
            self.beginRemoveRows(QModelIndex(), 0, surplus - 1)
            self._first += surplus
            self.endRemoveRows()
        if first > self._first:  # all that was shown is gone
            self._first = self._taken = first
        self.beginInsertRows(QModelIndex(), self._taken - self._first, total - self._first - 1)
        self._taken = total
        self.endInsertRows()

    def start_anew(self) -> None:
        """It is another moment of the run, perhaps an earlier one."""
        self.beginResetModel()
        self._first = self._taken = self._activity.first
        self._entries.clear()
        self.endResetModel()

    def _entry(self, number: int) -> ActivityEntry:
        entry = self._entries.get(number)
        if entry is None:
            if len(self._entries) > 2 * KEPT:
                self._entries.clear()
            entry = self._entries[number] = self._activity.entry(number)
        return entry


class ActivityDelegate(QStyledItemDelegate):
    """A line: time, mark of how serious it is, sentence; with a bar before it if it is about the chosen person."""

    def __init__(self, selection: Selection, parent: QWidget) -> None:
        super().__init__(parent)
        self._selection = selection
        self._pictures: dict[tuple[object, ...], QPixmap] = {}

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Put the line's picture in place: shaping its text takes forty times as long, and a scroll wants all lines."""
        entry: ActivityEntry = index.data(ENTRY_ROLE)
        view = option.widget
        colours, ratio = colours_of(view), view.devicePixelRatioF()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        chosen = self._selection.subject_id in entry.subjects
        key = (entry.seq, option.rect.size().toTuple(), ratio, colours.dark, selected, chosen, option.font.key())
        picture = self._pictures.get(key)
        if picture is None:
            if len(self._pictures) > _PICTURES_KEPT:
                self._pictures.clear()
            picture = QPixmap(option.rect.size() * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(colours.of("hover" if selected else "surface"))
            line = QPainter(picture)
            line.setFont(option.font)
            self._paint_line(line, QRect(QPoint(0, 0), option.rect.size()), option.fontMetrics, entry, colours, chosen)
            line.end()
            self._pictures[key] = picture
        painter.drawPixmap(option.rect.topLeft(), picture)

    def _paint_line(
        self, painter: QPainter, area: QRect, metrics: QFontMetrics, entry: ActivityEntry, colours: Colours,
        chosen: bool,
    ) -> None:  # fmt: skip
        if chosen:
            painter.fillRect(area, colours.of("selection"))
            painter.fillRect(QRect(area.left(), area.top(), _BAR, area.height()), colours.of("accent"))
        time_width = metrics.horizontalAdvance("0:00:00")
        painter.setPen(colours.of("muted"))
        time_area = QRect(area.left() + _MARGIN, area.top(), time_width, area.height())
        painter.drawText(
            time_area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words.clock_text(entry.elapsed_s)
        )
        mark_area = QRectF(time_area.right() + 11, area.center().y() - 4.5, 10, 10)
        paint_mark(painter, mark_area, SEVERITY_MARKS[entry.severity], colours.of(entry.severity))
        painter.setPen(colours.of("text"))
        left = int(mark_area.right()) + 10
        text_area = QRect(left, area.top(), area.right() - left - _MARGIN, area.height())
        line = metrics.elidedText(shown(entry.text), Qt.TextElideMode.ElideRight, text_area.width())
        painter.drawText(text_area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)


class _Lines(QTableView):
    """One column without grid or headings. A list view would ask for the model's size twice a line at each new line."""

    def __init__(self) -> None:
        super().__init__()
        self.setShowGrid(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.take_font(steady_digits(self.font()))

    def take_font(self, font: QFont) -> None:
        """Lines as high as the font needs."""
        self.setFont(font)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 9)

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Home and End go through the lines: there is one column."""
        ends = {QAbstractItemView.CursorAction.MoveHome: 0, QAbstractItemView.CursorAction.MoveEnd: -1}
        if action in ends and self.model().rowCount():
            return self.model().index(ends[action] % self.model().rowCount(), 0)
        return super().moveCursor(action, modifiers)


class ActivityPanel(Panel):
    """The list; it follows the newest line unless somebody scrolled up to read."""

    title = "Activity"

    def __init__(
        self, activity: ActivityProjection, *, selection: Selection | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(activity, parent=parent)
        self._activity = activity
        self._selection = selection or Selection(self)
        self.model = ActivityModel(activity, self)
        self.list = _Lines()
        self.list.setModel(self.model)
        self.list.setItemDelegate(ActivityDelegate(self._selection, self.list))
        self.list.setAccessibleName(self.tr("Activity: what happened in the run, newest last"))
        self._selection.changed.connect(self._mark)
        self.list.clicked.connect(self._choose)
        self._empty = EmptyNote(self.tr("What happens in the run is told here, line by line."), self.list.viewport())
        self.follow_button = QPushButton(self.tr("Newest ↓"), self.list)
        self.follow_button.setToolTip(self.tr("Go to the newest line and follow again"))
        self.follow_button.clicked.connect(self.follow)
        self.follow_button.hide()
        layout = Stack(self)
        layout.setContentsMargins(1, 4, 1, 1)
        layout.addWidget(self.list)
        self.setFocusProxy(self.list)
        self.list.installEventFilter(self)
        self._following = True
        bar = self.list.verticalScrollBar()
        bar.valueChanged.connect(self._notice_scrolling)
        bar.rangeChanged.connect(self._keep_following)

    def refresh(self, now_elapsed_s: float) -> None:
        """Append what is new; stay at the end if that is where the reader is."""
        following = self._following
        self.model.refresh()
        self._following = following  # taking out old lines moves the value, though nobody scrolled
        self._empty.setVisible(self.model.rowCount() == 0)
        if self._following:
            self.list.scrollToBottom()

    def start_anew(self) -> None:
        """Another moment of the run."""
        self.model.start_anew()

    def is_following(self) -> bool:
        """Whether the newest line is kept in view."""
        return self._following

    def follow(self) -> None:
        """To the newest line, and stay with it."""
        self._following = True
        self._keep_following()

    def key_help(self) -> list[tuple[str, str]]:
        """What the list answers."""
        return [
            (self.tr("Enter"), self.tr("choose whom the line is about; again: the next of them")),
            (self.tr("Esc"), self.tr("choose nobody")),
        ]

    def _choose(self, index: QModelIndex) -> None:
        """Whom the line is about; asked again, the next of them."""
        subjects = [subject_id for subject_id in index.data(ENTRY_ROLE).subjects if subject_id]
        chosen = self._selection.subject_id
        if chosen in subjects:
            self._selection.choose(subjects[(subjects.index(chosen) + 1) % len(subjects)])
        elif subjects:
            self._selection.choose(subjects[0])

    def _mark(self, _subject_id: str | None) -> None:
        self.list.viewport().update()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Keep the button in its corner; Esc chooses nobody, and Enter chooses on every platform."""
        if event.type() == QEvent.Type.Resize:
            self._place_follow_button()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self._selection.choose(None)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.currentIndex().isValid():
                self._choose(self.list.currentIndex())
                return True
        return False

    def _notice_scrolling(self, value: int) -> None:
        """Only somebody's scrolling moves the value; new lines and resizing move the range."""
        self._following = value >= self.list.verticalScrollBar().maximum() - 4
        self._place_follow_button()

    def _keep_following(self) -> None:
        if self._following:
            bar = self.list.verticalScrollBar()
            bar.setValue(bar.maximum())
        self._place_follow_button()

    def _place_follow_button(self) -> None:
        self.follow_button.setVisible(not self._following)
        size = self.follow_button.sizeHint()
        viewport = self.list.viewport().geometry()
        corner = QPoint(viewport.right() - size.width() - 10, viewport.bottom() - size.height() - 8)
        self.follow_button.setGeometry(QRect(corner, size))
