"""The line of a recorded run's time, with what happened marked on it and a handle that can be dragged.

Owns its look, mouse and keys. Must not know what is shown of the run at a moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSlider, QToolTip, QWidget

from core.projections import words
from widgets.palette import colours_of
from widgets.parts.marks import paint_mark
from widgets.parts.text import plain_tooltip

PER_S: Final = 10  # steps of the slider a second
MARKS: Final = {"alert": ("triangle", "warning"), "note": ("square", "notice"), "limit": ("diamond", "limit")}
_EDGE: Final = 9
_MARK_PX: Final = 11
_REACH_PX: Final = 7.0
_MOST_MARKS: Final = 400  # of a kind; with more, those that would lie on each other are drawn once


class Moment(NamedTuple):
    """Something on the line: `kind` is one of MARKS, `text` plain words."""

    elapsed_s: float
    kind: str
    text: str


class TimeTrack(QSlider):
    """A slider in tenths of seconds since the run started."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._moments: Sequence[Moment] = ()
        self.setSingleStep(PER_S)
        self.setPageStep(60 * PER_S)
        self.setMinimumHeight(34)
        self.setMinimumWidth(160)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_moments(self, moments: Sequence[Moment]) -> None:
        """What is marked on the line, in order of time."""
        self._moments = moments
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as it may be."""
        return QSize(400, 34)

    # --- places -------------------------------------------------------------------------------------------------------

    def _x_of(self, steps: float) -> float:
        room = max(1, self.width() - 2 * _EDGE)
        return _EDGE + room * steps / max(1, self.maximum())

    def _steps_at(self, x: float) -> int:
        room = max(1, self.width() - 2 * _EDGE)
        return round(min(max((x - _EDGE) / room, 0.0), 1.0) * self.maximum())

    def moments_at(self, x: float) -> list[Moment]:
        """The marks within a few pixels, the nearest first."""
        near = [(abs(self._x_of(moment.elapsed_s * PER_S) - x), moment) for moment in self._moments]
        return [moment for distance, moment in sorted(near, key=lambda pair: pair[0]) if distance <= _REACH_PX]

    # --- mouse and keys -----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The handle goes where the mouse is, and with it; near a mark, to the mark."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.setSliderDown(True)
        near = self.moments_at(event.position().x()) if event.position().y() < self._line_y() - 4 else []
        at = round(near[0].elapsed_s * PER_S) if near else self._steps_at(event.position().x())
        self.setSliderPosition(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Dragged."""
        if self.isSliderDown():
            self.setSliderPosition(self._steps_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self.setSliderDown(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go a second, Page Up and Page Down a minute back and forth, Home and End to the ends; up and down
        are left to others.
        """
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            step = self.pageStep() * (1 if event.key() == Qt.Key.Key_PageDown else -1)
            self.setValue(self.value() + step)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """What the mark under the mouse says, or what time it is there."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.told_at(event.pos().x())
            QToolTip.showText(event.globalPos(), plain_tooltip(text), self)
            return True
        return bool(super().event(event))

    def told_at(self, x: float) -> str:
        """Words for the place under the mouse."""
        near = sorted(self.moments_at(x)[:6], key=lambda moment: moment.elapsed_s)
        told = [f"{words.clock_text(moment.elapsed_s)}  {moment.text}" for moment in near]
        here = words.clock_text(self._steps_at(x) / PER_S)
        return "\n".join(told) or self.tr("{}\nClick or drag to see the run as it was then").format(here)

    # --- drawing ------------------------------------------------------------------------------------------------------

    def _line_y(self) -> float:
        return self.height() - 10.0

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line, what is behind the handle in the accent's colour, the marks above, the handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, middle = colours_of(self), self._line_y()
        at = self._x_of(self.sliderPosition())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.of("border"))
        painter.drawRoundedRect(QRectF(_EDGE, middle - 2, max(1, self.width() - 2 * _EDGE), 4), 2, 2)
        painter.setBrush(colours.of("accent"))
        painter.drawRoundedRect(QRectF(_EDGE, middle - 2, max(0.0, at - _EDGE), 4), 2, 2)
        for kind in ("limit", "alert", "note"):
            self._paint_marks(painter, kind, middle)
        painter.setPen(QPen(colours.of("surface"), 2))
        painter.setBrush(colours.of("accent"))
        painter.drawEllipse(QPointF(at, middle), 8, 8)
        if self.hasFocus():
            painter.setPen(QPen(colours.of("text"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(at, middle), 8.5, 8.5)

    def _paint_marks(self, painter: QPainter, kind: str, middle: float) -> None:
        shape, name = MARKS[kind]
        colours = colours_of(self)
        mine = [self._x_of(moment.elapsed_s * PER_S) for moment in self._moments if moment.kind == kind]
        drawn = -float("inf")
        for x in mine:
            if len(mine) > _MOST_MARKS and x - drawn < 2:
                continue
            drawn = x
            painter.setPen(QPen(colours.of(name), 1))
            painter.drawLine(QPointF(x, 14), QPointF(x, middle - 3))
            paint_mark(painter, QRectF(x - _MARK_PX / 2, 2, _MARK_PX, _MARK_PX), shape, colours.of(name))
