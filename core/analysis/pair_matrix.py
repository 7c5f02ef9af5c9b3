"""Everybody who waits against everybody else: who fits whom, as recorded, and who fits most.

Owns judging all recorded pairs by a limit at once, and the order of people. Must not run the matchmaker nor draw.
Imports numpy, so the console may only import it after the first paint.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Final

import numpy as np

from core.projections import pair_table as pt
from core.projections.waitroom import WaitroomProjection
from core.projections.waitroom_rows import WaitroomRow

UNTRIED: Final = 0
FITS: Final = 1
SLOW: Final = 2
UNREACHED: Final = 3
COOLING: Final = 4
PROBING: Final = 5
SAME: Final = 6
KINDS: Final = ("not tried", "fits", "too slow", "unreachable", "cooling down", "in a probe", "the same person")
MOST_SHOWN: Final = 60

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Places = np.ndarray[tuple[int], np.dtype[np.int32]]
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Codes = np.ndarray[tuple[int], np.dtype[np.int8]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Column = np.ndarray[tuple[int], np.dtype[np.uint8]]
Kinds = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


@dataclass(frozen=True)
class WaitingPairs:
    """The recorded pairs of those who wait in one scene. `people` in order of waiting, longest first; the other columns
    are a pair each: places in `people`, what was measured (ms, nan if nothing), its kind (`FITS` … `COOLING`, `UNTRIED`
    for a cool-down that is over), whether the record still counts.
    """

    scene_id: str
    elsewhere: int
    people: list[WaitroomRow]
    limit_ms: int | None
    first: Places
    second: Places
    rtt_ms: Floats
    kind: Column
    fresh: Flags

    def tally(self, kind: int) -> Ints:
        """How many pairs of this kind each person has."""
        return self.tallies[:, kind]

    @cached_property
    def tallies(self) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """How many pairs of each kind each person has: a row a person, a column a kind."""
        shape = (len(self.people), len(KINDS))
        cells = (place * shape[1] + self.kind for place in (self.first, self.second))
        one, other = (np.bincount(cell, minlength=shape[0] * shape[1]) for cell in cells)
        return (one + other).reshape(shape)


@dataclass(frozen=True)
class Matrix:
    """As many of the waiting as can be shown, who fits most first. `kinds[i, j]` and `rtt_ms[i, j]` are of persons i
    and j; `fits[i]` of the `tried[i]` they were tried with fit; `left_out` more people fit better than these.
    """

    pairs: WaitingPairs
    people: list[str]
    kinds: Kinds
    rtt_ms: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    fits: Ints
    tried: Ints
    left_out: int


def waiting_pairs(
    waitroom: WaitroomProjection, table: pt.PairTable, limit_ms: int | None, now_elapsed_s: float
) -> WaitingPairs:
    """The scene in which most people wait; `limit_ms` None: whoever was measured fits."""
    counts = Counter({scene_id: tally.states.total() for scene_id, tally in waitroom.scenes.items()})
    scene_id, size = counts.most_common(1)[0] if counts else ("", 0)
    people, names = list(waitroom.rows.values()), list(waitroom.rows)
    if len(people) > size:
        people = [row for row in people if row.scene_id == scene_id]
        names = [row.subject_id for row in people]
    place = np.full(table.people + 1, -1, np.int32)
    place[np.fromiter(map(table.number_of.get, names, repeat(-1)), np.int64, len(names))] = np.arange(len(names))
    place[-1] = -1  # whoever was never tried has no number
    first, second = (place.take(np.array(column)) for column in (table.first, table.second))
    rows = np.flatnonzero((first >= 0) & (second >= 0))
    # `take` costs half of what indexing with an array does.
    rtt_ms, reason, then_ms, until_s = (
        np.array(column).take(rows) for column in (table.rtt_ms, table.reason, table.limit_ms, table.until_s)
    )
    fresh = until_s > now_elapsed_s
    kind = _judge(rtt_ms, reason, fresh, then_ms, limit_ms)
    return WaitingPairs(
        scene_id, counts.total() - size, people, limit_ms, first.take(rows), second.take(rows), rtt_ms, kind, fresh
    )


def _judge(rtt_ms: Floats, reason: Codes, fresh: Flags, limit_then_ms: Floats, limit_ms: int | None) -> Column:
    """Each record's kind. A measurement stays one when it no longer counts; a cool-down that is over is nothing."""
    measured = np.isfinite(rtt_ms)
    slow = np.zeros(len(rtt_ms), np.bool_)
    if limit_ms is not None:
        # A refusal under the limit is perhaps one by a matchmaker of staff's own.
        slow = measured & (reason == pt.SLOW) & (limit_then_ms == limit_ms) | (rtt_ms > limit_ms)
    unreached = ~measured & (reason == pt.UNREACHABLE)
    cooling = ~measured & fresh & ((reason == pt.TIMEOUT) | (reason == pt.LEFT))
    # Added up, since no two of them hold at once: a fifth of what it takes to set each kind where its mask says so.
    kind: Column = np.zeros(len(rtt_ms), np.uint8)
    for code, mask in ((FITS, measured & ~slow), (SLOW, slow), (UNREACHED, unreached), (COOLING, cooling)):
        kind += mask.view(np.uint8) * np.uint8(code)
    return kind


