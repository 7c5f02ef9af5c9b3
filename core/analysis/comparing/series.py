"""What each of up to twelve runs looks like in every chart: a colour, a line pattern and a mark, the same everywhere.

Owns the choice, for light and dark ground. Six hues after Okabe and Ito (2008), dark or light enough to write
with, which stay apart under the common colour blindnesses; once as a solid line and once dashed. Letters
(comparison.py) name them. Must not draw.
"""

from __future__ import annotations

from typing import Final

LIGHT: Final = ("#0072b2", "#c04d00", "#00835d", "#a8397a", "#574c00", "#263a7a")
DARK: Final = ("#56b4e9", "#f58b4c", "#35c795", "#e08fc0", "#e6c84f", "#a9d8f5")
DASHES: Final = ((), (6.0, 3.0))
MARKS: Final = ("circle", "square", "triangle", "diamond", "cross", "plus")


def colour_of(place: int, *, dark: bool) -> str:
    """`#rrggbb` of the run at this place, from 0."""
    return (DARK if dark else LIGHT)[place % len(LIGHT)]


def dashes_of(place: int) -> tuple[float, ...]:
    """Lengths of dash and gap in pixels; () is a solid line."""
    return DASHES[place // len(LIGHT) % len(DASHES)]


def mark_of(place: int) -> str:
    """The shape of its points."""
    return MARKS[place % len(MARKS)]
