"""The four distributions and the waitroom over time.

Owns which lines each chart gets. Must not draw (step_plot.py does) or estimate (curve_facts.py does). Imports
pyqtgraph, so it may only be imported after the first paint.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from core.analysis.comparing.comparison import Comparison
from core.analysis.comparing.curve_facts import CENSORED_ABOUT, FEW, KINDS, THIN_ABOUT, CurveKind, axis_of, drawn_curve
from core.projections import words
from widgets.compare.plot_axes import ShareAxis, ValueAxis
from widgets.compare.step_plot import Line, StepPlot
from widgets.parts.text import PlainLabel, plain_tooltip
from widgets.plots.axes import ElapsedAxis

COLUMNS: Final = 2


class CurvesView(QWidget):
    """Signal: `behind_wanted(name of the distribution, place of the run, x)`."""

    behind_wanted = Signal(str, int, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plots: dict[str, StepPlot] = {}
        self._notes: dict[str, PlainLabel] = {}
        inside = QWidget()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        grid = QGridLayout(inside)
        grid.setContentsMargins(12, 10, 12, 8)
        grid.setSpacing(12)
        for number, kind in enumerate(KINDS):
            grid.addWidget(self._chart(kind), number // COLUMNS, number % COLUMNS)
        self._about = PlainLabel(name="muted", wrap=True)
        grid.addWidget(self._about, len(KINDS) // COLUMNS, 0, 1, COLUMNS)
        for row in range(len(KINDS) // COLUMNS):
            grid.setRowStretch(row, 1)

    def _chart(self, kind: CurveKind) -> QWidget:
        card = QWidget()
        layout = QVBoxLayout(card)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        plot = StepPlot(
            kind.title, lambda line, x: f"{line.letter}: {words.percent(line.at(x), 1)} up to {x:.3g} {kind.unit}",
            ValueAxis("bottom"), ShareAxis("left"),
        )  # fmt: skip
        plot.setLabel("bottom", kind.axis)
        plot.setToolTip(kind.about)
        plot.behind_wanted.connect(lambda place, x: self.behind_wanted.emit(kind.name, place, x))
        self.plots[kind.name] = plot
        self._notes[kind.name] = PlainLabel(name="muted", wrap=True)
        layout.addWidget(PlainLabel(kind.title, name="cardTitle"))
        layout.addWidget(plot, 1)
        layout.addWidget(self._notes[kind.name])
        return card

    def show_comparison(self, comparison: Comparison) -> None:
        """These runs."""
        about = CENSORED_ABOUT if len(comparison.runs) <= FEW else CENSORED_ABOUT.replace(THIN_ABOUT, "")
        self._about.setText(f"{self.tr('Waiting and time to match')}: {about}")
        for kind in KINDS:
            axis = axis_of(comparison.runs, kind.name)
            lines, notes = [], []
            for place, (run, letter) in enumerate(zip(comparison.runs, comparison.letters, strict=True)):
                curve = drawn_curve(run.curves[kind.name])
                if curve.censored and len(comparison.runs) <= FEW:
                    lines.append(Line(place, letter, curve.plain.x, curve.plain.y, axis.high, thin=True))
                last = max(curve.censored_at, default=axis.high)
                lines.append(Line(place, letter, curve.main.x, curve.main.y, last, ticks=curve.censored_at[:200]))
                notes.append(f"{letter}: {curve.summary(kind.unit)}" if curve.n else f"{letter}: nothing recorded")
            self.plots[kind.name].show_lines(lines, axis.low, axis.high, 1.06, log=axis.log)
            few = len(notes) <= FEW
            self._notes[kind.name].setText(" · ".join(notes))
            self._notes[kind.name].setVisible(few)
            self.plots[kind.name].setToolTip(plain_tooltip("\n".join([kind.about, *notes])))


class WaitingView(QWidget):
    """People waiting over time, aligned at each run's start. Signal: `behind_wanted(place of the run, elapsed_s)`."""

    behind_wanted = Signal(int, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = StepPlot(
            self.tr("People waiting over time"),
            lambda line, x: f"{line.letter}: {line.at(x):.0f} waiting at {words.clock_text(x)}",
            ElapsedAxis("bottom"), ValueAxis("left"),
        )  # fmt: skip
        self.plot.setLabel("bottom", self.tr("time since each run's start"))
        self.plot.setLabel("left", self.tr("people waiting"))
        self.plot.behind_wanted.connect(self.behind_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 8)
        layout.addWidget(self.plot, 1)

    def show_comparison(self, comparison: Comparison) -> None:
        """These runs."""
        lines = []
        for place, (run, letter) in enumerate(zip(comparison.runs, comparison.letters, strict=True)):
            times, counts = run.waiting
            lines.append(Line(place, letter, times, counts.astype(np.float64), run.duration_s))
        longest = max((run.duration_s for run in comparison.runs), default=1.0) or 1.0
        most = max((int(run.waiting[1].max(initial=0)) for run in comparison.runs), default=0)
        self.plot.show_lines(lines, 0.0, longest, max(most, 1) * 1.06, log=False)
