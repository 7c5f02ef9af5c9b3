"""Any moment of a run that was read: where its events stand in the log, and marks from which to fold on.

Owns going to a moment. Must not follow the log, nor draw.

A run of 100,000 events takes a second to fold, so a moment is reached from the mark before it. Copies of all
projections would be larger than the log and slower to make than the folding; a mark therefore holds what has to be
undone to come back to the mark before, starting from the fold of the whole log, which is kept aside while an earlier
moment is seen (core/projections/base.py). What is kept of somebody is copied before an event that names them is folded,
unless that was done since the last mark: the mark, or the moment that is seen, goes on with what was there before.
There are never more than `MOST_MARKS`: beyond that every other one is merged into the next, so that marks take about as
much memory for a long run as for a short one, and reaching a moment of a run ten times as long takes about ten times as
many events to fold.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, islice
from operator import attrgetter
from typing import Final, NamedTuple

from core import events as ev
from core.projections.base import Mark
from core.projections.shown import ShownRun
from core.runlog.follower import Follower
from widgets import collecting

MARK_EVERY: Final = 1_000  # events
MOST_MARKS: Final = 128

SeenAs = Callable[[ev.Event], ev.Event]


class _RunMark(NamedTuple):
    """Made when `folded` events were."""

    folded: int
    marks: list[Mark]


class Replay:
    """`shown` is what is seen: the fold of the first `position` events of `len(replay)`."""

    def __init__(self, shown: ShownRun, follower: Follower, seen_as: SeenAs | None = None) -> None:
        self.shown = shown
        self.position = 0
        self._follower, self._seen_as = follower, seen_as
        self._later: ShownRun | None = None
        self._elapsed_s = array("d")  # of each event; never less than of one before
        self._places = array("q")
        self._marks: list[_RunMark] = [_RunMark(0, shown.mark(()))]
        self._every = MARK_EVERY
        self._touched: dict[str, None] = {}
        # Of whom what is kept is in no other fold and no mark, and may be changed.
        self._owned_by_shown: set[str] = set()  # if that is not the newest
        self._owned_by_newest: set[str] = set()

    def __len__(self) -> int:
        return len(self._places)

    @property
    def at_end(self) -> bool:
        """Whether all that was read is seen."""
        return self._later is None

    @property
    def newest(self) -> ShownRun:
        """The fold of all that was read."""
        return self._later or self.shown

    @property
    def elapsed_s(self) -> float:
        """When the newest event that is seen happened."""
        return self._elapsed_s[self.position - 1] if self.position else 0.0

    @property
    def end_s(self) -> float:
        """When the newest event that was read happened."""
        return self._elapsed_s[-1] if self._elapsed_s else 0.0

    def count_at(self, elapsed_s: float) -> int:
        """How many events had happened by then."""
        return bisect_right(self._elapsed_s, elapsed_s)

    def time_of(self, count: int) -> float:
        """When the last of the first `count` events happened."""
        return self._elapsed_s[min(count, len(self)) - 1] if count > 0 and len(self) else 0.0

    def take(self, events: Sequence[ev.Event], places: Sequence[int]) -> None:
        """Fold what was read next; an earlier moment that is seen stays."""
        if not events:
            return
        newest = self.newest
        self._touched.update(_fold(newest, events, places, self._owned_by_newest))
        times = accumulate(map(attrgetter("elapsed_s"), events), max, initial=self.end_s)
        self._elapsed_s.extend(islice(times, 1, None))
        self._places.extend(places)
        if self.at_end:
            self.position = len(self)
        if len(self) - self._marks[-1].folded >= self._every:
            self._marks.append(_RunMark(len(self), newest.mark(self._touched)))
            self._touched, self._owned_by_newest = {}, set()
            if len(self._marks) > MOST_MARKS:
                self._thin_out()

    def go_to(self, count: int) -> None:
        """See the fold of the first `count` events. Raises LogReadError."""
        count = min(max(count, 0), len(self))
        if count != self.position:
            with collecting.paused():
                self._go_to(count)

    def _go_to(self, count: int) -> None:
        if count == len(self):
            assert self._later is not None
            self.shown.be(self._later)
            self._later, self.position = None, count
            return
        number = bisect_right(self._marks, count, key=attrgetter("folded")) - 1
        mark = self._marks[number]
        onwards = self._later is not None and mark.folded <= self.position < count
        start = self.position if onwards else mark.folded
        events, places = self._follower.part(self._places[start], self._places[count]) if count > start else ([], [])
        if not onwards:
            self._go_back(number)
        if self._seen_as is not None:
            events = list(map(self._seen_as, events))
        _fold(self.shown, events, places, self._owned_by_shown)
        self.position = count

    def _go_back(self, number: int) -> None:
        if self._later is None:
            self._later = ShownRun(self.shown.kept)
            self._later.be(self.shown)
            self._later.problems, self._later.problem_count = self.shown.problems, self.shown.problem_count
        self._owned_by_shown, self._owned_by_newest = set(), set()
        self.shown.go_to(self._later, [mark.marks for mark in self._marks], number)

    def _thin_out(self) -> None:
        """Half as many marks, twice as far apart."""
        kept = self._marks[:1]
        for one, other in zip(self._marks[1::2], self._marks[2::2], strict=False):
            kept.append(_RunMark(other.folded, [a.then(b) for a, b in zip(one.marks, other.marks, strict=True)]))
        if len(self._marks) % 2 == 0:
            kept.append(self._marks[-1])
        self._marks, self._every = kept, self._every * 2


def _fold(shown: ShownRun, events: Sequence[ev.Event], places: Sequence[int], owned: set[str]) -> dict[str, None]:
    """Fold these, and say who is named in them."""
    named = _named_in(events)
    shown.own([name for name in named if name not in owned])
    owned.update(named)
    shown.replay(events, places)
    return named


# --- who is named in an event -----------------------------------------------------------------------------------------


def _with(*fields: str) -> frozenset[type[ev.Event]]:
    return frozenset(kind for kind in ev.EVENT_TYPES.values() if set(fields) <= set(kind.__struct_fields__))


_ONE: Final = _with("subject_id")
_TWO: Final = _with("subject_a", "subject_b")
_SEVERAL: Final = _with("subjects")
_MATCHED: Final = _with("participants")


def _named_in(events: Iterable[ev.Event]) -> dict[str, None]:
    """Who is named in these events, in order."""
    names: dict[str, None] = {}
    for event in events:
        kind = type(event)
        if kind in _ONE:
            names[event.subject_id] = None  # type: ignore[attr-defined]
        elif kind in _TWO:
            names[event.subject_a] = names[event.subject_b] = None  # type: ignore[attr-defined]
            if kind is ev.ProbeFailed:
                names.update((peer.subject_id, None) for peer in event.peers)  # type: ignore[attr-defined]
        elif kind in _SEVERAL:
            names.update(dict.fromkeys(event.subjects))  # type: ignore[attr-defined]
            if kind is ev.MatchRejected:
                names.update(dict.fromkeys(event.rests_s))  # type: ignore[attr-defined]
        elif kind in _MATCHED:
            names.update((person.subject_id, None) for person in event.participants)  # type: ignore[attr-defined]
    return names
