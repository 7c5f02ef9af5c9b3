"""What was last recorded of each two people: measured, too slow, not reachable, and until when that counts.

Owns the records and the rule by which a recorded measurement is too slow for the limit in force. Must not know who
waits. A pair is forgotten as soon as one of the two is gone for good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Self

import msgspec

from core import events as ev
from core.projections.base import Mark, Projection, Undo

PairStanding = Literal["too_slow", "unreachable", "cooling_down"]


class PairRecord(msgspec.Struct, frozen=True, gc=False):
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

    SHARED = ("_pairs",)
    TABLES = ("_gone",)
    UNDONE = ("pairs",)

    def __init__(self) -> None:
        super().__init__()
        self.max_p2p_rtt_ms: int | None = None
        self._pairs: dict[str, dict[str, PairRecord]] = {}
        self._gone: dict[str, bool] = {}
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
        at_s = event.elapsed_s
        record = PairRecord(event.rtt_ms, "measured", event.max_p2p_rtt_ms, at_s, at_s + self._fresh_s)
        self._note(event.subject_a, event.subject_b, record)

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """The worst pair is not tried again for a while."""
        if len(event.worst) != 2:
            return
        a, b = event.worst
        if not (self._gone.get(a) or self._gone.get(b)):
            at_s = event.elapsed_s
            until_s = at_s + (event.retry_after_s or 0.0)
            self._note(a, b, PairRecord(event.rtt_ms, event.reason, event.max_p2p_rtt_ms, at_s, until_s))

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """Gone: their pairs are of no interest any more."""
        self._forget(event.subject_id)

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """As gone."""
        self._forget(event.subject_id)

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """Back after all."""
        self._touch(event.subject_id)
        self._gone[event.subject_id] = False

    def _note(self, a: str, b: str, record: PairRecord) -> None:
        if self._undo is not None:
            self._changes(a, b)
        self._put(a, b, record)

    def _changes(self, a: str, b: str) -> None:
        """What was recorded of them at the last mark is known from then on."""
        assert self._undo is not None
        changed, pair = self._undo["pairs"], (a, b) if a < b else (b, a)
        if pair not in changed:
            changed[pair] = self.of_pair(a, b)

    def _put(self, a: str, b: str, record: PairRecord) -> None:
        pairs = self._pairs
        for one, other in ((a, b), (b, a)):
            others = pairs.get(one)
            if others is None:
                pairs[one] = {other: record}
            else:
                others[other] = record

    def _forget(self, subject_id: str) -> None:
        self._touch(subject_id)
        self._gone[subject_id] = True
        if self._undo is not None:
            for partner in self.of(subject_id):
                self._changes(subject_id, partner)
        for partner in self._pairs.pop(subject_id, ()):
            remaining = self._pairs[partner]
            del remaining[subject_id]
            if not remaining:
                del self._pairs[partner]

    def mark(self) -> Mark:
        """Nothing need be undone of pairs that came and went since the mark before."""
        mark = super().mark()
        pairs = mark.undo["pairs"]
        for pair in [pair for pair, record in pairs.items() if record is None and self.of_pair(*pair) is None]:
            del pairs[pair]
        return mark

    def _undone(self, later: Self, mark: Mark, undo: Sequence[Undo]) -> None:
        super()._undone(later, mark, undo)
        pairs: dict[tuple[str, str], PairRecord | None] = {
            (a, b): record for a, others in later._pairs.items() for b, record in others.items() if a < b
        }
        for step in undo:
            pairs.update(step["pairs"])
        self._pairs = {}
        for (a, b), record in pairs.items():
            if record is not None:
                self._put(a, b, record)
