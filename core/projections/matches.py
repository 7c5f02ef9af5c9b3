"""What each participant did when, as lanes of bars, and the matches that were formed.

Owns which event means what for a participant's lane. Must not know pixels, colours or what is visible.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan
from typing import Final

from core import events as ev
from core.projections import words
from core.projections.base import Block, Folds
from core.projections.kept import KeptEvents
from core.projections.lanes import AWAY, KIND_NAMES, PAGE, PLAYING, PROBING, WAITING, Detail, EndMark, Lanes, OpenBar

_NOTHING: Final = 0  # the number of an empty detail
_NOBODY: Final = 1 << 31  # above every lane
_ALWAYS: Final = -1
_THE_END: Final = -1  # in the place of what they do: the lane ends, with a mark

# Whose lane, what they do from here on, with which detail, since when; and after doing what alone.
_Step = tuple[int, int, int, float, int]
_NO_BAR: Final[OpenBar] = (-1, nan, -1, -1)


class TimelineProjection(Lanes):
    """Lanes in order of joining (see Lanes)."""

    GROWING = (*Lanes.GROWING, "_names")
    SHARED = (*Lanes.SHARED, "_lane_of")

    def __init__(self, kept: KeptEvents | None = None) -> None:
        super().__init__(kept)
        self._names: list[str] = []
        self._lane_of: dict[str, int] = {}
        self._steps: list[_Step] = []  # since the last event of which bars were made
        self._ends: list[EndMark] = []  # of the steps that are the end, in order
        self._away: dict[int, tuple[int, int]] = {}  # by lane of who is not connected: what they do all the same

    @property
    def lanes(self) -> Sequence[str]:
        """Whose each lane is."""
        return self._names

    def members(self, lane: int) -> list[str]:
        """Whose lane it is."""
        return [self._names[lane]]

    def lanes_with(self, subject_id: str) -> list[int]:
        """In which lane somebody is; none for somebody who never joined."""
        lane = self.lane_of(subject_id)
        return [] if lane is None else [lane]

    def lane_of(self, subject_id: str) -> int | None:
        """The lane of a participant, counted from 0; None for somebody who never joined."""
        lane = self._lane_of.get(subject_id)
        return None if lane is None or lane >= self.lane_count else lane

    def fold_block(self, block: Block, folds: Folds) -> None:
        """Gather what everybody does, then make bars of it."""
        super().fold_block(block, folds)
        self._settle()

    def apply(self, event: ev.Event) -> None:
        """Fold one event."""
        super().apply(event)
        self._settle()

    def on_participant_joined(self, event: ev.ParticipantJoined) -> None:
        """A lane."""
        if self.lane_of(event.subject_id) is not None:
            return
        lane = self._lane_of[event.subject_id] = self._new_lane()
        self._names.append(event.subject_id)
        self._steps.append((lane, PAGE, _NOTHING, event.elapsed_s, _ALWAYS))

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

    def on_run_ended(self, event: ev.RunEnded) -> None:
        """Nothing goes on after the end."""
        self._settle()
        super().on_run_ended(event)

    def on_scene_entered(self, event: ev.SceneEntered) -> None:
        """Reading a page; a game scene begins with its waitroom."""
        self._do(event.subject_id, PAGE, self._number_of(event.scene_id), event.elapsed_s)

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """Waiting."""
        self._do(event.subject_id, WAITING, _NOTHING, event.elapsed_s)

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """Being measured, with whom."""
        one, other = event.subject_a, event.subject_b
        self._do(one, PROBING, self._number_of_person(other), event.elapsed_s)
        self._do(other, PROBING, self._number_of_person(one), event.elapsed_s)

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Waiting again, and why."""
        at_s, place = event.elapsed_s, self._kept.keep(event)
        for subject_id in event.subjects:
            lane = self._lane_of.get(subject_id, _NOBODY)
            if lane < self.lane_count:
                self._steps.append((lane, WAITING, _NOTHING, at_s, PROBING))
                self._reject(lane, at_s, place)

    def on_match_formed(self, event: ev.MatchFormed) -> None:
        """A group is one; its game follows."""
        self.formed += 1
        known = [lane for person in event.participants if (lane := self.lane_of(person.subject_id)) is not None]
        if len(known) > 1:
            self.thread_s.append(event.elapsed_s)
            self.thread_top.append(min(known))
            self.thread_bottom.append(max(known))

    def on_game_started(self, event: ev.GameStarted) -> None:
        """Playing."""
        for subject_id in event.subjects:
            others = [other for other in event.subjects if other != subject_id]
            detail = self._number_of_person(others[0]) if len(others) == 1 else self._number_of(tuple(others))
            self._do(subject_id, PLAYING, detail, event.elapsed_s)

    def on_game_ended(self, event: ev.GameEnded) -> None:
        """The game is over; what follows has an event of its own, usually in the same moment."""
        for subject_id in event.subjects:
            lane = self._lane_of.get(subject_id, _NOBODY)
            if lane < self.lane_count:
                self._steps.append((lane, PAGE, _NOTHING, event.elapsed_s, PLAYING))

    def _why(self, event: ev.MatchRejected, lane: int) -> str:
        return words.rejection(event, self._names[lane])

    def _detail_of(self, number: int) -> Detail:
        return self._names[~number] if number < 0 else super()._detail_of(number)

    def _number_of_person(self, subject_id: str) -> int:
        """Somebody with a lane is a detail by its number, of which there is a negative one for each."""
        lane = self._lane_of.get(subject_id, _NOBODY)
        return ~lane if lane < self.lane_count else self._number_of(subject_id)

    def _do(self, subject_id: str, kind: int, detail: int, at_s: float) -> None:
        """From here on this participant does `kind`; shown as away for as long as they are."""
        lane = self._lane_of.get(subject_id, _NOBODY)
        if lane < self.lane_count:
            self._steps.append((lane, kind, detail, at_s, _ALWAYS))

    def _settle(self) -> None:
        """Make bars of what was gathered; in one loop, since there are as many as events. The new ones stand in lists
        until all are made: a list is put into an array at once much faster than value by value.
        """
        if not self._steps:
            return
        growing, away, ends = self._open, self._away, iter(self._ends)
        start_s: list[float] = []
        end_s: list[float] = []
        of_lane: list[int] = []
        kinds: list[int] = []
        details: list[int] = []
        first = bars = len(self.start_s)
        for lane, kind, detail, at_s, after in self._steps:
            bar, since_s, old_kind, old_detail = growing.get(lane, _NO_BAR)
            if kind == _THE_END:
                end = next(ends)
                if bar < 0:
                    continue
                del growing[lane]
                self.end_marks.append(end)
            elif lane in away:
                if after in (_ALWAYS, away[lane][0]):
                    away[lane] = (kind, detail)
                continue
            elif after not in (_ALWAYS, old_kind) or (old_kind == kind and old_detail == detail):
                continue
            elif since_s == at_s:
                growing[lane] = (bar, since_s, kind, detail)
                if bar >= first:
                    kinds[bar - first], details[bar - first] = kind, detail
                else:
                    self.kind[bar], self._detail[bar] = kind, detail
                continue
            if bar >= first:
                end_s[bar - first] = at_s
            elif bar >= 0:
                self.end_s[bar] = at_s
            if kind != _THE_END:
                growing[lane] = (bars, at_s, kind, detail)
                bars += 1
                start_s.append(at_s)
                end_s.append(inf)
                of_lane.append(lane)
                kinds.append(kind)
                details.append(detail)
        self.start_s.fromlist(start_s)
        self.end_s.fromlist(end_s)
        self.lane.fromlist(of_lane)
        self.kind.fromlist(kinds)
        self._detail.fromlist(details)
        self._steps.clear()
        self._ends.clear()

    def _connect(self, subject_id: str, connected: bool, at_s: float) -> None:
        self._settle()
        lane = self.lane_of(subject_id)
        growing = None if lane is None else self._open.get(lane)
        if lane is None or growing is None or (lane not in self._away) == connected:
            return
        if connected:
            self._bar(lane, *self._away.pop(lane), at_s)
        else:
            _, _, kind, detail = growing
            self._away[lane] = (kind, detail)
            self._bar(lane, AWAY, self._number_of(KIND_NAMES[kind]), at_s)

    def _end(self, subject_id: str, at_s: float, done: bool, text: str) -> None:
        lane = self.lane_of(subject_id)
        if lane is not None:
            self._steps.append((lane, _THE_END, _NOTHING, at_s, _ALWAYS))
            self._ends.append(EndMark(lane, at_s, done, text))
