"""All that the console shows of one run: one projection of each kind, fed together.

Owns the list of them, and who is given which events. Must not know whether the run still goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
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

Folds = dict[type[ev.Event], Callable[[Any], None]]
MOST_PROBLEMS = 100
_ELAPSED_S = attrgetter("elapsed_s")


class ShownRun:
    """Give it events in the order of the log (`apply`, `replay`); panels read the projections.

    `kept` is where single events are found again. `problems` says of events that could not be folded, of the first
    hundred, which and why: `problem_count` counts all. To a projection that cannot fold an event it is as if it had not
    been there.
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
        # A projection folds all that it takes of a block before the next one does: fifteen in turn for each event would
        # push each other's code and data out of the processor's cache, and take half as long again.
        kinds: list[type[ev.Event]] = [*ev.EVENT_TYPES.values(), ev.UnknownEvent]
        self._folds = [(projection, _folds_of(projection, kinds)) for projection in self.all]

    def apply(self, event: ev.Event) -> None:
        """Fold one event into each."""
        self.replay((event,))

    def replay(self, events: Iterable[ev.Event], places: Sequence[int] | None = None) -> None:
        """Fold many, in order; `places` are where `kept` finds them."""
        block = list(events)
        if not block:
            return
        kinds = list(map(type, block))
        present = set(kinds)
        where = self.kept.keep_all(block) if places is None else places
        failed: dict[int, tuple[ev.Event, Exception]] = {}
        for projection, folds in self._folds:
            if not present.isdisjoint(folds):
                self._fold(projection, folds, zip(block, kinds, where, strict=True), failed)
        self.run.lasts(max(map(_ELAPSED_S, block)))
        for place in sorted(failed):
            self._note(*failed[place])

    def _fold(
        self,
        projection: Projection,
        folds: Folds,
        block: Iterable[tuple[ev.Event, type[ev.Event], int]],
        failed: dict[int, tuple[ev.Event, Exception]],
    ) -> None:
        kept, folded = self.kept, 0
        for event, kind, place in block:
            fold = folds.get(kind)
            if fold is not None:
                folded += 1
                kept.place = place
                try:
                    fold(event)
                except (LookupError, ValueError, TypeError, AttributeError) as error:
                    failed.setdefault(place, (event, error))
        projection.version += folded

    def mark(self, touched: Iterable[str]) -> list[Mark]:
        """What it takes to be here again (see Projection.mark)."""
        return [projection.mark(touched) for projection in self.all]

    def go_to(self, later: ShownRun, marks: Sequence[list[Mark]], number: int) -> None:
        """Be as at the mark of this number; `later`, of which all these marks were made, has folded the log further."""
        for mine, theirs, its_marks in zip(self.all, later.all, zip(*marks, strict=True), strict=True):
            mine.go_to(theirs, its_marks, number)

    def own(self, touched: Iterable[str]) -> None:
        """These are named by events that are folded next (see Projection.own)."""
        for projection in self.all:
            if projection.TABLES:
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


def _folds_of(projection: Projection, kinds: Iterable[type[ev.Event]]) -> Folds:
    found = {kind: projection.folds_of(kind) for kind in kinds}
    return {kind: fold for kind, fold in found.items() if fold is not None}
