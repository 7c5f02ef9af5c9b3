"""Every probe of the run: those under way and what came of the others.

Owns the columns the probe chart draws and the records behind its points. Must not smooth, drop or judge anything again.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from core import events as ev
from core.projections import evidence
from core.projections.base import Projection
from core.projections.kept import KeptEvents

ACCEPTED: Final = 0
REJECTED: Final = 1
FAILED: Final = 2


class ProbesProjection(Projection):
    """One entry a finished probe, in order of finishing, in columns of equal length.

    `elapsed_s` and `rtt_ms` are arrays of doubles (`rtt_ms` is nan where nothing was measured), `outcome` an array of
    bytes (ACCEPTED, REJECTED, FAILED); `record` gives the events themselves. A reader takes slices (copies), never a
    view: an array that lends its memory cannot grow. `running` holds those under way by probe session id.
    """

    GROWING = ("elapsed_s", "rtt_ms", "outcome", "_places")
    SHARED = ("_of_person",)

    def __init__(self, kept: KeptEvents | None = None) -> None:
        super().__init__()
        self._kept = kept or KeptEvents()
        self._places = array("q")
        self.elapsed_s = array("d")
        self.rtt_ms = array("d")
        self.outcome = array("b")
        self.running: dict[str, ev.ProbeStarted] = {}
        self._of_person: dict[str, array[int]] = {}
        self.counts = [0, 0, 0]
        self.highest_rtt_ms = 0.0
        self.lowest_rtt_ms = math.inf

    def __len__(self) -> int:
        return len(self.outcome)

    def record(self, index: int) -> ev.ProbeCompleted | ev.ProbeFailed | None:
        """The event behind one entry; None if it cannot be read any more."""
        event = self._kept.get(self._places[index]) if index < len(self._places) else None
        return event if isinstance(event, ev.ProbeCompleted | ev.ProbeFailed) else None

    def describe(self, index: int) -> str:
        """What is known of one finished probe, in a few plain lines."""
        record = self.record(index)
        return "This probe cannot be read from the log any more." if record is None else evidence.describe(record)

    def of_person(self, subject_id: str) -> Sequence[int]:
        """The places of somebody's probes, in order."""
        places = self._of_person.get(subject_id)
        return () if places is None else places[: bisect_left(places, len(self))]

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """One more under way."""
        self.running[event.probe_session_id] = event

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        """Measured."""
        if event.rtt_ms > self.highest_rtt_ms:
            self.highest_rtt_ms = event.rtt_ms
        if event.rtt_ms < self.lowest_rtt_ms:
            self.lowest_rtt_ms = event.rtt_ms
        self._finish(event, event.rtt_ms, ACCEPTED if event.accepted else REJECTED)

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        """No measurement."""
        self._finish(event, math.nan, FAILED)

    def _finish(self, event: ev.ProbeCompleted | ev.ProbeFailed, rtt_ms: float, outcome: int) -> None:
        self.running.pop(event.probe_session_id, None)
        number = len(self.outcome)
        for subject_id in (event.subject_a, event.subject_b):
            places = self._of_person.get(subject_id)
            if places is None:
                places = self._of_person[subject_id] = array("i")
            if not places or places[-1] < number:
                places.append(number)
        self.elapsed_s.append(event.elapsed_s)
        self.rtt_ms.append(rtt_ms)
        self.outcome.append(outcome)
        self.counts[outcome] += 1
        self._places.append(self._kept.keep(event))
