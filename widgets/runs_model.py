"""The rows of the list of runs: which, in which order, and what stands in each cell.

Owns order and filter. Must not read runs: it is handed their lines, by path, as often as they change.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget

from core.analysis.runs.run_line import RunLine
from widgets.palette import Colours
from widgets.parts.marks import mark_icon
from widgets.parts.text import plain_tooltip, shown
from widgets.runs_columns import RUN, STARTED, STATE, STATE_MARKS, columns, found_in

Index = QModelIndex | QPersistentModelIndex
_DISPLAY, _TOOLTIP = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole


class Filter(NamedTuple):
    """All of these hold; what is empty holds of every run. `text` is words that stand anywhere in it."""

    text: str = ""
    state: str = ""
    people: str = ""
    tag: str = ""


class RunsModel(QAbstractTableModel):
    """One row a run that the filter lets through."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns = columns()
        self._all: dict[str, RunLine] = {}
        self._rows: list[RunLine] = []
        # Made when first needed, of runs as they are: what filters look in, what stands in cells, what is sorted by.
        self._texts: dict[str, str] = {}
        self._cells: dict[str, tuple[str, ...]] = {}
        self._keys: dict[str, Any] = {}
        self._alignments = [_alignment(column.right) for column in self.columns]
        self._filter = Filter()
        self._column, self._order = STARTED, Qt.SortOrder.DescendingOrder
        self._icons: dict[str, QIcon] = {}

    # --- Qt's questions -----------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many are shown."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Always the same."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        """Column names and what they mean."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == _TOOLTIP:
            return plain_tooltip(self.columns[section].tooltip)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(section)
        if role != _DISPLAY:
            return None
        sign = "" if section != self._column else " ↑" if self._order == Qt.SortOrder.AscendingOrder else " ↓"
        return self.columns[section].heading + sign

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        """One cell; its tooltip is all of it, and of a run's state what is wrong."""
        if not index.isValid():
            return None
        run, column = self._rows[index.row()], index.column()
        if role == _DISPLAY:
            return self.text(run, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(column)
        if role == Qt.ItemDataRole.DecorationRole:
            return self.icon(run) if column == STATE else None
        if role == _TOOLTIP:
            return plain_tooltip(self._long_text(run, column))
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by this column from here on; what has no value there comes last."""
        self._column, self._order = column, order
        self._keys = {}
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
        self._settle()

    # --- what is shown ------------------------------------------------------------------------------------------------

    def recolour(self, colours: Colours) -> None:
        """Draw the marks for this theme."""
        self._icons = {state: mark_icon(shape, colours.of(name)) for state, (shape, name) in STATE_MARKS.items()}

    def put(self, lines: Iterable[RunLine]) -> None:
        """Runs that are new, or not as they were."""
        changed = {line.path: line for line in lines if self._all.get(line.path) != line}
        self._all |= changed
        for made in (self._texts, self._cells, self._keys):
            for path in changed:
                made.pop(path, None)
        for place, run in enumerate(self._rows):
            line = changed.get(run.path)
            if line is not None:
                self._rows[place] = line
                self.dataChanged.emit(self.index(place, 0), self.index(place, len(self.columns) - 1))
        self._settle()

    def keep_only(self, paths: Collection[str]) -> None:
        """The others are there no more."""
        self._all = {path: run for path, run in self._all.items() if path in paths}
        self._texts, self._cells, self._keys = {}, {}, {}
        self._settle()

    def set_filter(self, wanted: Filter) -> None:
        """Show only these."""
        self._filter = wanted._replace(text=wanted.text.casefold().strip())
        self._settle()

    def run_at(self, row: int) -> RunLine:
        """The run in a row."""
        return self._rows[row]

    def row_of(self, path: str) -> int | None:
        """In which row a run is; None: not shown."""
        return next((place for place, run in enumerate(self._rows) if run.path == path), None)

    def runs(self) -> Collection[RunLine]:
        """All there are, shown or not."""
        return self._all.values()

    def shown_runs(self) -> list[RunLine]:
        """Those that the filter lets through."""
        return self._rows

    def text(self, run: RunLine, column: int) -> str:
        """What stands in a cell, on one line."""
        cells = self._cells.get(run.path)
        if cells is None:
            cells = self._cells[run.path] = tuple(shown(what.text(run)) for what in self.columns)
        return cells[column]

    def icon(self, run: RunLine) -> QIcon | None:
        """The mark of its state."""
        return self._icons.get(run.state)

    def alignment(self, column: int) -> Qt.AlignmentFlag:
        """Figures stand to the right."""
        return self._alignments[column]

    def _long_text(self, run: RunLine, column: int) -> str:
        if column == RUN:
            return run.path
        if column == STATE:
            return "\n".join([run.ended, *run.problems])
        return self.columns[column].text(run)

    # --- members and order --------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Those who are not wanted go, new ones come, the order is made."""
        wanted = self._wanted()
        if len(wanted) == len(self._rows) and all(map(operator.is_, wanted, self._rows)):
            return
        kept, here = set(map(id, wanted)), set(map(id, self._rows))
        self._remove([run for run in self._rows if id(run) not in kept], kept)
        new = [run for run in wanted if id(run) not in here]
        if new:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(new) - 1)
            self._rows.extend(new)
            self.endInsertRows()
        self._rearrange(wanted)

    def _wanted(self) -> list[RunLine]:
        runs = list(self._all.values())
        if any(self._filter):
            runs = [run for run in runs if self._passes(run)]
        key, keys = self.columns[self._column].key, self._keys
        if len(keys) < len(self._all):
            keys |= {path: key(run) for path, run in self._all.items() if path not in keys}
        known = [run for run in runs if keys[run.path] is not None]
        last = [run for run in runs if keys[run.path] is None] if len(known) < len(runs) else []
        known.sort(key=lambda run: keys[run.path], reverse=self._order == Qt.SortOrder.DescendingOrder)
        return known + last

    def _passes(self, run: RunLine) -> bool:
        text, state, people, tag = self._filter
        if (state and run.state != state) or (people and run.people != people) or (tag and tag not in run.tags):
            return False
        if not text:
            return True
        found = self._texts.get(run.path)
        if found is None:
            found = self._texts[run.path] = found_in(run)
        return all(word in found for word in text.split())

    def _remove(self, gone: list[RunLine], kept: set[int]) -> None:
        """Take rows out, all at once: they are moved to the end first."""
        if gone:
            staying = [run for run in self._rows if id(run) in kept]
            self._rearrange(staying + gone)
            self.beginRemoveRows(QModelIndex(), len(staying), len(self._rows) - 1)
            self._rows = staying
            self.endRemoveRows()

    def _rearrange(self, order: list[RunLine]) -> None:
        """Put rows in this order; selection and current row stay with their runs."""
        if all(map(operator.is_, order, self._rows)):
            return
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        place = {id(run): number for number, run in enumerate(order)} if old else {}
        new = [self.createIndex(place[id(self._rows[index.row()])], index.column()) for index in old]
        self._rows = order
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()


def _alignment(right: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
