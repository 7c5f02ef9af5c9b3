"""How often each round-trip time was measured, beside the chart and on its axis.

Owns counting into bins and drawing them. Must not judge: accepted and rejected are as recorded, and a limit that is
only tried out shades what it would leave out. Imports pyqtgraph, so it may only be imported after the first paint.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from pyqtgraph.Qt import internals
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from core.projections.probes import ACCEPTED, FAILED, REJECTED
from widgets.palette import Colours
from widgets.plots.in_view import InView
from widgets.plots.ms_scale import MsScale

BINS: Final = 44

FloatArray = np.ndarray[tuple[int], np.dtype[np.float64]]
ByteArray = np.ndarray[tuple[int], np.dtype[np.int8]]


class Distribution(InView):
    """Bars from the left, accepted first, rejected (hatched) after them; `counts[outcome, bin]`."""

    def __init__(self, scale: MsScale) -> None:
        super().__init__()
        self._scale = scale
        self._colours: Colours | None = None
        self._low, self._high = 0.0, 1.0
        self._heights = np.empty(0)
        self._outcome = np.empty(0, np.int8)
        self._counted = 0
        self.counts = np.zeros((2, BINS), np.int64)
        self._most = 0  # in one bin
        self._tried: float | None = None

    def recolour(self, colours: Colours) -> None:
        """Follow the theme."""
        self._colours = colours
        self.update()

    def set_points(self, heights: FloatArray, outcome: ByteArray, *, anew: bool = False) -> None:
        """All probes; those counted before stand unchanged at the beginning, unless `anew`."""
        self._heights, self._outcome = heights, outcome
        if anew:
            self._start_anew()
        self._count()

    def set_range(self, low: float, high: float) -> None:
        """The axis shows this."""
        if (low, high) != (self._low, self._high):
            self._low, self._high = low, high
            self._start_anew()
            self._count()

    def try_limit(self, limit_ms: int | None) -> None:
        """Shade what a limit that is being dragged would leave out; None: as recorded."""
        self._tried = None if limit_ms is None else self._scale.height(limit_ms)
        self.update()

    def describe(self, height: float) -> str:
        """The bin at this height, in a line; "" outside or if nothing was measured there."""
        place = int((height - self._low) / (self._high - self._low) * BINS)
        if not 0 <= place < BINS or not self.counts[:, place].any():
            return ""
        low, high = (self._scale.ms(self._low + (place + step) * self._step) for step in (0, 1))
        accepted, rejected = (int(count) for count in self.counts[:, place])
        return f"{low:.0f} to {high:.0f} ms: {accepted} accepted, {rejected} rejected"

    @property
    def _step(self) -> float:
        return (self._high - self._low) / BINS

    def _start_anew(self) -> None:
        self.counts[:] = 0
        self._counted = 0
        self._most = -1

    def _count(self) -> None:
        heights, outcome = self._heights[self._counted :], self._outcome[self._counted :]
        self._counted = len(self._heights)
        measured = outcome != FAILED
        place = ((heights[measured] - self._low) * (BINS / (self._high - self._low))).astype(np.int64)
        seen = (place >= 0) & (place < BINS)
        for kind in (ACCEPTED, REJECTED):
            self.counts[kind] += np.bincount(place[seen & (outcome[measured] == kind)], minlength=BINS)
        most = int(self.counts.sum(axis=0).max())
        if most != self._most:
            self._most = most
            self.update()
        elif seen.any():  # the others keep their length
            self._update_bins(int(place[seen].min()), int(place[seen].max()))

    def _update_bins(self, first: int, last: int) -> None:
        view = self.boundingRect()
        view.setTop(self._low + (first - 0.5) * self._step)
        view.setBottom(self._low + (last + 1.5) * self._step)
        self.update(view)

    def paint(self, painter: QPainter, option: object, widget: QWidget | None = None) -> None:
        """Bars, the fullest as wide as the room."""
        if self._colours is None or self._most <= 0:
            return
        to_pixels = painter.worldTransform()
        area = to_pixels.mapRect(self.boundingRect())
        painter.save()
        painter.resetTransform()
        tops = (self._low + np.arange(BINS + 1) * self._step) * to_pixels.m22() + to_pixels.dy()
        widths = self.counts * ((area.width() - 6) / self._most)
        lefts = np.array([np.zeros(BINS), widths[0]]) + area.left() + 1
        shaded = np.broadcast_to(np.arange(2)[:, None], self.counts.shape)
        if self._tried is not None:
            middles = self._low + (np.arange(BINS) + 0.5) * self._step
            shaded = np.broadcast_to(np.where(middles <= self._tried, ACCEPTED, REJECTED), self.counts.shape)
        for kind, name in ((ACCEPTED, "accepted"), (REJECTED, "rejected")):
            mine = (self.counts > 0) & (shaded == kind)
            rows, places = np.nonzero(mine)
            self._paint_bars(painter, name, lefts[mine], widths[rows, places], tops[places + 1], tops[places])
        painter.restore()

    def _paint_bars(
        self, painter: QPainter, name: str, left: np.ndarray, width: np.ndarray, top: np.ndarray, bottom: np.ndarray
    ) -> None:
        """All of one kind in one call: accepted filled, rejected tinted with an edge."""
        assert self._colours is not None
        if not len(left):
            return
        store = internals.PrimitiveArray(QRectF, 4)
        store.resize(len(left))
        bars = store.ndarray()
        bars[:, 0], bars[:, 1] = left, top + 0.5
        bars[:, 2], bars[:, 3] = np.maximum(width, 1.5), bottom - top - 1
        fill = self._colours.of(name)
        painter.setPen(Qt.PenStyle.NoPen)
        if name == "rejected":
            bars += (0.5, 0.5, -1.0, -1.0)
            painter.setPen(QPen(fill, 1))
            fill.setAlphaF(0.35)
        painter.setBrush(fill)
        painter.drawRects(*store.drawargs())
