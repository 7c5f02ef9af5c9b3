"""Each group that was ever tried, a lane each: probed, rejected, playing, somebody away.

Owns which people make one lane: the same people tried again go on in theirs. Must not know pixels, colours or what is
visible.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, overload

from core import events as ev
from core.projections import words
from core.projections.kept import KeptEvents
from core.projections.lanes import AWAY, PLAYING, PROBING, EndMark, Lanes

_NOTHING: Final = 0  # the number of an empty detail


class _Names(Sequence[str]):
    """The members of each lane as one name, worded when it is read."""

    def __init__(self, members: list[tuple[str, ...]]) -> None:
        self.members = members

    def __len__(self) -> int:
        return len(self.members)

    @overload
    def __getitem__(self, lane: int) -> str: ...
    @overload
    def __getitem__(self, lane: slice) -> list[str]: ...
    def __getitem__(self, lane: int | slice) -> str | list[str]:
        if isinstance(lane, slice):
            return [self._name(members) for members in self.members[lane]]
        return self._name(self.members[lane])

    def __eq__(self, other: object) -> bool:
        return list(self) == other

    def __repr__(self) -> str:
        return repr(list(self))

    __hash__ = None  # type: ignore[assignment]  # they grow

    @staticmethod
    def _name(members: Sequence[str]) -> str:
        return " + ".join(map(words.name, members))


class MatchLanes(Lanes):
    """Lanes in order of the first proposal."""

    GROWING = (*Lanes.GROWING, "_members")
    SHARED = (*Lanes.SHARED, "_lane_of_people", "_lanes_with", "_names")

    def __init__(self, kept: KeptEvents | None = None) -> None:
        super().__init__(kept)
        self._members: list[tuple[str, ...]] = []
        self._names = _Names(self._members)
        self._lane_of_people: dict[tuple[str, ...], int] = {}
        self._lane_of_group: dict[str, int] = {}
        self._lane_of_game: dict[str, int] = {}
        self._lanes_with: dict[str, list[int]] = {}
        self._playing_in: dict[str, int] = {}
        self._away: dict[int, frozenset[str]] = {}

    @property
    def lanes(self) -> Sequence[str]:
        """Who make each lane."""
        if self._names.members is not self._members:
            self._names = _Names(self._members)
        return self._names

    def members(self, lane: int) -> list[str]:
        """Whose lane it is."""
        return list(self._members[lane])

    def lanes_with(self, subject_id: str) -> list[int]:
        """In which lanes somebody is, counted from 0."""
        lanes = self._lanes_with.get(subject_id, [])
        return lanes[: bisect_left(lanes, len(self._members))]

    def on_match_proposed(self, event: ev.MatchProposed) -> None:
        """A lane, unless these were tried before."""
        self._lane_of_group[event.group_id] = self._lane(event.subjects)

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """Being measured."""
        lane = self._lane_of_group.get(event.group_id)
        if lane is None:
            lane = self._lane_of_group[event.group_id] = self._lane([event.subject_a, event.subject_b])
        self._bar(lane, PROBING, _NOTHING, event.elapsed_s)

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Back to the waitroom."""
        lane = self._lane_of_group.pop(event.group_id, None)
        if lane is not None:
            self._close(lane, event.elapsed_s)
            self._reject(lane, event.elapsed_s, self._kept.keep(event))

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
        self._away.pop(lane, None)
        self._bar(lane, PLAYING, _NOTHING, event.elapsed_s)

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
            self._show_who_is_away(lane, self._away.get(lane, frozenset()) | {event.subject_id}, event.elapsed_s)

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """Back."""
        lane = self._playing_in.get(event.subject_id)
        if lane is not None:
            self._show_who_is_away(lane, self._away.get(lane, frozenset()) - {event.subject_id}, event.elapsed_s)

    def _show_who_is_away(self, lane: int, away: frozenset[str], at_s: float) -> None:
        self._away[lane] = away
        if away:
            self._bar(lane, AWAY, self._number_of(tuple(sorted(away))), at_s)
        else:
            self._bar(lane, PLAYING, _NOTHING, at_s)

    def _lane(self, subjects: Iterable[str]) -> int:
        members = tuple(subjects)
        key = tuple(sorted(members))
        lane = self._lane_of_people.get(key)
        if lane is None or lane >= len(self._members):
            lane = self._lane_of_people[key] = self._new_lane()
            self._members.append(members)
            for member in members:
                lanes = self._lanes_with.setdefault(member, [])
                if not lanes or lanes[-1] < lane:
                    lanes.append(lane)
        return lane
