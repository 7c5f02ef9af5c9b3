"""How likely two people who never met in a probe would not have been measured, and how that probe would have ended.

Owns that estimate. Must not know of limits or matchmakers.

A probe fails if either of the two makes it fail: `1 - (1 - q_a)(1 - q_b)`. Each `q` is the share of somebody's probes
that failed by them, drawn to the run's mean as if they had been in one probe more (a Beta prior of that weight). Whose
doing a failure was is told by the log if a page was silent or cannot be measured; else it is shared out by what is
known of the two (expectation and maximisation, Dempster, Laird and Rubin 1977).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from core.analysis.what_if.parts import Session

ROUNDS: Final = 12
WEIGHT: Final = 1.0  # of the run's mean, in probes

Tried = tuple[str, str, Session]


class FailureModel:
    """`tried`: every probe of the run that was not cut short, with its pair."""

    def __init__(self, tried: Iterable[Tried]) -> None:
        probes = list(tried)
        self._failed = [one for one in probes if one[2].rtt_ms is None]
        self._of: dict[str, list[Tried]] = defaultdict(list)
        for one in self._failed:
            self._of[one[0]].append(one)
            self._of[one[1]].append(one)
        share = len(self._failed) / len(probes) if probes else 0.0
        self.mean = 1 - (1 - share) ** 0.5
        self._rates: dict[str, float] = defaultdict(lambda: self.mean)
        counts: dict[str, int] = defaultdict(int)
        for a, b, _ in probes:
            counts[a] += 1
            counts[b] += 1
        for _ in range(ROUNDS if self._failed else 0):
            self._share_out(counts)

    def _share_out(self, counts: dict[str, int]) -> None:
        blame: dict[str, float] = defaultdict(float)
        for a, b, session in self._failed:
            for subject_id, share in zip((a, b), self._blame(a, b, session), strict=True):
                blame[subject_id] += share
        for subject_id, count in counts.items():
            self._rates[subject_id] = (blame[subject_id] + WEIGHT * self.mean) / (count + WEIGHT)

    def _blame(self, a: str, b: str, session: Session) -> tuple[float, float]:
        if session.at_fault:
            return float(a in session.at_fault), float(b in session.at_fault)
        one, other = self._rates[a], self._rates[b]
        either = self.probability(a, b)
        return (one / either, other / either) if either > 0 else (0.5, 0.5)

    def rate(self, subject_id: str) -> float:
        """The share of somebody's probes that fail by them."""
        return self._rates[subject_id]

    def probability(self, a: str, b: str) -> float:
        """That a probe of these two fails."""
        return 1 - (1 - self._rates[a]) * (1 - self._rates[b])

    def draw(self, a: str, b: str, draw: random.Random) -> Session | None:
        """A failure of these two, as one of theirs was, else as anybody's; None: it does not fail."""
        if draw.random() >= self.probability(a, b) or not self._failed:
            return None
        one, other = self._rates[a], self._rates[b]
        culprit = a if draw.random() * (one + other) < one else b
        x, y, session = draw.choice(self._of.get(culprit) or self._failed)
        if not session.at_fault:
            return session
        like = culprit if culprit in session.at_fault else (x if x in session.at_fault else y)
        return session._replace(at_fault={culprit: session.at_fault[like]})
