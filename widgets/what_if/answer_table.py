"""Every limit's figures as a table, what happened first.

Owns rows and columns. Must not work anything out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from core.analysis.what_if import answer as wi
from core.analysis.what_if.text import cells_of, cells_that_happened
from core.projections import words
from widgets.parts.run_lines import line_icon
from widgets.parts.text import plain_tooltip

Index = QModelIndex | QPersistentModelIndex
ICON: Final = QSize(22, 14)
SHARES: Final = (213, 94, 118, 112, 130, 94, 124, 86)  # of the width, by column


class Row(NamedTuple):
    """`limit` is ms, None, or "happened"."""

    place: int
    path: str
    limit: object
    cells: list[str]
    tip: str


class AnswerModel(QAbstractTableModel):
    """One row a limit and run. New points come at the end of their run."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self.rows: list[Row] = []
        self._owner = owner
        self._titles = [
            (self.tr("Run and limit"), self.tr("The limit; first, what happened in the run, as recorded")),
            (self.tr("Matches"), self.tr("Groups that were formed; in brackets where nine of ten draws lie")),
            (self.tr("Matched"), self.tr("People who were in a match")),
            (self.tr("Matched in, s"), self.tr("Median of the waits that ended in a match")),
            (self.tr("Matched p95, s"), self.tr("95 of 100 waits that ended in a match were shorter")),
            (self.tr("Left over"), self.tr("People who waited and were in no match")),
            (self.tr("Pairs estimated"), self.tr("Pairs that were judged, and how many of them were never measured")),
            (
                self.tr("Misjudged"),
                self.tr("Share of the measured pairs that, held back, the model puts on the wrong side of this limit"),
            ),
        ]

    def show(self, answers: Sequence[wi.WhatIf], places: Mapping[str, int]) -> None:
        """These runs; `places` by path, from 0."""
        self.beginResetModel()
        self.rows = [row for answer in answers for row in _rows(places[answer.path], len(places) > 1, answer)]
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """All runs' limits."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """Limit and figures."""
        return 0 if parent is not None and parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What stands in a column."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section][0]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self._titles[section][1])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text; what happened is bold."""
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(row.tip)
        if role == Qt.ItemDataRole.FontRole and row.limit == "happened":
            font = QFont(self._owner.font())
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return line_icon(self._owner, row.place, ICON)
        return None


def _rows(place: int, lettered: bool, answer: wi.WhatIf) -> list[Row]:
    name, letter = words.plain(answer.run), f"{wi.letter_of(place)}  " if lettered else ""

    def row(limit: object, cells: list[str], tip: str) -> Row:
        return Row(place, answer.path, limit, [letter + cells[0], *cells[1:]], f"{name}: {tip}")

    happened = row("happened", cells_that_happened(answer), "as recorded")
    return [
        happened,
        *(row(p.limit_ms, cells_of(p), f"re-enacted, {wi.estimates_text(p)}") for p in answer.points),
    ]


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


class AnswerTable(QTableView):
    """Signal: `chosen(path, limit)` when another row becomes the current one."""

    chosen = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answers = AnswerModel(self)
        self.setModel(self.answers)
        self.setAccessibleName(self.tr("Figures for each limit"))
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setIconSize(ICON)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(27)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionsClickable(False)
        self.selectionModel().currentRowChanged.connect(self._tell)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns share the width by what they hold."""
        super().resizeEvent(event)
        for column, share in enumerate(SHARES):
            self.setColumnWidth(column, self.viewport().width() * share // sum(SHARES))

    def show_answers(self, answers: Sequence[wi.WhatIf], places: Mapping[str, int]) -> None:
        """These runs, at their places; the chosen row stays chosen."""
        kept = self._chosen()
        self.answers.show(answers, places)
        if kept is not None:
            self.choose(*kept)

    def choose(self, path: str, limit: object) -> None:
        """Have this row chosen, if it is there."""
        for number, row in enumerate(self.answers.rows):
            if row.path == path and row.limit == limit:
                self.setCurrentIndex(self.answers.index(number, 0))

    def chosen_path(self) -> str | None:
        """The run of the chosen row."""
        chosen = self._chosen()
        return None if chosen is None else chosen[0]

    def _chosen(self) -> tuple[str, object] | None:
        number = self.currentIndex().row()
        return (self.answers.rows[number].path, self.answers.rows[number].limit) if number >= 0 else None

    def _tell(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.chosen.emit(*chosen)
