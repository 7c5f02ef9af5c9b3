"""Milliseconds as heights in a chart, plain or logarithmic.

Owns the way there and back, and the least and most there is. Must not draw.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

LEAST_MS: Final = 1
MOST_MS: Final = 60_000
_FLOOR_MS: Final = 0.5  # what is quicker is drawn there on a logarithmic axis

FloatArray = np.ndarray[tuple[int], np.dtype[np.float64]]


class MsScale:
    """One a chart, shared by all that is drawn in it; `log` says which way it counts."""

    def __init__(self) -> None:
        self.log = False

    def height(self, ms: float) -> float:
        """Where a number of milliseconds is."""
        return math.log10(max(ms, _FLOOR_MS)) if self.log else ms

    def heights(self, ms: FloatArray) -> FloatArray:
        """The same for many; nan stays nan."""
        return np.log10(np.maximum(ms, _FLOOR_MS)) if self.log else ms

    def ms(self, height: float) -> float:
        """How many milliseconds a height stands for."""
        return float(10**height) if self.log else height

    def whole_ms(self, height: float) -> int:
        """The same as a limit: whole, and no limit that is none."""
        return min(max(round(self.ms(height)), LEAST_MS), MOST_MS)

    def bounds(self) -> tuple[float, float]:
        """The heights between which a limit can be."""
        return self.height(LEAST_MS), self.height(MOST_MS)

    def room_for(self, lowest_ms: float, highest_ms: float, highest_limit_ms: float) -> tuple[float, float]:
        """Lowest and highest value of the axis in heights: all that was measured, and the limit unless it lies so far
        above that nothing else could be told apart; in steps, so that it mostly rests.
        """
        if self.log:
            top_ms, bottom_ms = max(highest_ms * 1.2, highest_limit_ms * 1.5, 200.0), min(lowest_ms / 1.5, 20.0)
            bottom = max(0.0, math.floor(math.log10(max(bottom_ms, 1.0)) * 4) / 4)
            return bottom, math.ceil(math.log10(top_ms) * 4) / 4
        limit_ms = highest_limit_ms if not highest_ms else min(highest_limit_ms, highest_ms * 3)
        needed_ms = max(highest_ms * 1.1, limit_ms * 1.25, 60.0)
        step_ms = 50 if needed_ms < 500 else 250 if needed_ms < 5_000 else 5_000
        return 0.0, (needed_ms // step_ms + 1) * step_ms
