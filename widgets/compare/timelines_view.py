"""A small chart a run, all on the same axes: its probes over time, and its limit.

Owns points, picking and keys. Must not judge a probe. Imports pyqtgraph, so it may only be imported after the first
paint.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QToolTip, QVBoxLayout, QWidget

from core.analysis.comparing import behind
from core.analysis.comparing.comparison import Comparison
from core.analysis.comparing.run_facts import OUTCOMES, RunFacts
from core.analysis.reports.figures_svg import timeline_scale
from core.projections import words
from widgets.compare.plot_axes import ValueAxis
from widgets.palette import OUTCOME_MARKS, colours_of
from widgets.parts.notes import Legend
from widgets.parts.text import PlainLabel, plain_tooltip
from widgets.plots.axes import ElapsedAxis, style_axis

HEIGHT: Final = 190
POINTS_DRAWN: Final = 1500
REACH_PX: Final = 12.0
_SYMBOLS: Final = {"circle": "o", "triangle": "t1", "cross": "x"}


class TimelinePlot(pg.PlotWidget):  # type: ignore[misc] # ships no types
    """One run. Signal: `behind_wanted(place of the run, probe)`."""

    behind_wanted = Signal(int, int)

    def __init__(self, comparison: Comparison, place: int, high_s: float, high_ms: float) -> None:
        super().__init__(axisItems={"bottom": ElapsedAxis("bottom"), "left": ValueAxis("left")})
        self._comparison, self._place = comparison, place
        self._run: RunFacts = comparison.runs[place]
        count = len(self._run.probes.ended_s)
        self._drawn = np.arange(0, count, max(1, -(-count // POINTS_DRAWN)))
        self._chosen = -1
        plot = self.getPlotItem()
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.vb.setMouseEnabled(x=False, y=False)
        plot.vb.setDefaultPadding(0.0)
        plot.layout.setContentsMargins(4, 4, 10, 2)
        plot.showGrid(x=True, y=True, alpha=0.18)
        self.getAxis("left").setWidth(50)
        self.setFixedHeight(HEIGHT)
        self.setRange(xRange=(0, high_s), yRange=(-0.04 * high_ms, high_ms), padding=0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name = words.plain(self._run.run_id)
        self.setAccessibleName(self.tr("Probes of {} over time, in ms").format(name))
        self.setAccessibleDescription(self.tr("Left and right: one probe after the other; Enter: the two people"))
        self.scene().sigMouseClicked.connect(self._click)
        self.scene().sigMouseMoved.connect(self._hover)
        self._recolour()

    @property
    def thinned(self) -> bool:
        """Whether some probes are not drawn."""
        return len(self._drawn) < len(self._run.probes.ended_s)

    def wheelEvent(self, event: Any) -> None:
        """The page scrolls, not the chart."""
        event.ignore()

    def _recolour(self) -> None:
        colours, plot, probes = colours_of(self), self.getPlotItem(), self._run.probes
        self.setBackground(colours.surface)
        for side in ("bottom", "left"):
            style_axis(self.getAxis(side), colours, self.font())
        plot.clear()
        at, rtt = probes.ended_s[self._drawn], np.nan_to_num(probes.rtt_ms[self._drawn], nan=0.0)
        outcome = probes.outcome[self._drawn]
        for number, name in enumerate(OUTCOMES):
            wanted = outcome == number
            colour = colours.of(name)
            fill = QColor(colour)
            fill.setAlphaF(0.45)
            plot.addItem(
                pg.ScatterPlotItem(
                    at[wanted],
                    rtt[wanted],
                    symbol=_SYMBOLS[OUTCOME_MARKS[number]],
                    size=6,
                    pen=pg.mkPen(colour),
                    brush=fill,
                )
            )
        pen = pg.mkPen(colours.limit, width=1.5, style=Qt.PenStyle.DashLine)
        for start_s, end_s, limit in self._run.limits():
            plot.addItem(pg.PlotDataItem([start_s, end_s], [float(limit), float(limit)], pen=pen))
        plot.addItem(pg.InfiniteLine(self._run.duration_s, angle=90, pen=pg.mkPen(colours.muted, width=1)))
        self._dot = pg.ScatterPlotItem(symbol="o", size=13, pen=pg.mkPen(colours.accent, width=2), brush=None)
        plot.addItem(self._dot)
        self._choose(self._chosen)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_dot"):
            self._recolour()

    def _choose(self, drawn: int) -> None:
        self._chosen = drawn
        if drawn < 0:
            self._dot.setData([], [])
            return
        probe = self._drawn[drawn]
        rtt = self._run.probes.rtt_ms[probe]
        self._dot.setData([float(self._run.probes.ended_s[probe])], [0.0 if np.isnan(rtt) else float(rtt)])

    def _nearest(self, scene_at: QPointF) -> int | None:
        box, probes = self.getViewBox(), self._run.probes
        if not len(self._drawn) or not box.sceneBoundingRect().contains(scene_at):
            return None
        at = box.mapSceneToView(scene_at)
        x_px, y_px = box.viewPixelSize()
        rtt = np.nan_to_num(probes.rtt_ms[self._drawn], nan=0.0)
        far = np.hypot((probes.ended_s[self._drawn] - at.x()) / x_px, (rtt - at.y()) / y_px)
        nearest = int(np.argmin(far))
        return nearest if far[nearest] <= REACH_PX else None

    def _title(self) -> str:
        return behind.of_probe(self._comparison, self._place, int(self._drawn[self._chosen])).title

    def _hover(self, scene_at: QPointF) -> None:
        found = self._nearest(scene_at)
        if found is not None and found != self._chosen:
            self._choose(found)
            QToolTip.showText(self.cursor().pos(), plain_tooltip(self._title()), self)

    def _click(self, event: Any) -> None:
        found = self._nearest(event.scenePos())
        if found is not None:
            event.accept()
            self._choose(found)
            self.behind_wanted.emit(self._place, int(self._drawn[found]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """One probe after the other."""
        turn = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if turn and len(self._drawn):
            self._choose((self._chosen + turn) % len(self._drawn))
            QToolTip.showText(self.mapToGlobal(self.rect().topLeft()), plain_tooltip(self._title()), self)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._chosen >= 0:
            self.behind_wanted.emit(self._place, int(self._drawn[self._chosen]))
        else:
            super().keyPressEvent(event)


class TimelinesView(QWidget):
    """All runs. Signal: `behind_wanted(place of the run, probe)`."""

    behind_wanted = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plots: list[TimelinePlot] = []
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._note = PlainLabel(name="muted", wrap=True)
        names = (self.tr("accepted"), self.tr("rejected"), self.tr("failed (at the bottom)"))
        legend = Legend([(mark, OUTCOMES[number], names[number]) for number, mark in enumerate(OUTCOME_MARKS)])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 8)
        layout.addWidget(legend)
        layout.addWidget(self._note)
        layout.addWidget(self._area, 1)

    def show_comparison(self, comparison: Comparison) -> None:
        """These runs, two beside each other."""
        high_s, high_ms = timeline_scale(comparison.runs)
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 8, 0)
        self.plots = []
        for place, (letter, name) in enumerate(zip(comparison.letters, comparison.names, strict=True)):
            plot = TimelinePlot(comparison, place, high_s or 1.0, high_ms)
            plot.behind_wanted.connect(self.behind_wanted)
            self.plots.append(plot)
            row, column = place // 2 * 2, place % 2
            grid.addWidget(PlainLabel(f"{letter}  {words.plain(name)}", name="cardTitle"), row, column)
            grid.addWidget(plot, row + 1, column)
        grid.setRowStretch(grid.rowCount(), 1)
        self._area.setWidget(inside)
        thinned = self.tr(" Of long runs an even choice of about {} probes is drawn.").format(POINTS_DRAWN)
        self._note.setText(
            self.tr("P2P RTT in ms over the time since each run's start; dashed: the limit; upright: the run's end.")
            + (thinned if any(plot.thinned for plot in self.plots) else "")
        )
