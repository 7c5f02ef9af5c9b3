"""Who waits, since when, how well connected, and why they are not matched yet.

Owns the table and its order. Must not keep a copy of the waitroom's truth: rows are read from the projection each time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from core.projections import words
from core.projections.run import RunProjection
from core.projections.waitroom import WaitroomProjection, WaitroomRow
from widgets.palette import STATE_MARKS, Colours, colours_of
from widgets.parts.marks import mark_icon
from widgets.parts.notes import EmptyNote, Stack
from widgets.parts.panel import Panel
from widgets.parts.text import plain_tooltip, shown, steady_digits

PARTICIPANT, WAITING, RTT, STATE, TRIES, WHY = range(6)
Index = QModelIndex | QPersistentModelIndex
_DISPLAY, _TOOLTIP = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole
_STATE_ORDER: Final = {"probing": 0, "waiting": 1, "away": 2}


class WaitroomModel(QAbstractTableModel):
    """One row a waiting participant, sorted here; `refresh` brings it up to date with one `dataChanged`."""

    def __init__(self, waitroom: WaitroomProjection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._waitroom = waitroom
        self._rows: list[WaitroomRow] = []
        self._now_elapsed_s = 0.0
        self._column, self._order = WAITING, Qt.SortOrder.DescendingOrder
        self._icons: dict[str, QIcon] = {}
        self._headings = (
            (self.tr("Participant"), self.tr("Who, by the id they joined with")),
            (self.tr("Waiting"), self.tr("Time in the waitroom, kept through rejections and lost connections")),
            (self.tr("Server RTT"), self.tr("Round-trip time between the participant's page and this computer")),
            (self.tr("State"), self.tr("Waiting, being measured with somebody, or connection lost")),
            (self.tr("Tries"), self.tr("How many probes they have taken part in")),
            (self.tr("Why not matched"), self.tr("What the log says last about a match for this person")),
        )

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many wait."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Always the same."""
        return 0 if parent.isValid() else len(self._headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        """Column names and what they mean."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._headings):
            return None
        if role == _TOOLTIP:
            return plain_tooltip(self._headings[section][1])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        if role != _DISPLAY:
            return None
        sign = "" if section != self._column else " ↑" if self._order == Qt.SortOrder.AscendingOrder else " ↓"
        return self._headings[section][0] + sign

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        """One cell."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == _DISPLAY:
            return self._text(row, index.column())
        if role == _TOOLTIP:
            return plain_tooltip(self._full_text(row, index.column()))
        if role == Qt.ItemDataRole.DecorationRole and index.column() == STATE:
            return self._icons.get(row.state)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by this column from here on; whoever waits longest comes first among equals."""
        self._column, self._order = column, order
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, WHY)
        self._rearrange(self._sorted(self._rows))

    def recolour(self, colours: Colours) -> None:
        """Draw the marks for this theme."""
        self._icons = {
            state: mark_icon(STATE_MARKS[state], colours.of(state)) for state in ("waiting", "probing", "away")
        }

    def refresh(self, now_elapsed_s: float) -> None:
        """Take the projection's rows: those gone go, new ones come, the order is made, then one change for all."""
        self._now_elapsed_s = now_elapsed_s
        rows = self._waitroom.rows
        self._remove([place for place, row in enumerate(self._rows) if rows.get(row.subject_id) is not row])
        here = {row.subject_id for row in self._rows}
        new = [row for subject_id, row in rows.items() if subject_id not in here]
        if new:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(new) - 1)
            self._rows.extend(new)
            self.endInsertRows()
        self._rearrange(self._sorted(self._rows))
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, WHY))

    def subject_at(self, row: int) -> str:
        """Who is in a row."""
        return self._rows[row].subject_id

    def _remove(self, places: list[int]) -> None:
        """Take rows out, in runs of neighbours, from the end."""
        while places:
            last = first = places.pop()
            while places and places[-1] == first - 1:
                first = places.pop()
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._rows[first : last + 1]
            self.endRemoveRows()

    def _rearrange(self, order: list[WaitroomRow]) -> None:
        """Put rows in this order; selection and current row stay with their people."""
        if all(a is b for a, b in zip(order, self._rows, strict=True)):
            return
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        place = {id(row): number for number, row in enumerate(order)}
        new = [self.createIndex(place[id(self._rows[index.row()])], index.column()) for index in old]
        self._rows = order
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _sorted(self, rows: list[WaitroomRow]) -> list[WaitroomRow]:
        oldest_first = sorted(rows, key=lambda row: (row.waiting_since_s, row.subject_id))
        return sorted(oldest_first, key=self._sort_key(), reverse=self._order == Qt.SortOrder.DescendingOrder)

    def _sort_key(self) -> Callable[[WaitroomRow], Any]:
        # The longest wait is the smallest start.
        return {
            PARTICIPANT: lambda row: row.subject_id.casefold(),
            WAITING: lambda row: -row.waiting_since_s,
            RTT: lambda row: math.inf if row.server_rtt_ms is None else row.server_rtt_ms,
            STATE: lambda row: _STATE_ORDER[row.state],
            TRIES: lambda row: row.tries,
            WHY: self._waitroom.why,
        }[self._column]

    def _text(self, row: WaitroomRow, column: int) -> str:
        if column == PARTICIPANT:
            return words.plain(row.subject_id)
        return shown(self._full_text(row, column))

    def _full_text(self, row: WaitroomRow, column: int) -> str:
        if column == PARTICIPANT:
            return row.subject_id
        if column == WAITING:
            return words.clock_text(self._now_elapsed_s - row.waiting_since_s)
        if column == RTT:
            return words.ms(row.server_rtt_ms)
        if column == STATE:
            return {"waiting": self.tr("waiting"), "probing": self.tr("probing"), "away": self.tr("away")}[row.state]
        return str(row.tries) if column == TRIES else self._waitroom.why(row)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in (WAITING, RTT, TRIES) else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


