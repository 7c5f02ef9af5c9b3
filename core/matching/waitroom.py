"""The waitroom the matcher works on: who waits, in which order, and who of them is free to be grouped.

Owns order and availability. Must not decide who fits whom. A place is kept through probes, rejections and reconnects:
nobody is taken out and put back. Those who are free are indexed by place and by server RTT, so that looking for a
partner costs what is looked at, not who is there (DESIGN §4, rule 13).
"""

from __future__ import annotations

import heapq
import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from sortedcontainers import SortedDict

from core.clock import Timer
from core.matching.matchmaker import MatchCandidate

BUCKET_MS = 10.0
UNKNOWN_BUCKET = -1
LARGE_BYTES = 20_000  # of an empty table: some hundred people waited


@dataclass(slots=True)
class Waiter:
    """One waiting participant; `since_s` is on the clock's monotonic scale, `place` grows with each arrival."""

    candidate: MatchCandidate
    since_s: float
    place: int = 0
    connected: bool = True
    attentive: bool = True  # somebody looks at the page, and it answers
    excluded: bool = False  # the operator keeps them out of matching
    group_id: str | None = None  # the group they are being probed with
    deadline: Timer | None = None
    deadline_s: float | None = None  # when it comes, on the same scale; None: no limit to this wait

    @property
    def free(self) -> bool:
        """Can be grouped right now."""
        return self.connected and self.attentive and not self.excluded and self.group_id is None


class Waitroom:
    """Waiters by subject id, longest wait first."""

    def __init__(self) -> None:
        self._places = itertools.count(1)
        self._clear()

    def _clear(self) -> None:
        """Tables of their own size: none shrinks by itself when it empties."""
        self._waiters: dict[str, Waiter] = {}
        self._free: SortedDict[int, Waiter] = SortedDict()
        self._free_by_rtt: dict[int, SortedDict[int, Waiter]] | None = None  # kept from the first time it is asked for

    @property
    def empty(self) -> bool:
        """Nobody waits."""
        return not self._waiters

    def __len__(self) -> int:
        return len(self._waiters)

    def __contains__(self, subject_id: object) -> bool:
        return subject_id in self._waiters

    def __iter__(self) -> Iterator[str]:
        return iter(self._waiters)

    def get(self, subject_id: str) -> Waiter | None:
        """The waiter, or None."""
        return self._waiters.get(subject_id)

    def add(self, candidate: MatchCandidate, since_s: float) -> Waiter:
        """Put somebody at the end; KeyError if they wait already."""
        if candidate.subject_id in self._waiters:
            raise KeyError(f"{candidate.subject_id} waits already")
        waiter = Waiter(candidate, since_s, next(self._places))
        self._waiters[candidate.subject_id] = waiter
        self._list(waiter)
        return waiter

    def remove(self, subject_id: str) -> Waiter | None:
        """Take somebody out and call their deadline off; None if they did not wait."""
        waiter = self._waiters.pop(subject_id, None)
        if waiter is not None:
            self._unlist(waiter)
            if waiter.deadline is not None:
                waiter.deadline.cancel()
            if not self._waiters and sys.getsizeof(self._waiters) > LARGE_BYTES:
                self._clear()
        return waiter

    def set_connected(self, waiter: Waiter, connected: bool) -> None:
        """Whether the waiter can be reached."""
        self._unlist(waiter)
        waiter.connected = connected
        self._list(waiter)

    def set_attentive(self, waiter: Waiter, attentive: bool) -> None:
        """Whether the waiter would take part if they were chosen."""
        self._unlist(waiter)
        waiter.attentive = attentive
        self._list(waiter)

    def set_excluded(self, waiter: Waiter, excluded: bool) -> None:
        """Whether the operator keeps the waiter out of matching."""
        self._unlist(waiter)
        waiter.excluded = excluded
        self._list(waiter)

    def set_group(self, waiter: Waiter, group_id: str | None) -> None:
        """The group a waiter is being probed with; None: free again, in the old place."""
        self._unlist(waiter)
        waiter.group_id = group_id
        self._list(waiter)

    def set_server_rtt(self, subject_id: str, rtt_ms: float) -> None:
        """Keep the candidate's server RTT current; nothing if they do not wait."""
        waiter = self._waiters.get(subject_id)
        if waiter is not None:
            self._unlist(waiter)
            waiter.candidate = MatchCandidate(subject_id, rtt_ms, waiter.candidate.group_history)
            self._list(waiter)

    def free(self) -> list[Waiter]:
        """Everybody who can be grouped, longest wait first."""
        return list(self._free.values())

    def partners_for(self, waiter: Waiter, may_meet: Callable[[str], bool]) -> Partners:
        """Everybody free who may be grouped with `waiter`, found as they are asked for."""
        return Partners(self, waiter, may_meet)

    def in_order(self, up_to_rtt_ms: float | None = None) -> Iterator[Waiter]:
        """The free ones, longest wait first; with a limit, only those whose server RTT is at most that, or unknown."""
        if up_to_rtt_ms is None:
            return map(self._free.__getitem__, self._free)
        return self._in_order_up_to(up_to_rtt_ms)

    def _in_order_up_to(self, up_to_rtt_ms: float) -> Iterator[Waiter]:
        buckets = self._buckets()
        fitting = [listed for bucket, listed in buckets.items() if bucket * BUCKET_MS <= up_to_rtt_ms]
        for _, waiter in heapq.merge(*(listed.items() for listed in fitting), key=lambda item: item[0]):
            if waiter.candidate.rtt_ms is None or waiter.candidate.rtt_ms <= up_to_rtt_ms:
                yield waiter

    def _buckets(self) -> dict[int, SortedDict[int, Waiter]]:
        """The free ones by server RTT, and by place within."""
        if self._free_by_rtt is None:
            self._free_by_rtt = {}
            for waiter in self._free.values():
                self._put_in_bucket(waiter, self._free_by_rtt)
        return self._free_by_rtt

    def _put_in_bucket(self, waiter: Waiter, buckets: dict[int, SortedDict[int, Waiter]]) -> None:
        bucket = _bucket(waiter)
        if bucket not in buckets:  # setdefault would make one each time, which is not cheap
            buckets[bucket] = SortedDict()
        buckets[bucket][waiter.place] = waiter

    def _list(self, waiter: Waiter) -> None:
        if waiter.free and waiter.candidate.subject_id in self._waiters:
            self._free[waiter.place] = waiter
            if self._free_by_rtt is not None:
                self._put_in_bucket(waiter, self._free_by_rtt)

    def _unlist(self, waiter: Waiter) -> None:
        if waiter.place not in self._free:
            return
        del self._free[waiter.place]
        if self._free_by_rtt is not None:
            bucket = _bucket(waiter)
            del self._free_by_rtt[bucket][waiter.place]
            if not self._free_by_rtt[bucket]:
                del self._free_by_rtt[bucket]


