"""What is asked before runs are moved, packed, unpacked or written elsewhere.

Owns these questions' words. Must not act: each hands what was answered on, and nothing if it is called off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from core.analysis.runs.run_line import RunLine, size_text
from core.projections import words
from widgets.parts.text import PlainLabel, plain_tooltip, shown

Answer = Callable[..., None]  # takes what was chosen: the fields of the page's signal of that name


class TrashQuestion(QDialog):
    """Names what would go; nothing goes by default. Signal: `wanted(paths)`."""

    wanted = Signal(object)

    def __init__(self, runs: Sequence[RunLine], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Move to trash"))
        self.setMinimumWidth(560)
        size = size_text(sum(run.size_bytes for run in runs))
        what = self.tr("this run") if len(runs) == 1 else self.tr("these {} runs").format(len(runs))
        sentence = self.tr(
            "Move {what} ({size}) to the trash? Log, data, tags and note go with it; they can be put back from the "
            "trash until it is emptied."
        )
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("What would go"))
        for run in runs:
            parts = (run.run_id, run.experiment, words.local_minute(run.started_at), size_text(run.size_bytes))
            self.list.addItem(shown(" · ".join(words.plain(part) for part in parts if part)))
            self.list.item(self.list.count() - 1).setToolTip(plain_tooltip(run.path))
        rows = min(len(runs), 10)
        self.list.setFixedHeight(rows * self.list.sizeHintForRow(0) + 14)
        buttons = QDialogButtonBox()
        go = buttons.addButton(self.tr("Move to &trash"), QDialogButtonBox.ButtonRole.AcceptRole)
        go.setProperty("danger", True)
        go.setAutoDefault(False)
        stay = buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        stay.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        paths = [run.path for run in runs]
        self.accepted.connect(lambda: self.wanted.emit(paths))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(PlainLabel(sentence.format(what=what, size=size), wrap=True))
        layout.addWidget(self.list)
        layout.addWidget(buttons)
        stay.setFocus()


class ReportQuestion(QDialog):
    """Whether a report is to be without what tells who took part. Signal: `wanted(redacted)`."""

    wanted = Signal(bool)

    def __init__(self, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Report"))
        self.setMinimumWidth(480)
        redacts = self.tr("Leaves out free text, paths, dates and names of runs.")
        self.redacted = QCheckBox(self.tr("&Redacted"))
        self.redacted.setToolTip(plain_tooltip(redacts))
        buttons = QDialogButtonBox()
        buttons.addButton(self.tr("&Choose where…"), QDialogButtonBox.ButtonRole.AcceptRole).setProperty(
            "primary", True
        )
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.wanted.emit(self.redacted.isChecked()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(PlainLabel(sentence, wrap=True))
        layout.addWidget(self.redacted)
        layout.addWidget(PlainLabel(redacts, name="muted", wrap=True))
        layout.addSpacing(6)
        layout.addWidget(buttons)


def ask(page: QWidget, name: str, chosen: Sequence[RunLine], folder: str, answer: Answer) -> None:
    """What an action has to ask first, over this page; `answer` is called if it is answered, and with what."""
    {
        "folder": _ask_folder, "trash": _ask_trash, "archive": _ask_archive, "unarchive": _ask_unarchive,
        "report": _ask_report,
    }[name](page, chosen, folder, answer)  # fmt: skip


def _ask_folder(page: QWidget, _chosen: Sequence[RunLine], folder: str, answer: Answer) -> None:
    dialog = _file_dialog(page, page.tr("List the runs of another folder, too"), folder)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.fileSelected.connect(answer)
    dialog.open()


def _ask_trash(page: QWidget, chosen: Sequence[RunLine], _folder: str, answer: Answer) -> None:
    question = TrashQuestion(chosen, page.window())
    question.wanted.connect(answer)
    question.open()


def _ask_archive(page: QWidget, chosen: Sequence[RunLine], _folder: str, answer: Answer) -> None:
    (run,) = chosen
    parent = Path(run.path).parent
    dialog = _new_file_dialog(page, page.tr("Archive a run"), parent / f"{run.run_id}.zip")
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # what is there already is refused afterwards
    dialog.fileSelected.connect(lambda file: answer(run.path, file))
    dialog.open()


def _ask_unarchive(page: QWidget, _chosen: Sequence[RunLine], folder: str, answer: Answer) -> None:
    dialog = _file_dialog(page, page.tr("Unpack an archived run"), folder)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(["*.zip"])
    dialog.fileSelected.connect(answer)
    dialog.open()


def _ask_report(page: QWidget, chosen: Sequence[RunLine], folder: str, answer: Answer) -> None:
    sentence = page.tr("Write one page (HTML) with everything about {}; it needs nothing beside it.")
    question = ReportQuestion(_of(page, chosen, sentence), page.window())
    paths, name = [run.path for run in chosen], chosen[0].run_id if len(chosen) == 1 else "comparison"

    def choose(redacted: bool) -> None:
        dialog = _new_file_dialog(page, page.tr("The new report"), Path(folder).parent / f"{name}.html")
        dialog.fileSelected.connect(lambda file: answer(paths, file, redacted))
        dialog.open()

    question.wanted.connect(choose)
    question.open()


def _of(page: QWidget, chosen: Sequence[RunLine], sentence: str) -> str:
    one = len(chosen) == 1
    return sentence.format(shown(words.plain(chosen[0].run_id)) if one else page.tr("{} runs").format(len(chosen)))


def _file_dialog(page: QWidget, title: str, folder: str) -> QFileDialog:
    dialog = QFileDialog(page.window(), title, folder)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


def _new_file_dialog(page: QWidget, title: str, suggested: Path) -> QFileDialog:
    """For what is not there yet; its ending is the suggested one's."""
    dialog = _file_dialog(page, title, str(suggested.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    if suggested.suffix:
        dialog.setDefaultSuffix(suggested.suffix[1:])
        dialog.setNameFilters([f"*{suggested.suffix}"])
    dialog.selectFile(suggested.name)
    return dialog
