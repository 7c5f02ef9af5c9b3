"""How the engine's own loop is doing: its lag, its memory, the disk it writes to.

Owns these figures. Must not judge them.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import deque
from pathlib import Path

import psutil

SAMPLE_EVERY_S = 0.1


class LoopHealth:
    """Samples how late the loop wakes up. An instrument of latency must know its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lags_ms: deque[float] = deque(maxlen=50)
        self._worst_ms = 0.0
        self._process = psutil.Process()
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to sample; call inside the running loop."""
        loop = asyncio.get_running_loop()
        due_s = loop.time() + SAMPLE_EVERY_S
        self._handle = loop.call_at(due_s, self._sample, due_s)

    def stop(self) -> None:
        """Sample no more."""
        if self._handle is not None:
            self._handle.cancel()

    def _sample(self, due_s: float) -> None:
        lag_ms = (asyncio.get_running_loop().time() - due_s) * 1000
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
        """Free space where the run is written; 0 if it cannot be asked (the folder is gone)."""
        try:
            return shutil.disk_usage(self._folder).free
        except OSError:
            return 0