def matrix_of(pairs: WaitingPairs, most: int = MOST_SHOWN) -> Matrix:
    """All of them, or the `most` who fit least; whoever was not tried yet gives way first."""
    fits = pairs.tally(FITS)
    bad = pairs.tally(SLOW) + pairs.tally(UNREACHED) + pairs.tally(COOLING)
    tried = fits + bad
    size = len(pairs.people)
    shown = np.arange(size)
    if size > most:
        shown = _least_fitting(fits, bad, most)
    shown = shown[np.lexsort((shown, bad[shown], -fits[shown]))]
    place = np.full(size, -1, np.int32)
    place[shown] = np.arange(len(shown))
    is_shown = place >= 0
    seen = np.flatnonzero(is_shown.take(pairs.first) & is_shown.take(pairs.second))
    first, second = place[pairs.first[seen]], place[pairs.second[seen]]
    kind_seen, rtt_seen = pairs.kind[seen], pairs.rtt_ms[seen]
    kinds = np.full((len(shown), len(shown)), UNTRIED, np.uint8)
    rtt_ms = np.full(kinds.shape, np.nan)
    for one, other in ((first, second), (second, first)):
        kinds[one, other] = kind_seen
        rtt_ms[one, other] = rtt_seen
    people = [pairs.people[number].subject_id for number in shown]
    _mark_probes(kinds, people, [pairs.people[number] for number in shown])
    np.fill_diagonal(kinds, SAME)
    return Matrix(pairs, people, kinds, rtt_ms, fits[shown], tried[shown], size - len(shown))


def _least_fitting(fits: Ints, bad: Ints, most: int) -> Ints:
    """The places of `most` people: the smallest share that fits first, of equal ones those tried most often. Looks for
    who is in question before putting them in order: sorting thousands takes ten times as long.
    """
    tried = fits + bad
    share = np.where(tried > 0, fits / np.maximum(tried, 1), 2.0)
    last = np.partition(share, most - 1)[most - 1]
    below, equal = np.flatnonzero(share < last), np.flatnonzero(share == last)
    room = most - len(below)
    if len(equal) > room:
        equal = equal[bad[equal] >= -np.partition(-bad[equal], room - 1)[room - 1]]
    shown: Ints = np.concatenate((below, equal))
    return shown[np.lexsort((shown, -bad[shown], share[shown]))][:most]


def _mark_probes(kinds: Kinds, people: list[str], rows: list[WaitroomRow]) -> None:
    """Who is being measured with whom at this moment."""
    place = {subject_id: number for number, subject_id in enumerate(people)}
    for number, row in enumerate(rows):
        for other in row.probed_with:
            if other in place:
                kinds[number, place[other]] = PROBING
