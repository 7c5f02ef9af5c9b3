"""What a run's events come to: everybody, every stay in a waitroom, every probe and match, counted in one pass.

Owns the counting. Must not read files or keep the events of probes, of which there are most: whoever wants them takes
them as they come (ProbeSink). Rows and columns are made of all this elsewhere (fold_rows.py, run_columns.py). What an
event names that the log never introduced (a torn log, an older tool's) is there all the same, and a problem says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from core import events as ev
from core.analysis.summary import ThresholdStep
from core.analysis.tables.counted_events import COUNTED_AS
from core.analysis.tables.measured_probe import MeasuredProbe
from core.projections.base import Projection

if TYPE_CHECKING:
    from core.analysis.never_played import NeverPlayed

_ELAPSED_S: Final = attrgetter("elapsed_s")


class Stay(msgspec.Struct, gc=False):
    """One stay in a waitroom, as far as it got; `place` is the person's."""

    place: int
    subject_id: str
    scene_id: str
    entered_s: float
    left_s: float | None = None
    waited_s: float = 0.0
    reason: str = ""
    tries: int = 0


class Person(msgspec.Struct, gc=False):
    """One participant, as far as they got; `place` counts from 0, in order of joining."""

    place: int
    joined_s: float
    left_s: float | None = None
    left_reason: str = ""
    finished: bool = False
    state: str = "page"
    simulated: bool = False
    first_wait_s: float | None = None
    first_match_s: float | None = None
    stay: Stay | None = None
    waits: int = 0
    waited_s: float = 0.0
    matches: int = 0
    games: int = 0
    server_rtt_ms: list[float] = []

    @property
    def time_to_match_s(self) -> float | None:
        """From first entering a waitroom to their first match."""
        if self.first_match_s is None or self.first_wait_s is None:
            return None
        return self.first_match_s - self.first_wait_s


class ProbeSink(Protocol):
    """Takes every probe that ended, in order, with when it began and the two who were in it, as they are then."""

    def completed(self, event: ev.ProbeCompleted, run_id: str, began_s: float | None, a: Person, b: Person) -> None: ...
    def failed(self, event: ev.ProbeFailed, run_id: str, began_s: float | None, a: Person, b: Person) -> None: ...


class Match(msgspec.Struct, gc=False):
    """A group that became one, and its game as far as it got."""

    event: ev.MatchFormed
    proposed_s: float | None
    started_s: float | None = None
    ended: ev.GameEnded | None = None


