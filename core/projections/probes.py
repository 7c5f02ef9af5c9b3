"""Every probe of the run: those under way and what came of the others.

Owns the columns the probe chart draws and the records behind its points. Must not smooth, drop or judge anything again.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Any, Final

from core import events as ev
from core.projections import evidence
from core.projections.base import Block, Folds, Projection
from core.projections.kept import KeptEvents

ACCEPTED: Final = 0
REJECTED: Final = 1
FAILED: Final = 2

Probe = ev.ProbeStarted | ev.ProbeCompleted | ev.ProbeFailed


class _OfPeople:
    """In which probes somebody was. A person is looked at now and then: names are only put aside until one is."""

    def __init__(self) -> None:
        self._numbers: dict[str, array[int]] = {}
        self._aside: list[tuple[int, Sequence[str]]] = []  # number of the first, and one of the two of each
        self._known = 0

    def __repr__(self) -> str:
        return "whose probes"

    def add(self, first: int, one: Sequence[str], other: Sequence[str]) -> None:
        """The two of each probe from this number on; those that were folded before are known."""
        new = max(0, self._known - first)
        if new < len(one):
            self._aside += ((first + new, one[new:]), (first + new, other[new:]))
            self._known = first + len(one)

    def of(self, subject_id: str) -> array[int]:
        """The numbers of their probes, in order."""
        for first, names in self._aside:
            for number, name in enumerate(names, start=first):
                numbers = self._numbers.get(name)
                if numbers is None:
                    self._numbers[name] = array("i", (number,))
                else:
                    insort(numbers, number)
        self._aside.clear()
        return self._numbers.get(subject_id) or array("i")


class ProbesProjection(Projection):
    """One entry a finished probe, in order of finishing, in columns of equal length.

    `elapsed_s` and `rtt_ms` are arrays of doubles (`rtt_ms` is nan where nothing was measured), `outcome` an array of
    bytes (ACCEPTED, REJECTED, FAILED); `record` gives the events themselves. A reader takes slices (copies), never a
    view: an array that lends its memory cannot grow. `running` holds those under way by probe session id.
    """

    GROWING = ("elapsed_s", "rtt_ms", "outcome", "_places")
    SHARED = ("_of_people",)

    def __init__(self, kept: KeptEvents | None = None) -> None:
        super().__init__()
        self._kept = kept or KeptEvents()
        self._places = array("q")
        self.elapsed_s = array("d")
        self.rtt_ms = array("d")
        self.outcome = array("b")
        self.running: dict[str, ev.ProbeStarted] = {}
        self._of_people = _OfPeople()
        self.counts = [0, 0, 0]
        self.highest_rtt_ms = 0.0
        self.lowest_rtt_ms = math.inf

    def __len__(self) -> int:
        return len(self.outcome)

    def record(self, index: int) -> ev.ProbeCompleted | ev.ProbeFailed | None:
        """The event behind one entry; None if it cannot be read any more."""
        event = self._kept.get(self._places[index]) if index < len(self._places) else None
        return event if isinstance(event, ev.ProbeCompleted | ev.ProbeFailed) else None

    def describe(self, index: int) -> str:
        """What is known of one finished probe, in a few plain lines."""
        record = self.record(index)
        return "This probe cannot be read from the log any more." if record is None else evidence.describe(record)

    def of_person(self, subject_id: str) -> Sequence[int]:
        """The places of somebody's probes, in order."""
        numbers = self._of_people.of(subject_id)
        return numbers[: bisect_left(numbers, len(self))]

    def fold_block(self, block: Block, folds: Folds) -> None:
        """All at once, column by column."""
        events, first = block.events, block.first
        mine: list[tuple[Any, int]] = [(events[number], first + number) for number in block.numbers_of(folds)]
        self._run([event for event, _ in mine])
        self._finish([(event, place) for event, place in mine if not isinstance(event, ev.ProbeStarted)])
        self.version += len(mine)

    def _fold(self, event: Probe) -> None:
        self._run([event])
        if not isinstance(event, ev.ProbeStarted):
            self._finish([(event, self._kept.keep(event))])

    _folds = dict.fromkeys((ev.ProbeStarted, ev.ProbeCompleted, ev.ProbeFailed), _fold)

    def _run(self, events: Sequence[Probe]) -> None:
        """Of each session the last word counts: it was started, or has finished."""
        running = self.running
        for event in {event.probe_session_id: event for event in events}.values():
            if isinstance(event, ev.ProbeStarted):
                running[event.probe_session_id] = event
            else:
                running.pop(event.probe_session_id, None)

    def _finish(self, finished: Sequence[tuple[ev.ProbeCompleted | ev.ProbeFailed, int]]) -> None:
        if not finished:
            return
        events = [event for event, _ in finished]
        rtts_ms = [math.nan if isinstance(event, ev.ProbeFailed) else event.rtt_ms for event in events]
        outcomes = [
            FAILED if isinstance(event, ev.ProbeFailed) else ACCEPTED if event.accepted else REJECTED
            for event in events
        ]
        measured_ms = [rtt_ms for rtt_ms in rtts_ms if not math.isnan(rtt_ms)]
        self.highest_rtt_ms = max(self.highest_rtt_ms, *measured_ms, 0.0)
        self.lowest_rtt_ms = min(self.lowest_rtt_ms, *measured_ms, math.inf)
        self._of_people.add(
            len(self.outcome), [event.subject_a for event in events], [event.subject_b for event in events]
        )
        self.elapsed_s.fromlist([event.elapsed_s for event in events])
        self.rtt_ms.fromlist(rtts_ms)
        self.outcome.fromlist(outcomes)
        self.counts = [count + outcomes.count(outcome) for outcome, count in enumerate(self.counts)]
        self._places.fromlist([place for _, place in finished])
