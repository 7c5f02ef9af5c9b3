"""The one timer that makes the window look at the log.

Owns when to look: ten times a second, and at once while there is more to read. Must not know what is read or drawn.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

PERIOD_MS = 100


class Ticker(QObject):
    """`read` takes in some of what there is to read and says whether there is more; `draw` refreshes what is seen."""

    def __init__(self, read: Callable[[], bool], draw: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._read, self._draw = read, draw
        self._beat = QTimer(self, interval=PERIOD_MS)
        self._beat.timeout.connect(self.tick)
        # Between two of these the window answers the mouse: a timer of 0 ms comes after everything that waits.
        self._more = QTimer(self, interval=0, singleShot=True)
        self._more.timeout.connect(self._read_on)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._draw)

    def start(self) -> None:
        """From here on, until `stop`."""
        self._beat.start()
        self.tick()

    def stop(self) -> None:
        """No further call."""
        self._beat.stop()
        self._more.stop()
        self._soon.stop()

    def tick(self) -> None:
        """Read, then draw."""
        self._read_on()
        self._draw()

    def draw_soon(self) -> None:
        """Something else is to be seen: draw once what waits was answered, without waiting for the next beat."""
        self._soon.start()

    def _read_on(self) -> None:
        if self._read():
            self._more.start()
