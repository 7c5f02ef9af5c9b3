"""From a run's events to the rows of its tables, in one pass.

Owns the counting. Must not read files or keep events; what an event names that the log never introduced (a torn log, an
older tool's) gets a row all the same, and a problem says so.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from core import events as ev
from core.analysis.never_played import NeverPlayed
from core.analysis.summary import ThresholdStep, percentile
from core.analysis.tables import probe_rows
from core.analysis.tables.rows import MatchRow, ParticipantRow, ProbeRow, WaitRow
from core.projections.base import Projection


class _Stay(msgspec.Struct, gc=False):
    """One stay in a waitroom, as far as it got."""

    subject_id: str
    scene_id: str
    entered_s: float
    left_s: float | None = None
    waited_s: float = 0.0
    reason: str = ""
    tries: int = 0


class _Person(msgspec.Struct, gc=False):
    """One participant, as far as they got."""

    joined_s: float
    left_s: float | None = None
    left_reason: str = ""
    finished: bool = False
    state: str = "page"
    simulated: bool = False
    first_wait_s: float | None = None
    first_match_s: float | None = None
    stay: _Stay | None = None
    waits: int = 0
    waited_s: float = 0.0
    matches: int = 0
    games: int = 0
    probes: int = 0
    probes_failed: int = 0
    server_rtt_ms: list[float] = []
    p2p_rtt_ms: list[float] = []


class _Match:
    """A group that became one, and its game as far as it got."""

    __slots__ = ("ended", "event", "proposed_s", "started_s")

    def __init__(self, event: ev.MatchFormed, proposed_s: float | None) -> None:
        self.event, self.proposed_s = event, proposed_s
        self.started_s: float | None = None
        self.ended: ev.GameEnded | None = None


class TableFold(Projection):
    """Give it a run's events in order, then ask for the rows. `probes`, `waiting` and `thresholds` grow on the way."""

    def __init__(self, run_id: str = "", *, reasons: bool = True) -> None:
        super().__init__()
        self.run_id = run_id
        self.run: ev.RunStarted | None = None
        self.ended_reason = ""
        self.last_elapsed_s = 0.0
        self.event_count = 0
        self.thresholds: list[ThresholdStep] = []
        self.probes: list[ProbeRow] = []
        self.waiting: list[tuple[float, int]] = []
        self._people: dict[str, _Person] = {}
        self._stays: list[_Stay] = []
        self._matches: dict[str, _Match] = {}
        self._proposed_s: dict[str, float] = {}
        self._probing_since_s: dict[str, float] = {}
        self._never_played = NeverPlayed() if reasons else None
        self._never_joined = 0
        self._runs = 0

    def apply(self, event: ev.Event) -> None:
        """Fold one event; every event tells how long the run has lasted."""
        self.replay((event,))

    def replay(self, events: Iterable[ev.Event]) -> None:
        """Fold many, in order: the same for each, in one loop for speed."""
        folds, never_played = self._folds, self._never_played
        count, last_elapsed_s = 0, self.last_elapsed_s
        for event in events:
            count += 1
            if event.elapsed_s > last_elapsed_s:
                last_elapsed_s = event.elapsed_s
            fold = folds.get(type(event))
            if fold is not None:
                fold(self, event)
            if never_played is not None:
                never_played.apply(event)
        self.event_count += count
        self.version += count
        self.last_elapsed_s = last_elapsed_s

    # --- the rows -----------------------------------------------------------------------------------------------------

    def participants(self) -> list[ParticipantRow]:
        """In order of joining."""
        reasons = {} if self._never_played is None else self._never_played.reasons()
        return [self._participant(name, person, reasons.get(name, "")) for name, person in self._people.items()]

    def _participant(self, subject_id: str, person: _Person, why: str) -> ParticipantRow:
        open_s = 0.0 if person.stay is None else self.last_elapsed_s - person.stay.entered_s
        matched_s = None
        if person.first_match_s is not None and person.first_wait_s is not None:
            matched_s = person.first_match_s - person.first_wait_s
        return ParticipantRow(
            run_id=self.run_id,
            subject_id=subject_id,
            joined_s=person.joined_s,
            left_s=person.left_s,
            left_reason=person.left_reason,
            finished=person.finished,
            state=person.state,
            waits=person.waits,
            waited_s=person.waited_s + open_s,
            time_to_match_s=matched_s,
            matches=person.matches,
            games=person.games,
            probes=person.probes,
            probes_failed=person.probes_failed,
            server_rtt_ms_median=percentile(person.server_rtt_ms, 0.5),
            p2p_rtt_ms_median=percentile(person.p2p_rtt_ms, 0.5),
            why_never_played="" if person.games else why,
            simulated=person.simulated,
        )

    def waits(self) -> list[WaitRow]:
        """In order of entering."""
        return [
            WaitRow(
                run_id=self.run_id,
                subject_id=stay.subject_id,
                scene_id=stay.scene_id,
                entered_s=stay.entered_s,
                left_s=stay.left_s,
                waited_s=stay.waited_s if stay.left_s is not None else self.last_elapsed_s - stay.entered_s,
                reason=stay.reason,
                tries=stay.tries,
            )
            for stay in self._stays
        ]

    def matches(self) -> list[MatchRow]:
        """In order of forming."""
        return [self._match(match) for match in self._matches.values()]

    def _match(self, match: _Match) -> MatchRow:
        event, ended = match.event, match.ended
        return MatchRow(
            run_id=self.run_id,
            game_id=event.game_id,
            group_id=event.group_id,
            scene_id=event.scene_id,
            formed_s=event.elapsed_s,
            subjects=[person.subject_id for person in event.participants],
            p2p_rtt_ms=event.p2p_rtt_ms,
            max_p2p_rtt_ms=event.max_p2p_rtt_ms,
            matchmaker=event.matchmaker_class,
            forced=event.forced,
            remeasured=event.remeasured,
            proposed_s=match.proposed_s,
            game_started_s=match.started_s,
            game_ended_s=None if ended is None else ended.elapsed_s,
            game_duration_s=None if ended is None else ended.duration_s,
            game_end_reason="" if ended is None else ended.reason,
        )

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
        """A row; somebody who joins again goes on with theirs."""
        person = self._people.get(event.subject_id)
        if person is None:
            person = self._people[event.subject_id] = _Person(event.elapsed_s)
        person.left_s, person.left_reason, person.state = None, "", "page"
        person.simulated = event.simulated

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """Gone for good, and out of the waitroom for the same reason (which the log says in an event of its own)."""
        person = self._person(event.subject_id, event.elapsed_s)
        person.left_s, person.left_reason, person.state = event.elapsed_s, event.reason, "gone"
        self._end_stay(person, event.elapsed_s, event.reason, None)

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """Through every scene."""
        person = self._person(event.subject_id, event.elapsed_s)
        person.left_s, person.finished, person.state = event.elapsed_s, True, "done"

    def on_scene_entered(self, event: ev.SceneEntered) -> None:
        """A game scene begins with its waitroom, which has an event of its own."""
        self._person(event.subject_id, event.elapsed_s).state = "page"

    def on_server_rtt_measured(self, event: ev.ServerRttMeasured) -> None:
        """One more answer."""
        self._person(event.subject_id, event.elapsed_s).server_rtt_ms.append(event.sample_ms)

    # --- waiting ------------------------------------------------------------------------------------------------------

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """A stay; somebody who waits in this scene already keeps place and time."""
        person = self._person(event.subject_id, event.elapsed_s)
        person.state = "waiting"
        if person.stay is not None and person.stay.scene_id == event.scene_id:
            return
        self._end_stay(person, event.elapsed_s, "", None)
        self._begin_stay(person, _Stay(event.subject_id, event.scene_id, event.elapsed_s), event.elapsed_s)

    def on_waitroom_left(self, event: ev.WaitroomLeft) -> None:
        """The log says for how long."""
        person = self._person(event.subject_id, event.elapsed_s)
        if person.stay is None and person.state == "gone":
            return
        if person.stay is None:
            entered_s = max(0.0, event.elapsed_s - event.waited_s)
            self._begin_stay(person, _Stay(event.subject_id, event.scene_id, entered_s), event.elapsed_s)
        self._end_stay(person, event.elapsed_s, event.reason, event.waited_s)

    def _begin_stay(self, person: _Person, stay: _Stay, now_s: float) -> None:
        person.stay = stay
        person.waits += 1
        if person.first_wait_s is None:
            person.first_wait_s = stay.entered_s
        self._stays.append(stay)
        self._step(now_s, 1)

    def _end_stay(self, person: _Person, at_s: float, reason: str, waited_s: float | None) -> None:
        stay, person.stay = person.stay, None
        if stay is not None:
            stay.left_s, stay.reason = at_s, reason
            stay.waited_s = at_s - stay.entered_s if waited_s is None else waited_s
            person.waited_s += stay.waited_s
            self._step(at_s, -1)

    def _step(self, at_s: float, by: int) -> None:
        """Steps of one moment are one."""
        waiting = (self.waiting[-1][1] if self.waiting else 0) + by
        if self.waiting and self.waiting[-1][0] == at_s:
            self.waiting[-1] = (at_s, waiting)
        else:
            self.waiting.append((at_s, waiting))

    # --- matching and measuring ---------------------------------------------------------------------------------------

    def on_match_proposed(self, event: ev.MatchProposed) -> None:
        """A try for each of them."""
        self._proposed_s[event.group_id] = event.elapsed_s
        for subject_id in event.subjects:
            stay = self._person(subject_id, event.elapsed_s).stay
            if stay is not None:
                stay.tries += 1

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """Under way."""
        self._probing_since_s[event.probe_session_id] = event.elapsed_s
        for subject_id in (event.subject_a, event.subject_b):
            self._person(subject_id, event.elapsed_s).state = "probing"

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        """Measured."""
        for subject_id in (event.subject_a, event.subject_b):
            person = self._person(subject_id, event.elapsed_s)
            person.probes += 1
            person.p2p_rtt_ms.append(event.rtt_ms)
        self.probes.append(probe_rows.completed(event, self.run_id, self._probe_began_s(event)))

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        """No measurement."""
        people = [self._person(subject_id, event.elapsed_s) for subject_id in (event.subject_a, event.subject_b)]
        for person in people:
            person.probes += 1
            person.probes_failed += 1
        simulated = any(person.simulated for person in people)
        self.probes.append(probe_rows.failed(event, self.run_id, self._probe_began_s(event), simulated=simulated))

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Back to waiting."""
        self._proposed_s.pop(event.group_id, None)
        for subject_id in event.subjects:
            person = self._person(subject_id, event.elapsed_s)
            if person.state == "probing":
                person.state = "waiting"

    def on_match_formed(self, event: ev.MatchFormed) -> None:
        """A group is one."""
        for member in event.participants:
            person = self._person(member.subject_id, event.elapsed_s)
            person.matches += 1
            if person.first_match_s is None:
                person.first_match_s = event.elapsed_s
        self._matches[event.game_id] = _Match(event, self._proposed_s.pop(event.group_id, None))

    # --- games --------------------------------------------------------------------------------------------------------

    def on_game_started(self, event: ev.GameStarted) -> None:
        """Playing."""
        for subject_id in event.subjects:
            person = self._person(subject_id, event.elapsed_s)
            person.games += 1
            person.state = "playing"
        if event.game_id in self._matches:
            self._matches[event.game_id].started_s = event.elapsed_s

    def on_game_ended(self, event: ev.GameEnded) -> None:
        """Over."""
        if event.game_id in self._matches:
            self._matches[event.game_id].ended = event

    def _probe_began_s(self, event: ev.ProbeCompleted | ev.ProbeFailed) -> float | None:
        return self._probing_since_s.pop(event.probe_session_id, None)

    # --- details ------------------------------------------------------------------------------------------------------

    def _person(self, subject_id: str, at_s: float) -> _Person:
        """Their row; whoever the log never introduced is there from `at_s`."""
        person = self._people.get(subject_id)
        if person is None:
            person = self._people[subject_id] = _Person(at_s)
            self._never_joined += 1
        return person
