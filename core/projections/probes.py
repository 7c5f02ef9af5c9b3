"""Every probe of the run: those under way and what came of the others.

Owns the columns the probe chart draws and the records behind its points. Must not smooth, drop or judge anything again.
"""

from __future__ import annotations

import math
from array import array
from typing import Final

from core import events as ev
from core.projections import evidence
from core.projections.base import Projection

ACCEPTED: Final = 0
REJECTED: Final = 1
FAILED: Final = 2


class ProbesProjection(Projection):
    """One entry a finished probe, in order of finishing, in columns of equal length.

    `elapsed_s` and `rtt_ms` are arrays of doubles (`rtt_ms` is nan where nothing was measured), `outcome` an array of
    bytes (ACCEPTED, REJECTED, FAILED), `records` the events themselves. A reader takes slices (copies), never a view:
    an array that lends its memory cannot grow. `running` holds those under way by probe session id,
    `of_person` the places of each person's probes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.elapsed_s = array("d")
        self.rtt_ms = array("d")
        self.outcome = array("b")
        self.records: list[ev.ProbeCompleted | ev.ProbeFailed] = []
        self.running: dict[str, ev.ProbeStarted] = {}
        self.of_person: dict[str, array[int]] = {}
        self.counts = [0, 0, 0]
        self.highest_rtt_ms = 0.0
        self.lowest_rtt_ms = math.inf

    def __len__(self) -> int:
        return len(self.records)

    def describe(self, index: int) -> str:
        """What is known of one finished probe, in a few plain lines."""
        return evidence.describe(self.records[index])

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """One more under way."""
        self.running[event.probe_session_id] = event

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        """Measured."""
        self.highest_rtt_ms = max(self.highest_rtt_ms, event.rtt_ms)
        self.lowest_rtt_ms = min(self.lowest_rtt_ms, event.rtt_ms)
        self._finish(event, event.rtt_ms, ACCEPTED if event.accepted else REJECTED)

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        """No measurement."""
        self._finish(event, math.nan, FAILED)

    def _finish(self, event: ev.ProbeCompleted | ev.ProbeFailed, rtt_ms: float, outcome: int) -> None:
        self.running.pop(event.probe_session_id, None)
        for subject_id in (event.subject_a, event.subject_b):
            self.of_person.setdefault(subject_id, array("i")).append(len(self.records))
        self.elapsed_s.append(event.elapsed_s)
        self.rtt_ms.append(rtt_ms)
        self.outcome.append(outcome)
        self.counts[outcome] += 1
        self.records.append(event)
