"""How the engine itself is doing, and what needs the operator.

Owns the newest figures, the recent loop lag and the open alerts. Must not decide what is alarming: the engine does.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from core import events as ev
from core.projections.base import Projection

RECENT: Final = 120


class HealthProjection(Projection):
    """`latest` is the newest report (None before the first), `recent_loop_lag_ms` the last `RECENT` of them as
    `(elapsed_s, loop_lag_ms)`, `alerts` the open ones by name, `refused` how many client messages were not taken.
    """

    def __init__(self) -> None:
        super().__init__()
        self.latest: ev.EngineHealth | None = None
        self.recent_loop_lag_ms: deque[tuple[float, float]] = deque(maxlen=RECENT)
        self.alerts: dict[str, ev.AlertRaised] = {}
        self.refused = 0

    def on_engine_health(self, event: ev.EngineHealth) -> None:
        """The newest report."""
        self.latest = event
        self.recent_loop_lag_ms.append((event.elapsed_s, event.loop_lag_ms))

    def on_alert_raised(self, event: ev.AlertRaised) -> None:
        """Open until it is cleared."""
        self.alerts[event.alert] = event

    def on_alert_cleared(self, event: ev.AlertCleared) -> None:
        """Over."""
        self.alerts.pop(event.alert, None)

    def on_client_message_refused(self, event: ev.ClientMessageRefused) -> None:
        """One more."""
        self.refused += 1
