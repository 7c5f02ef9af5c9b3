"""From one waiter to a group that may play, or to the answer that there is none now.

Owns who may meet whom at this moment, and the search for a group all of whose members may. Must not change anything:
the matchmaker proposes, the pair memory says who may not, and what remains is looked for again without them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from core.clock import Clock
from core.matching.matchmaker import MatchCandidate, Matchmaker
from core.matching.pairing import PairMemory
from core.matching.rests import Rests
from core.matching.waitroom import Partners, Waiter, Waitroom

MAX_TRIES = 500  # proposals looked at for one waiter in one pass; the search is exhaustive below it


class GroupFinder:
    """Finds a group for a waiter. `ruled_out(a, b)`: the experiment does not want these two together (again)."""

    def __init__(
        self,
        matchmaker: Matchmaker,
        waitroom: Waitroom,
        memory: PairMemory,
        rests: Rests,
        clock: Clock,
        group_size: int,
        ruled_out: Callable[[str, str], bool] = lambda _a, _b: False,
    ) -> None:
        self._matchmaker, self._waitroom, self._memory = matchmaker, waitroom, memory
        self._rests = rests
        self._clock, self._group_size, self._ruled_out = clock, group_size, ruled_out

    def may_meet(self, a: str, b: str) -> bool:
        """Whether these two may be proposed now: not ruled out, too slow, cooling down or resting."""
        return self._passes(a, b) and not self._ruled_out(a, b)

    def _passes(self, a: str, b: str) -> bool:
        """By what is remembered. It comes first, because it turns down most, and costs least."""
        if self._matchmaker.max_p2p_rtt_ms is None:
            return True
        now_s = self._clock.monotonic()
        verdict = self._memory.verdict(a, b)
        if verdict is None or now_s >= verdict.until_s:
            return not self._rests.apart(a, b, now_s)
        return verdict.rtt_ms is not None and not self._matchmaker.should_reject_for_rtt(verdict.rtt_ms)

    def find(self, waiter: Waiter) -> list[MatchCandidate] | None:
        """A group with `waiter` in it all of whose members may meet, or None."""
        subject_id = waiter.candidate.subject_id
        partners = self._waitroom.partners_for(waiter, lambda other: self.may_meet(subject_id, other))
        return self._search(waiter.candidate, partners, itertools.count(1))

    def _search(
        self, arriving: MatchCandidate, partners: Partners, tries: itertools.count[int]
    ) -> list[MatchCandidate] | None:
        """Ask the matchmaker; where two of its choice may not meet, ask again without the one, then without the other.

        Every group that may play lacks at least one of the two, so nothing is missed.
        """
        if next(tries) > MAX_TRIES:
            return None
        group = self._matchmaker.find_match(arriving, partners, self._group_size)
        if group is None:
            return None
        clash = self._clash(arriving, group)
        if clash is None:
            return list(group)
        for subject_id in clash:
            found = self._search(arriving, partners.excluding(subject_id), tries)
            if found is not None:
                return found
        return None

    def _clash(self, arriving: MatchCandidate, group: Sequence[MatchCandidate]) -> tuple[str, str] | None:
        """Two of the group's other members who may not meet, the one with the shorter wait first; None if all may."""
        others = [candidate for candidate in group if candidate.subject_id != arriving.subject_id]
        for a, b in itertools.combinations(others, 2):
            if not self.may_meet(a.subject_id, b.subject_id):
                return b.subject_id, a.subject_id
        return None
