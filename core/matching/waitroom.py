"""The waitroom the matcher works on: who waits, in which order, and who of them is free to be grouped.

Owns order and availability. Must not decide who fits whom. A place is kept through probes, rejections and reconnects:
nobody is taken out and put back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.clock import Timer
from core.matching.matchmaker import MatchCandidate


@dataclass(slots=True)
class Waiter:
    """One waiting participant; `since_s` is on the clock's monotonic scale."""

    candidate: MatchCandidate
    since_s: float
    connected: bool = True
    group_id: str | None = None  # the group they are being probed with
    deadline: Timer | None = None

    @property
    def free(self) -> bool:
        """Can be grouped right now."""
        return self.connected and self.group_id is None


class Waitroom:
    """Waiters by subject id, longest wait first."""

    def __init__(self) -> None:
        self._waiters: dict[str, Waiter] = {}

    def __len__(self) -> int:
        return len(self._waiters)

    def __contains__(self, subject_id: str) -> bool:
        return subject_id in self._waiters

    def __iter__(self) -> Iterator[str]:
        return iter(self._waiters)

    def get(self, subject_id: str) -> Waiter | None:
        """The waiter, or None."""
        return self._waiters.get(subject_id)

    def add(self, waiter: Waiter) -> None:
        """Put somebody at the end; KeyError if they wait already."""
        if waiter.candidate.subject_id in self._waiters:
            raise KeyError(f"{waiter.candidate.subject_id} waits already")
        self._waiters[waiter.candidate.subject_id] = waiter

    def remove(self, subject_id: str) -> Waiter | None:
        """Take somebody out and call their deadline off; None if they did not wait."""
        waiter = self._waiters.pop(subject_id, None)
        if waiter is not None and waiter.deadline is not None:
            waiter.deadline.cancel()
        return waiter

    def set_server_rtt(self, subject_id: str, rtt_ms: float) -> None:
        """Keep the candidate's server RTT current; nothing if they do not wait."""
        waiter = self._waiters.get(subject_id)
        if waiter is not None:
            candidate = waiter.candidate
            waiter.candidate = MatchCandidate(candidate.subject_id, rtt_ms, candidate.group_history)

    def free(self) -> list[Waiter]:
        """Everybody who can be grouped, longest wait first."""
        return [waiter for waiter in self._waiters.values() if waiter.free]
