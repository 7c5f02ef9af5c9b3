"""All that the console shows of one run: one projection of each kind, fed together.

Owns the list of them, and who is given which events. Must not know whether the run still goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from core import events as ev
from core.projections.activity import ActivityProjection
from core.projections.alerts import AlertsProjection
from core.projections.base import Block, Folds, Mark, Projection
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

StandIns = Mapping[type[ev.Event], type[ev.Event]]
MOST_PROBLEMS = 100
_ELAPSED_S = attrgetter("elapsed_s")


class ShownRun:
    """Give it events in the order of the log (`apply`, `replay`); panels read the projections.

    `kept` is where single events are found again. `problems` says of events that could not be folded, of the first
    hundred, which and why: `problem_count` counts all. To a projection that cannot fold an event it is as if it had not
    been there.

    `stand_ins` are types of events that come in the place of others: the same without what no projection asks for.
    `late` are those that no panel shows at first: they may be folded later, once somebody asks (`Projection.sleep`).
    """

    def __init__(self, kept: KeptEvents | None = None, stand_ins: StandIns | None = None) -> None:
        self.kept = kept or KeptEvents()
        self._stand_ins = stand_ins or {}
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
        self.late: tuple[Projection, ...] = (self.pair_table, self.match_lanes, self.story)
        self.why_not = WhyNot(self.waitroom, self.pairs, self.run)
        self._unfolded = _Unfolded()
        # A projection folds all that it takes of a block before the next one does: fifteen in turn for each event would
        # push each other's code and data out of the processor's cache, and take half as long again.
        kinds: list[type[ev.Event]] = [*ev.EVENT_TYPES.values(), ev.UnknownEvent]
        self._folds: dict[Projection, Folds] = {
            projection: _folds_of(projection, kinds, self._stand_ins) for projection in self.all
        }

    def another(self) -> ShownRun:
        """One that has folded nothing yet, of the same log."""
        return ShownRun(self.kept, self._stand_ins)

    @property
    def problems(self) -> list[str]:
        """What could not be folded, and why."""
        return self._unfolded.told

    @property
    def problem_count(self) -> int:
        """How many events could not be folded."""
        return len(self._unfolded.places)

    def apply(self, event: ev.Event) -> None:
        """Fold one event into each."""
        self.replay((event,))

    def replay(self, events: Iterable[ev.Event], places: range | None = None, only: Sequence[Projection] = ()) -> None:
        """Fold many, in order; `places` are where `kept` finds them. `only`: into no others than these."""
        events = events if isinstance(events, list) else list(events)
        if not events:
            return
        first = self.kept.keep_all(events) if places is None else places.start
        block = Block(events, first, self.kept)
        for projection in only or self.all:
            folds = self._folds[projection]
            if folds.keys().isdisjoint(block.of_kind):
                continue
            if projection.asleep:
                projection.version += 1
            else:
                projection.fold_block(block, folds)
        if not only:
            self.run.lasts(max(map(_ELAPSED_S, events)))
        for place in sorted(block.failed):
            self._unfolded.note(place, *block.failed[place])

    def mark(self) -> list[Mark | None]:
        """What it takes to be here again (see Projection.mark); None of those that sleep."""
        return [None if projection.asleep else projection.mark() for projection in self.all]

    def go_to(
        self, later: ShownRun, marks: Sequence[list[Mark | None]], number: int, only: Sequence[Projection] = ()
    ) -> None:
        """Be as at the mark of this number; `later`, of which all these marks were made, has folded the log further.
        What sleeps sleeps on.
        """
        for mine, theirs, its_marks in zip(self.all, later.all, zip(*marks, strict=True), strict=True):
            if only and mine not in only:
                continue
            if theirs.asleep:
                mine.jumped()
            else:
                mine.go_to(theirs, [mark for mark in its_marks if mark is not None], number)

    def be(self, other: ShownRun) -> None:
        """Take over all that another fold of the same log holds; that one is of no use any more."""
        for mine, theirs in zip(self.all, other.all, strict=True):
            mine.be(theirs)
        self.share_problems(other)

    def share_problems(self, other: ShownRun) -> None:
        """It is the same log: what one of the two cannot fold, the other need not tell again."""
        self._unfolded = other._unfolded


class _Unfolded:
    """What is told of events that could not be folded: each once, however often that is tried."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.places: set[int] = set()

    def note(self, place: int, event: ev.Event, error: Exception) -> None:
        """One of them."""
        if place in self.places:
            return
        self.places.add(place)
        if len(self.told) < MOST_PROBLEMS:
            what = f"unknown {error}" if isinstance(error, LookupError) else str(error)
            self.told.append(f"event {event.seq} ({event.__struct_config__.tag}): {what}")


def _folds_of(projection: Projection, kinds: Iterable[type[ev.Event]], stand_ins: StandIns) -> Folds:
    found = {kind: projection.folds_of(kind) for kind in kinds}
    found |= {kind: found[of] for kind, of in stand_ins.items()}
    return {kind: fold for kind, fold in found.items() if fold is not None}
