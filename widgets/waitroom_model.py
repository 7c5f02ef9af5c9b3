"""The rows of the waitroom's table: which, in which order, and what stands in each cell.

Owns order, filter and cells. Must not keep a copy of the waitroom's truth, nor word why somebody is not matched:
that is asked of the answer, for the rows that are looked at.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from itertools import takewhile
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget

from core.projections import why_words, words
from core.projections.waitroom_rows import WaitroomRow
from core.projections.why_not import WhyNot
from widgets.palette import Colours
from widgets.parts.marks import mark_icon
from widgets.parts.text import plain_tooltip, shown

PARTICIPANT, WAITED, STATE, WHY, RTT, TRIES, TAB, SEEN = range(8)
COLUMNS: Final = 8
Index = QModelIndex | QPersistentModelIndex
RIGHT: Final = (WAITED, RTT, TRIES, SEEN)  # what is aligned to the right
LINES_LAST_S: Final = 1.0
LINES_KEPT: Final = 1_000
URGENT_S: Final = 30.0  # before a wait or a kept place ends, it is shown to be about to
_DISPLAY, _TOOLTIP = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole
_STATE_ORDER: Final = {"waiting": 0, "probing": 1, "excluded": 2, "hidden": 3, "silent": 4, "away": 5}
_MARKS: Final = {
    "waiting": ("ring", "waiting"), "probing": ("diamond", "probing"), "away": ("slashed", "away"),
    "excluded": ("slashed", "notice"), "hidden": ("square", "page"), "silent": ("cross", "away"),
    "urgent": ("triangle", "error"),
}  # fmt: skip


def is_urgent(row: WaitroomRow, now_elapsed_s: float) -> bool:
    """Whether this person is about to lose their place or reach the end of the wait."""
    if row.state == "away" and row.presence.keep_until_s < now_elapsed_s + URGENT_S:
        return True
    until_s = row.wait_until_s
    return until_s is not None and until_s < now_elapsed_s + URGENT_S and row.state != "probing"


class Cell(NamedTuple):
    """What is drawn in one cell: the first of `lines`, each shorter than the one before, for which there is room."""

    lines: tuple[str, ...]
    icon: QIcon | None
    urgent: bool
    samples_ms: tuple[float, ...]


class WaitroomModel(QAbstractTableModel):
    """One row a waiting participant that the filter lets through; `refresh` brings all up to date at once."""

    def __init__(self, why_not: WhyNot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._why_not = why_not
        self._all = why_not.waitroom.rows
        self._rows: list[WaitroomRow] = []
        self._newest = 0  # the number of the last row that was looked at
        self._filtered = False  # whether those rows are only those that a filter let through
        self._filter = ""
        self._brief = False
        self._now_elapsed_s = 0.0
        self._column, self._order = WAITED, Qt.SortOrder.DescendingOrder
        self._icons: dict[str, QIcon] = {}
        self._lines: dict[tuple[str, str, int], tuple[tuple[str, ...], float]] = {}
        self._lines_of: tuple[object, ...] = ()
        self._headings = (
            (self.tr("Participant"), self.tr("Who, by the id they joined with")),
            (self.tr("Waited"), self.tr("Time in the waitroom, kept through rejections and lost connections")),
            (self.tr("State · left"), self.tr("What they are doing, and how long they may still wait or stay away")),
            (
                self.tr("Why not matched"),
                self.tr("How the others stand to them; choose a person to see each of them. Sorts by what holds them "
                        "up themselves, then by how many they were tried with"),
            ),
            (self.tr("Server RTT"), self.tr("Round-trip time between page and server, with its last 30 samples")),
            (self.tr("Tries"), self.tr("How many probes they have taken part in")),
            (self.tr("Tab"), self.tr("Whether the page is in front: a tab in the background may be passed over")),
            (self.tr("Seen"), self.tr("How long ago anything last came from their page")),
        )  # fmt: skip

    # --- Qt's questions -----------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many are shown."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Always the same."""
        return 0 if parent.isValid() else COLUMNS

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        """Column names and what they mean."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < COLUMNS:
            return None
        if role == _TOOLTIP:
            return plain_tooltip(self._headings[section][1])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        if role != _DISPLAY:
            return None
        sign = "" if section != self._column else " ↑" if self._order == Qt.SortOrder.AscendingOrder else " ↓"
        heading = self.tr("Server") if section == RTT and self._brief else self._headings[section][0]
        return heading + sign

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        """One cell."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role == _DISPLAY:
            return self._text(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.DecorationRole:
            return self.cell_at(index.row(), column).icon
        if role == _TOOLTIP:
            return plain_tooltip(self._long_text(row, column))
        return None

    def cell_at(self, place: int, column: int) -> Cell:
        """All that is drawn of a cell, at once: asking role by role costs more than drawing it."""
        row = self._rows[place]
        lines = self._why(row) if column == WHY else (self._text(row, column),)
        urgent = is_urgent(row, self._now_elapsed_s)
        icon = self._icons.get("urgent" if urgent else row.state) if column == STATE else None
        return Cell(lines, icon, urgent, tuple(row.presence.rtts_ms) if column == RTT else ())

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by this column from here on; whoever waits longest comes first among equals."""
        self._column, self._order = column, order
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, COLUMNS - 1)
        wanted = self._wanted()
        self._make_members(wanted)
        self._rearrange(wanted)

    # --- what is shown ------------------------------------------------------------------------------------------------

    def recolour(self, colours: Colours) -> None:
        """Draw the marks for this theme."""
        self._icons = {state: mark_icon(shape, colours.of(name)) for state, (shape, name) in _MARKS.items()}

    def be_brief(self, brief: bool) -> None:
        """Head the server RTT with one word, where there is little room."""
        self._brief = brief
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, RTT, RTT)

    def set_filter(self, text: str) -> None:
        """Show only those in whose id, state or tab all these words stand."""
        self._filter = text.casefold().strip()
        self.refresh(self._now_elapsed_s)

    def refresh(self, now_elapsed_s: float) -> None:
        """Those gone go, new ones come, the order is made, then one change is announced for all."""
        self._now_elapsed_s = now_elapsed_s
        self._forget_lines()
        wanted = self._wanted()
        if not (len(wanted) == len(self._rows) and all(map(operator.is_, wanted, self._rows))):
            self._make_members(wanted)
            self._rearrange(wanted)
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, COLUMNS - 1))

    def start_anew(self) -> None:
        """It is another moment of the run: the rows are others, even of the same people."""
        self.beginResetModel()
        self._all, self._rows, self._newest = self._why_not.waitroom.rows, [], 0
        self._lines.clear()
        self.endResetModel()

    def urgent(self) -> int:
        """How many of all who wait are about to go."""
        now_s, rows = self._now_elapsed_s, self._all.values()
        soon_s = now_s + URGENT_S
        close = [row for row in rows if row.state == "away" or (row.wait_until_s or math.inf) < soon_s]
        return sum(is_urgent(row, now_s) for row in close)

    def subject_at(self, row: int) -> str:
        """Who is in a row."""
        return self._rows[row].subject_id

    def place_of(self, subject_id: str) -> int | None:
        """In which row somebody is; None: not shown."""
        return next((place for place, row in enumerate(self._rows) if row.subject_id == subject_id), None)

    def _wanted(self) -> list[WaitroomRow]:
        """The rows to be shown, in order. The projection has them by waiting time, which is kept among equals."""
        rows = list(self._all.values())
        if self._filter:
            rows = [row for row in rows if self._passes(row)]
        falling = self._order == Qt.SortOrder.DescendingOrder
        if self._column == WAITED:
            return rows if falling else rows[::-1]
        return sorted(rows, key=self._sort_key(), reverse=falling)

    def _passes(self, row: WaitroomRow) -> bool:
        tab = "hidden" if row.presence.hidden else "in front"
        text = f"{row.subject_id.casefold()} {row.state} {tab}"
        return all(word in text for word in self._filter.split())

    def _sort_key(self) -> Callable[[WaitroomRow], Any]:
        return {
            PARTICIPANT: lambda row: row.subject_id.casefold(),
            STATE: lambda row: (_STATE_ORDER[row.state], -(row.deadline_s or 0.0)),
            WHY: lambda row: (_STATE_ORDER[row.state], len(self._why_not.pairs.of(row.subject_id))),
            RTT: lambda row: math.inf if row.presence.server_rtt_ms is None else row.presence.server_rtt_ms,
            TRIES: lambda row: row.tries,
            TAB: lambda row: row.presence.hidden,
            SEEN: lambda row: -row.presence.seen_s,
        }[self._column]

    def _make_members(self, wanted: list[WaitroomRow]) -> None:
        """Take out who is not wanted and put in who is missing, at the end."""
        if self._filter or self._filtered:
            kept, here = set(map(id, wanted)), set(map(id, self._rows))
            gone = [place for place, row in enumerate(self._rows) if id(row) not in kept]
            new = [row for row in wanted if id(row) not in here]
        else:  # hashing each of thousands would be most of what a refresh costs
            gone = [place for place, row in enumerate(self._rows) if row.left]
            late = takewhile(lambda row: row.number > self._newest, reversed(self._all.values()))
            new = list(late)[::-1]
        self._filtered = bool(self._filter)
        self._newest = next((row.number for row in reversed(self._all.values())), self._newest)
        self._remove(gone)
        if new:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(new) - 1)
            self._rows.extend(new)
            self.endInsertRows()

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
        if all(map(operator.is_, order, self._rows)):
            return
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        place = {id(row): number for number, row in enumerate(order)} if old else {}
        new = [self.createIndex(place[id(self._rows[index.row()])], index.column()) for index in old]
        self._rows = order
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    # --- cells --------------------------------------------------------------------------------------------------------

    def _text(self, row: WaitroomRow, column: int) -> str:
        now_s, presence = self._now_elapsed_s, row.presence
        if column == PARTICIPANT:
            return words.plain(row.subject_id)
        if column == WAITED:
            return words.clock_text(now_s - row.waiting_since_s)
        if column == STATE:
            return why_words.state_text(row, now_s)
        if column == WHY:
            return self._why(row)[0]
        if column == RTT:
            return words.ms(presence.server_rtt_ms)
        if column == TAB:
            return self.tr("hidden") if presence.hidden else self.tr("in front")
        if column == SEEN:
            return words.clock_text(now_s - presence.seen_s)
        return str(row.tries)

    def _why(self, row: WaitroomRow) -> tuple[str, ...]:
        """Worked out when it is looked at, again when something happened to the person, else when it is old."""
        now_s, key = self._now_elapsed_s, (row.subject_id, row.state, row.tries)
        lines, until_s = self._lines.get(key, (("",), -math.inf))
        if not until_s - LINES_LAST_S <= now_s < until_s:
            lines = ("",)
            if self._all.get(row.subject_id) is row:
                answer = self._why_not.answer(row.subject_id, now_s)
                lines = (shown(why_words.line(answer)), *why_words.in_brief(answer))
            # Not all at once: lines grow old at different times.
            self._lines[key] = lines, now_s + LINES_LAST_S * (0.5 + row.number % 8 / 16)
        return lines

    def _forget_lines(self) -> None:
        """What holds for everybody at once (limit, pause, doors) changes every line without delay."""
        run = self._why_not.run
        rules = (run.max_p2p_rtt_ms, run.matching_paused, run.intake_open)
        if rules != self._lines_of or len(self._lines) > LINES_KEPT:
            self._lines.clear()
            self._lines_of = rules

    def _long_text(self, row: WaitroomRow, column: int) -> str:
        if column == PARTICIPANT:
            return row.subject_id
        if column == RTT:
            samples = ", ".join(f"{sample:.0f}" for sample in row.presence.rtts_ms[-10:])
            return f"{words.ms(row.presence.server_rtt_ms)}\n{samples}" if samples else self.tr("not measured yet")
        if column not in (WHY, STATE) or self._all.get(row.subject_id) is not row:
            return self._text(row, column)
        answer = self._why_not.answer(row.subject_id, self._now_elapsed_s)
        return "\n".join([why_words.sentences(answer), *why_words.steps(answer)])


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in RIGHT else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
