"""What was last recorded of each two people: measured, too slow, not reachable, and until when that counts.

Owns the records and the rule by which a recorded measurement is too slow for the limit in force. Must not know who
waits. A pair is forgotten as soon as one of the two is gone for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from core import events as ev
from core.projections.base import Mark, Projection

PairStanding = Literal["too_slow", "unreachable", "cooling_down"]


class PairRecord(msgspec.Struct, gc=False):
    """Times are `elapsed_s`; `rtt_ms` None: the last try measured nothing.

    `reason` is the rejection's, "measured" for a measurement that was no reason for one; `limit_ms` is the limit in
    force then. The pair is not tried (or not measured) again before `until_s`.
    """

    rtt_ms: float | None = None
    reason: ev.RejectionReason | Literal["measured"] = "measured"
    limit_ms: int | None = None
    at_s: float = 0.0
    until_s: float = 0.0


class PairsProjection(Projection):
    """`of(subject_id)`: everybody they were measured or tried with. `max_p2p_rtt_ms` is the limit in force."""

    SHARED = ("_pairs", "_changed")
    TABLES = ("_gone",)

    def __init__(self) -> None:
        super().__init__()
        self.max_p2p_rtt_ms: int | None = None
        self._pairs: dict[str, dict[str, PairRecord]] = {}
        self._gone: dict[str, bool] = {}
        self._changed: dict[tuple[str, str], PairRecord | None] | None = None  # since the last mark, if there was one
        self._fresh_s = 0.0

    def of(self, subject_id: str) -> Mapping[str, PairRecord]:
        """Records by the other's subject id; not to be changed."""
        return self._pairs.get(subject_id, {})

    def of_pair(self, a: str, b: str) -> PairRecord | None:
        """What was recorded of two people, or None."""
        return self._pairs.get(a, {}).get(b)

    def standing(self, record: PairRecord, now_elapsed_s: float) -> PairStanding | None:
        """Why the two may not be proposed at this moment; None: nothing that was recorded keeps them apart."""
        limit_ms = self.max_p2p_rtt_ms
        if limit_ms is None or now_elapsed_s >= record.until_s:
            return None
        if record.rtt_ms is None:
            return "unreachable" if record.reason == "unreachable" else "cooling_down"
        # Staff's own matchmaker may refuse what is under the limit: it was asked under this very limit.
        refused = record.reason == "slow" and record.limit_ms == limit_ms
        return "too_slow" if refused or record.rtt_ms > limit_ms else None

    def on_run_started(self, event: ev.RunStarted) -> None:
        """The limit, and for how long a measurement counts."""
        self.max_p2p_rtt_ms, self._fresh_s = event.max_p2p_rtt_ms, event.measured_fresh_s

    def on_threshold_changed(self, event: ev.ThresholdChanged) -> None:
        """Measured pairs are judged by the new one."""
        self.max_p2p_rtt_ms = event.new_max_p2p_rtt_ms

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        """A measurement; a rejection that follows says how long it counts."""
        record = self._record(event.subject_a, event.subject_b)
        record.rtt_ms, record.reason, record.limit_ms = event.rtt_ms, "measured", event.max_p2p_rtt_ms
        record.at_s, record.until_s = event.elapsed_s, event.elapsed_s + self._fresh_s

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """The worst pair is not tried again for a while."""
        if len(event.worst) == 2 and not any(self._gone.get(subject) for subject in event.worst):
            record = self._record(*event.worst)
            record.rtt_ms, record.reason, record.limit_ms = event.rtt_ms, event.reason, event.max_p2p_rtt_ms
            record.at_s, record.until_s = event.elapsed_s, event.elapsed_s + (event.retry_after_s or 0.0)

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """Gone: their pairs are of no interest any more."""
        self._forget(event.subject_id)

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """As gone."""
        self._forget(event.subject_id)

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """Back after all."""
        self._gone[event.subject_id] = False

    def _record(self, a: str, b: str) -> PairRecord:
        record = self.of_pair(a, b)
        if record is None:
            record = PairRecord()
            self._pairs.setdefault(a, {})[b] = record
            self._pairs.setdefault(b, {})[a] = record
        if self._changed is not None:
            self._changed[(a, b) if a < b else (b, a)] = record
        return record

    def mark(self, touched: Iterable[str]) -> Mark:
        """Of the pairs, those that changed since the mark before."""
        mark = super().mark(touched)
        changed: Mapping[Any, Any] = self._changed if self._changed is not None else self._all()
        pairs: dict[Any, Any] = {pair: record and record.__copy__() for pair, record in changed.items()}
        self._changed = {}
        return mark._replace(tables={**mark.tables, "pairs": pairs})

    def _take_tables(self, tables: Mapping[str, dict[Any, Any]]) -> None:
        self._gone, self._pairs, self._changed = tables["_gone"], {}, None
        for (a, b), marked in tables["pairs"].items():
            if marked is None:
                continue
            record = marked.__copy__()
            self._pairs.setdefault(a, {})[b] = record
            self._pairs.setdefault(b, {})[a] = record

    def _all(self) -> dict[tuple[str, str], PairRecord]:
        return {(a, b): record for a, others in self._pairs.items() for b, record in others.items() if a < b}

    def _forget(self, subject_id: str) -> None:
        self._gone[subject_id] = True
        for partner in self._pairs.pop(subject_id, {}):
            remaining = self._pairs[partner]
            del remaining[subject_id]
            if self._changed is not None:
                self._changed[(subject_id, partner) if subject_id < partner else (partner, subject_id)] = None
            if not remaining:
                del self._pairs[partner]
