"""Axes of the compare page's charts: plain numbers, powers of ten, shares in percent.

Owns tick places and words. Imports pyqtgraph, so it may only be imported after the first paint.
"""

from __future__ import annotations

import math

from core.analysis.reports.svg_plot import linear_ticks, log_ticks
from core.projections import words
from widgets.plots.axes import KeptAxis


class ValueAxis(KeptAxis):
    """Numbers; with `log`, places are powers of ten."""

    log = False

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        """Round numbers."""
        room_px = 44 if self.orientation == "bottom" else 30
        if self.log:
            found = log_ticks(10**minVal, 10**maxVal)
            if size / max(maxVal - minVal, 0.1) < 3 * room_px:
                found = [tick for tick in found if math.log10(tick) % 1 < 1e-9]
            ticks = [math.log10(tick) for tick in found]
        else:
            ticks = [tick for tick in linear_ticks(max(maxVal, 1e-9), max(2, int(size / room_px))) if tick >= minVal]
        return [(1.0, ticks)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """As short as they can be."""
        return [f"{10**value if self.log else value:.6g}" for value in values]


class ShareAxis(KeptAxis):
    """0 to 100 %."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        """Every fifth, or every half where there is little room."""
        step = 0.2 if size > 120 else 0.5
        return [(step, [step * number for number in range(int(1 / step) + 1)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Percent."""
        return [words.percent(value) for value in values]
