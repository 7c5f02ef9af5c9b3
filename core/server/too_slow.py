"""Whether all who wait have been measured with each other and are all too slow, and which limit would let a group play.

Owns what is known of pairs who wait at this moment. Must not judge anybody by it: alerts.py tells the operator.
"""

from __future__ import annotations

import itertools
import math
from typing import Final

MOST: Final = 40  # beyond that, not all pairs have been measured anyway


class TooSlow:
    """Fed with who waits and what was measured; `waiting` is in order of entering."""

    def __init__(self) -> None:
        self.waiting: dict[str, str] = {}  # and in which scene
        self._rtt_ms: dict[str, dict[str, float]] = {}

    def enter(self, subject_id: str, scene_id: str) -> None:
        """Somebody waits."""
        self.waiting[subject_id] = scene_id

    def leave(self, subject_id: str) -> None:
        """They do not any more, so what was measured of them is of no interest."""
        self.waiting.pop(subject_id, None)
        for other in self._rtt_ms.pop(subject_id, {}):
            del self._rtt_ms[other][subject_id]

    def measured(self, a: str, b: str, rtt_ms: float | None) -> None:
        """Two of them were; None: nothing came of it, which is worse than any number."""
        if a in self.waiting and b in self.waiting:
            value = math.inf if rtt_ms is None else rtt_ms
            self._rtt_ms.setdefault(a, {})[b] = self._rtt_ms.setdefault(b, {})[a] = value

    def limit_that_would_do_ms(self, limit_ms: int, group_size: int) -> int | None:
        """The lowest limit, in whole ms, with which a group of those who wait could play.

        None if they are not all measured with each other, if some pair is fast enough, or if no limit would do.
        """
        people = list(self.waiting)
        if len(people) > MOST or len(set(self.waiting.values())) != 1:
            return None
        if any(len(self._rtt_ms.get(subject_id, ())) < len(people) - 1 for subject_id in people):
            return None
        pairs = sorted((self._rtt_ms[a][b], a, b) for a, b in itertools.combinations(people, 2))
        if pairs[0][0] <= limit_ms:
            return None
        allowed: dict[str, set[str]] = {subject_id: set() for subject_id in people}
        for rtt_ms, a, b in pairs:
            if math.isinf(rtt_ms):
                return None
            allowed[a].add(b)
            allowed[b].add(a)
            if _has_group(allowed, allowed[a] & allowed[b], group_size - 2):
                return math.ceil(rtt_ms)
        return None


def _has_group(allowed: dict[str, set[str]], candidates: set[str], missing: int) -> bool:
    """Whether `missing` of the candidates may all play with each other."""
    if missing == 0:
        return True
    return any(_has_group(allowed, candidates & allowed[one], missing - 1) for one in candidates)
