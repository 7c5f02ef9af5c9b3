"""What is remembered of pairs: measured, too slow, unreachable, silent; and until when it counts.

Owns the memory and its bounds. Must not probe or decide what is too slow (the matchmaker does). A verdict repeated
for the same pair counts twice as long each time, so that two people who cannot play together are asked less and less
often, but never for the last time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from core.events import RejectionReason


class PairVerdict(msgspec.Struct, frozen=True):
    """The last thing learned of a pair. `rtt_ms` is None when there was no measurement; times are monotonic seconds."""

    reason: RejectionReason | Literal["accepted"]
    rtt_ms: float | None
    max_p2p_rtt_ms: int | None
    at_s: float
    until_s: float
    repeats: int


@dataclass(frozen=True, slots=True)
class MemorySpans:
    """For how long a verdict counts the first time, in seconds."""

    measured_s: float = 120.0
    unreachable_s: float = 60.0
    timeout_s: float = 20.0
    left_s: float = 5.0


class PairMemory:
    """Verdicts by pair, found from either side; forgets a pair as soon as one of the two is gone for good."""

    MAX_DOUBLINGS = 4

    def __init__(self, spans: MemorySpans | None = None) -> None:
        self._spans = spans or MemorySpans()
        self._verdicts: dict[str, dict[str, PairVerdict]] = {}

    def __len__(self) -> int:
        return sum(len(partners) for partners in self._verdicts.values()) // 2

    def remember(
        self,
        a: str,
        b: str,
        reason: RejectionReason | Literal["accepted"],
        now_s: float,
        rtt_ms: float | None = None,
        max_p2p_rtt_ms: int | None = None,
    ) -> PairVerdict:
        """Keep what was just learned of `a` and `b` in place of what was known before."""
        before = self._verdicts.get(a, {}).get(b)
        again = before is not None and before.reason == reason != "accepted"
        repeats = before.repeats + 1 if before is not None and again else 0
        span_s = self._span_s(reason) * 2 ** min(repeats, self.MAX_DOUBLINGS)
        verdict = PairVerdict(reason, rtt_ms, max_p2p_rtt_ms, now_s, now_s + span_s, repeats)
        self._verdicts.setdefault(a, {})[b] = verdict
        self._verdicts.setdefault(b, {})[a] = verdict
        return verdict

    def _span_s(self, reason: str) -> float:
        spans = self._spans
        return {"unreachable": spans.unreachable_s, "timeout": spans.timeout_s, "left": spans.left_s}.get(
            reason, spans.measured_s
        )

    def verdict(self, a: str, b: str) -> PairVerdict | None:
        """The last verdict on a pair, fresh or not."""
        return self._verdicts.get(a, {}).get(b)

    def partners(self, subject_id: str) -> dict[str, PairVerdict]:
        """Everybody `subject_id` has a verdict with; not to be changed."""
        return self._verdicts.get(subject_id, {})

    def forget(self, subject_id: str) -> None:
        """Drop everything about somebody who is gone for good."""
        for partner in self._verdicts.pop(subject_id, {}):
            remaining = self._verdicts.get(partner)
            if remaining is not None:
                remaining.pop(subject_id, None)
                if not remaining:
                    del self._verdicts[partner]
