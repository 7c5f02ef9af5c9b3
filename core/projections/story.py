"""What happened to each participant, in order: the events that concern them, kept for whoever is looked at next.

Owns which events belong to whose story. Must not word them: story_words.py does, and only for the lines that are seen.

Memory: eight bytes a moment, since the events themselves stay where they are (kept.py); `KEPT` moments a person are
shown. Answers of a page are cut, a game's data is counted, and of the server RTT only changes worth telling are told.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Final, overload

import msgspec

from core import events as ev
from core.projections.base import Projection
from core.projections.kept import KeptEvents

KEPT: Final = 500
DATA_SHOWN: Final = 400  # characters
RTT_STEP: Final = 1.5  # a change of the server RTT by this factor is told
RTT_STEP_MS: Final = 20.0


class Moment(msgspec.Struct, frozen=True):
    """One event of somebody's story; `count` is for a game that ended: how many records their page handed in."""

    event: ev.Event
    count: int = 0


class Moments(Sequence[Moment]):
    """Moments that are read from the log when they are looked at."""

    def __init__(self, story: StoryProjection, subject_id: str, places: Sequence[int]) -> None:
        self._story, self._subject_id, self._places = story, subject_id, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, number: int) -> Moment: ...
    @overload
    def __getitem__(self, number: slice) -> list[Moment]: ...
    def __getitem__(self, number: int | slice) -> Moment | list[Moment]:
        if isinstance(number, slice):
            return [self._story.moment(self._subject_id, place) for place in self._places[number]]
        return self._story.moment(self._subject_id, self._places[number])


class StoryProjection(Projection):
    """`moments(subject_id)` oldest first; `dropped(subject_id)` says how many older ones are shown no more."""

    SHARED = ("_places", "_counts")
    TABLES = ("_told_rtt_ms",)

    def __init__(self, kept: KeptEvents | None = None) -> None:
        super().__init__()
        self._kept = kept or KeptEvents()
        self._places: dict[str, array[int]] = {}
        self._last_place = -1
        self._told_rtt_ms: dict[str, float] = {}
        self._records: dict[str, int] = {}
        self._counts: dict[tuple[str, int], int] = {}  # records of a game that ended, by person and place

    def moments(self, subject_id: str) -> Sequence[Moment]:
        """The newest `KEPT` of their story."""
        places = self._places_of(subject_id)
        return Moments(self, subject_id, places[-KEPT:])

    def dropped(self, subject_id: str) -> int:
        """How many older moments there are."""
        return max(0, len(self._places_of(subject_id)) - KEPT)

    def moment(self, subject_id: str, place: int) -> Moment:
        """One of their story, by its place among the kept events."""
        event = self._kept.get(place)
        if event is None:
            event = ev.UnknownEvent(name="cannot be read any more")
        if isinstance(event, ev.PageCompleted):
            event = msgspec.structs.replace(event, data=_short(event.data))
        return Moment(event, self._counts.get((subject_id, place), 0))

    def _places_of(self, subject_id: str) -> Sequence[int]:
        places = self._places.get(subject_id)
        return () if places is None else places[: bisect_right(places, self._last_place)]

    def _add(self, subject_id: str, event: ev.Event) -> int:
        place = self._last_place = self._kept.keep(event)
        places = self._places.get(subject_id)
        if places is None:
            self._places[subject_id] = array("q", (place,))
        elif places[-1] < place:
            places.append(place)
        return place

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
        """Done with a page."""
        self._add(event.subject_id, event)

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
        self._touch(event.subject_id)
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
            place = self._add(subject_id, event)
            count = self._records.pop(subject_id, 0)
            if count:
                self._counts[subject_id, place] = count

    def on_waiting_extended(self, event: ev.WaitingExtended) -> None:
        """May wait longer."""
        self._add_all(event.subjects, event)

    def on_operator_acted(self, event: ev.OperatorActed) -> None:
        """What the operator did to them."""
        self._add_all(event.subjects, event)


def _short(data: Any) -> str | None:
    """What somebody filled in, as far as it is short."""
    if data is None:
        return None
    text = data if isinstance(data, str) else msgspec.json.encode(data).decode()
    return text if len(text) <= DATA_SHOWN else text[:DATA_SHOWN] + "…"
