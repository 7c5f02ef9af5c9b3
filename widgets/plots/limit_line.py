"""The line an operator drags to wish for another limit, with its tag at the right edge.

Owns the dragging. Must not decide what the limit is: it is put where the log says, and reports where it was let go.
Imports pyqtgraph, so it may only be imported after the first paint.
"""

from __future__ import annotations

from typing import Any, Final

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal

from widgets.palette import Colours

LEAST_MS: Final = 1
MOST_MS: Final = 10_000


class LimitLine(pg.InfiniteLine):  # type: ignore[misc] # ships no types
    """Signals: `previewed(ms)` while it is dragged, `dropped(ms)` once when it is let go, both whole milliseconds."""

    previewed = Signal(int)
    dropped = Signal(int)

    def __init__(self, *, movable: bool) -> None:
        super().__init__(angle=0, movable=movable, pen=pg.mkPen(None), bounds=(LEAST_MS, MOST_MS))
        self.tag = _LimitTag(self, movable)
        self.sigDragged.connect(self._preview)
        self.sigPositionChangeFinished.connect(self._drop)

    def recolour(self, colours: Colours) -> None:
        """Follow the theme."""
        self.setHoverPen(pg.mkPen(colours.accent, width=2))
        self.tag.fill = pg.mkBrush(colours.limit)
        self.tag.setColor(colours.surface)

    def fix(self) -> None:
        """From here on it only shows."""
        self.setMovable(False)
        self.tag.fix()

    def put(self, limit_ms: int | None) -> None:
        """Where the log (or a wish under way) says; nowhere if there is no limit. Left alone while it is dragged."""
        if self.moving:
            return
        self.setVisible(limit_ms is not None)
        if limit_ms is not None:
            self.setValue(limit_ms)
            self.tag.say(limit_ms)

    def drag_to(self, limit_ms: float, *, finished: bool) -> None:
        """One step of a drag that began on the tag."""
        self.moving = not finished
        self.setValue(limit_ms)
        self.sigDragged.emit(self)
        if finished:
            self.sigPositionChangeFinished.emit(self)

    def _preview(self) -> None:
        limit_ms = round(self.value())
        self.tag.say(limit_ms)
        self.previewed.emit(limit_ms)

    def _drop(self) -> None:
        self.dropped.emit(round(self.value()))


class _LimitTag(pg.InfLineLabel):  # type: ignore[misc] # ships no types
    """The number at the right end of the line; taking hold of it is taking hold of the line."""

    def __init__(self, line: LimitLine, movable: bool) -> None:
        super().__init__(line, text="", position=0.995, anchors=[(1, 0.5), (1, 0.5)])
        self._movable = movable
        if movable:
            self.setCursor(Qt.CursorShape.SizeVerCursor)

    def fix(self) -> None:
        """From here on it only shows."""
        self._movable = False
        self.unsetCursor()

    def say(self, limit_ms: int) -> None:
        """Show this limit."""
        self.setPlainText(f"↕ {limit_ms} ms" if self._movable else f"{limit_ms} ms")

    def valueChanged(self) -> None:
        """Stay in place; the words are set by the line."""
        if self.isVisible():
            self.updatePosition()

    def mouseDragEvent(self, event: Any) -> None:
        """Move the line."""
        if not self._movable or event.button() != Qt.MouseButton.LeftButton:
            return
        event.accept()
        wanted = self.line.getViewBox().mapSceneToView(event.scenePos()).y()
        self.line.drag_to(wanted, finished=event.isFinish())
