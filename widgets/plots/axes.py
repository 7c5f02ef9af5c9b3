"""Axes that count as people do: time as on a stopwatch, lanes by name.

Owns tick places and words. Imports pyqtgraph, so it may only be imported after the first paint.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPaintEngine, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from core.projections import words
from widgets.palette import Colours
from widgets.plots.in_view import InView
from widgets.plots.ms_scale import MsScale

_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_STEPS_MS: Final = (10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000, 50_000)
LEFT_WIDTH: Final = 64
_LEAST_NAME_PX: Final = 13


def style_axis(axis: pg.AxisItem, colours: Colours, font: QFont) -> None:
    """Quiet lines, readable words."""
    axis.setPen(pg.mkPen(colours.border))
    axis.setTextPen(pg.mkPen(colours.muted))
    axis.setStyle(tickFont=font, tickLength=-4)


class KeptAxis(pg.AxisItem):  # type: ignore[misc] # ships no types
    """Drawn once and kept as pixels until something about it changes: shaping its words anew takes 2 ms a refresh."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self._kept: QPixmap | None = None
        self._kept_of: tuple[object, ...] = ()

    def paint(self, painter: QPainter, option: object, widget: QWidget | None) -> None:
        """From the pixels; into a vector picture as lines and words."""
        if painter.paintEngine().type() == QPaintEngine.Type.SVG:
            super().paint(painter, option, widget)
            return
        area, ratio = self.boundingRect(), painter.device().devicePixelRatioF()
        wanted = (self.picture, area.getRect(), ratio)
        if self._kept is None or self.picture is None or wanted != self._kept_of:
            kept = QPixmap(math.ceil(area.width() * ratio), math.ceil(area.height() * ratio))
            kept.setDevicePixelRatio(ratio)
            kept.fill(Qt.GlobalColor.transparent)
            inside = QPainter(kept)
            inside.setRenderHints(painter.renderHints())
            inside.translate(-area.topLeft())
            super().paint(inside, option, widget)
            inside.end()
            self._kept, self._kept_of = kept, (self.picture, area.getRect(), ratio)
        painter.drawPixmap(area.topLeft(), self._kept)


class ElapsedAxis(KeptAxis):
    """Seconds since the run started, as `m:ss`."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803
        """One level of ticks, at least 75 pixels apart, on whole steps of a clock."""
        span = max(maxVal - minVal, 1e-9)
        room = max(1.0, size / 75)
        step = next((step for step in _STEPS_S if span / step <= room), _STEPS_S[-1])
        return [(step, 0)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Times before the start are left blank."""
        return [words.clock_text(value) if value >= 0 else "" for value in values]


class MsAxis(KeptAxis):
    """Milliseconds, with the unit at each number; from ten seconds up in seconds."""

    def __init__(self, side: str, scale: MsScale) -> None:
        super().__init__(side)
        self._scale_ms = scale

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803
        """One level of ticks, at least 34 pixels apart."""
        room = max(1.0, size / 34)
        step = next((step for step in _STEPS_MS if (maxVal - minVal) / step <= room), _STEPS_MS[-1])
        return [(step, 0)]

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        """On a logarithmic axis 1, 2 and 5 of each power of ten, or as many of them as there is room for."""
        if not self._scale_ms.log:
            ticks: list[tuple[float, list[float]]] = super().tickValues(minVal, maxVal, size)
            return ticks
        steps = (1, 2, 5) if size / max(maxVal - minVal, 0.1) > 3 * 24 else (1,)
        powers = range(math.floor(minVal), math.ceil(maxVal) + 1)
        places = [power + math.log10(step) for power in powers for step in steps]
        return [(1.0, [place for place in places if minVal <= place <= maxVal])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Whole milliseconds."""
        shown = [round(self._scale_ms.ms(value)) for value in values]
        return [f"{ms / 1000:g} s" if ms >= 10_000 else f"{ms} ms" for ms in shown]


class LaneAxis(KeptAxis):
    """A participant's name beside each lane."""

    def __init__(self, width: int) -> None:
        super().__init__("left")
        self._names: Sequence[str] = []
        self._count = 0
        self._room = width - 14
        self.setWidth(width)

    def set_names(self, names: Sequence[str]) -> None:
        """Lane 0 first; names are only ever added."""
        if names is not self._names or len(names) != self._count:
            self._names, self._count = names, len(names)
            self.picture = None
            self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        """The lanes in view, or as many of them as names have room."""
        low, high = sorted((minVal, maxVal))
        first, last = max(0, int(low + 0.5)), min(len(self._names) - 1, int(high + 0.5))
        step = max(1, math.ceil(_LEAST_NAME_PX * (high - low) / max(size, 1.0)))
        return [(1.0, [float(lane) for lane in range(-(-first // step) * step, last + 1, step)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Names, cut to the room there is."""
        metrics = QFontMetrics(self.style["tickFont"] or QFont())
        elide = Qt.TextElideMode.ElideRight
        return [metrics.elidedText(words.name(self._names[int(lane)]), elide, self._room) for lane in values]


class GridLines(InView):
    """A faint line across the view at each tick of an axis on its left. The axis' own would be a picture as large."""

    def __init__(self, axis: pg.AxisItem) -> None:
        super().__init__()
        self._axis = axis
        self._pen = QPen()
        self._lines: list[QLineF] = []
        self._lines_of: tuple[object, ...] = ()
        self.setZValue(-10)

    def recolour(self, colours: Colours) -> None:
        """Follow the theme."""
        colour = colours.of("border")
        colour.setAlphaF(0.55)
        self._pen = QPen(colour, 0)
        self.update()

    def paint(self, painter: QPainter, option: object, widget: QWidget | None = None) -> None:
        """All in one call; looked for again only when the view has moved."""
        view, height = self.boundingRect(), self._axis.size().height()
        if self._lines_of != (view.getRect(), height):
            self._lines_of = (view.getRect(), height)
            levels = self._axis.tickValues(view.top(), view.bottom(), height)
            self._lines = [QLineF(view.left(), place, view.right(), place) for _, places in levels for place in places]
        painter.setPen(self._pen)
        painter.drawLines(self._lines)


def whole_run_end_s(now_elapsed_s: float) -> float:
    """Where a time axis that shows the whole run ends: a little after now, moving in steps, so that it mostly rests."""
    step_s = 15 if now_elapsed_s < 240 else 60 if now_elapsed_s < 1800 else 300
    return max(60.0, (int(now_elapsed_s * 1.03) // step_s + 1) * step_s)
