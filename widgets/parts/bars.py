"""How each kind of timeline bar is filled, for the plot and for its legend.

Owns the look: hue, lightness and pattern all differ, so that no kind is told by its colour alone. Must not draw.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPen

from widgets.palette import Colours


def bar_looks(kind: str, colours: Colours) -> list[tuple[QBrush, QPen]]:
    """Brush and pen of each layer, from the bottom, for a kind of `core.projections.matches.KIND_NAMES`."""
    no_pen, no_brush = QPen(Qt.PenStyle.NoPen), QBrush(Qt.BrushStyle.NoBrush)
    plain = QBrush(colours.of(kind))
    surface = QColor(colours.surface)
    if kind == "probing":
        stripes = QColor(surface)
        stripes.setAlphaF(0.35)
        return [(plain, no_pen), (QBrush(stripes, Qt.BrushStyle.BDiagPattern), no_pen)]
    if kind == "waiting":
        tint = colours.of("waiting")
        tint.setAlphaF(0.30)
        return [(QBrush(tint), no_pen), (no_brush, QPen(colours.of("waiting"), 1))]
    if kind == "away":
        dots = QBrush(colours.of("away"), Qt.BrushStyle.DiagCrossPattern)
        return [(QBrush(surface), no_pen), (dots, QPen(colours.of("away"), 1))]
    return [(plain, no_pen)]


def bar_ink(kind: str, colours: Colours) -> QColor:
    """Words that can be read on that bar."""
    return QColor(colours.surface) if kind in ("probing", "playing") else colours.of("text")
