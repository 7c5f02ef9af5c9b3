"""The table of the list of runs, and how its cells are drawn: text, and the mark of a run's state.

Owns that drawing, which the table's style would do for ten times the cost. Must not decide what stands in the cells.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QRect, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from widgets.palette import Colours
from widgets.parts.plain_rows import set_up_rows
from widgets.parts.text import steady_digits
from widgets.runs_columns import RUN, STARTED, STATE, TAGS
from widgets.runs_model import Index, RunsModel

_MARGIN: Final = 8
_ICON: Final = 12
_SELECTED: Final = QStyle.StateFlag.State_Selected
_FOCUSED: Final = QStyle.StateFlag.State_HasFocus


class RunsDelegate(QStyledItemDelegate):
    """Text is cut where the room ends, names in their midst: runs of one second differ in their end only. What is not
    known stands back.
    """

    def __init__(self, model: RunsModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._height = self._letter = 0

    def recolour(self, colours: Colours) -> None:
        """Draw in this theme."""
        self._text, self._muted, self._accent = colours.of("text"), colours.of("muted"), colours.of("accent")
        self._selection = colours.of("selection")

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell."""
        model, state = self._model, option.state
        run, column, area = model.run_at(index.row()), index.column(), option.rect
        if option.fontMetrics.height() != self._height:
            self._height = option.fontMetrics.height()
            self._letter = option.fontMetrics.horizontalAdvance("M") + 1
        if state & _SELECTED:
            painter.fillRect(area, self._selection)
        inner = area.adjusted(_MARGIN, 0, -_MARGIN, 0)
        icon = model.icon(run) if column == STATE else None
        if icon is not None:
            icon.paint(painter, QRect(inner.left(), inner.center().y() - _ICON // 2 + 1, _ICON, _ICON))
            inner.setLeft(inner.left() + _ICON + 6)
        line = model.text(run, column)
        painter.setPen(self._muted if line == "–" else self._text)
        if len(line) * self._letter > inner.width():
            where = Qt.TextElideMode.ElideMiddle if column == RUN else Qt.TextElideMode.ElideRight
            line = painter.fontMetrics().elidedText(line, where, inner.width())
        painter.drawText(inner, model.alignment(column), line)
        if state & _FOCUSED:
            painter.setPen(self._accent)
            painter.drawRect(area.adjusted(0, 0, -1, -1))


class RunsTable(QTableView):
    """Columns keep their widths, rows are of one height: finding them out from the cells would take seconds."""

    def __init__(self, model: RunsModel) -> None:
        super().__init__()
        self.setModel(model)
        self._delegate = RunsDelegate(model, self)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(self.tr("Runs"))
        self.setSortingEnabled(True)
        self.sortByColumn(STARTED, Qt.SortOrder.DescendingOrder)
        self.setFont(steady_digits(self.font()))
        set_up_rows(self, 11)
        self.setAlternatingRowColors(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setSortIndicatorShown(False)  # the model puts the sign into the heading's words
        head.setMinimumSectionSize(40)
        for column, what in enumerate(model.columns):
            self.setColumnWidth(column, self._room_for(what.widest))
        self.setCornerWidget(QWidget())  # Qt's own is drawn as a frame
        self._least = self._room_for(model.columns[TAGS].widest)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What room is left over is for tags and notes."""
        super().resizeEvent(event)
        head = self.horizontalHeader()
        others = head.length() - head.sectionSize(TAGS)
        head.resizeSection(TAGS, max(self._least, self.viewport().width() - others))

    def _room_for(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text) + 2 * _MARGIN + 2

    def recolour(self, colours: Colours) -> None:
        """Draw in this theme."""
        self._delegate.recolour(colours)
