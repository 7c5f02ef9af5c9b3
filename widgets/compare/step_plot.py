"""A chart of one step line a run, which can be read and clicked: distributions, and the waitroom over time.

Owns lines, the reading line, mouse and keys. Must not know what the lines mean. Imports pyqtgraph, so it may only be
imported after the first paint.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QToolTip, QWidget

from core.analysis.comparing.curve_facts import letter_level
from core.analysis.comparing.series import colour_of, dashes_of
from widgets.compare.plot_axes import ValueAxis
from widgets.palette import Colours, colours_of
from widgets.parts.text import plain_tooltip
from widgets.plots.axes import KeptAxis, style_axis

BESIDE_AXIS: Final = 0.05  # as a share of its length: a letter left of a place there would be cut off
REACH_PX: Final = 24.0
KEY_STEPS: Final = 60


@dataclass(frozen=True)
class Line:
    """A run's steps: `y[i]` holds from `x[i]` to the next, the last to `end_x`; 0 before the first."""

    place: int
    letter: str
    x: np.ndarray
    y: np.ndarray
    end_x: float
    thin: bool = False
    ticks: tuple[float, ...] = ()

    @property
    def rising(self) -> bool:
        """Whether it never goes down, as a distribution."""
        return not np.any(np.diff(self.y) < 0)

    def at(self, x: float) -> float:
        """The height at x."""
        place = int(np.searchsorted(self.x, x, side="right"))
        return float(self.y[place - 1]) if place else 0.0


