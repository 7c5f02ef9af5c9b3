"""Who waits against who waits: is it a person, or is it the limit?

Owns the panel around the matrix: the sentence on top, legend, what is said of a cell. Must not judge pairs
(core/analysis/pair_matrix.py does). The matrix is imported after the first paint, with numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.projections import evidence, words
from core.projections.pair_table import PairTable
from core.projections.run import RunProjection
from core.projections.waitroom import WaitroomProjection
from widgets.palette import colours_of
from widgets.parts.exports import ExportButton, Rows
from widgets.parts.notes import EmptyNote, Legend, Stack
from widgets.parts.panel import Panel
from widgets.parts.selection import Selection
from widgets.parts.steady import Steady
from widgets.parts.text import PlainLabel

if TYPE_CHECKING:
    from core.analysis.pair_matrix import Matrix
    from widgets.plots.matrix_plot import MatrixPlot


class PairMatrix(Panel):
    """`plot` is None until the panel was painted once."""

    title = "Pairs"
    wants_time = True

    def __init__(
        self, waitroom: WaitroomProjection, table: PairTable, run: RunProjection, *,
        selection: Selection | None = None, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(waitroom, table, run, parent=parent)
        self._waitroom, self._table, self._run = waitroom, table, run
        self._selection = selection or Selection(self)
        self._selection.changed.connect(self._mark)
        self._now_elapsed_s = 0.0
        self.plot: MatrixPlot | None = None
        self.sentence = Steady(PlainLabel("", name="verdict", wrap=True))
        self._note = ""
        self.legend = Legend([
            ("circle", "accepted", self.tr("fits")), ("triangle", "rejected", self.tr("too slow")),
            ("cross", "failed", self.tr("unreachable")), ("slashed", "gone", self.tr("cooling down")),
            ("diamond", "probing", self.tr("in a probe")), ("dot", "border", self.tr("not tried")),
        ], most_lines=2)  # fmt: skip
        self.export = ExportButton("pairs", lambda: self.plot, self._rows)
        self._place = QWidget()
        self._place_layout = Stack(self._place)
        self._empty = EmptyNote("", self._place)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(12, 6, 12, 0)
        head.setSpacing(8)
        head.addWidget(self.sentence, 1)
        head.addWidget(self.export)
        below = QHBoxLayout()
        below.setContentsMargins(12, 2, 12, 2)
        below.addWidget(self.legend, 1)
        layout = Stack(self)
        layout.setContentsMargins(1, 0, 1, 1)
        layout.addLayout(head)
        layout.addLayout(below)
        layout.addWidget(self._place, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The matrix is brought in after the window was painted."""
        super().paintEvent(event)
        if self.plot is None:
            QTimer.singleShot(0, self, self._build_plot)

    def refresh(self, now_elapsed_s: float) -> None:
        """Sentence and cells."""
        self._now_elapsed_s = now_elapsed_s
        known = len(self._waitroom.rows) >= 2 and not self._table.asleep
        self._empty.setVisible(not known)
        self._empty.setText(self._empty_text())
        for widget in (self.sentence, self.legend, self.export):
            widget.setVisible(known)
        if self.plot is None:
            return
        self.plot.setVisible(known)
        if self._table.asleep:
            return
        from core.analysis.pair_matrix import matrix_of, waiting_pairs
        from core.analysis.pair_verdict import verdict

        pairs = waiting_pairs(self._waitroom, self._table, self._run.max_p2p_rtt_ms, now_elapsed_s)
        matrix = matrix_of(pairs)
        self.sentence.setText(verdict(pairs))
        self._note = self._left_out_text(matrix)
        self.plot.show_matrix(matrix)
        self.plot.setAccessibleDescription(self.sentence.text())

    def note(self) -> str:
        """Who is not in it."""
        return self._note

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        plot: MatrixPlot | None = getattr(self, "plot", None)
        if event.type() == QEvent.Type.PaletteChange and plot is not None:
            plot.recolour(colours_of(self))

    def describe(self, row: int, column: int) -> str:
        """What is known of a cell's two people, or of one person where a name stands; plain text."""
        matrix = self.plot.matrix if self.plot is not None else None
        if matrix is None:
            return ""
        if row < 0 or column < 0 or row == column:
            return self._about_person(matrix, max(row, column) if row < 0 or column < 0 else row)
        return self._about_pair(matrix.people[row], matrix.people[column])

    def _about_person(self, matrix: Matrix, place: int) -> str:
        fits, tried = int(matrix.fits[place]), int(matrix.tried[place])
        name = words.name(matrix.people[place])
        others = len(matrix.pairs.people) - 1
        if not tried:
            return self.tr("{}\nnot tried with any of the other {} yet").format(name, others)
        return self.tr("{}\nfits {} of {} tried; {} others wait").format(name, fits, tried, others)

    def _about_pair(self, a: str, b: str) -> str:
        row = self._table.row_of(a, b)
        record = None if row is None else self._table.evidence(row)
        told = [words.names([a, b]), self.tr("not tried yet")] if record is None else [evidence.describe(record)]
        person = self._waitroom.rows.get(a)
        if person is not None and b in person.probed_with:
            told.append(self.tr("being measured at this moment"))
        elif row is not None and self._table.until_s[row] > self._now_elapsed_s:
            left = words.clock_text(self._table.until_s[row] - self._now_elapsed_s)
            told.append(self.tr("counts for {} more").format(left))
        return "\n".join(told)

    def _left_out_text(self, matrix: Matrix) -> str:
        told = []
        if matrix.left_out:
            told.append(self.tr("{} who fit least, and {} more").format(len(matrix.people), matrix.left_out))
        if matrix.pairs.elsewhere:
            told.append(self.tr("{} wait in another scene").format(matrix.pairs.elsewhere))
        return " · ".join(told)

    def _empty_text(self) -> str:
        if self._run.state == "ended":
            return self.tr("The run is over: nobody waits any more.")
        if len(self._waitroom.rows) == 1:
            return self.tr("One person waits. With a second, this shows who fits whom.")
        if self._waitroom.rows:
            return self.tr("The pairs are still being read from the log: {} %").format(self._table.caught_up)
        return self.tr("Nobody waits. Once two people do, this shows who fits whom, and whether it is a person or the "
                       "limit that keeps them apart.")  # fmt: skip

    def _build_plot(self) -> None:
        if self.plot is not None:
            return
        from widgets.plots.matrix_plot import MatrixPlot

        self.plot = MatrixPlot()
        self.plot.tell = self.describe
        self.plot.chosen.connect(self._selection.choose)
        self._place_layout.addWidget(self.plot)
        self._empty.raise_()
        self.setFocusProxy(self.plot)
        self.plot.mark(self._selection.subject_id)
        self.refresh(self._now_elapsed_s)

    def _mark(self, subject_id: str | None) -> None:
        if self.plot is not None:
            self.plot.mark(subject_id)

    def _rows(self) -> Rows:
        """Every recorded pair of those who wait."""
        from core.analysis.pair_matrix import KINDS, waiting_pairs

        yield ["subject_a", "subject_b", "kind", "rtt_ms", "max_p2p_rtt_ms", "counts_still"]
        pairs = waiting_pairs(self._waitroom, self._table, self._run.max_p2p_rtt_ms, self._now_elapsed_s)
        columns = zip(pairs.first, pairs.second, pairs.kind, pairs.rtt_ms, pairs.fresh, strict=True)
        for first, second, kind, rtt_ms, fresh in columns:
            people = pairs.people[first].subject_id, pairs.people[second].subject_id
            yield [*people, KINDS[kind], float(rtt_ms), pairs.limit_ms, bool(fresh)]
