"""The dialog that writes runs as tables: which tables, in which format, redacted or not, where; and how far it is.

Owns its words and fields. Must not write anything: it says what is wanted, and shows what it is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.analysis.exporting.export import TABLES
from widgets.parts.text import PlainLabel, plain_tooltip, shown

STEPS: Final = 1000  # of the progress bar


@dataclass(frozen=True)
class ExportChoice:
    """What the operator chose; `tables` in the order in which they are always written."""

    folder: Path
    format: str
    tables: tuple[str, ...]
    redacted: bool


class ExportDialog(QDialog):
    """Stays open while it is written. Signals: `wanted(ExportChoice)`, `stop_wanted()`.

    `what` names the run, or says how many; `folder` is the new folder to begin with.
    """

    wanted = Signal(object)
    stop_wanted = Signal()

    def __init__(self, what: str, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Export as tables"))
        self.setMinimumWidth(600)
        self._busy = False
        self._make_format()
        self._make_tables()
        self.redacted = QCheckBox(self.tr("&Redacted, to be given away"))
        self.redacted.setToolTip(plain_tooltip(self.tr("Nobody can be recognised by what is written in the tables")))
        self._make_folder(folder)
        self._make_foot()
        self._lay_out(what)
        self._fit()

    # --- what is told -------------------------------------------------------------------------------------------------

    def show_progress(self, share: float, run: str) -> None:
        """How far it is, from 0 to 1, and at which run."""
        if not self._busy:
            return
        self.progress.setValue(round(share * STEPS))
        self.says.setText(self.tr("Writing {}…").format(shown(run)))

    def show_done(self, sentence: str) -> None:
        """It is written."""
        self._rest(sentence, "muted")
        self.export.hide()
        self.close_button.setText(self.tr("&Close"))
        self.close_button.setDefault(True)
        self.close_button.setFocus()

    def show_problem(self, sentence: str) -> None:
        """Why nothing was written; it can be tried again."""
        self._rest(sentence, "problem")

    # --- set-up -------------------------------------------------------------------------------------------------------

    def _make_format(self) -> None:
        self.format = QComboBox()
        self.format.addItem(self.tr("CSV, for spreadsheets, R and pandas"), "csv")
        self.format.addItem(self.tr("Parquet, for DuckDB, Spark and pandas"), "parquet")
        self.format.setAccessibleName(self.tr("Format"))
        self.format.setToolTip(
            plain_tooltip(
                self.tr(
                    "CSV: one file a table; no text in it can become a formula. "
                    "Parquet: exact and small; many runs are one data set."
                )
            )
        )
        self.format.view().setAccessibleName(self.tr("Formats"))

    def _make_tables(self) -> None:
        tips = {
            "runs": self.tr("One row a run: how it was set up, and its figures"),
            "participants": self.tr("One row for everybody who joined"),
            "waits": self.tr("One row a stay in a waitroom"),
            "probes": self.tr("One row a measurement between two peers, each retry as one"),
            "samples": self.tr("One row an answer to a ping: large"),
            "matches": self.tr("One row a match and its game"),
            "events": self.tr("Every line of the log, with what pages and games recorded: large"),
        }
        words = {
            "runs": self.tr("Runs"), "participants": self.tr("Participants"), "waits": self.tr("Waits"),
            "probes": self.tr("Probes"), "samples": self.tr("Ping samples"), "matches": self.tr("Matches"),
            "events": self.tr("Events and data"),
        }  # fmt: skip
        self.tables: dict[str, QCheckBox] = {}
        for name in TABLES:
            box = self.tables[name] = QCheckBox(words[name])
            box.setToolTip(plain_tooltip(tips[name]))
            box.setChecked(True)
            box.toggled.connect(self._fit)

    def _make_folder(self, folder: Path) -> None:
        self.folder = QLineEdit(str(folder))
        self.folder.setAccessibleName(self.tr("New folder"))
        self.folder.setToolTip(plain_tooltip(self.tr("A folder that is not there yet, or is empty")))
        self.folder.textChanged.connect(self._fit)
        self.browse = QPushButton(self.tr("&Browse…"))
        self.browse.setToolTip(plain_tooltip(self.tr("Choose where the new folder is made")))
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._browse)

    def _make_foot(self) -> None:
        self.progress = QProgressBar()
        self.progress.setRange(0, STEPS)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.progress.setAccessibleName(self.tr("How much is written"))
        keeps_room = QSizePolicy(self.progress.sizePolicy())
        keeps_room.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(keeps_room)
        self.says = PlainLabel(name="muted", wrap=True)
        self.says.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.says.setMinimumHeight(2 * self.says.fontMetrics().lineSpacing() + 4)  # a path may need two lines
        self.buttons = QDialogButtonBox()
        self.export = self.buttons.addButton(self.tr("&Export"), QDialogButtonBox.ButtonRole.ActionRole)
        self.export.setProperty("primary", True)
        self.export.setToolTip(plain_tooltip(self.tr("Write the tables into the new folder")))
        self.export.clicked.connect(self._want)
        self.close_button = self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.close_button.setToolTip(plain_tooltip(self.tr("Nothing half written is left")))
        self.buttons.rejected.connect(self.reject)

    def _lay_out(self, what: str) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(14)
        grid.setColumnStretch(1, 1)
        formats = QHBoxLayout()
        formats.addWidget(self.format)
        formats.addStretch(1)
        tables = QGridLayout()
        tables.setSpacing(6)
        for place, box in enumerate(self.tables.values()):
            tables.addWidget(box, place // 3, place % 3)
        people = QVBoxLayout()
        people.setSpacing(4)
        people.addWidget(self.redacted)
        text = self.tr(
            "Numbered names for people, and nothing that anybody wrote: no ids, notes, messages, recorded data, "
            "completion codes, texts of the experiment or dates."
        )
        people.addWidget(PlainLabel(text, name="muted", wrap=True))
        folder = QHBoxLayout()
        folder.setSpacing(8)
        folder.addWidget(self.folder, 1)
        folder.addWidget(self.browse)
        rows: tuple[tuple[str, QLayout, QWidget | None], ...] = (
            (self.tr("For&mat"), formats, self.format),
            (self.tr("Tables"), tables, None),
            (self.tr("People"), people, None),
            (self.tr("New &folder"), folder, self.folder),
        )
        for row, (caption, inside, field) in enumerate(rows):
            label = PlainLabel(caption)
            if field is not None:
                label.setBuddy(field)
            else:
                label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(label, row, 0)
            grid.addLayout(inside, row, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(16)
        layout.addWidget(PlainLabel(self.tr("Write {} as tables.").format(shown(what)), name="cardTitle", wrap=True))
        layout.addLayout(grid)
        layout.addWidget(self.progress)
        layout.addWidget(self.says)
        layout.addWidget(self.buttons)
        self.export.setDefault(True)
        self.progress.hide()

    # --- what is done -------------------------------------------------------------------------------------------------

    def reject(self) -> None:
        """While it is written, the button and Escape stop that; the dialog stays."""
        if self._busy:
            self.stop_wanted.emit()
        else:
            super().reject()

    def _browse(self) -> None:
        current = Path(self.folder.text())
        dialog = QFileDialog(self, self.tr("Where the new folder is made"), str(current.parent))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda parent: self.folder.setText(str(Path(parent) / current.name)))
        dialog.open()

    def _want(self) -> None:
        self._busy = True
        self.progress.setValue(0)
        self.progress.show()
        self._say(self.tr("Reading…"), "muted")
        self.close_button.setText(self.tr("&Stop"))
        self._fit()
        self.wanted.emit(
            ExportChoice(
                Path(self.folder.text().strip()).expanduser(),
                self.format.currentData(),
                self._chosen(),
                self.redacted.isChecked(),
            )
        )

    def _rest(self, sentence: str, style: str) -> None:
        self._busy = False
        self.progress.hide()
        self._say(sentence, style)
        self.close_button.setText(self.tr("Cancel"))
        self._fit()

    def _say(self, sentence: str, style: str) -> None:
        self.says.setText(sentence)
        self.says.setObjectName(style)
        self.says.style().unpolish(self.says)
        self.says.style().polish(self.says)

    def _chosen(self) -> tuple[str, ...]:
        return tuple(name for name, box in self.tables.items() if box.isChecked())

    def _fit(self) -> None:
        """Offer what can be done."""
        for widget in (*self.tables.values(), self.format, self.redacted, self.folder, self.browse):
            widget.setEnabled(not self._busy)
        self.export.setEnabled(not self._busy and bool(self._chosen()) and bool(self.folder.text().strip()))
