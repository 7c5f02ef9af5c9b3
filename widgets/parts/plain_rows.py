"""What every table of ours is: whole rows of one height, nothing to edit, and Tab leads out of it.

Owns that set-up. Must not know columns, models or how many rows may be chosen.
"""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView


def set_up_rows(table: QTableView, padding_px: int) -> None:
    """Rows as high as the font and `padding_px`: finding heights out from the cells would take seconds."""
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    rows = table.verticalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setDefaultSectionSize(table.fontMetrics().height() + padding_px)
    table.horizontalHeader().setHighlightSections(False)
