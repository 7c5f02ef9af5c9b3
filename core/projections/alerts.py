"""What needs the operator at this moment, and whether somebody has seen to it.

Owns the open alerts. Must not decide what is alarming: the engine does (core/server/alerts.py).
"""

from __future__ import annotations

from typing import Final

import msgspec

from core import events as ev
from core.projections.base import Projection

_RANK: Final[dict[str, int]] = {"notice": 0, "warning": 1, "error": 2}


class OpenAlert(msgspec.Struct, frozen=True):
    """One that is not over. Times are `elapsed_s`; `acknowledged_by` None: nobody has seen to it yet.

    `number` counts all that were ever raised in the run, so that the newest of them is told from its elders.
    """

    alert: str
    text: str
    severity: ev.AlertSeverity
    subjects: list[str]
    raised_s: float
    number: int
    acknowledged_by: str | None = None


class AlertsProjection(Projection):
    """`open` by name, oldest first; `raised` counts how often anything was raised, worse turns included."""

    def __init__(self) -> None:
        super().__init__()
        self.open: dict[str, OpenAlert] = {}
        self.raised = 0

    def unseen(self) -> list[OpenAlert]:
        """Those nobody has acknowledged: the worst first, of equally bad ones the newest."""
        return sorted(
            (alert for alert in self.open.values() if alert.acknowledged_by is None),
            key=lambda alert: (_RANK.get(alert.severity, 1), alert.number),
            reverse=True,
        )

    def worst(self) -> OpenAlert | None:
        """The one to show first, or None."""
        return next(iter(self.unseen()), None)

    def on_alert_raised(self, event: ev.AlertRaised) -> None:
        """Open, and nobody has seen it; raised again, it has become worse and is to be seen anew."""
        self.raised += 1
        self.open[event.alert] = OpenAlert(
            event.alert, event.text, event.severity, event.subjects, event.elapsed_s, self.raised
        )

    def on_alert_cleared(self, event: ev.AlertCleared) -> None:
        """Over."""
        self.open.pop(event.alert, None)

    def on_alert_acknowledged(self, event: ev.AlertAcknowledged) -> None:
        """Seen."""
        alert = self.open.get(event.alert)
        if alert is not None:
            self.open[event.alert] = msgspec.structs.replace(alert, acknowledged_by=event.by)

    def on_run_ended(self, _: ev.RunEnded) -> None:
        """There is nothing left to do about them."""
        self.open.clear()
