"""One figure against the limit: a line a run with its band, its points, and what happened as a marked point.

Owns the drawing. Must not work anything out. Imports pyqtgraph, so it may only be imported after the first paint.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolTip, QWidget

from core.analysis.comparing.series import colour_of, dashes_of
from core.analysis.reports.svg_plot import linear_ticks
from core.analysis.what_if import answer as wi
from core.projections import words
from widgets.palette import colours_of
from widgets.parts.text import plain_tooltip
from widgets.plots.axes import KeptAxis, style_axis

REACH_PX: Final = 18.0
BAND_ALPHA: Final = 0.2
LETTER_PX: Final = 14


class LimitAxis(KeptAxis):
    """Limits in ms; `none_at` is where “none” stands."""

    none_at: float | None = None
    none_text = "none"

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        """Round numbers, and the place of no limit."""
        end = maxVal if self.none_at is None else self.none_at
        ticks = [tick for tick in linear_ticks(max(end, 1e-9), max(2, int(size / 64))) if minVal <= tick <= end]
        if self.none_at is not None:
            room = 56 * (maxVal - minVal) / max(size, 1.0)
            ticks = [*(tick for tick in ticks if tick <= self.none_at - room), self.none_at]
        return [(1.0, ticks)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Whole ms."""
        return [self.none_text if value == self.none_at else f"{value:g} ms" for value in values]


