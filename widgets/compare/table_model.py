"""The figures of a comparison as a table: a row a figure, a column a run.

Owns the rows and the words for people who cannot see the drawings (the cell's text says all of it). Must not compute.
"""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from core.analysis.comparing.comparison import Comparison, MetricRow
from core.analysis.comparing.comparison_text import interval_text, spoken
from core.analysis.reports.figures_svg import span_of
from core.projections import words
from widgets.parts.text import plain_tooltip

Index = QModelIndex | QPersistentModelIndex
CELL_ROLE: Final = Qt.ItemDataRole.UserRole


class FiguresModel(QAbstractTableModel):
    """Column 0 names the figure, column i + 1 holds run i. `CELL_ROLE` gives `(row, place, span)` to the delegate."""

    def __init__(self) -> None:
        super().__init__()
        self.comparison: Comparison | None = None
        self._spans: list[float] = []

    def show(self, comparison: Comparison | None) -> None:
        """Show these runs."""
        self.beginResetModel()
        self.comparison = comparison
        self._spans = [] if comparison is None else [span_of(row.differences) for row in comparison.rows]
        self.endResetModel()

    def row(self, index: Index) -> MetricRow:
        """The figure of a cell."""
        assert self.comparison is not None
        return self.comparison.rows[index.row()]

    def rowCount(self, parent: Index | None = None) -> int:
        """One a figure."""
        return 0 if self.comparison is None or (parent is not None and parent.isValid()) else len(self.comparison.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """One a run, and the names."""
        return (
            0 if self.comparison is None or (parent is not None and parent.isValid()) else 1 + len(self.comparison.runs)
        )

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Letters and ids."""
        if orientation != Qt.Orientation.Horizontal or self.comparison is None:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        if section == 0:
            return self.tr("Figure") if role == Qt.ItemDataRole.DisplayRole else None
        place = section - 1
        name = words.plain(self.comparison.names[place])
        baseline = self.tr(" · baseline") if place == self.comparison.baseline else ""
        text = f"{self.comparison.letters[place]}{baseline}\n{words.plain(self.comparison.runs[place].run_id)}"
        return plain_tooltip(name) if role == Qt.ItemDataRole.ToolTipRole else text

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The delegate draws; text and tooltip say the same in words."""
        if not index.isValid() or self.comparison is None:
            return None
        row, place = self.row(index), index.column() - 1
        if role == CELL_ROLE:
            return row, place, self._spans[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.metric.title if place < 0 else self._text(row, place)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(row.metric.definition if place < 0 else self._tip(row, place))
        return None

    def _text(self, row: MetricRow, place: int) -> str:
        figure = row.figures[place]
        difference = interval_text(row.metric, row.differences[place])
        return f"{row.metric.text(figure.value)}, n = {figure.n}" + (f", {difference}" if difference else "")

    def _tip(self, row: MetricRow, place: int) -> str:
        figure, difference = row.figures[place], row.differences[place]
        lines = [f"{row.metric.title}: {row.metric.text(figure.value)}, n = {figure.n}"]
        if difference is not None:
            lines.append(spoken(row.metric, difference))
        lines.append(self.tr("Double click or Enter: the people behind it"))
        return "\n".join(lines)
