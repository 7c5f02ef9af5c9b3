"""What is asked: which runs, which limits, which matchmaker, how many draws; and how far the answer is.

Owns the form. Must not read a run: it only knows their folders.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.analysis.what_if import answer as wi
from core.projections import words
from widgets.parts.icons import name_icon
from widgets.parts.run_lines import ask_for_run, line_icon
from widgets.parts.text import PlainLabel, plain_tooltip

MOST_RUNS: Final = 12
ICON: Final = QSize(30, 14)
WHOLE: Final = 100  # the progress of one limit


class Form(QWidget):
    """Signals: `ask_wanted(Question)`, `cancel_wanted()`, `told(sentence)` if something cannot be asked."""

    ask_wanted = Signal(object)
    cancel_wanted = Signal()
    told = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.paths: list[str] = []
        self._names: dict[str, str] = {}
        self._open_run = ""
        self._done = 0
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Runs to re-enact"))
        self.list.setIconSize(ICON)
        self.list.currentRowChanged.connect(lambda _row: self._enable())
        self.add = self._button(self.tr("Add run…"), self.tr("Choose the folder of a run"), "mdi6.folder-plus-outline")
        self.add.clicked.connect(self._ask_for_run)
        self.remove = self._button(self.tr("Take out"), self.tr("Leave the chosen run out; its files stay as they are"))
        self.remove.clicked.connect(self._remove)
        self.add_open = self._button(
            self.tr("Add the open run"), self.tr("The run on the Session page; one that is on, as far as its log goes")
        )
        self.add_open.clicked.connect(lambda: self.choose([*self.paths, self._open_run]))
        self.low, self.high, self.step = self._limit(50), self._limit(300), self._limit(25)
        self.low.setAccessibleName(self.tr("Lowest limit"))
        self.high.setAccessibleName(self.tr("Highest limit"))
        self.step.setAccessibleName(self.tr("Step between limits"))
        self.none = QCheckBox(self.tr("and without a limit"))
        self.none.setChecked(True)
        self.none.setToolTip(self.tr("Nothing is measured then, and whoever waits plays"))
        self.matchmaker = QComboBox()
        self.matchmaker.setAccessibleName(self.tr("Matchmaker"))
        for title, name in ((self.tr("As in the run"), ""), ("fifo", "fifo"), ("latency_fifo", "latency_fifo")):
            self.matchmaker.addItem(title, name)
        self.matchmaker.setToolTip(self.tr("Who groups the people when they come again"))
        self.matchmaker.currentIndexChanged.connect(lambda _index: self._enable())
        self.server_limit = self._limit(150)
        self.server_limit.setAccessibleName(self.tr("Most that two server RTTs may add up to"))
        self.server_limit.setToolTip(self.tr("latency_fifo proposes no pair whose server RTTs add up to more"))
        self.draws = QSpinBox()
        self.draws.setRange(1, 100)
        self.draws.setValue(10)
        self.draws.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.draws.setAccessibleName(self.tr("Draws"))
        self.draws.setToolTip(
            self.tr("How often what is not known is drawn: more give a steadier interval, and take longer")
        )
        self.ask = self._button(self.tr("Re-enact"), self.tr("Let the people of these runs come again (Ctrl+Return)"))
        self.ask.setProperty("primary", True)
        self.ask.setShortcut("Ctrl+Return")
        self.ask.clicked.connect(self._ask)
        self.progress = QProgressBar()
        self.progress.setAccessibleName(self.tr("Limits done"))
        self.cancel = self._button(self.tr("Cancel"), self.tr("Stop; what is there stays"))
        self.cancel.clicked.connect(self.cancel_wanted)
        self._lay_out()
        self.show_done()
        self.offer("")

    def _button(self, title: str, tip: str, icon: str = "") -> QPushButton:
        button = QPushButton(title)
        button.setToolTip(plain_tooltip(tip))
        if icon:
            name_icon(button, icon)
        return button

    def _limit(self, value: int) -> QSpinBox:
        box = QSpinBox()
        box.setRange(wi.LIMIT_LEAST_MS, wi.LIMIT_MOST_MS)
        box.setSuffix(self.tr(" ms"))
        box.setSingleStep(5)
        box.setValue(value)
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        return box

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.add, 1)
        buttons.addWidget(self.remove, 1)
        rows = QFormLayout()
        rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        rows.setHorizontalSpacing(12)
        for title, box in (
            (self.tr("From"), self.low),
            (self.tr("To"), self.high),
            (self.tr("In steps of"), self.step),
        ):
            rows.addRow(PlainLabel(title), box)
        rows.addRow(self.none)
        how = QFormLayout()
        how.setHorizontalSpacing(12)
        how.addRow(self.matchmaker)
        self._server_label = PlainLabel(self.tr("Server RTTs up to"))
        how.addRow(self._server_label, self.server_limit)
        how.addRow(PlainLabel(self.tr("Draws")), self.draws)
        asking = QHBoxLayout()
        asking.addWidget(self.ask, 1)
        asking.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(PlainLabel(self.tr("Runs to re-enact"), name="cardTitle"))
        layout.addWidget(self.list, 1)
        layout.addWidget(self.add_open)
        layout.addLayout(buttons)
        layout.addWidget(PlainLabel(self.tr("RTT limits"), name="cardTitle"))
        layout.addLayout(rows)
        layout.addWidget(PlainLabel(self.tr("Matchmaker"), name="cardTitle"))
        layout.addLayout(how)
        layout.addWidget(self.progress)
        layout.addLayout(asking)

    def add_below(self, widget: QWidget) -> None:
        """Something at the end."""
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.addWidget(widget)

    # --- which runs ---------------------------------------------------------------------------------------------------

    def choose(self, paths: Sequence[str]) -> None:
        """These runs, each once."""
        kept = list(dict.fromkeys(str(Path(path)) for path in paths))
        if len(kept) > MOST_RUNS:
            self.told.emit(self.tr("{} runs are too many: {} at most.").format(len(kept), MOST_RUNS))
            return
        self.paths = kept
        self._fill()

    def offer(self, path: str) -> None:
        """The run that is open beside this page; "" if none is."""
        self._open_run = path
        self._enable()

    def name_run(self, path: str, name: str) -> None:
        """What a run is called, once it was read."""
        self._names[path] = name
        self._fill()

    def _fill(self) -> None:
        row = self.list.currentRow()
        self.list.clear()
        for place, path in enumerate(self.paths):
            letter = f"{wi.letter_of(place)}  " if len(self.paths) > 1 else ""
            text = letter + words.plain(self._names.get(path) or Path(path).name)
            item = QListWidgetItem(line_icon(self, place, ICON), text)
            item.setToolTip(plain_tooltip(path))
            self.list.addItem(item)
        self.list.setCurrentRow(min(row, self.list.count() - 1))
        self._enable()

    def _ask_for_run(self) -> None:
        ask_for_run(self, self.tr("Add a run"), lambda path: self.choose([*self.paths, path]))

    def _remove(self) -> None:
        row = self.list.currentRow()
        self.choose([path for place, path in enumerate(self.paths) if place != row])

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "list"):
            self._fill()

    # --- the question -------------------------------------------------------------------------------------------------

    def question(self) -> wi.Question:
        """As it stands. ValueError with a sentence if it cannot be asked."""
        low, high = self.low.value(), self.high.value()
        if low > high:
            raise ValueError(self.tr("The lowest limit is above the highest. Turn them round."))
        limits: list[int | None] = list(range(low, high + 1, self.step.value()))
        if len(limits) > wi.MOST_LIMITS:
            raise ValueError(
                self.tr("These are {} limits; {} at most. Take larger steps.").format(len(limits), wi.MOST_LIMITS)
            )
        if self.none.isChecked():
            limits.append(None)
        matchmaker = str(self.matchmaker.currentData())
        most_ms = float(self.server_limit.value()) if matchmaker == "latency_fifo" else None
        return wi.Question(
            paths=self.paths, limits=limits, matchmaker=matchmaker, max_server_rtt_ms=most_ms, seeds=self.draws.value()
        )

    def _ask(self) -> None:
        try:
            question = self.question()
        except ValueError as problem:
            self.told.emit(str(problem))
        else:
            self.ask_wanted.emit(question)

    def _enable(self) -> None:
        self.add.setEnabled(len(self.paths) < MOST_RUNS)
        self.remove.setEnabled(self.list.currentRow() >= 0)
        self.ask.setEnabled(bool(self.paths))
        opened = str(Path(self._open_run)) if self._open_run else ""
        self.add_open.setVisible(bool(opened) and opened not in self.paths)
        needs_limit = self.matchmaker.currentData() == "latency_fifo"
        self.server_limit.setVisible(needs_limit)
        self._server_label.setVisible(needs_limit)

    # --- how far it is ------------------------------------------------------------------------------------------------

    def show_progress(self, done: int, total: int) -> None:
        """So many limits are done; 0 of 0: the run is being read."""
        self._done = done
        self.progress.setRange(0, total * WHOLE)
        self.progress.setValue(done * WHOLE)
        self.progress.setFormat(self.tr("{} of {} limits").format(done, total))
        self.progress.show()
        self.cancel.show()

    def show_share(self, share: float) -> None:
        """So much of the next limit is done, from 0 to 1."""
        self.progress.setValue(int((self._done + share) * WHOLE))

    def show_done(self) -> None:
        """Nothing is under way."""
        self.progress.hide()
        self.cancel.hide()
