"""Matchmakers: who should play with whom.

Owns the choice of a group and the verdict on a measured RTT. Must not measure, remember, wait or write: a matchmaker
is asked and answers. Staff write their own as a subclass of `Matchmaker`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

import msgspec


class GroupHistory(msgspec.Struct, frozen=True):
    """With whom somebody was grouped before: `previous_partners` (subject ids, not their own), where and in which."""

    previous_partners: list[str] = []
    source_scene_id: str = ""
    group_id: str = ""


class MatchCandidate(msgspec.Struct, frozen=True):
    """Somebody who could be grouped. `rtt_ms` is the server RTT (None: not measured), never the peer-to-peer one."""

    subject_id: str
    rtt_ms: float | None = None
    group_history: GroupHistory | None = None


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

    def logged_as(self) -> str:
        """What the log calls whoever made the last choice."""
        return type(self).__name__

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
        longest = waiting[: group_size - 1]
        return [*longest, arriving] if len(longest) == group_size - 1 else None


@runtime_checkable
class ByServerRtt(Protocol):
    """A `waiting` that can be asked for the near ones without looking at the others, as the waitroom's own can."""

    def up_to_server_rtt(self, rtt_ms: float) -> Iterator[MatchCandidate]:
        """Those whose server RTT is at most `rtt_ms`, or unknown, longest wait first."""


class LatencyFIFOMatchmaker(Matchmaker):
    """The longest waiting first, but no pair whose server RTTs (ms) add up to more than `max_server_rtt_ms`.

    A server RTT that is not known yet excludes nobody: the probe will tell.
    """

    def __init__(self, max_server_rtt_ms: float, max_p2p_rtt_ms: int | None = None) -> None:
        super().__init__(max_p2p_rtt_ms)
        self.max_server_rtt_ms = max_server_rtt_ms

    def find_match(
        self, arriving: MatchCandidate, waiting: Sequence[MatchCandidate], group_size: int
    ) -> list[MatchCandidate] | None:
        """The longest waiting who fit `arriving` and each other, found by trying them in order; then `arriving`."""
        fitting = self._fitting(arriving, waiting)
        if group_size == 2:
            partner = next(fitting, None)
            return None if partner is None else [partner, arriving]
        chosen = self._extend([], list(fitting), 0, group_size - 1)
        return None if chosen is None else [*chosen, arriving]

    def _fitting(self, arriving: MatchCandidate, waiting: Sequence[MatchCandidate]) -> Iterator[MatchCandidate]:
        if arriving.rtt_ms is not None and isinstance(waiting, ByServerRtt):
            return waiting.up_to_server_rtt(self.max_server_rtt_ms - arriving.rtt_ms)
        return (candidate for candidate in waiting if self._fits(candidate, arriving))

    def _extend(
        self, group: list[MatchCandidate], fitting: list[MatchCandidate], start: int, size: int
    ) -> list[MatchCandidate] | None:
        if len(group) == size:
            return group
        for index in range(start, len(fitting)):
            if all(self._fits(fitting[index], member) for member in group):
                found = self._extend([*group, fitting[index]], fitting, index + 1, size)
                if found is not None:
                    return found
        return None

    def _fits(self, a: MatchCandidate, b: MatchCandidate) -> bool:
        if a.rtt_ms is None or b.rtt_ms is None:
            return True
        return a.rtt_ms + b.rtt_ms <= self.max_server_rtt_ms


class GroupReunionMatchmaker(Matchmaker):
    """Puts earlier partners together again; `fallback_to_fifo`: who cannot be reunited is grouped in order of arrival.

    Whether partners may still come is for the caller to know: it asks again when they do.
    """

    def __init__(self, max_p2p_rtt_ms: int | None = None, fallback_to_fifo: bool = True) -> None:
        super().__init__(max_p2p_rtt_ms)
        self.fallback_to_fifo = fallback_to_fifo

    def find_match(
        self, arriving: MatchCandidate, waiting: Sequence[MatchCandidate], group_size: int
    ) -> list[MatchCandidate] | None:
        """The earlier group if all of it is here; else, if allowed, those with the longest wait."""
        history = arriving.group_history
        if history is not None and len(history.previous_partners) == group_size - 1:
            wanted = set(history.previous_partners)
            partners = [candidate for candidate in waiting if candidate.subject_id in wanted]
            if len(partners) == group_size - 1:
                return [*partners, arriving]
        if not self.fallback_to_fifo or len(waiting) < group_size - 1:
            return None
        return [*self.rank_candidates(arriving, waiting, group_size)[: group_size - 1], arriving]

    def rank_candidates(
        self, arriving: MatchCandidate, waiting: Sequence[MatchCandidate], group_size: int
    ) -> list[MatchCandidate]:
        """Those without earlier partners first: the others may yet be reunited. Within each, the longest wait first."""
        del arriving, group_size
        return sorted(waiting, key=lambda c: bool(c.group_history and c.group_history.previous_partners))
