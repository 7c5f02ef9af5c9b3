"""Who waits for partners, since when, and what the log says about why.

Owns one row a waiting participant. Must not judge anybody again: a reason is shown only if it was recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from core import events as ev
from core.projections import words
from core.projections.base import Projection

WaitState = Literal["waiting", "probing", "away"]
Outcome = Literal["none", "proposed", "measured", "slow", "unreachable", "timeout", "left", "failed"]


class WaitroomRow(msgspec.Struct):
    """One person in the waitroom. Times are `elapsed_s` of the run.

    `tries` counts the probes taken part in (a retry of the same pair is no new one); `last_outcome` is the kind of what
    was recorded last about a match, and `last_outcome_text` the sentence for it.
    """

    subject_id: str
    scene_id: str
    waiting_since_s: float
    server_rtt_ms: float | None = None
    state: WaitState = "waiting"
    tries: int = 0
    last_outcome: Outcome = "none"
    last_outcome_text: str = ""
    probed_with: str = ""
    away_since_s: float | None = None
    keep_place_s: float = 0.0


class WaitroomProjection(Projection):
    """`rows` by subject id, in order of entering; `why` says in one line what each of them waits for."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, WaitroomRow] = {}
        self._server_rtt_ms: dict[str, float] = {}
        self._group_size = 2
        self._paused_by: str | None = None

    def why(self, row: WaitroomRow) -> str:
        """The one line for this person."""
        if row.state == "away":
            return f"Connection lost; place kept for {row.keep_place_s:.0f} s"
        if row.state == "probing":
            return f"Measuring the connection with {row.probed_with}"
        if self._paused_by is not None:
            return f"Matching is paused by {self._paused_by or 'the operator'}"
        if row.last_outcome != "none":
            return row.last_outcome_text
        return "Waiting for a partner" if self._group_size == 2 else f"Waiting for {self._group_size - 1} partners"

    def on_run_started(self, event: ev.RunStarted) -> None:
        """How many make a group."""
        self._group_size = event.group_size

    def on_matching_paused(self, event: ev.MatchingPaused) -> None:
        """Nobody is matched until it is taken up again."""
        self._paused_by = words.plain(event.by, words.NAME_LIMIT) if event.paused else None

    def on_server_rtt_measured(self, event: ev.ServerRttMeasured) -> None:
        """Measured on pages, too, so it is kept for those who have yet to come in."""
        self._server_rtt_ms[event.subject_id] = event.rtt_ms
        row = self.rows.get(event.subject_id)
        if row is not None:
            row.server_rtt_ms = event.rtt_ms

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """A row at the end; somebody already waiting in this scene keeps place and time."""
        row = self.rows.get(event.subject_id)
        if row is None or row.scene_id != event.scene_id:
            self.rows.pop(event.subject_id, None)
            self.rows[event.subject_id] = WaitroomRow(
                event.subject_id, event.scene_id, event.elapsed_s, self._server_rtt_ms.get(event.subject_id)
            )

    def on_waitroom_left(self, event: ev.WaitroomLeft) -> None:
        """Out, for whatever reason."""
        self.rows.pop(event.subject_id, None)

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """Gone for good."""
        self.rows.pop(event.subject_id, None)
        self._server_rtt_ms.pop(event.subject_id, None)

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """Through; nothing of them is needed here any more."""
        self.rows.pop(event.subject_id, None)
        self._server_rtt_ms.pop(event.subject_id, None)

    def on_participant_disconnected(self, event: ev.ParticipantDisconnected) -> None:
        """Away, with the place kept."""
        row = self.rows.get(event.subject_id)
        if row is not None:
            row.state, row.away_since_s, row.keep_place_s = "away", event.elapsed_s, event.grace_s

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """Back: in the probe if that still runs, else waiting."""
        row = self.rows.get(event.subject_id)
        if row is not None:
            row.state, row.away_since_s = ("probing" if row.probed_with else "waiting"), None

    def on_match_proposed(self, event: ev.MatchProposed) -> None:
        """Chosen by the matchmaker; a probe follows if there is a limit."""
        for subject_id in event.subjects:
            partners = words.others(event.subjects, subject_id)
            self._record(subject_id, "proposed", f"Chosen for a group with {partners}")

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """Both are being measured."""
        for subject_id, partner in _both_ways(event):
            row = self.rows.get(subject_id)
            if row is None:
                continue
            row.tries += event.attempt == 1
            row.probed_with = words.name(partner)
            if row.state != "away":
                row.state = "probing"

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        """Measured; whether the group stands is an event of its own."""
        for subject_id, partner in _both_ways(event):
            limit = words.limit_text(event.max_p2p_rtt_ms)
            text = f"{words.ms(event.rtt_ms)} with {words.name(partner)} (limit {limit})"
            self._record(subject_id, "measured" if event.accepted else "slow", text)

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        """Not measured, and how."""
        again = "; trying once more" if event.will_retry else ""
        reason = words.PROBE_FAILURES.get(event.reason, event.reason)
        for subject_id, partner in _both_ways(event):
            self._record(subject_id, "failed", f"Probe with {words.name(partner)} failed: {reason}{again}")

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Back to waiting, with the reason; the time waited goes on."""
        for subject_id in event.subjects:
            row = self.rows.get(subject_id)
            if row is None:
                continue
            row.probed_with = ""
            if row.state == "probing":
                row.state = "waiting"
            self._record(subject_id, event.reason, words.sentence(words.rejection(event, subject_id)))

    def _record(self, subject_id: str, outcome: Outcome, text: str) -> None:
        row = self.rows.get(subject_id)
        if row is not None:
            row.last_outcome, row.last_outcome_text = outcome, text


def _both_ways(event: ev.ProbeStarted | ev.ProbeCompleted | ev.ProbeFailed) -> Sequence[tuple[str, str]]:
    """Each of the two with the other."""
    return (event.subject_a, event.subject_b), (event.subject_b, event.subject_a)