def _bucket(waiter: Waiter) -> int:
    rtt_ms = waiter.candidate.rtt_ms
    return UNKNOWN_BUCKET if rtt_ms is None else int(rtt_ms // BUCKET_MS)


class Partners(Sequence[MatchCandidate]):
    """Who may be grouped with one waiter, longest wait first; looked up only as far as it is read."""

    def __init__(
        self, waitroom: Waitroom, waiter: Waiter, may_meet: Callable[[str], bool], without: frozenset[str] = frozenset()
    ) -> None:
        self._waitroom, self._waiter, self._may_meet, self._without = waitroom, waiter, may_meet, without
        self._found: list[MatchCandidate] = []
        self._rest = self._fitting_of(waitroom.in_order())

    def excluding(self, subject_id: str) -> Partners:
        """The same people but one."""
        return Partners(self._waitroom, self._waiter, self._may_meet, self._without | {subject_id})

    def up_to_server_rtt(self, rtt_ms: float) -> Iterator[MatchCandidate]:
        """Those whose server RTT is at most `rtt_ms`, or unknown, without looking at the others."""
        return self._fitting_of(self._waitroom.in_order(rtt_ms))

    def _fitting_of(self, waiters: Iterator[Waiter]) -> Iterator[MatchCandidate]:
        return _fitting(waiters, self._waiter, self._without, self._may_meet)

    def __contains__(self, candidate: object) -> bool:
        """Whether this very candidate may be grouped, without looking at the others."""
        if not isinstance(candidate, MatchCandidate) or candidate.subject_id in self._without:
            return False
        waiter = self._waitroom.get(candidate.subject_id)
        if waiter is None or waiter is self._waiter or not waiter.free:
            return False
        return waiter.candidate == candidate and self._may_meet(candidate.subject_id)

    def _read(self, count: int | None) -> None:
        """Have the first `count` found (None: all of them)."""
        missing = None if count is None else max(0, count - len(self._found))
        self._found.extend(itertools.islice(self._rest, missing))

    @overload
    def __getitem__(self, index: int) -> MatchCandidate: ...
    @overload
    def __getitem__(self, index: slice) -> list[MatchCandidate]: ...
    def __getitem__(self, index: int | slice) -> MatchCandidate | list[MatchCandidate]:
        if isinstance(index, slice):
            plain = index.stop is not None and index.stop >= 0 and (index.start or 0) >= 0
            self._read(index.stop if plain else None)
        else:
            self._read(index + 1 if index >= 0 else None)
        return self._found[index]

    def __iter__(self) -> Iterator[MatchCandidate]:
        for index in itertools.count():
            self._read(index + 1)
            if index >= len(self._found):
                return
            yield self._found[index]

    def __len__(self) -> int:
        self._read(None)
        return len(self._found)

    # Staff's matchmakers take `waiting` for the list that it looks like.

    def __add__(self, others: Sequence[MatchCandidate]) -> list[MatchCandidate]:
        return [*self, *others]

    def __radd__(self, others: Sequence[MatchCandidate]) -> list[MatchCandidate]:
        return [*others, *self]

    def __eq__(self, others: object) -> bool:
        return isinstance(others, list | Partners) and list(self) == list(others)

    __hash__ = None  # type: ignore[assignment]  # as a list

    def copy(self) -> list[MatchCandidate]:
        """The same people in a list of their own."""
        return list(self)


def _fitting(
    waiters: Iterator[Waiter], partner: Waiter, without: frozenset[str], may_meet: Callable[[str], bool]
) -> Iterator[MatchCandidate]:
    """Knows nothing of the Partners that read it: knowing each other, only the collector could free the two."""
    for waiter in waiters:
        subject_id = waiter.candidate.subject_id
        if waiter is not partner and subject_id not in without and may_meet(subject_id):
            yield waiter.candidate
