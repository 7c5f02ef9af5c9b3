"""How the engine's own loop is doing: its lag, its memory, the disk it writes to.

Owns these figures. Must not judge them.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import psutil

SAMPLE_EVERY_S = 0.1
STOOD_STILL_MS = 2_000.0  # no work takes so long: the computer slept, or the process was stopped or starved
# On Linux `time.monotonic` stands still while the computer sleeps, on macOS too; these clocks go on. Windows has one.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def _sleepless_s() -> float:
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


class LoopHealth:
    """Samples how late the loop wakes up. An instrument of latency must know its own.

    `on_waking()` is called first of all when it stood still: its own timer is due before anybody else's.
    """

    def __init__(self, folder: Path, on_waking: Callable[[], None] = lambda: None) -> None:
        self._folder, self._on_waking = folder, on_waking
        self._lags_ms: deque[float] = deque(maxlen=50)
        self._worst_ms = 0.0
        self._process = psutil.Process()
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to sample; call inside the running loop."""
        due_s = _sleepless_s() + SAMPLE_EVERY_S
        self._handle = asyncio.get_running_loop().call_later(SAMPLE_EVERY_S, self._sample, due_s)

    def stop(self) -> None:
        """Sample no more."""
        if self._handle is not None:
            self._handle.cancel()

    def _sample(self, due_s: float) -> None:
        lag_ms = max(0.0, _sleepless_s() - due_s) * 1000  # loops that count in milliseconds ring early
        if lag_ms >= STOOD_STILL_MS:
            self._on_waking()
        self._lags_ms.append(lag_ms)
        self._worst_ms = max(self._worst_ms, lag_ms)
        self.start()

    def recent_lag_ms(self) -> float | None:
        """The worst lag of the last five seconds, ms; None before the first sample."""
        return round(max(self._lags_ms), 2) if self._lags_ms else None

    def take_worst_lag_ms(self) -> float:
        """The worst lag since this was asked last, ms."""
        worst_ms, self._worst_ms = self._worst_ms, 0.0
        return round(worst_ms, 2)

    def memory_bytes(self) -> int:
        """Resident memory of this process."""
        return int(self._process.memory_info().rss)

    def disk_free_bytes(self) -> int:
        """Free space where the run is written, 1 if there is none; 0 if it cannot be asked (the folder is gone)."""
        try:
            return max(1, shutil.disk_usage(self._folder).free)
        except OSError:
            return 0
