"""Any moment of a run that was read: when its events happened, and marks from which to fold on.

Owns going to a moment, and when what nobody asked for yet is folded. Must not follow the log, nor draw.

A run of 100,000 events takes some while to fold, so a moment is reached from the mark before it. Copies of all
projections would be larger than the log and slower to make than the folding; a mark therefore holds what has to be
undone to come back to the mark before, starting from the fold of the whole log, which is kept aside while an earlier
moment is seen (core/projections/base.py).
There are never more than `MOST_MARKS`: beyond that every other one is merged into the next, so that marks take about as
much memory for a long run as for a short one, and reaching a moment of a run ten times as long takes about ten times as
many events to fold.

What no panel shows at first sleeps while the log is read (`ShownRun.late`): it is folded from the log once more, with
marks at the same places, as soon as somebody asks for it, or bit by bit when there is nothing else to do (`catch_up`).
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate, islice
from operator import attrgetter
from typing import Final, NamedTuple

from core import events as ev
from core.projections.base import Mark
from core.projections.shown import ShownRun
from core.runlog.files import LogReadError
from core.runlog.follower import Follower
from widgets import collecting

MARK_EVERY: Final = 1_500  # events
MOST_MARKS: Final = 128
CATCH_UP_EVENTS: Final = 1_000  # in one step

SeenAs = Callable[[ev.Event], ev.Event]


class _RunMark(NamedTuple):
    """Made when `folded` events were; None of a projection that slept, until it has caught up."""

    folded: int
    marks: list[Mark | None]


class Replay:
    """`shown` is what is seen: the fold of the first `position` events of `len(replay)`."""

    def __init__(self, shown: ShownRun, follower: Follower, seen_as: SeenAs | None = None, expected: int = 0) -> None:
        """`expected`: about how many events there are, so that marks need not be merged later."""
        self.shown = shown
        self.position = 0
        self.gave_up = False  # what slept could not be folded any more
        self._follower, self._seen_as = follower, seen_as
        self._later: ShownRun | None = None
        self._elapsed_s = array("d")  # of each event; never less than of one before
        for number, projection in enumerate(shown.all):
            if projection in shown.late:
                projection.sleep(partial(self._asked_for, number))
        self._catching_up: _CatchingUp | None = None
        self._marks: list[_RunMark] = [_RunMark(0, shown.mark())]
        self._every = max(MARK_EVERY, expected // MOST_MARKS)

    def __len__(self) -> int:
        return len(self._elapsed_s)

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

    def take(self, events: Sequence[ev.Event], places: range) -> None:
        """Fold what was read next; an earlier moment that is seen stays."""
        if not events:
            return
        newest = self.newest
        newest.replay(events, places)
        self._elapsed_s.fromlist(_growing_s(events, self.end_s))
        if self.at_end:
            self.position = len(self)
        if len(self) - self._marks[-1].folded >= self._every:
            self._marks.append(_RunMark(len(self), newest.mark()))
            if len(self._marks) > MOST_MARKS:
                self._thin_out()

    def part(self, start: int, end: int) -> list[ev.Event]:
        """These events, read once more. Raises LogReadError."""
        events = self._follower.part(start, end)
        return events if self._seen_as is None else list(map(self._seen_as, events))

    # --- other moments ------------------------------------------------------------------------------------------------

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
        number = self._mark_before(count)
        mark = self._marks[number]
        onwards = self._later is not None and mark.folded <= self.position < count
        start = self.position if onwards else mark.folded
        events = self.part(start, count)
        if not onwards:
            self._go_back(number)
        self.shown.replay(events, range(start, count))
        self.position = count

    def _mark_before(self, count: int) -> int:
        return bisect_right(self._marks, count, key=attrgetter("folded")) - 1

    def _go_back(self, number: int) -> None:
        if self._later is None:
            self._later = self.shown.another()
            self._later.be(self.shown)
        self.shown.go_to(self._later, [mark.marks for mark in self._marks], number)

    def _thin_out(self) -> None:
        """Half as many marks, twice as far apart."""
        kept = self._marks[:1]
        for one, other in zip(self._marks[1::2], self._marks[2::2], strict=False):
            merged = [a and b and a.then(b) for a, b in zip(one.marks, other.marks, strict=True)]
            kept.append(_RunMark(other.folded, merged))
        if len(self._marks) % 2 == 0:
            kept.append(self._marks[-1])
        self._marks, self._every = kept, self._every * 2
        self._catching_up = None  # its marks are where there are none any more

    # --- what nobody asked for yet ------------------------------------------------------------------------------------

    @property
    def lags(self) -> bool:
        """Whether something sleeps."""
        return any(projection.asleep for projection in self.newest.late)

    def catch_up(self) -> bool:
        """Fold some of what sleeps; whether there is more of it."""
        if self._catching_up is None:
            asleep = [number for number, projection in enumerate(self.newest.all) if projection.asleep]
            if not asleep:
                return False
            self._catching_up = _CatchingUp(self, self._marks, asleep)
        with collecting.paused():
            try:
                if self._catching_up.step():
                    self._tell_share(self._catching_up)
                    return True
                self._wake(self._catching_up)
            except LogReadError:  # perhaps in the midst of a refresh that asked: `gave_up` has it told
                self._give_up()
        self._catching_up = None
        return self.lags

    def _tell_share(self, catching_up: _CatchingUp) -> None:
        percent = catching_up.folded * 100 // len(self)
        for number in catching_up.numbers:
            self.newest.all[number].catches_up(percent)
            self.shown.all[number].catches_up(percent)

    def _asked_for(self, number: int) -> None:
        """Of what sleeps, fold this at once, and what is being folded with it."""
        while self.newest.all[number].asleep:
            if self._catching_up is None:
                self._catching_up = _CatchingUp(self, self._marks, [number])
            self.catch_up()

    def _wake(self, caught_up: _CatchingUp) -> None:
        for number in caught_up.numbers:
            self.newest.all[number].be(caught_up.fresh.all[number])
        if self._later is None:
            return
        number = self._mark_before(self.position)
        start = self._marks[number].folded
        events = self.part(start, self.position)
        woken = [self.shown.all[number] for number in caught_up.numbers]
        self.shown.go_to(self._later, [mark.marks for mark in self._marks], number, woken)
        self.shown.replay(events, range(start, self.position), woken)

    def _give_up(self) -> None:
        """The log cannot be read any more: they hold nothing."""
        self.gave_up = True
        nothing = self.shown.another().mark()
        for mark in self._marks:
            mark.marks[:] = [made or empty for made, empty in zip(mark.marks, nothing, strict=True)]
        for shown in {self.shown, self.newest}:
            for mine, empty in zip(shown.all, shown.another().all, strict=True):
                if mine.asleep:
                    mine.be(empty)


class _CatchingUp:
    """What slept in a replay, by its numbers, folded from its log into `fresh` and marked where the others were."""

    def __init__(self, replay: Replay, marks: Sequence[_RunMark], numbers: Sequence[int]) -> None:
        self._replay, self._marks, self.numbers = replay, marks, numbers
        self.fresh = replay.shown.another()
        self.fresh.share_problems(replay.newest)
        self._late = [self.fresh.all[number] for number in numbers]
        self.folded = 0
        self._next_mark = 0
        self._mark()

    def step(self) -> bool:
        """Some events more; whether there are more of them."""
        until = self._marks[self._next_mark].folded if self._next_mark < len(self._marks) else len(self._replay)
        end = min(self.folded + CATCH_UP_EVENTS, until)
        self.fresh.replay(self._replay.part(self.folded, end), range(self.folded, end), self._late)
        self.folded = end
        self._mark()
        return end < len(self._replay)

    def _mark(self) -> None:
        if self._next_mark < len(self._marks) and self._marks[self._next_mark].folded == self.folded:
            for number in self.numbers:
                self._marks[self._next_mark].marks[number] = self.fresh.all[number].mark()
            self._next_mark += 1


def _growing_s(events: Sequence[ev.Event], since_s: float) -> list[float]:
    """When each happened, but never before one that stands before it."""
    times_s = list(map(attrgetter("elapsed_s"), events))
    if times_s[0] >= since_s and sorted(times_s) == times_s:
        return times_s
    return list(islice(accumulate(times_s, max, initial=since_s), 1, None))
