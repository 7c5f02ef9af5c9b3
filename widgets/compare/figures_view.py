"""The table of figures and the table of settings.

Owns the two views' set-up. Signal of each for who is asked for; must not look people up.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QBrush, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHeaderView,
    QTableView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.analysis.comparing.comparison import Comparison
from widgets.compare.table_cells import HEIGHT, WIDTH, FigureCell
from widgets.compare.table_model import FiguresModel
from widgets.palette import colours_of
from widgets.parts.notes import EmptyNote
from widgets.parts.text import plain_tooltip, shown

NAME_WIDTH: Final = 390
NARROW: Final = 200  # beside more runs than fit: the definitions are in the tooltips
WIDEST: Final = 520  # a drawing that is longer is not read more easily
SETTING_WIDTH: Final = 260


class FiguresView(QTableView):
    """Signal: `behind_wanted(figure's name, place of the run)`."""

    behind_wanted = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figures = FiguresModel()
        self.setModel(self.figures)
        self.setItemDelegate(FigureCell(self))
        self.setAccessibleName(self.tr("Figures of each run, with differences to the baseline"))
        self.setShowGrid(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(HEIGHT)
        self.horizontalHeader().setSectionsClickable(False)
        self.horizontalHeader().setMinimumHeight(42)
        self.activated.connect(self._ask)

    def show_comparison(self, comparison: Comparison) -> None:
        """These runs."""
        self.figures.show(comparison)
        self._share_the_width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The room goes to the drawings first, then to the definitions."""
        super().resizeEvent(event)
        self._share_the_width()

    def _share_the_width(self) -> None:
        comparison = self.figures.comparison
        if comparison is None:
            return
        room, others = self.viewport().width() - WIDTH, len(comparison.runs) - 1  # the baseline has no drawings
        name = NAME_WIDTH if NAME_WIDTH + others * WIDTH <= room else NARROW
        width = min(WIDEST, max(WIDTH, (room - name) // max(others, 1)))
        self.setColumnWidth(0, max(name, room - others * width))
        for place in range(len(comparison.runs)):
            self.setColumnWidth(place + 1, WIDTH if place == comparison.baseline else width)

    def _ask(self, index: QModelIndex | QPersistentModelIndex) -> None:
        if index.column() > 0:
            self.behind_wanted.emit(self.figures.row(index).metric.name, index.column() - 1)


class SettingsView(QWidget):
    """What differs in the runs' set-up; all of it on request."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison: Comparison | None = None
        self.every = QCheckBox(self.tr("Show settings that agree, too"))
        self.every.setToolTip(self.tr("All of the experiment's settings, not only those in which the runs differ"))
        self.every.toggled.connect(self._fill)
        self.table = QTableWidget()
        self.table.setAccessibleName(self.tr("Settings of each run"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setAlternatingRowColors(True)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 8)
        layout.addWidget(self.every)
        layout.addWidget(self.table, 1)
        self._none = EmptyNote(self.tr("The runs agree in every setting."), self.table)
        self._none.hide()

    def show_comparison(self, comparison: Comparison) -> None:
        """These runs."""
        self._comparison = comparison
        self._fill()

    def _fill(self) -> None:
        if self._comparison is None:
            return
        rows = self._comparison.config if self.every.isChecked() else self._comparison.differing
        self.table.clear()
        self.table.setRowCount(len(rows))
        self.table.setColumnCount(1 + len(self._comparison.runs))
        self.table.setHorizontalHeaderLabels([self.tr("Setting"), *self._comparison.letters])
        muted = QBrush(colours_of(self).of("muted"))
        for line, row in enumerate(rows):
            for column, text in enumerate((row.name, *row.values)):
                item = QTableWidgetItem(shown(text))
                item.setToolTip(plain_tooltip(text))
                if not row.differs:
                    item.setForeground(muted)
                self.table.setItem(line, column, item)
        self.table.setColumnWidth(0, SETTING_WIDTH)
        for column in range(1, self.table.columnCount()):
            self.table.setColumnWidth(column, max(140, min(420, self.table.sizeHintForColumn(column) + 16)))
        self._none.setVisible(not rows)
