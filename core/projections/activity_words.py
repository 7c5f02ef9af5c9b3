"""Each notable event as a sentence.

Owns the wording. Must not decide which are kept, nor repeat measurements that come all the time (server RTT, health).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from core import events as ev
from core.projections import words
from core.projections.base import Projection

Severity = Literal["info", "good", "notice", "warning", "error"]


class ActivityEntry(msgspec.Struct, frozen=True):
    """One sentence. `seq` is the event's, so that the line in the log is found."""

    seq: int
    elapsed_s: float
    timestamp: float
    severity: Severity
    text: str
    subjects: tuple[str, ...] = ()


class ActivityWords(Projection):
    """Words the event it is given last, as `said`."""

    said: ActivityEntry

    def _say(self, event: ev.Event, severity: Severity, text: str, subjects: Sequence[str] = ()) -> None:
        self.said = ActivityEntry(event.seq, event.elapsed_s, event.timestamp, severity, text, tuple(subjects))

    def on_run_started(self, event: ev.RunStarted) -> None:
        """Which, and with what limit."""
        limit = words.limit_text(event.max_p2p_rtt_ms)
        self._say(event, "info", f"Run {words.name(event.run_id)} of {words.name(event.experiment)} began ({limit})")

    def on_run_resumed(self, event: ev.RunResumed) -> None:
        """With another engine."""
        self._say(event, "warning", f"The run was taken up again{_by(event.by)}, {words.resumed(event.away_s)}")

    def on_run_ending(self, event: ev.RunEnding) -> None:
        """Shut for good."""
        self._say(event, "notice", f"The run is ending{_by(event.by)}; games under way may finish{_why(event.reason)}")

    def on_run_ended(self, event: ev.RunEnded) -> None:
        """Over, and why."""
        reason = words.RUN_ENDS.get(event.reason, event.reason)
        figures = f"{event.joined} joined, {event.finished} finished, {_count(event.games, 'game')}"
        severity: Severity = "error" if event.reason == "log_failed" else "notice"
        self._say(event, severity, f"The run ended{_by(event.by)}: {reason} ({figures})")

    def on_threshold_changed(self, event: ev.ThresholdChanged) -> None:
        """From what to what, and who."""
        old, new = words.limit_text(event.old_max_p2p_rtt_ms), words.limit_text(event.new_max_p2p_rtt_ms)
        self._say(event, "notice", f"RTT limit: {old} → {new}{_by(event.by)}{_why(event.reason)}")

    def on_intake_changed(self, event: ev.IntakeChanged) -> None:
        """Doors."""
        done = "opened" if event.open else "closed to newcomers"
        self._say(event, "notice", f"Doors {done}{_by(event.by)}{_why(event.reason)}")

    def on_matching_paused(self, event: ev.MatchingPaused) -> None:
        """Paused or not."""
        done = "paused" if event.paused else "taken up again"
        self._say(event, "notice", f"Matching {done}{_by(event.by)}{_why(event.reason)}")

    def on_participant_joined(self, event: ev.ParticipantJoined) -> None:
        """Somebody new."""
        kind = " (simulated)" if event.simulated else ""
        self._one(event, event.subject_id, "info", f"joined{kind}")

    def on_participant_disconnected(self, event: ev.ParticipantDisconnected) -> None:
        """Connection lost, or of no more use: no place is kept for whoever is through."""
        if event.grace_s > 0:
            text = f"lost the connection; the place is kept for {event.grace_s:.0f} s"
            self._one(event, event.subject_id, "warning", text)
        else:
            self._one(event, event.subject_id, "info", "closed the page")

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """Back, or in another tab."""
        text = f"is back after {event.away_s:.0f} s"
        if event.replaced:
            text = "opened a second tab, which replaced the first"
        self._one(event, event.subject_id, "info", text)

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """Gone, and why."""
        severity: Severity = "info" if event.reason == "run_ended" else "warning"
        text = words.LEFT_REASONS.get(event.reason, event.reason)
        self._one(event, event.subject_id, severity, f"{text}{_by(event.by)}{_why(event.text)}")

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """Through every scene."""
        self._one(event, event.subject_id, "good", "finished")

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """Waits now."""
        self._one(event, event.subject_id, "info", "entered the waitroom")

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """Two are being measured."""
        pair = [event.subject_a, event.subject_b]
        again = f", attempt {event.attempt}" if event.attempt > 1 else ""
        self._say(event, "info", f"Measuring between {words.names(pair)}{again}", pair)

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        """No measurement, and why."""
        pair = [event.subject_a, event.subject_b]
        reason = words.PROBE_FAILURES.get(event.reason, event.reason)
        again = "; trying once more" if event.will_retry else ""
        self._say(event, "warning", f"Probe between {words.names(pair)} failed: {reason}{again}", pair)

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Back to the waitroom."""
        text = f"{words.names(event.subjects)} not matched: {words.rejection(event)}"
        self._say(event, "warning", text, event.subjects)

    def on_match_formed(self, event: ev.MatchFormed) -> None:
        """A group, with what was measured."""
        subjects = [participant.subject_id for participant in event.participants]
        if event.p2p_rtt_ms is None:
            measured = "without a probe"
        else:
            measured = f"at {words.ms(event.p2p_rtt_ms)} (limit {words.limit_text(event.max_p2p_rtt_ms)})"
        forced = ", put together by the operator" if event.forced else ""
        self._say(event, "good", f"{words.names(subjects)} matched {measured}{forced}", subjects)

    def on_game_ended(self, event: ev.GameEnded) -> None:
        """Over, and why."""
        fine = event.reason in ("finished", "deadline")
        text = f"Game of {words.names(event.subjects)} {words.GAME_ENDS.get(event.reason, event.reason)}{_by(event.by)}"
        self._say(event, "info" if fine else "warning", text, event.subjects)

    def on_operator_acted(self, event: ev.OperatorActed) -> None:
        """What was done, on whom."""
        done = words.plain(event.action.replace("_", " "), words.NAME_LIMIT)
        on = f": {words.names(event.subjects)}" if event.subjects else ""
        said = f" “{words.plain(event.text)}”" if event.text else ""
        text = f"{words.name(event.by) if event.by else 'Operator'}: {done}{on}{said}{_why(event.reason)}"
        self._say(event, "notice", text, event.subjects)

    def on_participant_excluded(self, event: ev.ParticipantExcluded) -> None:
        """Out of matching, or in again."""
        done = "is kept out of matching" if event.excluded else "is in matching again"
        self._one(event, event.subject_id, "notice", f"{done}{_by(event.by)}{_why(event.reason)}")

    def on_waiting_extended(self, event: ev.WaitingExtended) -> None:
        """Deadlines moved."""
        who = words.name(event.subject_id) if event.subject_id is not None else _count(len(event.subjects), "person")
        text = f"{who} may wait {words.clock_text(event.by_s)} longer{_by(event.by)}{_why(event.reason)}"
        self._say(event, "notice", text, event.subjects)

    def on_note_added(self, event: ev.NoteAdded) -> None:
        """What the operator wrote down."""
        self._say(event, "notice", f"Note{_by(event.by)}: {words.plain(event.text)}")

    def on_alert_acknowledged(self, event: ev.AlertAcknowledged) -> None:
        """Seen."""
        self._say(event, "info", f"Alert seen{_by(event.by)}: {words.plain(event.alert.replace('_', ' '))}")

    def on_client_message_refused(self, event: ev.ClientMessageRefused) -> None:
        """A page sent something that was not taken."""
        who = "somebody" if event.subject_id is None else words.name(event.subject_id)
        what, why = words.plain(event.message, words.NAME_LIMIT), words.plain(event.error)
        self._say(event, "warning", f"Message “{what}” from {who} refused: {why}", [event.subject_id or ""])

    def on_alert_raised(self, event: ev.AlertRaised) -> None:
        """Needs the operator."""
        self._say(event, event.severity, words.plain(event.text or event.alert))

    def on_alert_cleared(self, event: ev.AlertCleared) -> None:
        """No longer."""
        self._say(event, "info", f"Over: {words.plain(event.text or event.alert)}")

    def _one(self, event: ev.Event, subject_id: str, severity: Severity, text: str) -> None:
        self._say(event, severity, f"{words.name(subject_id)} {text}", [subject_id])


def _by(who: str) -> str:
    return f" by {words.name(who)}" if who else ""


def _why(reason: str) -> str:
    return f" – {words.plain(reason)}" if reason else ""


def _count(number: int, noun: str) -> str:
    plural = "people" if noun == "person" else f"{noun}s"
    return f"{number} {noun}" if number == 1 else f"{number} {plural}"
