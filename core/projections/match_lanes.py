"""Each group that was ever tried, a lane each: probed, rejected, playing, somebody away.

Owns which people make one lane: the same people tried again go on in theirs. Must not know pixels, colours or what is
visible.
"""

from __future__ import annotations

from collections.abc import Iterable

from core import events as ev
from core.projections import words
from core.projections.lanes import AWAY, PLAYING, PROBING, EndMark, Lanes, Rejection


class MatchLanes(Lanes):
    """Lanes in order of the first proposal."""

    def __init__(self) -> None:
        super().__init__()
        self._members: list[list[str]] = []
        self._lane_of_people: dict[frozenset[str], int] = {}
        self._lane_of_group: dict[str, int] = {}
        self._lane_of_game: dict[str, int] = {}
        self._lanes_with: dict[str, list[int]] = {}
        self._playing_in: dict[str, int] = {}
        self._away: list[set[str]] = []

    def members(self, lane: int) -> list[str]:
        """Whose lane it is."""
        return self._members[lane]

    def lanes_with(self, subject_id: str) -> list[int]:
        """In which lanes somebody is, counted from 0."""
        return self._lanes_with.get(subject_id, [])

    def on_match_proposed(self, event: ev.MatchProposed) -> None:
        """A lane, unless these were tried before."""
        self._lane_of_group[event.group_id] = self._lane(event.subjects)

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """Being measured."""
        lane = self._lane_of_group.get(event.group_id)
        if lane is None:
            lane = self._lane_of_group[event.group_id] = self._lane([event.subject_a, event.subject_b])
        self._bar(lane, PROBING, "", event.elapsed_s)

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Back to the waitroom."""
        lane = self._lane_of_group.pop(event.group_id, None)
        if lane is not None:
            self._close(lane, event.elapsed_s)
            self.rejections.append(Rejection(lane, event.elapsed_s, f"rejected: {words.rejection(event)}"))

    def on_match_formed(self, event: ev.MatchFormed) -> None:
        """A group is one."""
        lane = self._lane_of_group.pop(event.group_id, None)
        if lane is None:
            lane = self._lane([person.subject_id for person in event.participants])
        self._lane_of_game[event.game_id] = lane
        self._close(lane, event.elapsed_s)
        self.formed += 1

    def on_game_started(self, event: ev.GameStarted) -> None:
        """Playing."""
        lane = self._lane_of_game.setdefault(event.game_id, self._lane(event.subjects))
        for subject_id in event.subjects:
            self._playing_in[subject_id] = lane
        self._away[lane].clear()
        self._bar(lane, PLAYING, "", event.elapsed_s)

    def on_game_ended(self, event: ev.GameEnded) -> None:
        """Over, and why."""
        lane = self._lane_of_game.pop(event.game_id, None)
        if lane is None:
            lane = self._lane(event.subjects)
        for subject_id in event.subjects:
            self._playing_in.pop(subject_id, None)
        self._close(lane, event.elapsed_s)
        fine = event.reason in ("finished", "deadline")
        self.end_marks.append(EndMark(lane, event.elapsed_s, fine, words.GAME_ENDS.get(event.reason, event.reason)))

    def on_participant_disconnected(self, event: ev.ParticipantDisconnected) -> None:
        """One of those who play is away."""
        lane = self._playing_in.get(event.subject_id)
        if lane is not None:
            self._away[lane].add(event.subject_id)
            self._show_who_is_away(lane, event.elapsed_s)

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """Back."""
        lane = self._playing_in.get(event.subject_id)
        if lane is not None:
            self._away[lane].discard(event.subject_id)
            self._show_who_is_away(lane, event.elapsed_s)

    def _show_who_is_away(self, lane: int, at_s: float) -> None:
        away = sorted(self._away[lane])
        if away:
            self._bar(lane, AWAY, f"({words.names(away)})", at_s)
        else:
            self._bar(lane, PLAYING, "", at_s)

    def _lane(self, subjects: Iterable[str]) -> int:
        members = list(subjects)
        key = frozenset(members)
        lane = self._lane_of_people.get(key)
        if lane is None:
            lane = self._lane_of_people[key] = self._new_lane(" + ".join(words.name(member) for member in members))
            self._members.append(members)
            self._away.append(set())
            for member in members:
                self._lanes_with.setdefault(member, []).append(lane)
        return lane
