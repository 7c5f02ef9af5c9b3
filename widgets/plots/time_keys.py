"""Moving through time by key, alike in every chart with a time axis.

Owns which key does what to the axis. Must not follow anything by itself.
"""

from __future__ import annotations

from collections.abc import Callable

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent


def turn_keys(view: pg.ViewBox, event: QKeyEvent, whole: Callable[[], None]) -> bool:
    """Move or zoom a time axis by key; `whole` is called for Home. Says whether the key was one of these."""
    low, high = view.viewRange()[0]
    span = high - low
    key = event.key()
    if key == Qt.Key.Key_Home:
        whole()
    elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        shift = span * (0.15 if key == Qt.Key.Key_Right else -0.15)
        view.setXRange(low + shift, high + shift, padding=0)
    elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
        factor = 1.25 if key == Qt.Key.Key_Minus else 0.8
        middle = (low + high) / 2
        view.setXRange(middle - span * factor / 2, middle + span * factor / 2, padding=0)
    else:
        return False
    return True
