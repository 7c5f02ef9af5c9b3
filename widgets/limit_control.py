"""The limit as a number in a field, and a box for none.

Owns typing and ticking. Must not own the limit: it shows what it is given, and only asks for another.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSpinBox, QWidget

from widgets.parts.text import PlainLabel

_TYPING_PAUSE_MS: Final = 600
_MOST_MS: Final = 60_000
_USUAL_MS: Final = 150


class LimitField(QSpinBox):
    """The limit as a number. The wheel passes it by unless it has the focus, so that nobody changes it in passing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(1, _MOST_MS)
        self.setSuffix(" ms")
        self.setSingleStep(5)
        self.setValue(_USUAL_MS)  # what there would be a limit of if there never was one
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(28)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("60000 ms") + 40)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only for the one who is in it."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class LimitControl(QWidget):
    """Field and box. Signals: `wanted(int or None)`, once a wish, and `tried(int or None)` while a number is being set
    (None: no more). What it shows is set from outside by `put`.
    """

    wanted = Signal(object)
    tried = Signal(object)

    def __init__(self, *, enabled: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._put: int | None = None
        self._was_known = False
        caption = PlainLabel(self.tr("RTT &limit"))
        # A mnemonic needs the label's own drawing, which plain text keeps.
        self.field = LimitField()
        caption.setBuddy(self.field)
        self.no_limit = QCheckBox(self.tr("&No limit"))
        self.field.setAccessibleName(self.tr("Peer-to-peer RTT limit in milliseconds"))
        self.field.setToolTip(self.tr("Pairs whose measured round-trip time is higher are not matched"))
        self.no_limit.setToolTip(self.tr("Match at once, without measuring"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (caption, self.field, self.no_limit):
            row.addWidget(widget)
        self._pause = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._ask_for_number)
        self.field.valueChanged.connect(self._try)
        self.field.editingFinished.connect(self._ask_for_number)
        self.no_limit.clicked.connect(self._ask_for_box)
        self.setEnabled(enabled)

    def put(self, limit_ms: int | None) -> None:
        """Show this limit, unless somebody is in the middle of setting another."""
        if self._was_known and limit_ms == self._put and not self._differs(limit_ms):
            return
        if self._pause.isActive() or self._is_typing():
            return
        self._put, self._was_known = limit_ms, True
        with QSignalBlocker(self.field):
            if limit_ms is not None:
                self.field.setValue(limit_ms)
        self.field.setEnabled(limit_ms is not None)
        self.no_limit.setChecked(limit_ms is None)

    def preview(self, limit_ms: int) -> None:
        """Show where the line is being dragged."""
        with QSignalBlocker(self.field):
            self.field.setValue(limit_ms)

    def _differs(self, limit_ms: int | None) -> bool:
        if (limit_ms is None) != self.no_limit.isChecked():
            return True
        return limit_ms is not None and self.field.value() != limit_ms

    def _is_typing(self) -> bool:
        return self.field.hasFocus() and self.field.lineEdit().isModified()

    def _try(self, limit_ms: int) -> None:
        self._pause.start()
        self.tried.emit(limit_ms)

    def _ask_for_number(self) -> None:
        self._pause.stop()
        self.tried.emit(None)
        self.field.lineEdit().setModified(False)
        # Before the limit in force was shown nobody can have meant another; the field may still lose the focus.
        if self._was_known and self.field.isEnabled() and self.field.value() != self._put:
            self.wanted.emit(self.field.value())

    def _ask_for_box(self, no_limit: bool) -> None:
        self.wanted.emit(None if no_limit else self.field.value())