class TableFold(Projection):
    """Give it a run's events in order, then ask for what came of them: nothing of it may be changed."""

    def __init__(self, probes: ProbeSink, run_id: str = "", *, reasons: bool = True) -> None:
        super().__init__()
        self.probes = probes
        self.run_id = run_id
        self.run: ev.RunStarted | None = None
        self.ended_reason = ""
        self.last_elapsed_s = 0.0
        self.event_count = 0
        self.thresholds: list[ThresholdStep] = []
        self.waiting: list[tuple[float, int]] = []
        self.people: dict[str, Person] = {}
        self.stays: list[Stay] = []
        self.matches: dict[str, Match] = {}
        self._proposed_s: dict[str, float] = {}
        self._probing_since_s: dict[str, float] = {}
        self._never_played = _never_played() if reasons else None
        self._never_joined = 0
        self._runs = 0

    def apply(self, event: ev.Event) -> None:
        """Fold one event; every event tells how long the run has lasted."""
        self.replay((event,))

    def replay(self, events: Iterable[ev.Event]) -> None:
        """Fold some more, in order: the same for each, in one loop for speed."""
        events = events if isinstance(events, list) else list(events)
        for event, fold in zip(events, map(_FOLDS.get, map(type, events)), strict=True):
            if fold is not None:
                fold(self, event)
        if self._never_played is not None:
            for event in events:
                self._never_played.apply(event)
        self.event_count += len(events)
        self.version += len(events)
        self.last_elapsed_s = max(self.last_elapsed_s, *map(_ELAPSED_S, events)) if events else self.last_elapsed_s

    def why_never_played(self) -> dict[str, str]:
        """By participant, in words; nothing of anybody if nobody asked for reasons."""
        return {} if self._never_played is None else self._never_played.reasons()

    def waited_s(self, person: Person) -> float:
        """In all; who waits still has waited until the log's end."""
        return person.waited_s if person.stay is None else person.waited_s + self.stayed_s(person.stay)

    def stayed_s(self, stay: Stay) -> float:
        """How long a stay was, or is at the log's end."""
        return self.last_elapsed_s - stay.entered_s if stay.left_s is None else stay.waited_s

    def problems(self) -> list[str]:
        """What the log lacks, in sentences."""
        found = []
        if self._runs == 0 and self.event_count:
            found.append("the log does not begin with a run's start")
        if self._runs > 1:
            found.append(f"the log holds {self._runs} starts of a run; the first one names it")
        if self._never_joined:
            found.append(f"{self._never_joined} participants are named whose joining is not in the log")
        return found

    # --- the run ------------------------------------------------------------------------------------------------------

    def on_run_started(self, event: ev.RunStarted) -> None:
        """Which run."""
        self._runs += 1
        if self.run is None:
            self.run, self.run_id = event, event.run_id or self.run_id
        self.thresholds.append(ThresholdStep(event.elapsed_s, event.max_p2p_rtt_ms))
        self._step(event.elapsed_s, 0)

    def on_run_ended(self, event: ev.RunEnded) -> None:
        """Closed in order."""
        self.ended_reason = event.reason

    def on_threshold_changed(self, event: ev.ThresholdChanged) -> None:
        """One more step."""
        self.thresholds.append(ThresholdStep(event.elapsed_s, event.new_max_p2p_rtt_ms, event.by))

    # --- people -------------------------------------------------------------------------------------------------------

    def on_participant_joined(self, event: ev.ParticipantJoined) -> None:
        """Somebody who joins again goes on as before."""
        person = self.people.get(event.subject_id)
        if person is None:
            person = self.people[event.subject_id] = Person(len(self.people), event.elapsed_s)
        person.left_s, person.left_reason, person.state = None, "", "page"
        person.simulated = event.simulated

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """Gone for good, and out of the waitroom for the same reason (which the log says in an event of its own)."""
        person = self.people.get(event.subject_id) or self._unknown(event.subject_id, event.elapsed_s)
        person.left_s, person.left_reason, person.state = event.elapsed_s, event.reason, "gone"
        self._end_stay(person, event.elapsed_s, event.reason, None)

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """Through every scene."""
        person = self.people.get(event.subject_id) or self._unknown(event.subject_id, event.elapsed_s)
        person.left_s, person.finished, person.state = event.elapsed_s, True, "done"

    def on_scene_entered(self, event: ev.SceneEntered) -> None:
        """A game scene begins with its waitroom, which has an event of its own."""
        person = self.people.get(event.subject_id) or self._unknown(event.subject_id, event.elapsed_s)
        person.state = "page"

    def on_server_rtt_measured(self, event: ev.ServerRttMeasured) -> None:
        """One more answer."""
        person = self.people.get(event.subject_id) or self._unknown(event.subject_id, event.elapsed_s)
        person.server_rtt_ms.append(event.sample_ms)

    # --- waiting ------------------------------------------------------------------------------------------------------

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """A stay; somebody who waits in this scene already keeps place and time."""
        person = self.people.get(event.subject_id) or self._unknown(event.subject_id, event.elapsed_s)
        person.state = "waiting"
        if person.stay is not None:
            if person.stay.scene_id == event.scene_id:
                return
            self._end_stay(person, event.elapsed_s, "", None)
        self._begin_stay(person, Stay(person.place, event.subject_id, event.scene_id, event.elapsed_s), event.elapsed_s)

    def on_waitroom_left(self, event: ev.WaitroomLeft) -> None:
        """The log says for how long."""
        person = self.people.get(event.subject_id) or self._unknown(event.subject_id, event.elapsed_s)
        if person.stay is None:
            if person.state == "gone":
                return
            entered_s = max(0.0, event.elapsed_s - event.waited_s)
            self._begin_stay(person, Stay(person.place, event.subject_id, event.scene_id, entered_s), event.elapsed_s)
        self._end_stay(person, event.elapsed_s, event.reason, event.waited_s)

    def _begin_stay(self, person: Person, stay: Stay, now_s: float) -> None:
        person.stay = stay
        person.waits += 1
        if person.first_wait_s is None:
            person.first_wait_s = stay.entered_s
        self.stays.append(stay)
        self._step(now_s, 1)

    def _end_stay(self, person: Person, at_s: float, reason: str, waited_s: float | None) -> None:
        stay, person.stay = person.stay, None
        if stay is not None:
            stay.left_s, stay.reason = at_s, reason
            stay.waited_s = at_s - stay.entered_s if waited_s is None else waited_s
            person.waited_s += stay.waited_s
            self._step(at_s, -1)

    def _step(self, at_s: float, by: int) -> None:
        """Steps of one moment are one."""
        last_s, waiting = self.waiting[-1] if self.waiting else (None, 0)
        if last_s == at_s:
            self.waiting[-1] = (at_s, waiting + by)
        else:
            self.waiting.append((at_s, waiting + by))

    # --- matching and measuring ---------------------------------------------------------------------------------------

    def on_match_proposed(self, event: ev.MatchProposed) -> None:
        """A try for each of them."""
        self._proposed_s[event.group_id] = event.elapsed_s
        for subject_id in event.subjects:
            stay = (self.people.get(subject_id) or self._unknown(subject_id, event.elapsed_s)).stay
            if stay is not None:
                stay.tries += 1

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """Under way."""
        self._probing_since_s[event.probe_session_id] = event.elapsed_s
        a, b = self._both(event)
        a.state = b.state = "probing"

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        """Measured."""
        began_s = self._probing_since_s.pop(event.probe_session_id, None)
        a, b = self._both(event)
        self.probes.completed(event, self.run_id, began_s, a, b)

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        """No measurement."""
        began_s = self._probing_since_s.pop(event.probe_session_id, None)
        a, b = self._both(event)
        self.probes.failed(event, self.run_id, began_s, a, b)

    def _both(self, event: ev.ProbeStarted | ev.ProbeCompleted | ev.ProbeFailed) -> tuple[Person, Person]:
        people, a, b = self.people, event.subject_a, event.subject_b
        return (
            people.get(a) or self._unknown(a, event.elapsed_s),
            people.get(b) or self._unknown(b, event.elapsed_s),
        )

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Back to waiting."""
        self._proposed_s.pop(event.group_id, None)
        for subject_id in event.subjects:
            person = self.people.get(subject_id) or self._unknown(subject_id, event.elapsed_s)
            if person.state == "probing":
                person.state = "waiting"

    def on_match_formed(self, event: ev.MatchFormed) -> None:
        """A group is one."""
        for member in event.participants:
            person = self.people.get(member.subject_id) or self._unknown(member.subject_id, event.elapsed_s)
            person.matches += 1
            if person.first_match_s is None:
                person.first_match_s = event.elapsed_s
        self.matches[event.game_id] = Match(event, self._proposed_s.pop(event.group_id, None))

    # --- games --------------------------------------------------------------------------------------------------------

    def on_game_started(self, event: ev.GameStarted) -> None:
        """Playing."""
        for subject_id in event.subjects:
            person = self.people.get(subject_id) or self._unknown(subject_id, event.elapsed_s)
            person.games += 1
            person.state = "playing"
        if event.game_id in self.matches:
            self.matches[event.game_id].started_s = event.elapsed_s

    def on_game_ended(self, event: ev.GameEnded) -> None:
        """Over."""
        if event.game_id in self.matches:
            self.matches[event.game_id].ended = event

    def _unknown(self, subject_id: str, at_s: float) -> Person:
        """Somebody whom the log never introduced is there from now on."""
        person = self.people[subject_id] = Person(len(self.people), at_s)
        self._never_joined += 1
        return person


def _never_played() -> NeverPlayed:
    """Imported only where somebody wants reasons: it brings half of the projections."""
    from core.analysis.never_played import NeverPlayed

    return NeverPlayed()


_FOLDS: Final[Mapping[type[ev.Event], Callable[[TableFold, Any], None]]] = {
    **TableFold._folds,
    **{COUNTED_AS[kind]: fold for kind, fold in TableFold._folds.items()},
    MeasuredProbe: TableFold.on_probe_completed,
}
