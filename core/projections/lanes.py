"""Lanes of bars over time, as columns: what the match timeline draws, whichever way its lanes are made.

Owns the columns and the bars that still grow. Must not know pixels, colours or what is visible, nor which event means
what (matches.py and match_lanes.py do).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import ClassVar, Final, Self

import msgspec

from core import events as ev
from core.projections import words
from core.projections.base import Mark, Projection
from core.projections.kept import KeptEvents

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


Detail = str | tuple[str, ...]  # whose company, which scene, while doing what
OpenBar = tuple[int, float, int, int]  # one that grows: which, since when, its kind and detail


class Lanes(Projection):
    """Lanes in order of appearing; bars in order of their start, in columns of equal length.

    `start_s` and `end_s` are arrays of doubles (`end_s` is inf while a bar still grows), `lane` of ints, `kind` of
    bytes (PAGE … AWAY); `detail` says with whom or in which scene. Some bars last no time at all. Readers take slices
    (copies), never views. `end_marks` are where lanes ended; `rejected_s` and `rejected_lane` where groups went back,
    `rejection` says why; `thread_s`, `thread_top` and `thread_bottom` are the lanes that one group spans, and when it
    was formed; `formed` counts groups, `lane_count` lanes.
    """

    GROWING: ClassVar[tuple[str, ...]] = (
        "start_s", "end_s", "lane", "kind", "_detail", "end_marks", "rejected_s", "rejected_lane", "_rejected_place",
        "thread_s", "thread_top", "thread_bottom",
    )  # fmt: skip
    SHARED: ClassVar[tuple[str, ...]] = ("_details", "_detail_number")

    def __init__(self, kept: KeptEvents | None = None) -> None:
        super().__init__()
        self._kept = kept or KeptEvents()
        self.start_s = array("d")
        self.end_s = array("d")
        self.lane = array("i")
        self.kind = array("b")
        self._detail = array("i")
        self._details: list[Detail] = [""]
        self._detail_number: dict[Detail, int] = {"": 0}
        self.end_marks: list[EndMark] = []
        self.rejected_s = array("d")
        self.rejected_lane = array("i")
        self._rejected_place = array("q")
        self.thread_s = array("d")
        self.thread_top = array("i")
        self.thread_bottom = array("i")
        self.formed = 0
        self.lane_count = 0
        self._open: dict[int, OpenBar] = {}  # by lane, the bar that grows

    @property
    def lanes(self) -> Sequence[str]:
        """What each lane is called; whoever asks for all of them asks once."""
        raise NotImplementedError

    def detail(self, bar: int) -> str:
        """With whom, in which scene or while doing what; may be empty."""
        kind, detail = self.kind[bar], self._detail_of(self._detail[bar])
        if not detail:
            return ""
        if isinstance(detail, tuple):
            return f"with {words.names(detail)}" if kind != AWAY else f"({words.names(detail)})"
        if kind == PAGE:
            return f"({words.plain(detail, words.NAME_LIMIT)})"
        return f"while {detail}" if kind == AWAY else f"with {words.name(detail)}"

    def _detail_of(self, number: int) -> Detail:
        return self._details[number]

    def rejection(self, number: int) -> str:
        """Why a group went back, by its place in `rejected_s`."""
        event = self._kept.get(self._rejected_place[number])
        if not isinstance(event, ev.MatchRejected):
            return "rejected (the log cannot be read any more)"
        return f"rejected: {self._why(event, self.rejected_lane[number])}"

    def _why(self, event: ev.MatchRejected, lane: int) -> str:
        return words.rejection(event)

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
        doing = " ".join(filter(None, (KIND_NAMES[self.kind[bar]], self.detail(bar))))
        return "\n".join([words.names(self.members(self.lane[bar])), doing, f"{length_s:.1f} s, {span}"])

    def on_run_ended(self, event: ev.RunEnded) -> None:
        """Nothing goes on after the end."""
        for lane in list(self._open):
            self._close(lane, event.elapsed_s)

    def mark(self) -> Mark:
        """Also how the bars are that grow: they change after this. There may be thousands, so they go into columns."""
        growing, self._open = self._open, {}
        mark = super().mark()
        self._open = growing
        bars, _, kinds, details = zip(*growing.values(), strict=True) if growing else ((), (), (), ())
        mark.rest["_open"] = (array("i", growing), array("i", bars), array("b", kinds), array("i", details))
        return mark

    def go_to(self, later: Self, marks: Sequence[Mark], number: int) -> None:
        """Bars that grew then grow again."""
        super().go_to(later, marks, number)
        self._open = {}
        for lane, bar, kind, detail in zip(*marks[number].rest["_open"], strict=True):
            self._open[lane] = (bar, self.start_s[bar], kind, detail)
            self.end_s[bar], self.kind[bar], self._detail[bar] = math.inf, kind, detail

    def _new_lane(self) -> int:
        self.lane_count += 1
        return self.lane_count - 1

    def _number_of(self, detail: Detail) -> int:
        """Details come again and again, so they are kept once."""
        number = self._detail_number.get(detail)
        if number is None:
            number = self._detail_number[detail] = len(self._details)
            self._details.append(detail)
        return number

    def _reject(self, lane: int, at_s: float, place: int) -> None:
        self.rejected_s.append(at_s)
        self.rejected_lane.append(lane)
        self._rejected_place.append(place)

    def _bar(self, lane: int, kind: int, detail: int, at_s: float) -> None:
        """Begin a bar where the last one ends; one that would last no time at all becomes the new one."""
        growing = self._open.get(lane)
        if growing is not None:
            bar, start_s, old_kind, old_detail = growing
            if old_kind == kind and old_detail == detail:
                return
            if start_s == at_s:
                self.kind[bar], self._detail[bar] = kind, detail
                self._open[lane] = (bar, start_s, kind, detail)
                return
            self.end_s[bar] = at_s
        self._open[lane] = (len(self.start_s), at_s, kind, detail)
        self.start_s.append(at_s)
        self.end_s.append(math.inf)
        self.lane.append(lane)
        self.kind.append(kind)
        self._detail.append(detail)

    def _close(self, lane: int, at_s: float) -> None:
        growing = self._open.pop(lane, None)
        if growing is not None:
            self.end_s[growing[0]] = at_s
