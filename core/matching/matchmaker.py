"""Matchmakers: who should play with whom.

Owns the choice of a group and the verdict on a measured RTT. Must not measure, remember, wait or write: a matchmaker
is asked and answers. Staff write their own as a subclass of `Matchmaker`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import msgspec


class MatchCandidate(msgspec.Struct, frozen=True):
    """Somebody who could be grouped. `rtt_ms` is the server RTT (None: not measured), never the peer-to-peer one."""

    subject_id: str
    rtt_ms: float | None = None
    group_history: Any = None


class Matchmaker(ABC):
    """Chooses groups. `max_p2p_rtt_ms` is the highest acceptable peer-to-peer RTT; None means no limit and no probe."""

    def __init__(self, max_p2p_rtt_ms: int | None = None) -> None:
        self.max_p2p_rtt_ms = max_p2p_rtt_ms

    @abstractmethod
    def find_match(
        self, arriving: MatchCandidate, waiting: Sequence[MatchCandidate], group_size: int
    ) -> list[MatchCandidate] | None:
        """Choose a group of exactly `group_size` with `arriving` in it, or None.

        `waiting` holds those who may be grouped with `arriving`, longest wait first, without `arriving`; it must not
        be changed.
        """

    def rank_candidates(
        self, arriving: MatchCandidate, waiting: Sequence[MatchCandidate], group_size: int
    ) -> list[MatchCandidate]:
        """`waiting` in the order in which `find_match` would rather have them; as they stand unless overridden."""
        del arriving, group_size
        return list(waiting)

    def should_reject_for_rtt(self, measured_rtt_ms: float | None) -> bool:
        """Whether a pair with this peer-to-peer RTT (ms; None: could not be measured) may not play together."""
        if self.max_p2p_rtt_ms is None:
            return False
        return measured_rtt_ms is None or measured_rtt_ms > self.max_p2p_rtt_ms


class FIFOMatchmaker(Matchmaker):
    """Whoever has waited longest comes first."""

    def find_match(
        self, arriving: MatchCandidate, waiting: Sequence[MatchCandidate], group_size: int
    ) -> list[MatchCandidate] | None:
        """The `group_size - 1` longest waiting, then `arriving`."""
        if len(waiting) < group_size - 1:
            return None
        return [*waiting[: group_size - 1], arriving]
