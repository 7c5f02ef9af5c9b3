"""Who sits out for a moment, because they were refused again and again.

Owns how often somebody was refused in a row, and how long they rest for it. Must not decide who is refused or choose
a group. Without rests, everybody who comes would first be measured with every slow person at the head of the queue
before two newcomers could meet: of 3,000 simulated people (RTT 20 to 200 ms, limit 150 ms) each was in three times as
many probes, and waited four times as long.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

FREE_REFUSALS = 3  # in a row: the others may have been the slow ones
FIRST_REST_S = 2.0
LONGEST_REST_S = 20.0
FREE_FAILURES = 1
FIRST_ABSENCE_S = 5.0
LONGEST_ABSENCE_S = 60.0


@dataclass(slots=True)
class _Record:
    refusals: int = 0
    failures: int = 0
    rests_until_s: float = 0.0
    absent_until_s: float = 0.0


class Rests:
    """Refusals in a row by participant; times are monotonic seconds.

    Who rests meets only others who rest, so that no newcomer's time is spent on them. Who is absent (cannot be
    measured, or did not answer) meets nobody.
    """

    def __init__(self) -> None:
        self._records: dict[str, _Record] = {}

    def apart(self, a: str, b: str, now_s: float) -> bool:
        """Whether these two are not to be put together at this moment."""
        if not self._records:
            return False
        nobody = _NOBODY
        one, other = self._records.get(a, nobody), self._records.get(b, nobody)
        if now_s < one.absent_until_s or now_s < other.absent_until_s:
            return True
        return (now_s < one.rests_until_s) != (now_s < other.rests_until_s)

    def refused(self, pair: Collection[str], now_s: float) -> dict[str, float]:
        """Two were too slow together, or did not reach each other. Returns who rests for it, for how many seconds.

        It counts against the one who was refused more often before, and against both if neither was: who meets a slow
        person at the first try has learned nothing of themselves.
        """
        most = max(self._of(subject_id).refusals for subject_id in pair)
        rests_s = {}
        for subject_id in [subject_id for subject_id in sorted(pair) if self._of(subject_id).refusals == most]:
            record = self._of(subject_id)
            record.refusals += 1
            rest_s = _doubling(FIRST_REST_S, record.refusals - FREE_REFUSALS, LONGEST_REST_S)
            if rest_s:
                record.rests_until_s = now_s + rest_s
                rests_s[subject_id] = rest_s
        return rests_s

    def failed(self, at_fault: Mapping[str, bool], now_s: float) -> dict[str, float]:
        """These people's own pages did not answer in a probe or (True) cannot be measured. Returns as `refused`."""
        rests_s = {}
        for subject_id, unable in at_fault.items():
            record = self._of(subject_id)
            record.failures += 1
            absence_s = _doubling(FIRST_ABSENCE_S, record.failures - FREE_FAILURES, LONGEST_ABSENCE_S)
            rest_s = LONGEST_ABSENCE_S if unable else absence_s
            if rest_s:
                record.absent_until_s = now_s + rest_s
                rests_s[subject_id] = rest_s
        return rests_s

    def forget(self, subject_id: str) -> None:
        """Drop everything about somebody who is matched, or gone, or has a new page."""
        self._records.pop(subject_id, None)

    def forget_refusals(self) -> None:
        """What counts as slow has moved: everybody's refusals count no more."""
        for record in self._records.values():
            record.refusals, record.rests_until_s = 0, 0.0

    def _of(self, subject_id: str) -> _Record:
        return self._records.setdefault(subject_id, _Record())


_NOBODY = _Record()


def _doubling(first_s: float, times: int, longest_s: float) -> float:
    """0, then `first_s`, and twice as much each time, up to `longest_s`."""
    return 0.0 if times <= 0 else min(first_s * 2.0 ** min(times - 1, 16), longest_s)
