"""What of a run would have been the same under another limit: who came when, who left of themselves, what was measured.

Owns telling that from what the limit brought about. Must not run the matchmaker (reenactment.py does) or estimate
(pair_model.py). Times are seconds since the run started.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from core import events as ev
from core.analysis.what_if.parts import CUT_SHORT, Act, Deed, Group, Session, Span, Spans, Stay, pair_of
from core.matching.probe_session import CANNOT_BE_MEASURED
from core.projections.base import Projection


@dataclass(slots=True)
class _Now:
    """Where somebody is, as the log tells it."""

    at: Literal["page", "wait", "game", "away"] = "away"
    scene_id: str = ""
    since_s: float = 0.0
    gone_for: str = ""


@dataclass(slots=True)
class _Probe:
    began_s: float
    pair: tuple[str, str]


@dataclass(slots=True)
class _Game:
    """A game under way."""

    subjects: list[str]
    began_s: float


class Script(Projection):
    """A run, taken apart. `end_s` is the time of the last event, `acts` are in order of time.

    `cut_off` counts those whom the run's end met before they were through; `ended` is whether the log has its end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.started: ev.RunStarted | None = None
        self.acts: list[Act] = []
        self.pages: Spans = defaultdict(list)
        self.waits: Spans = defaultdict(list)
        self.games: Spans = defaultdict(list)
        self.sessions: dict[tuple[str, str], list[Session]] = defaultdict(list)
        self.server_rtt_ms: dict[str, float] = {}
        self.groups: list[Group] = []
        self.stays: list[Stay] = []
        self.wait_s: float | None = None
        self.end_s = 0.0
        self.cut_off = 0
        self.ended = False
        self._now: dict[str, _Now] = defaultdict(_Now)
        self._games: dict[str, tuple[str, _Game]] = {}
        self._probes: dict[str, _Probe] = {}
        self._draining = False

    def replay(self, events: Iterable[ev.Event]) -> None:
        """Fold a whole log, and close what was still open at its end."""
        for event in events:
            self.end_s = max(self.end_s, event.elapsed_s)
            self.apply(event)
        self._close()

    def _close(self) -> None:
        for subject_id, now in self._now.items():
            if now.at == "wait":
                self.stays.append(Stay(subject_id, self.end_s - now.since_s, ""))
                self.waits[subject_id, now.scene_id].append(Span(self.end_s - now.since_s, False, True, now.since_s))
        for probe in self._probes.values():
            self.sessions[probe.pair].append(Session(self.end_s - probe.began_s, None, "cancelled", {}, True))

    def _act(self, event: ev.Event, deed: Deed, subject_id: str = "", value: Any = None) -> None:
        self.acts.append(Act(event.elapsed_s, deed, subject_id, value))

    # --- the run ------------------------------------------------------------------------------------------------------

    def on_run_started(self, event: ev.RunStarted) -> None:
        """The first event."""
        self.started = event

    def on_threshold_changed(self, event: ev.ThresholdChanged) -> None:
        """A new limit: only the run's own history has it."""
        self._act(event, "threshold", "", event.new_max_p2p_rtt_ms)

    def on_matching_paused(self, event: ev.MatchingPaused) -> None:
        """By the operator's hand, whatever the limit."""
        self._act(event, "paused", "", event.paused)

    def on_run_ending(self, event: ev.RunEnding) -> None:
        """Whoever is not through by then is cut off."""
        self._draining = True
        self._act(event, "drain")

    def on_run_ended(self, event: ev.RunEnded) -> None:
        """The end of the log."""
        del event
        self.ended = True

    # --- coming and going ---------------------------------------------------------------------------------------------

    def on_participant_joined(self, event: ev.ParticipantJoined) -> None:
        """Somebody new."""
        self._act(event, "join", event.subject_id)

    def on_participant_disconnected(self, event: ev.ParticipantDisconnected) -> None:
        """Only of those who take part: closing the last page is no loss."""
        if self._now[event.subject_id].at != "away":
            self._act(event, "lost", event.subject_id)

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """Back in their place, or after it was given up."""
        now = self._now[event.subject_id]
        if now.at != "away":
            self._act(event, "replaced" if event.replaced else "back", event.subject_id)
        elif now.gone_for == "reconnect_timeout":
            self._act(event, "return", event.subject_id)

    def on_visibility_changed(self, event: ev.VisibilityChanged) -> None:
        """The tab."""
        self._act(event, "hidden", event.subject_id, event.hidden)

    def on_liveness_changed(self, event: ev.LivenessChanged) -> None:
        """The page."""
        self._act(event, "silent", event.subject_id, event.silent)

    def on_participant_excluded(self, event: ev.ParticipantExcluded) -> None:
        """By the operator's hand."""
        self._act(event, "excluded", event.subject_id, event.excluded)

    def on_waiting_extended(self, event: ev.WaitingExtended) -> None:
        """For one, or for everybody who waits at that moment."""
        self._act(event, "extend", event.subject_id or "", event.by_s)

    def on_server_rtt_measured(self, event: ev.ServerRttMeasured) -> None:
        """The newest counts."""
        self.server_rtt_ms[event.subject_id] = event.rtt_ms
        self._act(event, "server_rtt", event.subject_id, event.rtt_ms)

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """Of themselves after so long where they were; by a lost line or the operator's hand at that moment."""
        subject_id, now = event.subject_id, self._now[event.subject_id]
        spans = {"page": self.pages, "wait": self.waits, "game": self.games}.get(now.at)
        if spans is not None:
            left = event.reason == "left"
            spans[subject_id, now.scene_id].append(Span(event.elapsed_s - now.since_s, left, not left, now.since_s))
        if event.reason in ("removed", "reconnect_timeout"):
            self._act(event, "gone", subject_id, event.reason)
        elif event.reason == "run_ended":
            self.cut_off += 1
        self._now[subject_id] = _Now(gone_for=event.reason)

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """Through."""
        self._leave_page(event.subject_id, event.elapsed_s)
        self._now[event.subject_id] = _Now(gone_for="finished")

    def on_scene_entered(self, event: ev.SceneEntered) -> None:
        """On from a page, or in for the first time."""
        self._leave_page(event.subject_id, event.elapsed_s)
        at: Literal["page", "away"] = "page" if event.kind == "page" else "away"
        self._now[event.subject_id] = _Now(at, event.scene_id, event.elapsed_s)

    def _leave_page(self, subject_id: str, at_s: float) -> None:
        now = self._now[subject_id]
        if now.at == "page":
            self.pages[subject_id, now.scene_id].append(Span(at_s - now.since_s, began_s=now.since_s))

    def on_operator_acted(self, event: ev.OperatorActed) -> None:
        """What has no event of its own and changes who waits or plays."""
        if event.action == "send_to_scene" and event.subjects:
            self._act(event, "send", event.subjects[0], event.text)

    # --- waiting and playing ------------------------------------------------------------------------------------------

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """A wait begins."""
        self._now[event.subject_id] = _Now("wait", event.scene_id, event.elapsed_s)
        self.wait_s = event.wait_s

    def on_waitroom_left(self, event: ev.WaitroomLeft) -> None:
        """A wait ends."""
        now = self._now[event.subject_id]
        self.stays.append(Stay(event.subject_id, event.waited_s, event.reason))
        if now.at == "wait":
            self.waits[event.subject_id, event.scene_id].append(
                Span(event.elapsed_s - now.since_s, False, True, now.since_s)
            )
            self._now[event.subject_id] = _Now()

    def on_match_proposed(self, event: ev.MatchProposed) -> None:
        """Only what the operator proposed is not the matchmaker's doing."""
        if event.forced:
            self._act(event, "force", "", (event.scene_id, event.subjects))

    def on_match_formed(self, event: ev.MatchFormed) -> None:
        """A group."""
        subjects = frozenset(one.subject_id for one in event.participants)
        self.groups.append(Group(event.elapsed_s, event.scene_id, subjects))

    def on_game_started(self, event: ev.GameStarted) -> None:
        """They play."""
        played = _Game(list(event.subjects), event.elapsed_s)
        self._games[event.game_id] = (event.scene_id, played)
        for subject_id in event.subjects:
            self._now[subject_id] = _Now("game", event.scene_id, event.elapsed_s)

    def on_game_ended(self, event: ev.GameEnded) -> None:
        """They have played; where a partner left, it says nothing of how long the others would have."""
        scene_id, played = self._games.pop(event.game_id, (event.scene_id, None))
        if played is None:
            return
        lasted_s = event.elapsed_s - played.began_s
        cut_short = event.reason in ("partner_left", "run_ended")
        for subject_id in played.subjects:
            if self._now[subject_id].at == "game":
                self.games[subject_id, scene_id].append(Span(lasted_s, False, cut_short, played.began_s))
                self._now[subject_id] = _Now()

    # --- probes -------------------------------------------------------------------------------------------------------

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """The first try counts from its start."""
        if event.attempt == 1:
            pair = pair_of(event.subject_a, event.subject_b)
            self._probes[event.probe_session_id] = _Probe(event.elapsed_s, pair)

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        """A measurement."""
        self._end_probe(event, Session(0.0, event.rtt_ms))

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        """None; after the last try."""
        if not event.will_retry:
            cut_short = event.reason in CUT_SHORT
            self._end_probe(event, Session(0.0, None, event.reason, _at_fault(event), cut_short))

    def _end_probe(self, event: ev.ProbeCompleted | ev.ProbeFailed, session: Session) -> None:
        probe = self._probes.pop(event.probe_session_id.partition(".")[0], None)
        spent_s = event.prepare_s + event.connect_s + event.measure_s
        began_s = event.elapsed_s - spent_s if probe is None else probe.began_s
        pair = pair_of(event.subject_a, event.subject_b)
        lasted_s = max(0.0, event.elapsed_s - began_s)
        self.sessions[pair].append(session._replace(lasted_s=lasted_s, began_s=began_s))


def _at_fault(event: ev.ProbeFailed) -> dict[str, bool]:
    """As the probe coordinator has it: who cannot be measured, else who was silent."""
    unable = {peer.subject_id: True for peer in event.peers if peer.error and peer.error.startswith(CANNOT_BE_MEASURED)}
    return unable or dict.fromkeys(event.silent, False)
