"""Lanes of bars over time, as columns: what the match timeline draws, whichever way its lanes are made.

Owns the columns and the bars that still grow. Must not know pixels, colours or what is visible, nor which event means
what (matches.py and match_lanes.py do).
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
    """Where something in a lane ends: `done` (as it should) or not, with a sentence."""

    lane: int
    elapsed_s: float
    done: bool
    text: str


class Rejection(msgspec.Struct, frozen=True):
    """Where a group went back to waiting, with a sentence."""

    lane: int
    elapsed_s: float
    text: str


class Lanes(Projection):
    """Lanes in order of appearing; bars in order of their start, in columns of equal length.

    `start_s` and `end_s` are arrays of doubles (`end_s` is inf while a bar still grows), `lane` of ints, `kind` of
    bytes (PAGE … AWAY); `details` says with whom or in which scene. Some bars last no time at all. Readers take slices
    (copies), never views. `end_marks` are where lanes ended, `rejections` where groups went back; `thread_s`,
    `thread_top` and `thread_bottom` are the lanes that one group spans, and when it was formed; `formed` counts groups.
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
        self.rejections: list[Rejection] = []
        self.thread_s = array("d")
        self.thread_top = array("i")
        self.thread_bottom = array("i")
        self.formed = 0
        self._open_bar: list[int] = []  # by lane; -1: none grows

    def members(self, lane: int) -> list[str]:
        """Whose lane it is."""
        raise NotImplementedError

    def lanes_with(self, subject_id: str) -> list[int]:
        """In which lanes somebody is, counted from 0."""
        raise NotImplementedError

    def describe(self, bar: int, now_elapsed_s: float) -> str:
        """A bar in a few plain lines; one that still grows is measured up to `now_elapsed_s`."""
        start_s, end_s = self.start_s[bar], self.end_s[bar]
        going = math.isinf(end_s)
        length_s = max(0.0, (now_elapsed_s if going else end_s) - start_s)
        span = f"from {words.clock_text(start_s)}" + ("" if going else f" to {words.clock_text(end_s)}")
        doing = KIND_NAMES[self.kind[bar]] + (f" {self.details[bar]}" if self.details[bar] else "")
        return "\n".join([words.names(self.members(self.lane[bar])), doing, f"{length_s:.1f} s, {span}"])

    def on_run_ended(self, event: ev.RunEnded) -> None:
        """Nothing goes on after the end."""
        for lane in range(len(self.lanes)):
            self._close(lane, event.elapsed_s)

    def _new_lane(self, name: str) -> int:
        self.lanes.append(name)
        self._open_bar.append(-1)
        return len(self.lanes) - 1

    def _bar(self, lane: int, kind: int, detail: str, at_s: float) -> None:
        """Begin a bar where the last one ends; one that would last no time at all becomes the new one."""
        bar = self._open_bar[lane]
        if bar >= 0 and (self.start_s[bar] == at_s or (self.kind[bar], self.details[bar]) == (kind, detail)):
            self.kind[bar], self.details[bar] = kind, detail
            return
        self._close(lane, at_s)
        self._open_bar[lane] = len(self.start_s)
        self.start_s.append(at_s)
        self.end_s.append(math.inf)
        self.lane.append(lane)
        self.kind.append(kind)
        self.details.append(detail)

    def _close(self, lane: int, at_s: float) -> None:
        bar = self._open_bar[lane]
        if bar >= 0:
            self.end_s[bar] = at_s
            self._open_bar[lane] = -1