class StepPlot(pg.PlotWidget):  # type: ignore[misc] # ships no types
    """Signal: `behind_wanted(place of the run, x)`. `words_for(line, x)` says in a line what is read there."""

    behind_wanted = Signal(int, float)

    def __init__(
        self, name: str, words_for: Callable[[Line, float], str], bottom: KeptAxis, left: KeptAxis,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent, axisItems={"bottom": bottom, "left": left})
        self._words_for = words_for
        self._bottom = bottom
        self._lines: list[Line] = []
        self._log = False
        self._reading: tuple[int, float] | None = None  # which of the strong lines, and where
        self._range: tuple[float, float, float] = (0.0, 1.0, 1.0)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._dot = pg.PlotDataItem(symbol="o", symbolSize=9)
        plot = self.getPlotItem()
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.showGrid(x=True, y=True, alpha=0.18)
        plot.vb.setMouseEnabled(x=True, y=False)
        plot.vb.setDefaultPadding(0.0)
        plot.layout.setContentsMargins(4, 8, 12, 2)
        left.setWidth(54)
        self.scene().sigMouseClicked.connect(self._click)
        self.scene().sigMouseMoved.connect(self._hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.setAccessibleDescription(
            self.tr(
                "Left and right: read along a run; up and down: another run; Enter: the people there; Home: all of it"
            )
        )
        self.setMinimumHeight(190)
        self._recolour()

    def sizeHint(self) -> QSize:
        """As much as the page gives, not what pyqtgraph would like: four of them fit a small window."""
        return QSize(300, 190)

    def show_lines(self, lines: Sequence[Line], low_x: float, high_x: float, high_y: float, *, log: bool) -> None:
        """Draw these; places on a logarithmic axis are powers of ten."""
        self._lines, self._log, self._reading = list(lines), log, None
        if isinstance(self._bottom, ValueAxis):
            self._bottom.log = log
        self._range = (self._to_axis(max(low_x, 1e-3) if log else low_x), self._to_axis(high_x), high_y)
        self._draw()
        self.show_all()

    def show_all(self) -> None:
        """The whole range again."""
        low, high, high_y = self._range
        self.getViewBox().setLimits(xMin=low, xMax=high, yMin=0, yMax=high_y)
        self.getViewBox().setRange(xRange=(low, high), yRange=(0, high_y), padding=0)

    def reading(self) -> str:
        """What the reading line says; "" without one."""
        strong = self._strong()
        if self._reading is None or not strong:
            return ""
        line, x = strong[self._reading[0]], self._reading[1]
        return self._words_for(line, x)

    # --- drawing ------------------------------------------------------------------------------------------------------

    def _to_axis(self, x: float) -> float:
        return math.log10(max(x, 1e-3)) if self._log else x

    def _from_axis(self, x: float) -> float:
        return float(10**x) if self._log else x

    def _draw(self) -> None:
        plot, colours = self.getPlotItem(), colours_of(self)
        plot.clear()
        runs = len({line.place for line in self._lines})
        for line in self._lines:
            colour = QColor(colour_of(line.place, dark=colours.dark))
            if line.thin:
                colour.setAlphaF(0.55)
            pen = pg.mkPen(colour, width=1 if line.thin else 2)
            if dashes := dashes_of(line.place):
                pen.setDashPattern(list(dashes))
            xs, ys = self._corners(line)
            plot.addItem(pg.PlotDataItem(xs, ys, pen=pen, connect="all"))
            self._draw_marks(line, colour, runs)
        plot.addItem(self._cursor, ignoreBounds=True)
        plot.addItem(self._dot, ignoreBounds=True)
        self._draw_reading()

    def _corners(self, line: Line) -> tuple[np.ndarray, np.ndarray]:
        if not len(line.x):
            return np.empty(0), np.empty(0)
        start = self._from_axis(self._range[0])
        xs = np.concatenate([[start], np.repeat(line.x, 2), [max(line.end_x, line.x[-1])]])
        ys = np.concatenate([[0.0, 0.0], np.repeat(line.y, 2)])
        return (np.log10(np.maximum(xs, 1e-3)) if self._log else xs), ys

    def _draw_marks(self, line: Line, colour: QColor, runs: int) -> None:
        """Ticks where somebody left, and the run's letter beside its line."""
        if line.ticks and not line.thin:
            xs = np.array([self._to_axis(x) for x in line.ticks])
            ys = np.array([line.at(x) for x in line.ticks])
            ticks = pg.PlotDataItem(xs, ys, pen=None, symbol="|", symbolSize=9, symbolPen=pg.mkPen(colour, width=1.5))
            self.getPlotItem().addItem(ticks)
        if len(line.x) and not line.thin:
            level = letter_level(line.place, runs) if line.rising else 1.0
            middle = int(np.argmax(line.y >= line.y.max() * level))
            ground = QColor(colours_of(self).surface)
            ground.setAlphaF(0.7)
            low, high, _ = self._range
            at_x = max(low, self._to_axis(float(line.x[middle])))
            on_the_axis = at_x - low < BESIDE_AXIS * (high - low)
            letter = pg.TextItem(line.letter, color=colour, anchor=(-0.25 if on_the_axis else 1.25, 0.9), fill=ground)
            letter.textItem.document().setDocumentMargin(1)
            letter.setZValue(1)  # on other runs' lines it could not be read
            font = self.font()
            font.setBold(True)
            letter.setFont(font)
            letter.setPos(at_x, float(line.y[middle]))
            self.getPlotItem().addItem(letter, ignoreBounds=True)

    def _recolour(self) -> None:
        colours: Colours = colours_of(self)
        self.setBackground(colours.surface)
        for side in ("bottom", "left"):
            style_axis(self.getAxis(side), colours, self.font())
        self._cursor.setPen(pg.mkPen(colours.muted, style=Qt.PenStyle.DashLine))
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_dot"):
            self._recolour()

    # --- reading ------------------------------------------------------------------------------------------------------

    def _strong(self) -> list[Line]:
        return [line for line in self._lines if not line.thin and len(line.x)]

    def _draw_reading(self) -> None:
        strong = self._strong()
        seen = self._reading is not None and bool(strong)
        self._cursor.setVisible(seen)
        self._dot.setVisible(seen)
        if self._reading is None or not strong:
            return
        line, x = strong[self._reading[0]], self._reading[1]
        self._cursor.setPos(self._to_axis(x))
        self._dot.setData([self._to_axis(x)], [line.at(x)])
        self._dot.setSymbolBrush(QColor(colour_of(line.place, dark=colours_of(self).dark)))

    def _nearest(self, scene_at: QPointF) -> tuple[int, float] | None:
        """The strong line under the mouse, and x; None if none is near."""
        box = self.getViewBox()
        if not box.sceneBoundingRect().contains(scene_at):
            return None
        at = box.mapSceneToView(scene_at)
        x = self._from_axis(at.x())
        heights = [box.mapViewToScene(QPointF(at.x(), line.at(x))).y() for line in self._strong()]
        if not heights:
            return None
        nearest = min(range(len(heights)), key=lambda place: abs(heights[place] - scene_at.y()))
        return (nearest, x) if abs(heights[nearest] - scene_at.y()) <= REACH_PX else None

    def _hover(self, scene_at: QPointF) -> None:
        found = self._nearest(scene_at)
        if found is not None:
            self._reading = found
            self._draw_reading()
            QToolTip.showText(self.cursor().pos(), plain_tooltip(self.reading()), self)

    def _click(self, event: Any) -> None:
        found = self._nearest(event.scenePos())
        if found is not None:
            event.accept()
            self._reading = found
            self._draw_reading()
            self._ask()

    def _ask(self) -> None:
        strong = self._strong()
        if self._reading is not None and strong:
            self.behind_wanted.emit(strong[self._reading[0]].place, self._reading[1])

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keys have a place to begin at."""
        super().focusInEvent(event)
        if self._reading is None and self._strong():
            low, high = self.getViewBox().viewRange()[0]
            self._reading = (0, self._from_axis((low + high) / 2))
            self._draw_reading()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Read along a line, change lines, ask who is there."""
        strong, key = self._strong(), event.key()
        if key == Qt.Key.Key_Home:
            self.show_all()
        elif not strong or self._reading is None:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._ask()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._move(key, len(strong))
        else:
            super().keyPressEvent(event)

    def _move(self, key: int, lines: int) -> None:
        assert self._reading is not None
        line, x = self._reading
        low, high = self.getViewBox().viewRange()[0]
        step = (high - low) / KEY_STEPS * {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key), 0)
        turn = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(key), 0)
        x = self._from_axis(min(max(self._to_axis(x) + step, low), high))
        self._reading = ((line + turn) % lines, x)
        self._draw_reading()
        self.setToolTip(plain_tooltip(self.reading()))
        corner = self.mapToGlobal(self.rect().topLeft())
        QToolTip.showText(corner, plain_tooltip(self.reading()), self)
