"""What the window shows when there is no run: what to do next, and the latest runs.

Owns the page's words and list. Must not read experiment files or run directories: it shows what it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.projections import words
from widgets.parts.icons import name_icon
from widgets.parts.notes import EmptyNote
from widgets.parts.text import PlainLabel, plain_tooltip, shown


@dataclass(frozen=True)
class PreviousRun:
    """One line of the list. `started_at` is Unix seconds; `problem` is set for a directory that cannot be read."""

    path: str
    run_id: str
    experiment: str = ""
    started_at: float | None = None
    status: str = ""
    problem: str = ""


class RunList(QTableWidget):
    """Signal: `open_wanted(path)` on double click or Enter."""

    open_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 4, parent)
        self._paths: list[str] = []
        headings = (self.tr("Run"), self.tr("Experiment"), self.tr("Started"), self.tr("How it ended"))
        self.setHorizontalHeaderLabels(headings)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(self.tr("Latest runs"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 13)
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        columns.setStretchLastSection(True)
        character = self.fontMetrics().averageCharWidth()
        for column, characters in enumerate((25, 20, 20)):
            self.setColumnWidth(column, characters * character + 16)
        self.itemDoubleClicked.connect(lambda item: self._open(item.row()))

    def show_runs(self, runs: Sequence[PreviousRun]) -> None:
        """Newest first, as given."""
        self._paths = [run.path for run in runs]
        self.setRowCount(len(runs))
        for row, run in enumerate(runs):
            started = words.local_minute(run.started_at)
            for column, text in enumerate((run.run_id, run.experiment, started, run.problem or run.status)):
                item = QTableWidgetItem(shown(text))
                item.setToolTip(plain_tooltip(text))
                self.setItem(row, column, item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the chosen run."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self._open(self.currentRow())
        else:
            super().keyPressEvent(event)

    def _open(self, row: int) -> None:
        self.open_wanted.emit(self._paths[row])


class StartPage(QWidget):
    """Signals: `start_wanted(experiment path or name)`, `experiment_chosen(path)`, `open_run_wanted(path)`,
    `all_runs_wanted()`, `edit_wanted()`.
    """

    start_wanted = Signal(str)
    experiment_chosen = Signal(str)
    open_run_wanted = Signal(str)
    all_runs_wanted = Signal()
    edit_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._experiment = ""
        self._usable = False
        self._busy = False
        self._over = PlainLabel(self.tr("Experiment"), name="muted")
        self._title = PlainLabel(name="startTitle", wrap=True)
        self._lead = PlainLabel(name="startLead", wrap=True)
        self._about = PlainLabel(name="muted", wrap=True)
        self._problem = PlainLabel(name="problem", wrap=True)
        self._problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.start_button = QPushButton(self.tr("&Start"))
        self.start_button.setProperty("primary", True)
        self.start_button.setProperty("big", True)
        self.start_button.setToolTip(self.tr("Make a new run directory and open the doors"))
        self.start_button.clicked.connect(lambda: self.start_wanted.emit(self._experiment))
        name_icon(self.start_button, "mdi6.play")
        self.choose_button = QPushButton(self.tr("&Choose another experiment…"))
        self.choose_button.setToolTip(self.tr("Open an experiment file (YAML)"))
        self.choose_button.clicked.connect(self.choose_experiment)
        name_icon(self.choose_button, "mdi6.folder-open-outline")
        self.edit_button = QPushButton(self.tr("&Edit and check…"))
        self.edit_button.setToolTip(self.tr("Change this experiment, and look at what could be in the way (F3)"))
        self.edit_button.clicked.connect(self.edit_wanted)
        name_icon(self.edit_button, "mdi6.pencil-outline")
        self.runs = RunList()
        self.runs.open_wanted.connect(self.open_run_wanted)
        self.all_runs = QPushButton(self.tr("&All runs"))
        self.all_runs.setToolTip(self.tr("Find, compare, export and keep runs on a page of their own (F4)"))
        self.all_runs.clicked.connect(self.all_runs_wanted)
        name_icon(self.all_runs, "mdi6.format-list-bulleted")
        self._no_runs = EmptyNote(self.tr("No runs yet. Each run you start is kept here."), self.runs.viewport())
        self._how_to_open = PlainLabel(self.tr("Double click or Enter opens one"), name="muted")
        self._lay_out()

    def _lay_out(self) -> None:
        actions = QHBoxLayout()
        actions.setSpacing(12)
        actions.addWidget(self.start_button)
        actions.addWidget(self.edit_button)
        actions.addWidget(self.choose_button)
        actions.addStretch(1)
        next_step = _card()
        card = QVBoxLayout(next_step)
        card.setContentsMargins(32, 26, 32, 28)
        card.setSpacing(6)
        card.addWidget(self._over)
        card.addWidget(self._title)
        card.addWidget(self._about)
        card.addSpacing(8)
        card.addWidget(self._lead)
        card.addWidget(self._problem)
        card.addSpacing(14)
        card.addLayout(actions)
        before = _card()
        list_card = QVBoxLayout(before)
        list_card.setContentsMargins(24, 16, 24, 10)
        list_card.setSpacing(8)
        head = QHBoxLayout()
        head.setContentsMargins(8, 0, 8, 0)
        head.addWidget(PlainLabel(self.tr("Latest runs"), name="cardTitle"))
        head.addSpacing(10)
        head.addWidget(self._how_to_open)
        head.addStretch(1)
        head.addWidget(self.all_runs)
        list_card.addLayout(head)
        list_card.addWidget(self.runs)
        column = QVBoxLayout()
        column.setSpacing(16)
        column.addWidget(next_step)
        column.addWidget(before, 1)
        middle = QWidget()
        middle.setLayout(column)
        middle.setMaximumWidth(860)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 36, 24, 28)
        layout.addStretch(1)
        layout.addWidget(middle, 8)
        layout.addStretch(1)

    def show_experiment(self, experiment: str, title: str, about: str = "", problem: str = "") -> None:
        """Which experiment Start would run: `experiment` is its path or name, `about` one line on it. With a `problem`
        (all its sentences) it cannot be started.
        """
        self._experiment, self._usable = experiment, not problem
        self._title.setText(shown(title or experiment))
        self._about.setText(shown(about))
        self._about.setVisible(bool(about))
        lead = self.tr("Press Start to open the doors; you then get the link that participants follow.")
        if problem:
            lead = self.tr("This cannot be started yet. Edit it, or choose another.")
        self._lead.setText(lead)
        self._problem.setText(problem[:4_000])
        self._problem.setVisible(bool(problem))
        self._enable()
        (self.start_button if self._usable else self.edit_button).setFocus()

    def set_busy(self, busy: bool) -> None:
        """While a run is being started nothing else can be."""
        self._busy = busy
        self.start_button.setText(self.tr("Starting…") if busy else self.tr("&Start"))
        self._enable()

    def show_runs(self, runs: Sequence[PreviousRun]) -> None:
        """The list, newest first."""
        self.runs.show_runs(runs)
        self._no_runs.setVisible(not runs)
        for part in (self.all_runs, self._how_to_open):
            part.setVisible(bool(runs))

    def choose_experiment(self) -> None:
        """Ask for a file."""
        dialog = QFileDialog(self.window(), self.tr("Choose an experiment"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Experiment files (*.yaml *.yml)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self.experiment_chosen)
        dialog.open()

    def _enable(self) -> None:
        self.start_button.setEnabled(self._usable and not self._busy)
        self.choose_button.setEnabled(not self._busy)


def _card() -> QFrame:
    card = QFrame()
    card.setObjectName("card")
    return card
