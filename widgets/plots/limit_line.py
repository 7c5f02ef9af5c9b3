"""The line an operator drags to wish for another limit, with its tag at the right edge.

Owns the dragging. Must not decide what the limit is: it is put where the log says, and reports where it was let go.
Imports pyqtgraph, so it may only be imported after the first paint.
"""

from __future__ import annotations

from typing import Any, Final

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal

from widgets.palette import Colours
from widgets.plots.ms_scale import MsScale

_TAG_PX: Final = 12.0


class LimitLine(pg.InfiniteLine):  # type: ignore[misc] # ships no types
    """Signals: `previewed(ms)` while it is dragged, `dropped(ms)` once when it is let go, both whole milliseconds."""

    previewed = Signal(int)
    dropped = Signal(int)

    def __init__(self, scale: MsScale, *, movable: bool) -> None:
        super().__init__(angle=0, movable=movable, pen=pg.mkPen(None), bounds=scale.bounds())
        self._scale = scale
        self._limit_ms: int | None = None
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

    def rescale(self) -> None:
        """The scale counts another way."""
        self.setBounds(self._scale.bounds())
        if self._limit_ms is not None:
            self.setValue(self._scale.height(self._limit_ms))

    def put(self, limit_ms: int | None) -> None:
        """Where the log (or a wish under way) says; nowhere if there is no limit. Left alone while it is dragged."""
        if self.moving:
            return
        self._limit_ms = limit_ms
        self.setVisible(limit_ms is not None)
        if limit_ms is not None:
            self.setValue(self._scale.height(limit_ms))
            self.tag.say(limit_ms)

    def drag_to(self, height: float, *, finished: bool) -> None:
        """One step of a drag that began on the tag."""
        self.moving = not finished
        self.setValue(height)
        self.sigDragged.emit(self)
        if finished:
            self.sigPositionChangeFinished.emit(self)

    def _preview(self) -> None:
        limit_ms = self._scale.whole_ms(self.value())
        self.tag.say(limit_ms)
        self.previewed.emit(limit_ms)

    def _drop(self) -> None:
        self.dropped.emit(self._scale.whole_ms(self.value()))


class _LimitTag(pg.InfLineLabel):  # type: ignore[misc] # ships no types
    """The number at the right end of the line; taking hold of it is taking hold of the line.

    It stays whole at the chart's edges, and at the edge if the line lies outside.
    """

    def __init__(self, line: LimitLine, movable: bool) -> None:
        self._movable = movable
        self._limit_ms: int | None = None
        super().__init__(line, text="", position=0.995, anchors=[(1, 0.5), (1, 0.5)])
        if movable:
            self.setCursor(Qt.CursorShape.SizeVerCursor)

    def fix(self) -> None:
        """From here on it only shows."""
        self._movable = False
        self.unsetCursor()
        if self._limit_ms is not None:
            self.say(self._limit_ms)

    def say(self, limit_ms: int) -> None:
        """Show this limit."""
        self._limit_ms = limit_ms
        handle = "↑ " if self._side() > 0 else "↕ " if self._movable else ""
        text = f"{handle}{limit_ms:,} ms" if limit_ms >= 10_000 else f"{handle}{limit_ms} ms"
        if text != self.toPlainText():
            self.setPlainText(text)
            self.updatePosition()

    def updatePosition(self) -> None:
        """Beside the line, inside the chart."""
        super().updatePosition()
        view = self.line.getViewBox()
        if not isinstance(view, pg.ViewBox) or self._endpoints[0] is None or view.height() < 2 * _TAG_PX:
            return
        low, high = view.viewRange()[1]
        value, a_pixel = self.line.value(), (high - low) / view.height()
        shown = min(max(value, low), high)
        self.setPos(self.pos().x(), shown - value)
        near_top, near_bottom = high - shown < _TAG_PX * a_pixel, shown - low < _TAG_PX * a_pixel
        self.setAnchor((1, 0.0 if near_top else 1.0 if near_bottom else 0.5))

    def valueChanged(self) -> None:
        """Stay in place; the words are set by the line."""
        if self.isVisible():
            self.updatePosition()

    def viewTransformChanged(self) -> None:
        """Another part of the axis is in view: the limit may be outside of it now."""
        super().viewTransformChanged()
        if self._limit_ms is not None:
            self.say(self._limit_ms)

    def mouseDragEvent(self, event: Any) -> None:
        """Move the line."""
        if not self._movable or event.button() != Qt.MouseButton.LeftButton:
            return
        event.accept()
        wanted = self.line.getViewBox().mapSceneToView(event.scenePos()).y()
        self.line.drag_to(wanted, finished=event.isFinish())

    def _side(self) -> int:
        """1 if the line is above what is in view."""
        view = self.line.getViewBox()
        return 1 if isinstance(view, pg.ViewBox) and self.line.value() > view.viewRange()[1][1] else 0
