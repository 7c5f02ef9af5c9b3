"""All that the console shows of one run: one projection of each kind, fed together.

Owns the list of them. Must not know whether the run still goes on.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.events import Event
from core.projections.activity import ActivityProjection
from core.projections.alerts import AlertsProjection
from core.projections.base import Projection
from core.projections.games import GamesProjection
from core.projections.health import HealthProjection
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


class ShownRun:
    """Give it events in the order of the log (`apply`, `replay`); panels read the projections."""

    def __init__(self) -> None:
        self.run = RunProjection()
        self.participants = ParticipantsProjection()
        self.waitroom = WaitroomProjection()
        self.pairs = PairsProjection()
        self.pair_table = PairTable()
        self.probes = ProbesProjection()
        self.timeline = TimelineProjection()
        self.match_lanes = MatchLanes()
        self.time_marks = TimeMarks()
        self.activity = ActivityProjection()
        self.games = GamesProjection()
        self.health = HealthProjection()
        self.alerts = AlertsProjection()
        self.notes = NotesProjection()
        self.story = StoryProjection()
        self.all: tuple[Projection, ...] = (
            self.run, self.participants, self.waitroom, self.pairs, self.pair_table, self.probes, self.timeline,
            self.match_lanes, self.time_marks, self.activity, self.games, self.health, self.alerts,
            self.notes, self.story,
        )  # fmt: skip
        self.why_not = WhyNot(self.waitroom, self.pairs, self.run)

    def apply(self, event: Event) -> None:
        """Fold one event into each."""
        for projection in self.all:
            projection.apply(event)

    def replay(self, events: Iterable[Event]) -> None:
        """Fold many, in order."""
        for event in events:
            self.apply(event)
