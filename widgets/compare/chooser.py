"""Which runs are compared, which of them is the baseline, and how far reading them is.

Owns the list. Must not read a run: it only knows their folders.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.analysis.comparing.comparison import LEAST, MOST, letter_of
from core.projections import words
from widgets.parts.icons import name_icon
from widgets.parts.run_lines import ask_for_run, line_icon
from widgets.parts.text import PlainLabel, plain_tooltip

ICON: Final = QSize(30, 14)


class Chooser(QWidget):
    """Signals: `compare_wanted(paths)` whenever there are two runs or more, `baseline_wanted(place)`,
    `cancel_wanted()`, `too_many(number)`.
    """

    compare_wanted = Signal(object)
    baseline_wanted = Signal(int)
    cancel_wanted = Signal()
    too_many = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.paths: list[str] = []
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Runs to compare"))
        self.list.setIconSize(ICON)
        self.list.setWordWrap(True)
        self.list.currentRowChanged.connect(lambda _row: self._enable())
        self.add = QPushButton(self.tr("Add run…"))
        self.add.setToolTip(self.tr("Choose the folder of another run, up to {}").format(MOST))
        self.add.clicked.connect(self._ask_for_run)
        name_icon(self.add, "mdi6.folder-plus-outline")
        self.remove = QPushButton(self.tr("Take out"))
        self.remove.setToolTip(self.tr("Leave the chosen run out of the comparison; its files stay as they are"))
        self.remove.clicked.connect(self._remove)
        self.baseline = QComboBox()
        self.baseline.setAccessibleName(self.tr("Baseline"))
        self.baseline.setToolTip(self.tr("The run to which differences are taken"))
        self.baseline.activated.connect(self.baseline_wanted)
        self.progress = QProgressBar()
        self.progress.setAccessibleName(self.tr("Runs read"))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("Stop reading"))
        self.cancel.clicked.connect(self.cancel_wanted)
        self._lay_out()
        self.show_done()
        self._enable()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.add, 1)
        buttons.addWidget(self.remove, 1)
        reading = QHBoxLayout()
        reading.addWidget(self.progress, 1)
        reading.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(PlainLabel(self.tr("Runs to compare"), name="cardTitle"))
        layout.addWidget(self.list, 1)
        layout.addLayout(buttons)
        layout.addWidget(PlainLabel(self.tr("Baseline"), name="cardTitle"))
        layout.addWidget(self.baseline)
        layout.addLayout(reading)

    def add_row(self, row: QHBoxLayout) -> None:
        """More beneath the baseline."""
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertLayout(layout.count() - 1, row)

    # --- which runs ---------------------------------------------------------------------------------------------------

    def choose(self, paths: Sequence[str]) -> None:
        """These runs, each once."""
        kept = list(dict.fromkeys(str(Path(path)) for path in paths))
        if len(kept) > MOST:
            self.too_many.emit(len(kept))
            return
        self.paths = kept
        self._fill()
        if len(kept) >= LEAST:
            self.compare_wanted.emit(list(kept))

    def name_runs(self, names: Sequence[str], paths: Sequence[str]) -> None:
        """What the runs are called, once they were read."""
        if self.paths != list(paths):
            self.paths = list(paths)
            self._fill()
        for place, name in enumerate(names):
            text = f"{letter_of(place)}  {words.plain(name)}"
            self.list.item(place).setText(text)
            self.baseline.setItemText(place, text)

    def _fill(self) -> None:
        self.list.clear()
        self.baseline.clear()
        for place, path in enumerate(self.paths):
            item = QListWidgetItem(line_icon(self, place, ICON), f"{letter_of(place)}  {words.plain(Path(path).name)}")
            item.setToolTip(plain_tooltip(path))
            self.list.addItem(item)
            self.baseline.addItem(f"{letter_of(place)}  {words.plain(Path(path).name)}")
        self._enable()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "list"):
            for place in range(self.list.count()):
                self.list.item(place).setIcon(line_icon(self, place, ICON))

    def _ask_for_run(self) -> None:
        ask_for_run(self, self.tr("Add a run"), lambda path: self.choose([*self.paths, path]))

    def _remove(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            self.choose([path for place, path in enumerate(self.paths) if place != row])

    def _enable(self) -> None:
        self.add.setEnabled(len(self.paths) < MOST)
        self.remove.setEnabled(self.list.currentRow() >= 0)
        self.baseline.setEnabled(len(self.paths) >= LEAST)

    # --- how far it is ------------------------------------------------------------------------------------------------

    def show_progress(self, done: int, total: int) -> None:
        """So many of the runs are read."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress.setFormat(self.tr("{} of {} read").format(done, total))
        self.progress.show()
        self.cancel.show()

    def show_done(self) -> None:
        """Nothing is under way."""
        self.progress.hide()
        self.cancel.hide()
