"""What the experiment page asks: about unsaved changes, a file that changed on disk, and where a new one is to be.

Owns their words and buttons. All open with `open()` and answer by a signal, once; none loses anything by default.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from widgets.experiment.description import File
from widgets.parts.text import PlainLabel, shown

Role = QMessageBox.ButtonRole


class Question(QMessageBox):
    """A question with some answers. Signal: `answered(answer)`, "stay" for Escape."""

    answered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.choices: dict[str, QPushButton] = {"stay": self.addButton(self.tr("&Stay here"), Role.RejectRole)}
        self.setDefaultButton(self.choices["stay"])
        self.setEscapeButton(self.choices["stay"])
        self.finished.connect(self._answer)

    def offer(self, answer: str, words: str, role: QMessageBox.ButtonRole) -> None:
        """One more answer."""
        self.choices[answer] = self.addButton(words, role)

    def _answer(self) -> None:
        clicked = self.clickedButton()
        self.answered.emit(next((answer for answer, button in self.choices.items() if button is clicked), "stay"))


class UnsavedQuestion(Question):
    """Answers: "save", "discard", "stay". `before`: what is about to be done, as in "before the run starts"."""

    def __init__(self, file: File, before: str, *, lost: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Unsaved changes"))
        self.setText(self.tr("The changes to {} are not saved.").format(shown(file.title)))
        if file.bundled:
            more = self.tr("It comes with Greenroom and is not written: stay here, and use Save as… for your own copy.")
        else:
            more = self.tr("Save them {}?").format(before)
            self.offer("save", self.tr("Sa&ve"), Role.AcceptRole)
        without = self.tr("Without them, what is in the file counts")
        gone = self.tr("and the changes are gone") if lost else self.tr("and the changes stay here, unsaved")
        self.setInformativeText(f"{more}\n{without}, {gone}.")
        self.offer("discard", self.tr("Go on &without them"), Role.DestructiveRole)


class DiskQuestion(Question):
    """Somebody else changed the file. Answers: "keep both", "theirs", "stay"."""

    def __init__(self, path: str, kept_as: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Changed by another program"))
        asked = self.tr("{} was changed by another program since it was opened here.")
        self.setText(asked.format(shown(path)))
        more = self.tr("Save yours: theirs is kept beside it as {}.\nLoad theirs: Ctrl+Z brings yours back.")
        self.setInformativeText(more.format(shown(kept_as)))
        self.offer("keep both", self.tr("Save &yours, keep theirs"), Role.AcceptRole)
        self.offer("theirs", self.tr("&Load theirs"), Role.ActionRole)


class ExperimentFileDialog(QFileDialog):
    """For a YAML file; deletes itself."""

    def __init__(self, parent: QWidget, title: str, at: str) -> None:
        super().__init__(parent, title, at)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setNameFilters([self.tr("Experiment files (*.yaml *.yml)"), self.tr("All files (*)")])


class NewExperimentDialog(QDialog):
    """A copy of an example in a folder of one's own. Signal: `wanted(example, folder)`."""

    wanted = Signal(str, str)

    def __init__(self, examples: Sequence[str], home: str, heading: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(heading)
        self.setMinimumWidth(520)
        self.example = QComboBox()
        self.example.addItems(list(examples))
        self.example.setToolTip(self.tr("Its file and everything beside it is copied"))
        self.example.view().setAccessibleName(self.tr("Examples"))
        self.name = QLineEdit(f"my_{examples[0]}")
        self.name.setToolTip(self.tr("The new folder's name: letters, digits, _ and -"))
        self.folder = QLineEdit(home)
        self.folder.setToolTip(self.tr("Where the new folder is made"))
        self.browse = QPushButton(self.tr("&Browse…"))
        self.browse.setToolTip(self.tr("Choose the folder"))
        self.browse.clicked.connect(self._browse)
        self._problem = PlainLabel(name="problem", wrap=True)
        self._where = PlainLabel(name="muted", wrap=True)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.make = self._buttons.addButton(self.tr("&Make it"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.make.setProperty("primary", True)
        self._buttons.accepted.connect(self._accept)
        self._buttons.rejected.connect(self.reject)
        self._lay_out()
        self.example.currentTextChanged.connect(lambda name: self.name.setText(f"my_{name}"))
        self.name.textChanged.connect(self._look)
        self.folder.textChanged.connect(self._look)
        self._look()
        self.name.setFocus()
        self.name.selectAll()
        self.make.setDefault(True)

    def _lay_out(self) -> None:
        folder = QHBoxLayout()
        folder.setSpacing(8)
        folder.addWidget(self.folder, 1)
        folder.addWidget(self.browse)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(12)
        form.addRow(self.tr("Copy of"), self.example)
        form.addRow(self.tr("Its &name"), self.name)
        in_folder = PlainLabel(self.tr("In the &folder"))
        in_folder.setBuddy(self.folder)
        form.addRow(in_folder, folder)
        for field, words in ((self.example, self.tr("Copy of")), (self.name, self.tr("Its name")),
                             (self.folder, self.tr("In the folder"))):  # fmt: skip
            field.setAccessibleName(words)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(form)
        layout.addWidget(self._where)
        layout.addWidget(self._problem)
        layout.addWidget(self._buttons)

    @property
    def target(self) -> Path:
        """The folder that is made."""
        return Path(self.folder.text()).expanduser() / self.name.text().strip()

    def _look(self) -> None:
        problem = ""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", self.name.text().strip()):
            problem = self.tr("A name has letters (a to z), digits, _ and -, and starts with a letter or digit.")
        self._where.setText(self.tr("Makes {}").format(shown(str(self.target / "experiment.yaml"))))
        self._where.setVisible(not problem)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.make.setEnabled(not problem)

    def _browse(self) -> None:
        dialog = QFileDialog(self, self.tr("Where the new folder is made"), self.folder.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()

    def _accept(self) -> None:
        self.wanted.emit(self.example.currentText(), str(self.target))
        self.accept()
