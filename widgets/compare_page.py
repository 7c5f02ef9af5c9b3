"""The compare page: two to twelve runs side by side, what differs, by how much and for whom.

Owns which view is seen and the way from a click to the people behind it. Must not read a run, compute a figure or write
a file: the app does, and hands over a Comparison. Imports pyqtgraph and numpy, so it may only be imported after the
first paint.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.analysis.comparing import behind
from core.analysis.comparing.behind import Behind
from core.analysis.comparing.comparison import LEAST, MOST, Comparison
from core.analysis.comparing.comparison_text import bad_lines_text
from core.analysis.comparing.curve_facts import KINDS
from core.projections import words
from widgets.compare.chooser import Chooser
from widgets.compare.curves_view import CurvesView, WaitingView
from widgets.compare.figures_view import FiguresView, SettingsView
from widgets.compare.people_list import PeopleList
from widgets.compare.reasons_view import ReasonsView
from widgets.compare.timelines_view import TimelinesView
from widgets.parts.banner import Banner
from widgets.parts.exports import save_picture
from widgets.parts.icons import name_icon
from widgets.parts.notes import EmptyNote


class ComparePage(QWidget):
    """Signals, all of them wishes: `compare_wanted(paths)`, `baseline_wanted(place)`, `cancel_wanted()`,
    `export_wanted("html" | "csv" | "json", file, redacted)`, `person_wanted(path, subject_id)`.
    """

    compare_wanted = Signal(object)
    baseline_wanted = Signal(int)
    cancel_wanted = Signal()
    export_wanted = Signal(str, str, bool)
    person_wanted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.comparison: Comparison | None = None
        self._private = False
        self._to_fill: set[int] = set()  # views that still show another comparison, or none
        self.chooser = Chooser()
        self.banner = Banner()
        self.figures, self.settings, self.curves = FiguresView(), SettingsView(), CurvesView()
        self.reasons, self.waiting, self.timelines = ReasonsView(), WaitingView(), TimelinesView()
        self.people = PeopleList()
        self.views = QTabWidget()
        self.views.setDocumentMode(True)
        self.views.setAccessibleName(self.tr("Views of the comparison"))
        self.redacted = QCheckBox(self.tr("Redacted"))
        self.redacted.setToolTip(
            self.tr("Leave names of runs, dates, paths and everything that was written out of the report")
        )
        self.export = QToolButton()
        self._empty = QWidget()
        self._stack = QStackedWidget()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        for view, title, tip in (
            (self.figures, self.tr("Figures"), self.tr("Every figure with n, and the difference to the baseline")),
            (self.settings, self.tr("Set-up"), self.tr("What differs in the runs' settings")),
            (self.curves, self.tr("Distributions"), self.tr("RTT, waiting, time to match and probe duration")),
            (self.reasons, self.tr("Reasons"), self.tr("Why probes led to no match")),
            (self.waiting, self.tr("Waitroom"), self.tr("How many waited, aligned at each run's start")),
            (self.timelines, self.tr("Timelines"), self.tr("Each run's probes over time, on the same axes")),
        ):
            self.views.setTabToolTip(self.views.addTab(view, title), tip)
        self._set_up_export()
        saving = QHBoxLayout()
        saving.addWidget(self.redacted, 1)
        saving.addWidget(self.export)
        self.chooser.add_row(saving)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.views)
        EmptyNote(
            self.tr(
                "Choose {} to {} runs: mark them on the Runs page and press Compare there, or add their folders here."
            ).format(LEAST, MOST),
            self._empty,
        )
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self._stack, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        for widget, stretch in ((self.chooser, 0), (middle, 1), (self.people, 0)):
            splitter.addWidget(widget)
            splitter.setStretchFactor(splitter.count() - 1, stretch)
            splitter.setCollapsible(splitter.count() - 1, False)
        splitter.setSizes([270, 1000, 250])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _set_up_export(self) -> None:
        self.export.setText(self.tr("Save"))
        self.export.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.export.setEnabled(False)
        self.export.setToolTip(self.tr("Save the comparison as a report or as data"))
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        name_icon(self.export, "mdi6.tray-arrow-down")
        menu = QMenu(self.export)
        for kind, title in (
            ("html", self.tr("&Report, one page for any browser (HTML)…")),
            ("csv", self.tr("&Figures (CSV)…")),
            ("json", self.tr("Figures, set-up and methods (&JSON)…")),
            ("png", self.tr("&Picture of this view (PNG)…")),
            ("svg", self.tr("Picture of this view (&SVG)…")),
        ):
            menu.addAction(title).triggered.connect(lambda _checked=False, kind=kind: self._ask_for_file(kind))
        self.export.setMenu(menu)

    def _connect(self) -> None:
        self.chooser.compare_wanted.connect(self.compare_wanted)
        self.chooser.baseline_wanted.connect(self.baseline_wanted)
        self.chooser.cancel_wanted.connect(self.cancel_wanted)
        self.chooser.too_many.connect(
            lambda number: self.show_problem(self.tr("{} runs are too many: {} at most.").format(number, MOST))
        )
        self.people.person_wanted.connect(self.person_wanted)
        self.views.currentChanged.connect(self._fill)
        kinds = {kind.name: kind for kind in KINDS}
        ask = self._show_behind
        self.figures.behind_wanted.connect(lambda name, place: ask(behind.of_metric, place, name))
        self.curves.behind_wanted.connect(lambda name, place, x: ask(behind.of_curve, place, kinds[name], x))
        self.reasons.bars.behind_wanted.connect(lambda reason, place: ask(behind.of_reason, place, reason))
        self.waiting.behind_wanted.connect(lambda place, at_s: ask(behind.of_moment, place, at_s))
        self.timelines.behind_wanted.connect(lambda place, probe: ask(behind.of_probe, place, probe))

    # --- what is shown ------------------------------------------------------------------------------------------------

    def choose(self, paths: Sequence[str]) -> None:
        """Compare these runs."""
        self.chooser.choose(paths)

    def show_progress(self, done: int, total: int) -> None:
        """So many of the runs are read."""
        self.banner.hide()
        self.chooser.show_progress(done, total)

    def show_stopped(self) -> None:
        """Reading was given up: the list is again that of the runs that are shown."""
        self.chooser.show_done()
        self._name_runs()

    def show_comparison(self, comparison: Comparison) -> None:
        """What came of it."""
        self.comparison = comparison
        self.chooser.show_done()
        self._name_runs()
        self.people.hide()
        self._to_fill = set(range(self.views.count()))
        self._fill()
        self._stack.setCurrentWidget(self.views)
        self.export.setEnabled(True)
        self._say_what_to_mind(comparison)

    def _name_runs(self) -> None:
        if self.comparison is not None:
            runs = self.comparison.runs
            self.chooser.name_runs([run.run_id for run in runs], [run.path for run in runs])
            self.chooser.baseline.setCurrentIndex(self.comparison.baseline)

    def _fill(self) -> None:
        """Draw the view that is seen; the others when they are gone to."""
        seen = self.views.currentIndex()
        if self.comparison is not None and seen in self._to_fill:
            self._to_fill.remove(seen)
            view: Any = self.views.currentWidget()
            view.show_comparison(self.comparison)

    def show_problem(self, text: str) -> None:
        """Why there is no comparison, or no file."""
        self.show_stopped()
        self.banner.say(text, "error")

    def say(self, text: str) -> None:
        """Something that went well."""
        self.banner.say(text, "notice")

    def set_private(self, private: bool) -> None:
        """Whether people are named by pseudonyms, which are those of the run when it is opened."""
        self._private = private
        self.people.hide()

    def _say_what_to_mind(self, comparison: Comparison) -> None:
        """Simulated, unfinished and damaged runs are said plainly."""
        notes = []
        simulated = [letter for letter, run in zip(comparison.letters, comparison.runs, strict=True) if run.simulated]
        if simulated:
            notes.append(self.tr("Simulated, nobody took part: {}").format(words.names(simulated)))
        for letter, run in zip(comparison.letters, comparison.runs, strict=True):
            marks = [self.tr("the log does not say that it ended")] * (run.status != "complete")
            marks += [bad_lines_text(run.bad_lines)] * bool(run.bad_lines)
            notes += [f"{letter}: {', '.join([*marks, *map(words.plain, run.problems)])}"] * bool(marks or run.problems)
        if notes:
            self.banner.say(". ".join(notes) + ".", "warning")
        else:
            self.banner.hide()

    def _show_behind(self, find: object, place: int, *more: object) -> None:
        if self.comparison is not None and callable(find):
            found: Behind = find(self.comparison, place, *more)
            run = self.comparison.runs[place]
            pseudonyms = [_pseudonym(run.people.index(one)) for one in found.people] if self._private else None
            self.people.show_behind(run.path, found, pseudonyms)

    def _ask_for_file(self, kind: str) -> None:
        dialog = QFileDialog(self.window(), self.tr("Save"), str(Path(f"comparison.{kind}")), f"*.{kind}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind)
        dialog.fileSelected.connect(lambda path: self._save(kind, path))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _save(self, kind: str, path: str) -> None:
        """A picture is taken here; whatever else is written by the app."""
        if kind not in ("png", "svg"):
            self.export_wanted.emit(kind, path, self.redacted.isChecked())
            return
        try:
            save_picture(self.views.currentWidget(), Path(path))
        except OSError as error:
            self.show_problem(self.tr("{} was not saved: {}").format(path, error.strerror or error))
        else:
            self.say(self.tr("Wrote {}").format(path))


def _pseudonym(place: int) -> str:
    """As privacy mode names them: by order of arrival."""
    return f"Person {place + 1:02d}"
