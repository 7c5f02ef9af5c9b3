"""A plot as SVG text: a frame with two axes, and lines and marks inside it, to be set into an HTML page.

Owns scales, ticks and escaping. Must not know what is drawn. Colours are CSS classes, so that the page's style decides
(`s0` … `s5` for runs, `axis`, `grid`, `quiet`); nothing needs a script, a font or a network.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from core.analysis.comparing.series import LIGHT, dashes_of
from core.projections import words

AxisKind = Literal["number", "share", "clock"]

LETTER_WIDE, LETTER_HIGH, LETTER_BESIDE = 8.0, 9.0, 4.0  # px, of a capital of 12 px
_CLOCK_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)


def linear_ticks(high: float, most: int) -> list[float]:
    """Round numbers from 0 to `high`, at most about `most` of them."""
    if high <= 0:
        return [0.0]
    rough = high / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    return [round(step * number, 10) for number in range(int(high / step * 1.0001) + 1)]


def clock_ticks(high_s: float, most: int) -> list[float]:
    """Whole steps of a clock."""
    step = next((step for step in _CLOCK_STEPS_S if high_s / step <= most), _CLOCK_STEPS_S[-1])
    return [float(step * number) for number in range(int(high_s / step) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each power of ten."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [tick for power in powers for step in (1, 2, 5) if low <= (tick := step * 10.0**power) <= high * 1.0001]


class Plot:
    """A frame of `width` × `height` pixels whose inside runs from (low_x, 0) to (high_x, high_y)."""

    def __init__(
        self, width: float, height: float, high_x: float, high_y: float, *, low_x: float = 0.0, log_x: bool = False,
        left: float = 52.0, bottom: float = 40.0, top: float = 10.0, right: float = 14.0,
    ) -> None:  # fmt: skip
        self.width, self.height = width, height
        self._low_x, self._high_x, self._high_y, self._log = low_x, high_x or 1.0, high_y or 1.0, log_x
        self.left, self.top = left, top
        self.inner_width, self.inner_height = width - left - right, height - top - bottom
        self._parts: list[str] = []

    # --- places -----------------------------------------------------------------------------------------------------

    def x(self, value: float) -> float:
        """In pixels; what lies outside is drawn at the edge."""
        if self._log:
            low, high = math.log10(self._low_x), math.log10(self._high_x)
            share = (math.log10(max(value, self._low_x)) - low) / (high - low)
        else:
            share = (value - self._low_x) / (self._high_x - self._low_x)
        return self.left + min(max(share, 0.0), 1.0) * self.inner_width

    def y(self, value: float) -> float:
        """In pixels from the top."""
        return self.top + (1 - min(max(value / self._high_y, 0.0), 1.0)) * self.inner_height

    # --- axes -------------------------------------------------------------------------------------------------------

    def axes(self, x_title: str, y_title: str, x_kind: AxisKind = "number", y_kind: AxisKind = "number") -> None:
        """Grid lines, ticks and titles."""
        bottom = self.top + self.inner_height
        for tick in self._x_ticks(x_kind):
            at = self.x(tick)
            self.add(f'<line class="grid" x1="{at:.1f}" y1="{self.top:.1f}" x2="{at:.1f}" y2="{bottom:.1f}"/>')
            text = words.clock_text(tick) if x_kind == "clock" else f"{tick:g}"
            self.text(at, bottom + 15, text, anchor="middle")
        for tick in linear_ticks(self._high_y, max(2, int(self.inner_height / 30))):
            at = self.y(tick)
            right = self.left + self.inner_width
            self.add(f'<line class="grid" x1="{self.left:.1f}" y1="{at:.1f}" x2="{right:.1f}" y2="{at:.1f}"/>')
            self.text(self.left - 6, at + 4, words.percent(tick) if y_kind == "share" else f"{tick:g}", anchor="end")
        self.add(
            f'<path class="axis" d="M{self.left:.1f} {self.top:.1f}V{bottom:.1f}H{self.left + self.inner_width:.1f}"/>'
        )
        self.text(self.left + self.inner_width / 2, self.height - 6, x_title, anchor="middle", css="title")
        if y_title:
            middle = self.top + self.inner_height / 2
            self.add(
                f'<text class="title" text-anchor="middle" transform="translate(12 {middle:.1f}) rotate(-90)">'
                f"{html.escape(y_title)}</text>"
            )

    def _x_ticks(self, kind: AxisKind) -> list[float]:
        most = max(2, int(self.inner_width / 62))
        if kind == "clock":
            return clock_ticks(self._high_x, most)
        return log_ticks(self._low_x, self._high_x) if self._log else linear_ticks(self._high_x, most)

    # --- what is inside ---------------------------------------------------------------------------------------------

    def add(self, element: str) -> None:
        """Any element; its text must be escaped already."""
        self._parts.append(element)

    def text(self, x: float, y: float, text: str, *, anchor: str = "start", css: str = "tick") -> None:
        """Words, escaped."""
        self.add(f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>')

    def letter(self, x: float, y: float, letter: str, css: str) -> None:
        """A run's letter, left of a place on its line and centred at `y`; right of it and above, where it would stand
        on the axis and its numbers.
        """
        if x - LETTER_BESIDE - LETTER_WIDE >= self.left:
            self.text(x - LETTER_BESIDE, y + LETTER_HIGH / 2, letter, anchor="end", css=css)
        else:
            self.text(self.left + LETTER_BESIDE, max(y - LETTER_BESIDE, self.top + LETTER_HIGH), letter, css=css)

    def steps(
        self, xs: Iterable[float], ys: Iterable[float], place: int, title: str, *, start: float | None = 0.0,
        end_x: float | None = None, css: str = "line",
    ) -> None:  # fmt: skip
        """A line of steps in the style of the run at `place`, from height `start` on; `title` shows when pointed at."""
        path: list[str] = [] if start is None else [f"M{self.x(self._low_x):.1f} {self.y(start):.1f}"]
        for x, y in zip(xs, ys, strict=True):
            path.append(f"H{self.x(x):.1f}V{self.y(y):.1f}" if path else f"M{self.x(x):.1f} {self.y(y):.1f}")
        if end_x is not None and path:
            path.append(f"H{self.x(end_x):.1f}")
        if path:
            self.add(
                f'<path class="{css} s{place % len(LIGHT)}"{dashes(place)} d="{"".join(path)}">'
                f"<title>{html.escape(title)}</title></path>"
            )

    def svg(self, label: str) -> str:
        """All of it; `label` says in a sentence what is seen, for those who do not see it."""
        return (
            f'<svg viewBox="0 0 {self.width:.0f} {self.height:.0f}" role="img" aria-label="{html.escape(label)}" '
            f'style="max-width:{self.width:.0f}px">{"".join(self._parts)}</svg>'
        )


def dashes(place: int) -> str:
    """The attribute for a run's line pattern."""
    pattern: Sequence[float] = dashes_of(place)
    return f' stroke-dasharray="{" ".join(f"{length:g}" for length in pattern)}"' if pattern else ""
