"""Earlier partners who are waited for: who wants whom back, and until when nobody else will do.

Owns this waiting of one scene. Must not choose a group or keep a timer: it answers, and the game manager asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.matching.matchmaker import GroupReunionMatchmaker, MatchCandidate, Matchmaker
from core.matching.waitroom import Waiter, Waitroom


class Reunions:
    """`reunion_s`: for how long partners are waited for; `may_still_come(subject_id)`: whether somebody may yet."""

    def __init__(
        self,
        matchmaker: Callable[[], Matchmaker],
        waitroom: Waitroom,
        reunion_s: float,
        may_still_come: Callable[[str], bool],
    ) -> None:
        self._matchmaker, self._waitroom = matchmaker, waitroom
        self._reunion_s, self._may_still_come = reunion_s, may_still_come
        self._waiting_for: dict[str, dict[str, None]] = {}  # by earlier partner, who wants them again

    def wanted_by(self, candidate: MatchCandidate) -> list[str]:
        """The earlier partners whom somebody is to be put together with again; empty if it does not matter."""
        history = candidate.group_history
        if history is None or not isinstance(self._matchmaker(), GroupReunionMatchmaker):
            return []
        return list(history.previous_partners)

    def expected_by(self, candidate: MatchCandidate) -> list[str]:
        """Those partners, if all of them are here or may still come."""
        wanted = self.wanted_by(candidate)
        return wanted if all(partner in self._waitroom or self._may_still_come(partner) for partner in wanted) else []

    def note(self, candidate: MatchCandidate) -> bool:
        """Somebody begins to wait; whether they want anybody back."""
        wanted = self.wanted_by(candidate)
        for partner in wanted:
            self._waiting_for.setdefault(partner, {})[candidate.subject_id] = None
        return bool(wanted)

    def forget(self, candidate: MatchCandidate) -> None:
        """Somebody waits no longer."""
        for partner in candidate.group_history.previous_partners if candidate.group_history is not None else ():
            waiting = self._waiting_for.get(partner, {})
            waiting.pop(candidate.subject_id, None)
            if not waiting:
                self._waiting_for.pop(partner, None)

    def waiting_for(self, subject_id: str) -> Iterable[str]:
        """Who wants this person back."""
        return list(self._waiting_for.get(subject_id, ()))

    def awaits(self, waiter: Waiter, now_s: float) -> bool:
        """Whether earlier partners, wanted again, may still come: until then nobody else will do."""
        wanted = self.wanted_by(waiter.candidate)
        if not wanted or now_s >= waiter.since_s + self._reunion_s:
            return False
        waiters = {partner: self._waitroom.get(partner) for partner in wanted}
        missing = [partner for partner, other in waiters.items() if other is None or not other.free]
        return bool(missing) and all(waiters[partner] or self._may_still_come(partner) for partner in missing)

    def keep_apart(self, a: str, b: str, now_s: float) -> bool:
        """Whether one of the two waits for earlier partners, and the other is none of them."""
        if not self._waiting_for:  # nobody wants anybody back: the usual case, and asked about every pair
            return False
        return self._keeps_from(a, b, now_s) or self._keeps_from(b, a, now_s)

    def _keeps_from(self, subject_id: str, other: str, now_s: float) -> bool:
        waiter = self._waitroom.get(subject_id)
        history = waiter.candidate.group_history if waiter is not None else None
        if waiter is None or history is None or other in history.previous_partners:
            return False
        return self.awaits(waiter, now_s)
