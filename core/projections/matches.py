"""What each participant did when, as lanes of bars, and the matches that were formed.

Owns the columns the match timeline draws. Must not know pixels, colours or what is visible.
"""

from __future__ import annotations

import math
from array import array
from typing import Final

import msgspec

from core import events as ev
from core.projections import words
from core.projections.base import Projection

PAGE: Final = 0
WAITING: Final = 1
PROBING: Final = 2
PLAYING: Final = 3
AWAY: Final = 4
KIND_NAMES: Final = ("page", "waiting", "probing", "playing", "away")


class EndMark(msgspec.Struct, frozen=True):
    """Where a lane ends: `done` (through every scene) or not (gone), with a sentence."""

    lane: int
    elapsed_s: float
    done: bool
    text: str


class _Lane(msgspec.Struct):
    """What a lane's participant is doing, connected or not, and the bar that is still growing (-1: none)."""

    kind: int = PAGE
    detail: str = ""
    connected: bool = True
    open_bar: int = -1


class TimelineProjection(Projection):
    """Lanes in order of joining; bars in order of their start, in columns of equal length.

    `start_s` and `end_s` are arrays of doubles (`end_s` is inf while a bar still grows), `lane` of ints, `kind` of
    bytes (PAGE … AWAY); `details` says with whom or in which scene. Some bars last no time at all. Readers take slices
    (copies), never views. `matches` are the groups that were formed, `end_marks` where lanes ended.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lanes: list[str] = []
        self.start_s = array("d")
        self.end_s = array("d")
        self.lane = array("i")
        self.kind = array("b")
        self.details: list[str] = []
        self.end_marks: list[EndMark] = []
        self.matches: list[ev.MatchFormed] = []
        self._lane_of: dict[str, int] = {}
        self._now: list[_Lane] = []

    def lane_of(self, subject_id: str) -> int | None:
        """The lane of a participant, counted from 0; None for somebody who never joined."""
        return self._lane_of.get(subject_id)

    def describe(self, bar: int, now_elapsed_s: float) -> str:
        """A bar in a few plain lines; one that still grows is measured up to `now_elapsed_s`."""
        start_s, end_s = self.start_s[bar], self.end_s[bar]
        going = math.isinf(end_s)
        length_s = max(0.0, (now_elapsed_s if going else end_s) - start_s)
        span = f"from {words.clock_text(start_s)}" + ("" if going else f" to {words.clock_text(end_s)}")
        doing = KIND_NAMES[self.kind[bar]] + (f" {self.details[bar]}" if self.details[bar] else "")
        return "\n".join([words.name(self.lanes[self.lane[bar]]), doing, f"{length_s:.1f} s, {span}"])

    def on_participant_joined(self, event: ev.ParticipantJoined) -> None:
        """A lane."""
        if event.subject_id in self._lane_of:
            return
        self._lane_of[event.subject_id] = len(self.lanes)
        self.lanes.append(event.subject_id)
        self._now.append(_Lane())
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
        """Waiting again."""
        for subject_id in event.subjects:
            if self._kind_of(subject_id) == PROBING:
                self._do(subject_id, WAITING, "", event.elapsed_s)

    def on_match_formed(self, event: ev.MatchFormed) -> None:
        """A group is one; its game follows."""
        self.matches.append(event)

    def on_game_started(self, event: ev.GameStarted) -> None:
        """Playing."""
        for subject_id in event.subjects:
            self._do(subject_id, PLAYING, f"with {words.others(event.subjects, subject_id)}", event.elapsed_s)

    def on_game_ended(self, event: ev.GameEnded) -> None:
        """The game is over; what follows has an event of its own, usually in the same moment."""
        for subject_id in event.subjects:
            if self._kind_of(subject_id) == PLAYING:
                self._do(subject_id, PAGE, "", event.elapsed_s)

    def on_run_ended(self, event: ev.RunEnded) -> None:
        """Nothing goes on after the end."""
        for state in self._now:
            self._close(state, event.elapsed_s)

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
        if state.open_bar < 0 or state.connected == connected:
            return
        state.connected = connected
        if connected:
            self._bar(lane, state.kind, state.detail, at_s)
        else:
            self._bar(lane, AWAY, f"while {KIND_NAMES[state.kind]}", at_s)

    def _bar(self, lane: int, kind: int, detail: str, at_s: float) -> None:
        """Begin a bar where the last one ends; one that would last no time at all becomes the new one."""
        state = self._now[lane]
        bar = state.open_bar
        if bar >= 0 and (self.start_s[bar] == at_s or (self.kind[bar], self.details[bar]) == (kind, detail)):
            self.kind[bar], self.details[bar] = kind, detail
            return
        self._close(state, at_s)
        state.open_bar = len(self.start_s)
        self.start_s.append(at_s)
        self.end_s.append(math.inf)
        self.lane.append(lane)
        self.kind.append(kind)
        self.details.append(detail)

    def _close(self, state: _Lane, at_s: float) -> None:
        if state.open_bar >= 0:
            self.end_s[state.open_bar] = at_s
            state.open_bar = -1

    def _end(self, subject_id: str, at_s: float, done: bool, text: str) -> None:
        lane = self._lane_of.get(subject_id)
        if lane is not None and self._now[lane].open_bar >= 0:
            self._close(self._now[lane], at_s)
            self.end_marks.append(EndMark(lane, at_s, done, text))
