"""The match timeline: bars in lanes on a time axis, with its mouse and keys.

Owns what is in view, following now, and who is under the mouse. Must not fold anything nor draw bars (lane_bars.py
does). Imports pyqtgraph, so it may only be imported after the first paint.
"""

from __future__ import annotations

from typing import Any, Final

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from core.projections import words
from core.projections.lanes import Lanes
from core.projections.time_marks import TimeMarks
from widgets.palette import Colours, colours_of
from widgets.parts.text import plain_tooltip
from widgets.plots.axes import ElapsedAxis, LaneAxis, style_axis, whole_run_end_s
from widgets.plots.lane_bars import BarsItem
from widgets.plots.time_keys import turn_keys

LANE_PX: Final = 24
LANE_SIZES_PX: Final = (4, 6, 9, 13, 18, LANE_PX, 32)
_NAMES_WIDTH: Final = 112
_FOLLOWED_S: Final = 300.0
_STEPS: Final = 200


class TimelinePlot(pg.PlotWidget):  # type: ignore[misc] # ships no types
    """Signals: `follow_changed(bool)`, `scroll_wanted(lanes)` for the wheel with Shift or over the names,
    `lanes_changed()` when another number of them fits, `chosen(subject_id)`.
    """

    follow_changed = Signal(bool)
    scroll_wanted = Signal(int)
    lanes_changed = Signal()
    chosen = Signal(str)

    def __init__(self, lanes: Lanes, marks: TimeMarks, parent: QWidget | None = None) -> None:
        self._names = LaneAxis(_NAMES_WIDTH)
        super().__init__(parent, axisItems={"bottom": ElapsedAxis("bottom"), "left": self._names})
        self._lanes = lanes
        self.lane_px = LANE_PX
        self._following = True
        self._span_s = 0.0
        self._now_elapsed_s = 0.0
        self._chosen: str | None = None
        self._cursor = 0
        self._bars = BarsItem(lanes, marks)
        plot = self.getPlotItem()
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.vb.invertY(True)
        plot.vb.setMouseEnabled(x=True, y=False)
        plot.vb.setDefaultPadding(0.0)
        plot.layout.setContentsMargins(4, 0, 4, 2)
        plot.addItem(self._bars, ignoreBounds=True)
        plot.vb.sigRangeChangedManually.connect(self._moved_by_hand)
        self.scene().sigMouseMoved.connect(self._hover)
        self.scene().sigMouseClicked.connect(self._click)
        self.setAccessibleName(self.tr("Match timeline: what each participant did when"))
        self.recolour(colours_of(self))

    def recolour(self, colours: Colours) -> None:
        """Follow the theme."""
        self.setBackground(colours.surface)
        style_axis(self.getAxis("bottom"), colours, self.font())
        style_axis(self._names, colours, self.font())
        self._names.setTextPen(pg.mkPen(colours.text))
        self._bars.recolour(colours)

    # --- what is shown ------------------------------------------------------------------------------------------------

    def show_lanes(self, lanes: Lanes) -> None:
        """These lanes from now on, from the newest up."""
        self._lanes, self._cursor = lanes, 0
        self._names.set_names([])
        self._bars.show(lanes)
        self.mark(self._chosen)
        self.show_state(self._now_elapsed_s)

    def start_anew(self) -> None:
        """It is another moment of the run, perhaps an earlier one."""
        self._bars.start_anew()

    def show_state(self, now_elapsed_s: float) -> None:
        """Draw what the projection says."""
        self._now_elapsed_s = now_elapsed_s
        self._names.set_names(self._lanes.lanes)
        self._bars.chosen_lanes = self._lanes.lanes_with(self._chosen) if self._chosen else []
        self._bars.take(now_elapsed_s)
        if self._following:
            self._show_newest()

    def settle(self) -> None:
        """Take over the range in view at once: done only while painting, it would cause a second painting."""
        self.scene().prepareForPaint()

    def mark(self, subject_id: str | None) -> list[int]:
        """The chosen person; in which lanes they are."""
        self._chosen = subject_id
        self._bars.chosen_lanes = self._lanes.lanes_with(subject_id) if subject_id else []
        self._bars.update()
        return self._bars.chosen_lanes

    def lanes_that_fit(self) -> int:
        """How many lanes there is room for."""
        return max(1, int(self.getViewBox().height() // self.lane_px))

    def show_lanes_from(self, first: int) -> None:
        """Put this lane at the top."""
        height = self.getViewBox().height() / self.lane_px
        self.getViewBox().setYRange(first - 0.5, first - 0.5 + max(height, 1.0), padding=0)

    def size_lanes(self, step: int) -> None:
        """Higher or lower lanes."""
        place = LANE_SIZES_PX.index(self.lane_px) + step
        self.lane_px = LANE_SIZES_PX[min(max(place, 0), len(LANE_SIZES_PX) - 1)]
        self.lanes_changed.emit()

    def follow(self, following: bool = True) -> None:
        """Keep now in view, or stay where it is."""
        if following != self._following:
            self._following = following
            self.follow_changed.emit(following)
        if following:
            self._show_newest()

    def show_whole_run(self) -> None:
        """From the start to now."""
        self._span_s = max(self._now_elapsed_s, 60.0) * 1.05
        self.follow()

    def zoom(self, factor: float) -> None:
        """Show so much more time (above 1) or less; following goes on."""
        low, high = self.getViewBox().viewRange()[0]
        self._span_s = max(5.0, (high - low) * factor)
        if self._following:
            self._show_newest()
        else:
            middle = (low + high) / 2
            self.getViewBox().setXRange(middle - self._span_s / 2, middle + self._span_s / 2, padding=0)

    def _show_newest(self) -> None:
        """The last minutes up to a little after now; all of it while the run is short."""
        span_s = self._span_s or min(whole_run_end_s(self._now_elapsed_s), _FOLLOWED_S)
        # In steps of a few pixels: an axis takes longer to draw than all the bars.
        step_s = span_s / _STEPS
        end_s = max((self._now_elapsed_s // step_s + 1) * step_s + span_s * 0.03, span_s)
        self.getViewBox().setXRange(end_s - span_s, end_s, padding=0)

    def _moved_by_hand(self) -> None:
        self.follow(False)

    # --- mouse --------------------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom in time; with Shift, or over the names, scroll through the lanes; with Ctrl change their height."""
        over_names = event.position().x() < _NAMES_WIDTH
        turned = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.size_lanes(1 if turned > 0 else -1)
        elif over_names or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.scroll_wanted.emit(-1 if turned > 0 else 1)
        elif self._following:
            self.zoom(0.85 if turned > 0 else 1 / 0.85)
        else:
            super().wheelEvent(event)
            return
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to now."""
        super().mouseDoubleClickEvent(event)
        self._span_s = 0.0
        self.follow()

    def lane_at(self, scene_position: QPointF) -> int | None:
        """The lane there; None beside them all."""
        lane = round(self.getViewBox().mapSceneToView(scene_position).y())
        below_axis = scene_position.y() > self.getViewBox().sceneBoundingRect().bottom()
        return lane if 0 <= lane < len(self._lanes.lanes) and not below_axis else None

    def _click(self, event: Any) -> None:
        """Choose who is in this lane; of several, the next one with each click."""
        lane = self.lane_at(event.scenePos())
        if lane is not None and event.button() == Qt.MouseButton.LeftButton:
            self._cursor = lane
            self._choose_in(lane)

    def _choose_in(self, lane: int) -> None:
        members = self._lanes.members(lane)
        place = members.index(self._chosen) + 1 if self._chosen in members else 0
        self.chosen.emit(members[place % len(members)])

    def _hover(self, scene_position: QPointF) -> None:
        """Tell about the mark, bar or lane under the mouse, in plain text."""
        text = self.text_at(scene_position)
        if text:
            shown_at = self.mapToGlobal(self.mapFromScene(scene_position))
            QToolTip.showText(shown_at, plain_tooltip(text), self)
        else:
            QToolTip.hideText()

    def text_at(self, scene_position: QPointF) -> str:
        """What is known of the mark, bar or lane there."""
        view, lane = self.getViewBox(), self.lane_at(scene_position)
        inside = view.sceneBoundingRect().contains(scene_position)
        mark = self._bars.mark_at(scene_position) if inside else ""
        if lane is None:
            return mark
        bar = self._bars.bar_at(view.mapSceneToView(scene_position).x(), lane) if inside else None
        text = self._about_lane(lane) if bar is None else self._lanes.describe(bar, self._now_elapsed_s)
        return f"{mark}\n{text}" if mark else text

    def _about_lane(self, lane: int) -> str:
        """Who, and how it ended."""
        ends = [mark for mark in self._lanes.end_marks if mark.lane == lane]
        who = words.names(self._lanes.members(lane))
        return "\n".join([who, *(f"{mark.text}, {words.clock_text(mark.elapsed_s)}" for mark in ends)])

    # --- keys ---------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move in time, plus and minus zoom (with Ctrl: the lanes' height), Home shows the whole run,
        End follows; up and down go from lane to lane, Enter chooses who is in it.
        """
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self._cursor < len(self._lanes.lanes):
                self._choose_in(self._cursor)
        elif key == Qt.Key.Key_End:
            self._span_s = 0.0
            self.follow()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.size_lanes(-1 if key == Qt.Key.Key_Minus else 1)
            else:
                self.zoom(1.25 if key == Qt.Key.Key_Minus else 0.8)
        elif not turn_keys(self.getViewBox(), event, self.show_whole_run):
            super().keyPressEvent(event)
        elif key != Qt.Key.Key_Home:
            self.follow(False)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show which lane the keys are on."""
        super().focusInEvent(event)
        self._show_cursor()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keys are elsewhere."""
        super().focusOutEvent(event)
        self._show_cursor()

    def event(self, event: QEvent) -> bool:
        """Ctrl with plus and minus is for the lanes while the keys are here, whatever else they are for."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            sizes = (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus)
            if event.key() in sizes and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                event.accept()
                return True
        return bool(super().event(event))

    def _step(self, step: int) -> None:
        low, high = self.getViewBox().viewRange()[1]
        first, last = round(low + 0.5), int(high - 0.5)
        lane = self._cursor + step if first - 1 <= self._cursor <= last + 1 else (last if step < 0 else first)
        self._cursor = min(max(lane, 0), max(len(self._lanes.lanes) - 1, 0))
        self._show_cursor()
        if self._cursor < first:
            self.scroll_wanted.emit(self._cursor - first)
        elif self._cursor > last:
            self.scroll_wanted.emit(self._cursor - last)

    def _show_cursor(self) -> None:
        self._bars.cursor_lane = self._cursor if self.hasFocus() and self._lanes.lanes else None
        self._bars.update()
