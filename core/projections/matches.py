"""What each participant did when, as lanes of bars, and the matches that were formed.

Owns which event means what for a participant's lane. Must not know pixels, colours or what is visible.
"""

from __future__ import annotations

import msgspec

from core import events as ev
from core.projections import words
from core.projections.lanes import AWAY, KIND_NAMES, PAGE, PLAYING, PROBING, WAITING, EndMark, Lanes, Rejection


class _Doing(msgspec.Struct):
    """What a lane's participant is doing, connected or not."""

    kind: int = PAGE
    detail: str = ""
    connected: bool = True


class TimelineProjection(Lanes):
    """Lanes in order of joining (see Lanes); `matches` are the groups that were formed."""

    def __init__(self) -> None:
        super().__init__()
        self.matches: list[ev.MatchFormed] = []
        self._lane_of: dict[str, int] = {}
        self._now: list[_Doing] = []

    def members(self, lane: int) -> list[str]:
        """Whose lane it is."""
        return [self.lanes[lane]]

    def lanes_with(self, subject_id: str) -> list[int]:
        """In which lane somebody is; none for somebody who never joined."""
        lane = self._lane_of.get(subject_id)
        return [] if lane is None else [lane]

    def lane_of(self, subject_id: str) -> int | None:
        """The lane of a participant, counted from 0; None for somebody who never joined."""
        return self._lane_of.get(subject_id)

    def on_participant_joined(self, event: ev.ParticipantJoined) -> None:
        """A lane."""
        if event.subject_id in self._lane_of:
            return
        self._lane_of[event.subject_id] = self._new_lane(event.subject_id)
        self._now.append(_Doing())
        self._do(event.subject_id, PAGE, "", event.elapsed_s)

    def on_participant_disconnected(self, event: ev.ParticipantDisconnected) -> None:
        """Away, whatever they were doing."""
        self._connect(event.subject_id, False, event.elapsed_s)

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """Back to it."""
        self._connect(event.subject_id, True, event.elapsed_s)

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """The lane ends."""
        self._end(event.subject_id, event.elapsed_s, False, words.LEFT_REASONS.get(event.reason, event.reason))

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """The lane ends well."""
        self._end(event.subject_id, event.elapsed_s, True, "finished")

    def on_scene_entered(self, event: ev.SceneEntered) -> None:
        """Reading a page; a game scene begins with its waitroom."""
        self._do(event.subject_id, PAGE, f"({words.plain(event.scene_id, words.NAME_LIMIT)})", event.elapsed_s)

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """Waiting."""
        self._do(event.subject_id, WAITING, "", event.elapsed_s)

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """Being measured, with whom."""
        self._do(event.subject_a, PROBING, f"with {words.name(event.subject_b)}", event.elapsed_s)
        self._do(event.subject_b, PROBING, f"with {words.name(event.subject_a)}", event.elapsed_s)

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Waiting again, and why."""
        for subject_id in event.subjects:
            if self._kind_of(subject_id) == PROBING:
                self._do(subject_id, WAITING, "", event.elapsed_s)
            lane = self._lane_of.get(subject_id)
            if lane is not None:
                text = f"rejected: {words.rejection(event, subject_id)}"
                self.rejections.append(Rejection(lane, event.elapsed_s, text))

    def on_match_formed(self, event: ev.MatchFormed) -> None:
        """A group is one; its game follows."""
        self.matches.append(event)
        self.formed += 1
        known = [lane for person in event.participants if (lane := self._lane_of.get(person.subject_id)) is not None]
        if len(known) > 1:
            self.thread_s.append(event.elapsed_s)
            self.thread_top.append(min(known))
            self.thread_bottom.append(max(known))

    def on_game_started(self, event: ev.GameStarted) -> None:
        """Playing."""
        for subject_id in event.subjects:
            self._do(subject_id, PLAYING, f"with {words.others(event.subjects, subject_id)}", event.elapsed_s)

    def on_game_ended(self, event: ev.GameEnded) -> None:
        """The game is over; what follows has an event of its own, usually in the same moment."""
        for subject_id in event.subjects:
            if self._kind_of(subject_id) == PLAYING:
                self._do(subject_id, PAGE, "", event.elapsed_s)

    def _kind_of(self, subject_id: str) -> int | None:
        lane = self._lane_of.get(subject_id)
        return None if lane is None else self._now[lane].kind

    def _do(self, subject_id: str, kind: int, detail: str, at_s: float) -> None:
        """From here on this participant does `kind`; shown as away for as long as they are."""
        lane = self._lane_of.get(subject_id)
        if lane is None:
            return
        state = self._now[lane]
        state.kind, state.detail = kind, detail
        if state.connected:
            self._bar(lane, kind, detail, at_s)

    def _connect(self, subject_id: str, connected: bool, at_s: float) -> None:
        lane = self._lane_of.get(subject_id)
        if lane is None:
            return
        state = self._now[lane]
        if self._open_bar[lane] < 0 or state.connected == connected:
            return
        state.connected = connected
        if connected:
            self._bar(lane, state.kind, state.detail, at_s)
        else:
            self._bar(lane, AWAY, f"while {KIND_NAMES[state.kind]}", at_s)

    def _end(self, subject_id: str, at_s: float, done: bool, text: str) -> None:
        lane = self._lane_of.get(subject_id)
        if lane is not None and self._open_bar[lane] >= 0:
            self._close(lane, at_s)
            self.end_marks.append(EndMark(lane, at_s, done, text))
