"""The experiment page: the form on the left, the file's text on the right, both always in step.

Owns how form and text follow each other, and passes every wish upward. Must not read or write files, nor know a
setting: the app describes them, reads the text, makes the edits and hands back what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QToolButton, QVBoxLayout, QWidget

from core.projections import words
from widgets.experiment.bar import Bar
from widgets.experiment.checks import CheckPanel
from widgets.experiment.description import File, Place, Reading, Section, Setting
from widgets.experiment.form import FilterLine, Form
from widgets.experiment.questions import DiskQuestion, ExperimentFileDialog, NewExperimentDialog, UnsavedQuestion
from widgets.experiment.rows import FaultLine, HelpCard
from widgets.experiment.text import TextEditor
from widgets.parts.banner import Banner
from widgets.parts.notes import Stack
from widgets.parts.text import PlainLabel, shown


class ExperimentPage(QWidget):
    """Signals: `reading_wanted()` when the text has changed; `edit_wanted(Edit)`; `open_wanted(path)`,
    `new_wanted(example, folder)`, `save_wanted()`, `save_as_wanted(path)`, `revert_wanted()`, `load_theirs_wanted()`,
    `check_wanted()`, `cancel_check_wanted()`, `start_wanted()`.
    """

    reading_wanted = Signal()
    edit_wanted = Signal(object)
    open_wanted = Signal(str)
    new_wanted = Signal(str, str)
    save_wanted = Signal()
    save_as_wanted = Signal(str)
    revert_wanted = Signal()
    load_theirs_wanted = Signal()
    check_wanted = Signal()
    cancel_check_wanted = Signal()
    start_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.file = File("", "")
        self._reading = Reading({})
        self._fresh = self._run_on = False
        self._examples: list[str] = []
        self._home = ""
        self.bar = Bar()
        self.banner = Banner()
        self.filter = FilterLine()
        self.form = Form()
        self.asleep = FaultLine()
        self.help = HelpCard()
        self.editor = TextEditor()
        self.checks = CheckPanel()
        self.checks.hide()
        self.faults = QToolButton()
        self.faults.hide()
        self._lay_out()
        self._connect()
        self._explain()
        self._show_state()

    def _lay_out(self) -> None:
        self.faults.setObjectName("faultCount")
        room = self.faults.sizePolicy()
        room.setRetainSizeWhenHidden(True)
        self.faults.setSizePolicy(room)
        self.faults.setToolTip(self.tr("Go to the next problem (F8)"))
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(16, 12, 4, 12)
        column.setSpacing(8)
        column.addWidget(self.filter)
        column.addWidget(self.asleep)
        column.addWidget(self.form, 1)
        column.addWidget(self.help)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(PlainLabel(self.tr("The file's text"), name="cardTitle"))
        head.addStretch(1)
        head.addWidget(self.faults)
        head_and_text = QWidget()
        text = QVBoxLayout(head_and_text)
        text.setContentsMargins(0, 0, 0, 0)
        text.setSpacing(8)
        text.addLayout(head)
        text.addWidget(self.editor, 1)
        right = QSplitter(Qt.Orientation.Vertical)
        right.setContentsMargins(4, 12, 16, 12)
        sides = QSplitter(Qt.Orientation.Horizontal)
        for splitter, parts in ((right, (head_and_text, self.checks)), (sides, (left, right))):
            splitter.setChildrenCollapsible(False)
            for part in parts:
                splitter.addWidget(part)
        sides.setSizes([540, 660])
        right.setSizes([520, 300])
        layout = Stack(self)
        layout.addWidget(self.bar)
        layout.addWidget(self.banner)
        layout.addWidget(sides, 1)

    def _connect(self) -> None:
        self.form.edit_wanted.connect(self.edit_wanted)
        self.form.entered.connect(self._entered)
        self.form.text_wanted.connect(self._go_to_text)
        self.filter.textChanged.connect(self.form.filter)
        self.editor.edited.connect(self.reading_wanted)
        self.editor.touched.connect(self.checks.tell_stale)
        self.editor.dirty_changed.connect(self._show_state)
        self.editor.undoAvailable.connect(self.bar.undo.setEnabled)
        self.editor.redoAvailable.connect(self.bar.redo.setEnabled)
        self.faults.clicked.connect(self._next_fault)
        self.checks.check_wanted.connect(self._wish(self.check_wanted))
        self.checks.cancel_wanted.connect(self.cancel_check_wanted)
        self.banner.action_wanted.connect(self.load_theirs_wanted)
        bar = self.bar
        bar.undo_wanted.connect(self.editor.undo)
        bar.redo_wanted.connect(self.editor.redo)
        bar.open_wanted.connect(self.choose_file)
        bar.new_wanted.connect(self.ask_new)
        bar.save_as_wanted.connect(self._ask_save_as)
        for name in ("save_wanted", "revert_wanted", "check_wanted", "start_wanted"):
            getattr(bar, name).connect(self._wish(getattr(self, name)))
        self._add_key("Ctrl+F", self.tr("Find a setting"), self.filter.setFocus)
        self._add_key("F8", self.tr("Go to the next problem"), self.faults.click)
        self._add_key("Ctrl+N", self.tr("New experiment from an example"), bar.new.click)
        self._add_key("Ctrl+S", self.tr("Save the experiment"), self._wish(self.save_wanted))
        self._add_key("Ctrl+Shift+S", self.tr("Save the experiment as"), bar.save_as.click)
        self._add_key("Ctrl+Z", self.tr("Undo"), bar.undo.click)
        self._add_key("Ctrl+Shift+Z", self.tr("Redo"), bar.redo.click)
        self._add_key("Ctrl+Return", self.tr("Check what could be in the way"), bar.check.click)

    def _add_key(self, keys: str, words: str, do: Callable[[], None]) -> None:
        """As long as the page is seen."""
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setWhatsThis(words)
        shortcut.activated.connect(do)

    # --- what it is told ----------------------------------------------------------------------------------------------

    def describe(self, sections: Sequence[Section], examples: Sequence[str], home: str) -> None:
        """Which settings there are, which examples to copy, and where people keep their files."""
        self._examples, self._home = list(examples), home
        self.form.describe(sections)

    def show_file(self, file: File, text: str) -> None:
        """Another file was opened; `file.path` "" for none."""
        self.file, self._fresh = file, True
        self.form.forget_all()
        self.editor.begin_with(text)
        self.editor.setEnabled(bool(file.path))
        self.bar.show_file(file)
        self.checks.hide()
        self.banner.hide()
        self._show_state()

    def show_saved(self, file: File) -> None:
        """The text is in the file now."""
        self.file = file
        self.bar.show_file(file)
        self.editor.document().setModified(False)
        self.banner.hide()
        self._show_state()

    def show_reading(self, reading: Reading) -> None:
        """What the text reads as."""
        self._reading = reading
        self.form.show_reading(reading)
        if self._fresh and reading.values is not None:
            self._fresh = False
            self.form.open_used(reading.values)
        self.editor.show_faults(reading.faults)
        many = self.tr("{} problems").format(len(reading.faults))
        self.faults.setText(self.tr("1 problem") if len(reading.faults) == 1 else many)
        self.faults.setVisible(bool(reading.faults))
        self._show_state()
        problem = shown(words.sentence(reading.problem))
        asleep = self.tr("The form waits until the text can be read again. {}").format(problem)
        self.asleep.say([asleep] if reading.values is None else [])

    def show_refused(self, place: Place, sentence: str) -> None:
        """An edit cannot be made from here; the field goes back to what the file says."""
        self.form.forget(place)
        self.banner.say(sentence, "warning")
        self._go_to_text(place)

    def show_notice(self, sentence: str, tone: str = "notice") -> None:
        """A line across the page that can be hidden."""
        self.banner.say(sentence, tone)

    def show_changed_on_disk(self) -> None:
        """Another program has written the file."""
        self.banner.say(
            self.tr("Another program has changed this file since it was opened here. Nothing of yours is lost."),
            "warning",
            action=self.tr("Load theirs"),
            action_tooltip=self.tr("Show what is in the file; Ctrl+Z brings yours back"),
        )

    def show_run(self, *, on: bool) -> None:
        """Whether a run is on: changes count for the next one."""
        if on == self._run_on:
            return
        self._run_on = on
        if on:
            self.banner.say(self.tr("A run is on. What you change here counts for the next one."), "notice")
        else:
            self.banner.hide()
        self._show_state()

    # --- what can be asked of it --------------------------------------------------------------------------------------

    @property
    def dirty(self) -> bool:
        """Whether the text is not what was saved; what was typed into a field counts."""
        self.form.commit()
        return self.editor.document().isModified()

    def ask_unsaved(self, before: str, *, lost: bool) -> UnsavedQuestion:
        """Open the question what is to become of unsaved changes; connect to its `answered`."""
        question = UnsavedQuestion(self.file, before, lost=lost, parent=self.window())
        question.open()
        return question

    def ask_disk(self, kept_as: str) -> DiskQuestion:
        """Open the question what is to become of somebody else's changes; connect to its `answered`."""
        question = DiskQuestion(self.file.path, kept_as, self.window())
        question.open()
        return question

    def ask_new(self) -> NewExperimentDialog:
        """Open the dialog for a copy of an example."""
        dialog = self._ask_for_folder(self._examples, self.tr("New experiment"))
        dialog.wanted.connect(self.new_wanted)
        return dialog

    def choose_file(self) -> None:
        """Ask for a file to open."""
        dialog = self._file_dialog(self.tr("Open an experiment"))
        dialog.setFileMode(ExperimentFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.open_wanted)
        dialog.open()

    def _ask_save_as(self) -> None:
        self.form.commit()
        if self.file.bundled:
            copy = self._ask_for_folder([self.file.title], self.tr("Save a copy"))
            copy.wanted.connect(lambda _example, folder: self.save_as_wanted.emit(folder))
            return
        dialog = self._file_dialog(self.tr("Save the experiment as"))
        dialog.setAcceptMode(ExperimentFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("yaml")
        dialog.fileSelected.connect(self.save_as_wanted)
        dialog.open()

    def _ask_for_folder(self, examples: Sequence[str], heading: str) -> NewExperimentDialog:
        dialog = NewExperimentDialog(examples, self._home, heading, self.window())
        dialog.open()
        return dialog

    def _file_dialog(self, title: str) -> ExperimentFileDialog:
        return ExperimentFileDialog(self.window(), title, self._home if self.file.bundled else self.file.path)

    # --- in step ------------------------------------------------------------------------------------------------------

    def _wish(self, signal: SignalInstance) -> Callable[[], None]:
        """Pass it on once what was typed into a field is in the text."""

        def pass_on() -> None:
            self.form.commit()
            signal.emit()

        return pass_on

    def _entered(self, place: Place, setting: Setting) -> None:
        allowed = self.tr("Allowed: {}.").format(setting.allowed)
        self.help.setText(f"{setting.title} ({setting.name})\n{setting.help} {allowed}")
        if place in self._reading.lines and not self.editor.hasFocus():
            self.editor.go_to(self._reading.lines[place], focus=False)

    def _go_to_text(self, place: Place) -> None:
        while place and place not in self._reading.lines:
            place = place[:-1]
        self.editor.go_to(self._reading.lines.get(place, 1))

    def _next_fault(self) -> None:
        here, lines = self.editor.textCursor().blockNumber() + 1, sorted(fault.line for fault in self._reading.faults)
        if lines:
            self.editor.go_to(next((line for line in lines if line > here), lines[0]))

    def _explain(self) -> None:
        self.help.setText(self.tr("Choose a setting to read what it means. What you leave empty keeps its default."))

    def _show_state(self) -> None:
        dirty = self.editor.document().isModified()
        self.bar.show_state(dirty=dirty, faults=len(self._reading.faults), run_on=self._run_on)
