"""All that the console shows of one run: one projection of each kind, fed together.

Owns the list of them, and who is given which events. Must not know whether the run still goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any

from core import events as ev
from core.projections.activity import ActivityProjection
from core.projections.alerts import AlertsProjection
from core.projections.base import Mark, Projection
from core.projections.games import GamesProjection
from core.projections.health import HealthProjection
from core.projections.kept import KeptEvents
from core.projections.match_lanes import MatchLanes
from core.projections.matches import TimelineProjection
from core.projections.notes import NotesProjection
from core.projections.pair_table import PairTable
from core.projections.pairs import PairsProjection
from core.projections.participants import ParticipantsProjection
from core.projections.probes import ProbesProjection
from core.projections.run import RunProjection
from core.projections.story import StoryProjection
from core.projections.time_marks import TimeMarks
from core.projections.waitroom import WaitroomProjection
from core.projections.why_not import WhyNot

Fold = Callable[[Any], None]
MOST_PROBLEMS = 100


class ShownRun:
    """Give it events in the order of the log (`apply`, `replay`); panels read the projections.

    `kept` is where single events are found again. `problems` says of events that could not be folded, of the first
    hundred, which and why: `problem_count` counts all. What comes after them is folded as if they had not been there.
    """

    def __init__(self, kept: KeptEvents | None = None) -> None:
        self.kept = kept or KeptEvents()
        self.run = RunProjection()
        self.participants = ParticipantsProjection()
        self.waitroom = WaitroomProjection()
        self.pairs = PairsProjection()
        self.pair_table = PairTable(self.kept)
        self.probes = ProbesProjection(self.kept)
        self.timeline = TimelineProjection(self.kept)
        self.match_lanes = MatchLanes(self.kept)
        self.time_marks = TimeMarks()
        self.activity = ActivityProjection(self.kept)
        self.games = GamesProjection()
        self.health = HealthProjection()
        self.alerts = AlertsProjection()
        self.notes = NotesProjection()
        self.story = StoryProjection(self.kept)
        self.all: tuple[Projection, ...] = (
            self.run, self.participants, self.waitroom, self.pairs, self.pair_table, self.probes, self.timeline,
            self.match_lanes, self.time_marks, self.activity, self.games, self.health, self.alerts,
            self.notes, self.story,
        )  # fmt: skip
        self.why_not = WhyNot(self.waitroom, self.pairs, self.run)
        self.problems: list[str] = []
        self.problem_count = 0
        # Fifteen projections asked for each event would cost more than all their folding.
        kinds: list[type[ev.Event]] = [*ev.EVENT_TYPES.values(), ev.UnknownEvent]
        self._takers = {kind: self._takers_of(kind) for kind in kinds}

    def _takers_of(self, kind: type[ev.Event]) -> tuple[tuple[Projection, ...], tuple[Fold, ...]]:
        folds = {projection: projection.folds_of(kind) for projection in self.all}
        taking = {projection: fold for projection, fold in folds.items() if fold is not None}
        return tuple(taking), tuple(taking.values())

    def apply(self, event: ev.Event) -> None:
        """Fold one event into each."""
        self.replay((event,))

    def replay(self, events: Iterable[ev.Event], places: Iterable[int] | None = None) -> None:
        """Fold many, in order; `places` are where `kept` finds them."""
        takers, last_s, counts = self._takers, self.run.last_elapsed_s, Counter[type[ev.Event]]()
        for event, self.kept.place in zip(events, repeat(-1) if places is None else places):  # noqa: B905 - endless
            kind = type(event)
            try:
                for fold in takers[kind][1]:
                    fold(event)
            except (LookupError, ValueError, TypeError, AttributeError) as error:
                self._note(event, error)
            counts[kind] += 1
            if event.elapsed_s > last_s:
                last_s = event.elapsed_s
        self.run.lasts(last_s)
        for kind, count in counts.items():
            for projection in takers[kind][0]:
                projection.version += count

    def mark(self, touched: Iterable[str]) -> list[Mark]:
        """What it takes to be here again (see Projection.mark)."""
        return [projection.mark(touched) for projection in self.all]

    def go_to(self, later: ShownRun, marks: Sequence[list[Mark]]) -> None:
        """Be as at the last of `marks`; `later` has folded the same log further."""
        for number, projection in enumerate(self.all):
            projection.go_to(later.all[number], [mark[number] for mark in marks])

    def own(self, touched: Iterable[str]) -> None:
        """These are named by events that are folded next (see Projection.own)."""
        for projection in self.all:
            projection.own(touched)

    def be(self, other: ShownRun) -> None:
        """Take over all that another fold of the same log holds; that one is of no use any more."""
        for mine, theirs in zip(self.all, other.all, strict=True):
            mine.be(theirs)

    def _note(self, event: ev.Event, error: Exception) -> None:
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            what = f"unknown {error}" if isinstance(error, LookupError) else str(error)
            self.problems.append(f"event {event.seq} ({event.__struct_config__.tag}): {what}")