class CountAxis(KeptAxis):
    """Numbers from 0."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        """Round ones."""
        return [(1.0, linear_ticks(max(maxVal, 1e-9), max(2, int(size / 34))))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """As short as they can be."""
        return [f"{value:g}" for value in values]


class Curve(pg.PlotWidget):  # type: ignore[misc] # ships no types
    """Signal: `chosen(path, limit)`, when a point is clicked; limit is ms, None or "happened"."""

    chosen = Signal(str, object)

    def __init__(self, figure: wi.Figure, title: str, parent: QWidget | None = None) -> None:
        self._bottom, left = LimitAxis("bottom"), CountAxis("left")
        super().__init__(parent, axisItems={"bottom": self._bottom, "left": left})
        self.figure = figure
        self._answers: Sequence[wi.WhatIf] = ()
        self._places: Mapping[str, int] = {}
        self._spots: list[tuple[str, object, float, float, str]] = []  # path, limit, x, y, words
        self._letters: list[tuple[float, float, str, QColor]] = []  # y, x
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        plot = self.getPlotItem()
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.showGrid(x=True, y=True, alpha=0.16)
        plot.vb.setMouseEnabled(x=False, y=False)
        plot.layout.setContentsMargins(4, 4, 12, 2)
        left.setWidth(46)
        self._bottom.none_text = self.tr("none")
        self.setAccessibleName(title)
        self.setAccessibleDescription(self.tr("The table below holds the same figures"))
        self.setMinimumHeight(120)
        self.scene().sigMouseClicked.connect(self._click)
        self.scene().sigMouseMoved.connect(self._hover)
        self._recolour()

    # --- what is drawn ------------------------------------------------------------------------------------------------

    def show_answers(self, answers: Sequence[wi.WhatIf], places: Mapping[str, int]) -> None:
        """These runs; `places` by path, from 0."""
        self._answers, self._places = list(answers), dict(places)
        self._draw()

    def mark(self, limit: object) -> None:
        """A line where the chosen row of the table stands; "happened" or nothing chosen: none."""
        at = self._bottom.none_at if limit is None else limit
        self._cursor.setVisible(isinstance(at, int | float))
        if isinstance(at, int | float):
            self._cursor.setPos(float(at))

    def _draw(self) -> None:
        plot = self.getPlotItem()
        plot.clear()
        self._spots, self._letters = [], []
        low, high = self._axes()
        top = 1.0
        for answer in self._answers:
            top = max(top, self._draw_run(self._places[answer.path], answer))
        plot.addItem(self._cursor, ignoreBounds=True)
        plot.vb.setRange(xRange=(low, high), yRange=(-0.03 * top, top * 1.08), padding=0)
        self._draw_letters()

    def _axes(self) -> tuple[float, float]:
        limits = [p.limit_ms for answer in self._answers for p in answer.points if p.limit_ms is not None]
        limits += [limit for answer in self._answers for limit in answer.limits if limit is not None]
        low, high = (min(limits), max(limits)) if limits else (0, 100)
        room = max(10.0, (high - low) * 0.05)
        without = any(p.limit_ms is None for a in self._answers for p in a.points)
        without = without or any(limit is None for a in self._answers for limit in a.limits)
        self._bottom.none_at = high + 2.4 * room if without else None
        return max(0.0, low - (1.6 if len(self._places) > 1 else 1.0) * room), high + (3.4 if without else 1.0) * room

    def _draw_run(self, place: int, answer: wi.WhatIf) -> float:
        """Band, line, points and what happened; returns the highest of them."""
        colour = QColor(colour_of(place, dark=colours_of(self).dark))
        known = [(p, value) for p in answer.points if (value := p.figure(self.figure)) is not None]
        drawn = [(self._x(p.limit_ms), value) for p, value in known if p.limit_ms is not None]
        xs = [x for x, _ in drawn]
        if xs:
            self._draw_band(xs, [value for _, value in drawn], colour)
            pen = pg.mkPen(colour, width=2)
            if dashes := dashes_of(place):
                pen.setDashPattern(list(dashes))
            self.getPlotItem().addItem(pg.PlotDataItem(xs, [value.mid for _, value in drawn], pen=pen))
            if len(self._places) > 1:
                self._letters.append((drawn[0][1].mid, xs[0], wi.letter_of(place), colour))
        for p, value in known:
            self._draw_point(answer, p, value, colour)
        happened = self._draw_happened(answer, colour)
        return max([happened, *(value.high for _, value in known)])

    def _draw_letters(self) -> None:
        """Left of each line's start, one above the other where lines start together."""
        least, below = LETTER_PX * self.getViewBox().viewPixelSize()[1], -math.inf
        font = self.font()
        font.setBold(True)
        for y, x, letter, colour in sorted(self._letters, key=lambda one: one[0]):
            below = max(y, below + least)
            text = pg.TextItem(letter, color=colour, anchor=(1.5, 0.5))
            text.setFont(font)
            text.setPos(x, below)
            self.getPlotItem().addItem(text, ignoreBounds=True)

    def _draw_band(self, xs: list[float], values: list[wi.Range], colour: QColor) -> None:
        fill = QColor(colour)
        fill.setAlphaF(BAND_ALPHA)
        low = pg.PlotCurveItem(xs, [value.low for value in values], pen=pg.mkPen(None))
        high = pg.PlotCurveItem(xs, [value.high for value in values], pen=pg.mkPen(None))
        for edge in (low, high):
            self.getPlotItem().addItem(edge)
        self.getPlotItem().addItem(pg.FillBetweenItem(low, high, brush=fill))

    def _draw_point(self, answer: wi.WhatIf, point: wi.Point, value: wi.Range, colour: QColor) -> None:
        """Full where everything was measured, hollow where estimates are in it."""
        x = self._x(point.limit_ms)
        brush = QColor(colours_of(self).surface) if round(point.estimated) else colour
        if point.limit_ms is None and value.low < value.high:
            self.getPlotItem().addItem(pg.PlotDataItem([x, x], [value.low, value.high], pen=pg.mkPen(colour, width=2)))
        self.getPlotItem().addItem(
            pg.PlotDataItem(
                [x], [value.mid], pen=None, symbol="o", symbolSize=7, symbolPen=pg.mkPen(colour, width=1.5),
                symbolBrush=brush,
            )
        )  # fmt: skip
        limit = self.tr("no limit") if point.limit_ms is None else wi.limit_text(point.limit_ms)
        told = (
            f"{words.plain(answer.run)}, {limit}\n{self.accessibleName()}: {wi.range_text(value, digits=self._digits)}"
            f"\n{wi.estimates_text(point)}"
        )
        self._spots.append((answer.path, point.limit_ms, x, value.mid, told))

    def _draw_happened(self, answer: wi.WhatIf, colour: QColor) -> float:
        """A diamond, and a bar under it over all limits that were in force."""
        value = getattr(answer.happened, self.figure)
        if value is None or not answer.limits:
            return 0.0
        xs = [self._x(limit) for limit in answer.limits]
        pen = pg.mkPen(colours_of(self).text, width=1.6)
        if min(xs) < max(xs):
            self.getPlotItem().addItem(pg.PlotDataItem([min(xs), max(xs)], [value, value], pen=pen))
        self.getPlotItem().addItem(
            pg.PlotDataItem([xs[-1]], [value], pen=None, symbol="d", symbolSize=15, symbolPen=pen, symbolBrush=colour)
        )
        told = self.tr("{}: what happened, as recorded\n{}: {}\nLimit: {}").format(
            words.plain(answer.run), self.accessibleName(), f"{value:.{self._digits}f}", wi.limits_text(answer.limits)
        )
        self._spots.append((answer.path, "happened", xs[-1], float(value), told))
        return float(value)

    @property
    def _digits(self) -> int:
        return 1 if self.figure.startswith("waited") else 0

    def _x(self, limit_ms: int | None) -> float:
        if limit_ms is not None:
            return float(limit_ms)
        return self._bottom.none_at or 0.0

    def _recolour(self) -> None:
        colours = colours_of(self)
        self.setBackground(colours.surface)
        for side in ("bottom", "left"):
            style_axis(self.getAxis(side), colours, self.font())
        self._cursor.setPen(pg.mkPen(colours.muted, width=1.5))
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_cursor"):
            self._recolour()

    # --- the mouse ----------------------------------------------------------------------------------------------------

    def _nearest(self, scene_at: QPointF) -> tuple[str, object, float, float, str] | None:
        box = self.getViewBox()

        def away(spot: tuple[str, object, float, float, str]) -> float:
            at = box.mapViewToScene(QPointF(spot[2], spot[3])) - scene_at
            return float((at.x() ** 2 + at.y() ** 2) ** 0.5)

        nearest = min(reversed(self._spots), key=away, default=None)
        return nearest if nearest is not None and away(nearest) <= REACH_PX else None

    def _hover(self, scene_at: QPointF) -> None:
        found = self._nearest(scene_at)
        if found is not None:
            QToolTip.showText(self.cursor().pos(), plain_tooltip(found[4]), self)

    def _click(self, event: Any) -> None:
        found = self._nearest(event.scenePos())
        if found is not None:
            event.accept()
            self.chosen.emit(found[0], found[1])
