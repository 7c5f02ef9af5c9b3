"""What happened to each participant, in order: the events that concern them, kept for whoever is looked at next.

Owns which events belong to whose story. Must not word them: story_words.py does, and only for the lines that are seen.

Memory is bounded: `KEPT` events a person, shared with the other projections wherever they keep the same; answers of a
page are cut, a game's data is counted, and of the server RTT only changes worth telling stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from core import events as ev
from core.projections.base import Projection

KEPT: Final = 500
SURPLUS: Final = 100  # dropped at once, so that dropping costs next to nothing
DATA_KEPT: Final = 400  # characters
RTT_STEP: Final = 1.5  # a change of the server RTT by this factor is told
RTT_STEP_MS: Final = 20.0


class Moment(msgspec.Struct, frozen=True):
    """One event of somebody's story; `count` is for a game that ended: how many records their page handed in."""

    event: ev.Event
    count: int = 0


class StoryProjection(Projection):
    """`moments(subject_id)` oldest first; `dropped(subject_id)` says how many older ones are kept no more."""

    def __init__(self) -> None:
        super().__init__()
        self._moments: dict[str, list[Moment]] = {}
        self._dropped: dict[str, int] = {}
        self._told_rtt_ms: dict[str, float] = {}
        self._records: dict[str, int] = {}

    def moments(self, subject_id: str) -> Sequence[Moment]:
        """Their story as far as it is kept; not to be changed."""
        return self._moments.get(subject_id, [])

    def dropped(self, subject_id: str) -> int:
        """How many older moments are only in the log."""
        return self._dropped.get(subject_id, 0)

    def _add(self, subject_id: str, event: ev.Event, count: int = 0) -> None:
        moments = self._moments.setdefault(subject_id, [])
        moments.append(Moment(event, count))
        if len(moments) > KEPT + SURPLUS:
            del moments[:SURPLUS]
            self._dropped[subject_id] = self._dropped.get(subject_id, 0) + SURPLUS

    def _add_all(self, subjects: Sequence[str], event: ev.Event) -> None:
        for subject_id in subjects:
            self._add(subject_id, event)

    # --- one person ---------------------------------------------------------------------------------------------------

    def on_participant_joined(self, event: ev.ParticipantJoined) -> None:
        """The beginning."""
        self._add(event.subject_id, event)

    def on_participant_disconnected(self, event: ev.ParticipantDisconnected) -> None:
        """Connection lost."""
        self._add(event.subject_id, event)

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """Back."""
        self._add(event.subject_id, event)

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """Gone."""
        self._add(event.subject_id, event)

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """Through."""
        self._add(event.subject_id, event)

    def on_scene_entered(self, event: ev.SceneEntered) -> None:
        """Another scene; a game's begins with its waitroom, which has an event of its own."""
        if event.kind == "page":
            self._add(event.subject_id, event)

    def on_page_completed(self, event: ev.PageCompleted) -> None:
        """What they filled in is kept as far as it is short."""
        data = event.data
        if data is not None:
            text = data if isinstance(data, str) else msgspec.json.encode(data).decode()
            data = text if len(text) <= DATA_KEPT else text[:DATA_KEPT] + "…"
        self._add(event.subject_id, msgspec.structs.replace(event, data=data))

    def on_visibility_changed(self, event: ev.VisibilityChanged) -> None:
        """Tab in the background or not."""
        self._add(event.subject_id, event)

    def on_liveness_changed(self, event: ev.LivenessChanged) -> None:
        """Answers or not."""
        self._add(event.subject_id, event)

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """Waits."""
        self._add(event.subject_id, event)

    def on_waitroom_left(self, event: ev.WaitroomLeft) -> None:
        """Waits no more."""
        self._add(event.subject_id, event)

    def on_participant_excluded(self, event: ev.ParticipantExcluded) -> None:
        """Kept out of matching, or in again."""
        self._add(event.subject_id, event)

    def on_server_rtt_measured(self, event: ev.ServerRttMeasured) -> None:
        """The first, and changes worth telling."""
        told_ms = self._told_rtt_ms.get(event.subject_id)
        if told_ms is not None:
            low, high = sorted((told_ms, event.rtt_ms))
            if high - low < RTT_STEP_MS or high < low * RTT_STEP:
                return
        self._told_rtt_ms[event.subject_id] = event.rtt_ms
        self._add(event.subject_id, event)

    def on_client_message_refused(self, event: ev.ClientMessageRefused) -> None:
        """Their page said something that was not taken."""
        if event.subject_id is not None:
            self._add(event.subject_id, event)

    def on_game_data(self, event: ev.GameData) -> None:
        """Counted until the game ends."""
        self._records[event.subject_id] = self._records.get(event.subject_id, 0) + 1

    # --- several ------------------------------------------------------------------------------------------------------

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        """Measured with somebody."""
        self._add_all((event.subject_a, event.subject_b), event)

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        """Not measured with somebody."""
        self._add_all((event.subject_a, event.subject_b), event)

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Not matched; a pair that was too slow says so already in its measurement."""
        if event.reason != "slow" or len(event.subjects) > 2 or event.rests_s:
            self._add_all(event.subjects, event)

    def on_match_formed(self, event: ev.MatchFormed) -> None:
        """Matched."""
        self._add_all([participant.subject_id for participant in event.participants], event)

    def on_game_ended(self, event: ev.GameEnded) -> None:
        """Played."""
        for subject_id in event.subjects:
            self._add(subject_id, event, self._records.pop(subject_id, 0))

    def on_waiting_extended(self, event: ev.WaitingExtended) -> None:
        """May wait longer."""
        self._add_all(event.subjects, event)

    def on_operator_acted(self, event: ev.OperatorActed) -> None:
        """What the operator did to them."""
        self._add_all(event.subjects, event)