class WaitroomPanel(Panel):
    """The table."""

    title = "Waitroom"
    wants_time = True

    def __init__(
        self, waitroom: WaitroomProjection, run: RunProjection, *, controls_enabled: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(waitroom, run, parent=parent)
        self._waitroom = waitroom
        self._run = run
        self._shown_version = -1
        self._shown_second = -1
        self.model = WaitroomModel(waitroom, self)
        self.table = QTableView()
        self._set_up_table()
        self._empty = EmptyNote("", self.table.viewport())
        layout = Stack(self)
        layout.setContentsMargins(1, 0, 1, 1)
        layout.addWidget(self.table)
        self.setFocusProxy(self.table)
        self._recolour()

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName(self.tr("Waitroom: participants who wait for partners"))
        table.setSortingEnabled(True)
        table.sortByColumn(WAITING, Qt.SortOrder.DescendingOrder)
        table.setFont(steady_digits(table.font()))
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = table.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(table.fontMetrics().height() + 11)
        columns = table.horizontalHeader()
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        columns.setStretchLastSection(True)
        columns.setHighlightSections(False)
        # The model puts the sign into the heading's words, where it cannot cover them.
        columns.setSortIndicatorShown(False)
        columns.setMinimumSectionSize(40)
        character = table.fontMetrics().averageCharWidth()
        for column, characters in ((PARTICIPANT, 12), (WAITING, 10), (RTT, 11), (STATE, 12), (TRIES, 6)):
            table.setColumnWidth(column, characters * character + 14)

    def refresh(self, now_elapsed_s: float) -> None:
        """Rows if something happened, times once a second."""
        version = self._waitroom.version + self._run.version
        if version == self._shown_version and int(now_elapsed_s) == self._shown_second:
            return
        self._shown_version, self._shown_second = version, int(now_elapsed_s)
        self.model.refresh(now_elapsed_s)
        self._empty.setVisible(not self._waitroom.rows)
        self._empty.setText(self._empty_text())

    def note(self) -> str:
        """How many."""
        return str(len(self._waitroom.rows)) if self._waitroom.rows else ""

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "model"):
            self._recolour()

    def _recolour(self) -> None:
        self.model.recolour(colours_of(self))

    def _empty_text(self) -> str:
        if self._run.state == "ended":
            return self.tr("Nobody was left in the waitroom when the run ended.")
        return self.tr("Nobody is waiting.\nParticipants appear here when they reach a game and need partners.")
