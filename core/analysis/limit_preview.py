"""What another limit would mean, before anybody sets it: for what was measured, and for those who wait.

Owns that answer. Must not run the matchmaker: a pair "would go" if its recorded measurement still counts, is within the
limit, and both are free; who waits longest comes first, as with the usual matchmaker. Imports numpy, so the console may
only import it after the first paint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.analysis.pair_matrix import SLOW, WaitingPairs, waiting_pairs
from core.projections import words
from core.projections.pair_table import PairTable
from core.projections.probes import ProbesProjection
from core.projections.run import RunProjection
from core.projections.waitroom import WaitroomProjection

NAMED: Final = 3


@dataclass(frozen=True)
class LimitPreview:
    """`accepted` of the `measured` probes of the run are within `limit_ms`; `pairs` would be matched at once, no person
    in two of them.
    """

    limit_ms: int
    measured: int
    accepted: int
    pairs: list[tuple[str, str, float]]
    group_size: int = 2

    @property
    def sentence(self) -> str:
        """For beside the line that is being dragged; plain text, one line a thought."""
        share = words.percent(self.accepted / self.measured) if self.measured else "–"
        lines = [f"{words.limit_text(self.limit_ms)}: {share} of {self.measured} measurements within"]
        verb = "would go now" if self.group_size == 2 else "would fit"
        if self.pairs:
            named = ", ".join(f"{words.name(a)} + {words.name(b)}" for a, b, _ in self.pairs[:NAMED])
            more = f" and {len(self.pairs) - NAMED} more" if len(self.pairs) > NAMED else ""
            lines.append(f"{verb}: {named}{more}")
        else:
            lines.append("no waiting pair would go now" if self.group_size == 2 else "no more waiting pairs would fit")
        return "\n".join(lines)


class LimitPreviewer:
    """`of(limit_ms, now)` may be asked at every move of the mouse: the waiting are looked up once a refresh."""

    def __init__(
        self, probes: ProbesProjection, run: RunProjection, waitroom: WaitroomProjection, table: PairTable
    ) -> None:
        self._probes, self._run, self._waitroom, self._table = probes, run, waitroom, table
        self._seen: tuple[object, ...] = ()
        self._pairs: WaitingPairs | None = None

    def of(self, limit_ms: int, now_elapsed_s: float) -> LimitPreview:
        """What `limit_ms` would mean at this moment."""
        rtt_ms = np.array(self._probes.rtt_ms)
        measured = len(rtt_ms) - self._probes.counts[2]
        accepted = int(np.count_nonzero(rtt_ms <= limit_ms))
        pairs = self._would_go(limit_ms, now_elapsed_s)
        return LimitPreview(limit_ms, measured, accepted, pairs, self._run.group_size)

    def _would_go(self, limit_ms: int, now_elapsed_s: float) -> list[tuple[str, str, float]]:
        seen = (self._waitroom.version, self._table.version, self._run.version, now_elapsed_s)
        if self._pairs is None or seen != self._seen:
            self._seen = seen
            self._pairs = waiting_pairs(self._waitroom, self._table, self._run.max_p2p_rtt_ms, now_elapsed_s)
        pairs = self._pairs
        rows = np.flatnonzero((pairs.kind == SLOW) & pairs.fresh & (pairs.rtt_ms <= limit_ms))
        first = np.minimum(pairs.first[rows], pairs.second[rows])
        second = np.maximum(pairs.first[rows], pairs.second[rows])
        taken: set[int] = set()
        chosen: list[tuple[str, str, float]] = []
        for row in np.lexsort((second, first)):
            one, other = int(first[row]), int(second[row])
            people = pairs.people[one], pairs.people[other]
            if one in taken or other in taken or any(person.state != "waiting" for person in people):
                continue
            taken.update((one, other))
            chosen.append((people[0].subject_id, people[1].subject_id, float(pairs.rtt_ms[rows[row]])))
        return chosen
