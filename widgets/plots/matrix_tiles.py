"""What a cell of the pair matrix looks like, by kind and by how far from the limit, and a whole matrix put together.

Owns the look: hue, strength and shape all differ, so that no kind is told by its colour alone. Must not know who the
people are. Imports numpy, so it may only be imported after the first paint.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from core.analysis.pair_matrix import COOLING, FITS, KINDS, PROBING, SAME, SLOW, UNREACHED, UNTRIED, Kinds
from widgets.palette import Colours
from widgets.parts.marks import paint_mark

# Shape and colour of each kind; a mark means the same as in the other charts.
LOOKS: Final = {
    FITS: ("circle", "accepted"), SLOW: ("triangle", "rejected"), UNREACHED: ("cross", "failed"),
    COOLING: ("slashed", "gone"), PROBING: ("diamond", "probing"), UNTRIED: ("dot", "border"),
}  # fmt: skip
# Up to which share of the limit how strong: pale near the limit on both sides of it, strong far from it.
_FITS_STEPS: Final = ((0.5, 0.75), (0.85, 0.45), (1.0, 0.2))
_SLOW_STEPS: Final = ((1.2, 0.2), (1.6, 0.45), (np.inf, 0.8))
_STEPS: Final = 4  # codes a kind: as it is, then its three strengths
_MARKED_FROM_PX: Final = 9
NUMBERS_FROM_PX: Final = 30

Floats = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Codes = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
Pixels = np.ndarray[tuple[int, int], np.dtype[np.uint32]]


def codes_of(kinds: Kinds, rtt_ms: Floats, limit_ms: int | None) -> Codes:
    """Which tile each cell gets."""
    codes: Codes = kinds * np.uint8(_STEPS)
    if limit_ms is None:
        codes[kinds == FITS] += np.uint8(2)
        return codes
    share = rtt_ms / limit_ms
    for kind, steps in ((FITS, _FITS_STEPS), (SLOW, _SLOW_STEPS)):
        mine = kinds == kind
        codes[mine] += np.searchsorted([step[0] for step in steps], share[mine]).clip(0, 2).astype(np.uint8) + np.uint8(
            1
        )
    return codes


def draw_matrix(codes: Codes, cell_px: int, ratio: float, colours: Colours) -> QImage:
    """Every cell stamped by numpy; `cell_px` is a cell's side in device-independent pixels, its gap included."""
    side = max(2, round(cell_px * ratio))
    tiles = _tiles(side, ratio, colours)
    rows, columns = codes.shape
    image = QImage(columns * side, rows * side, QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.bits(), np.uint32).reshape(rows, side, columns, side)
    pixels[...] = tiles[codes].transpose(0, 2, 1, 3)
    image.setDevicePixelRatio(ratio)
    return image


@lru_cache(maxsize=8)
def _tiles(side: int, ratio: float, colours: Colours) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint32]]:
    """Every cell there is, by its code."""
    return np.stack([_tile(code, side, ratio, colours) for code in range(len(KINDS) * _STEPS)])


def strength_of(code: int) -> float:
    """How strongly a tile is filled, 0 to 1."""
    kind, step = divmod(code, _STEPS)
    steps = {FITS: _FITS_STEPS, SLOW: _SLOW_STEPS}.get(kind)
    if steps is not None:
        return steps[max(step, 1) - 1][1]
    return {UNREACHED: 0.3, COOLING: 0.16, PROBING: 0.25}.get(kind, 0.0)


def _tile(code: int, side: int, ratio: float, colours: Colours) -> Pixels:
    """One cell as it is drawn, in `0xffRRGGBB`."""
    kind = code // _STEPS
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(colours.of("surface"))
    painter = QPainter(image)
    gap = max(1, round(ratio)) if side >= 6 else 0
    area = QRectF(0, 0, side - gap, side - gap)
    painter.fillRect(area, colours.of("raised"))
    if kind == SAME:
        painter.fillRect(area, colours.of("border"))
    else:
        _paint_kind(painter, area, kind, strength_of(code), colours, numbers=side / ratio >= NUMBERS_FROM_PX)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(side, image.bytesPerLine() // 4)
    return pixels[:, :side].copy()


def _paint_kind(
    painter: QPainter, area: QRectF, kind: int, strength: float, colours: Colours, *, numbers: bool
) -> None:
    shape, name = LOOKS[kind]
    fill = colours.of(name)
    if strength:
        tint = QColor(fill)
        tint.setAlphaF(strength)
        painter.fillRect(area, tint)
    if kind in (UNREACHED, COOLING):
        hatch = Qt.BrushStyle.BDiagPattern if kind == COOLING else Qt.BrushStyle.DiagCrossPattern
        lines = QColor(fill)
        lines.setAlphaF(0.35)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(lines)
        painter.fillRect(area, QColor(0, 0, 0, 0))
        brush = painter.brush()
        brush.setStyle(hatch)
        painter.fillRect(area, brush)
    side = area.width()
    if side < _MARKED_FROM_PX:
        return
    size = min(side * 0.52, 12.0 if numbers else 14.0) if kind != UNTRIED else min(side * 0.5, 8.0)
    # Where a number stands below, the mark gives way to it.
    middle = area.height() * (0.3 if numbers and kind in (FITS, SLOW) else 0.5)
    ink = colours.of("surface") if strength > 0.4 else fill
    paint_mark(painter, QRectF(area.center().x() - size / 2, middle - size / 2, size, size), shape, ink)
