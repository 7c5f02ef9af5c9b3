"""Why is this person not matched? For each who waits: what the log says of everybody they could be grouped with.

Owns the answer (DESIGN §4, rule 12). Must not run the matchmaker: a pair is too slow because it was measured and the
recorded threshold says so, it cools down because a rejection said until when. Nothing is guessed of pairs never tried.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from core import events as ev
from core.projections.base import Projection

Standing = Literal["too_slow", "unreachable", "cooling_down", "in_probe", "away", "untried"]
STANDINGS: tuple[Standing, ...] = ("too_slow", "unreachable", "cooling_down", "in_probe", "away", "untried")


class PairRecord(msgspec.Struct):
    """The last that was recorded of two people. Times are `elapsed_s`; `rtt_ms` None: they were never measured."""

    rtt_ms: float | None = None
    reason: str = ""
    until_s: float = 0.0


class WhyNot(msgspec.Struct, frozen=True):
    """One person's answer: the others in their waitroom, by how they stand to this person, and one sentence."""

    subject_id: str
    others: dict[Standing, list[str]]
    sentence: str


class WhyNotProjection(Projection):
    """Folds what is needed for an answer; `answer` is worked out when it is asked for, at a cost of those who wait."""

    def __init__(self) -> None:
        super().__init__()
        self._scene_of: dict[str, str] = {}  # who waits, and where
        self._probing: set[str] = set()
        self._away: set[str] = set()
        self._pairs: dict[str, dict[str, PairRecord]] = {}
        self._threshold: int | None = None
        self._group_size = 2
        self._paused = False

    def pair(self, a: str, b: str) -> PairRecord | None:
        """What was recorded of two people, or None."""
        return self._pairs.get(a, {}).get(b)

    def waiting(self) -> list[str]:
        """Everybody in a waitroom, longest wait first."""
        return list(self._scene_of)

    def standing(self, a: str, b: str, now_elapsed_s: float) -> Standing:
        """How `b` stands to `a`, who both wait."""
        if b in self._away:
            return "away"
        record = self.pair(a, b)
        if record is not None and now_elapsed_s < record.until_s and self._threshold is not None:
            if record.rtt_ms is not None and record.rtt_ms > self._threshold:
                return "too_slow"
            if record.rtt_ms is None:
                return "unreachable" if record.reason == "unreachable" else "cooling_down"
        return "in_probe" if b in self._probing else "untried"

    def answer(self, subject_id: str, now_elapsed_s: float) -> WhyNot:
        """Why `subject_id` is not matched at this moment. KeyError if they do not wait."""
        scene_id = self._scene_of[subject_id]
        others: dict[Standing, list[str]] = {standing: [] for standing in STANDINGS}
        for other, scene in self._scene_of.items():
            if other != subject_id and scene == scene_id:
                others[self.standing(subject_id, other, now_elapsed_s)].append(other)
        return WhyNot(subject_id, others, self._sentence(subject_id, others))

    def _sentence(self, subject_id: str, others: dict[Standing, list[str]]) -> str:
        if subject_id in self._away:
            return "Connection lost; the place is kept."
        if subject_id in self._probing:
            return "In a probe right now."
        if self._paused:
            return "Matching is paused."
        words: dict[Standing, str] = {
            "too_slow": f"over {self._threshold} ms",
            "unreachable": "could not be reached",
            "cooling_down": "to be tried again later",
            "in_probe": "in a probe",
            "away": "away",
        }
        told = [f"{len(others[standing])} {word}" for standing, word in words.items() if others[standing]]
        free = len(others["untried"])
        if not any(others.values()):
            return "Nobody else is waiting."
        if free + 1 < self._group_size:
            return f"Not enough people who could play ({free + 1} of {self._group_size}): {', '.join(told)}."
        return f"About to be tried with {free}."

    # --- folds --------------------------------------------------------------------------------------------------------

    def on_run_started(self, event: ev.RunStarted) -> None:
        """Threshold and group size."""
        self._threshold, self._group_size = event.max_p2p_rtt_ms, event.group_size

    def on_threshold_changed(self, event: ev.ThresholdChanged) -> None:
        """Measured pairs are judged by the new one."""
        self._threshold = event.new_max_p2p_rtt_ms

    def on_matching_paused(self, event: ev.MatchingPaused) -> None:
        """Nobody is tried while it is paused."""
        self._paused = event.paused

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """One more to answer for."""
        self._scene_of[event.subject_id] = event.scene_id

    def on_waitroom_left(self, event: ev.WaitroomLeft) -> None:
        """Waits no more; what was learned of them stays until they are gone."""
        self._scene_of.pop(event.subject_id, None)
        self._probing.discard(event.subject_id)

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """Gone: their pairs are of no interest any more."""
        self._forget(event.subject_id)

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """As gone."""
        self._forget(event.subject_id)

    def _forget(self, subject_id: str) -> None:
        self._away.discard(subject_id)
        for partner in self._pairs.pop(subject_id, {}):
            del self._pairs[partner][subject_id]

    def on_participant_disconnected(self, event: ev.ParticipantDisconnected) -> None:
        """Away."""
        self._away.add(event.subject_id)

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """Back."""
        self._away.discard(event.subject_id)

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """Both are busy."""
        self._probing.update((event.subject_a, event.subject_b))

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        """A measurement; a rejection that follows says how long it counts."""
        record = self._record(event.subject_a, event.subject_b)
        record.rtt_ms, record.reason = event.rtt_ms, "measured"

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Everybody in it is free again; the worst pair is not tried again for a while."""
        self._probing.difference_update(event.subjects)
        if len(event.worst) == 2:
            record = self._record(*event.worst)
            record.rtt_ms, record.reason = event.rtt_ms, event.reason
            record.until_s = event.elapsed_s + (event.retry_after_s or 0.0)

    def _record(self, a: str, b: str) -> PairRecord:
        record = self.pair(a, b)
        if record is None:
            record = PairRecord()
            self._pairs.setdefault(a, {})[b] = record
            self._pairs.setdefault(b, {})[a] = record
        return record
