"""What another limit or matchmaker would have meant for a run: the shape of the answer, and its words.

Owns the result types, which the page, the command line and its process share. Must not work anything out
(sweep.py does) nor rewrite what a log says happened: all of this is marked as re-enacted. Imports nothing slow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from core.projections import words

MATCHMAKERS: Final = ("fifo", "latency_fifo")
LIMIT_LEAST_MS, LIMIT_MOST_MS = 1, 10_000
MOST_LIMITS: Final = 200

Figure = Literal["matches", "people_matched", "waited_s_median", "waited_s_p95", "left_over"]
FIGURES: Final[tuple[Figure, ...]] = ("matches", "people_matched", "waited_s_median", "waited_s_p95", "left_over")


class WhatIfError(Exception):
    """It cannot be asked of this run; its text says why and what to do."""


class Range(msgspec.Struct, frozen=True):
    """A figure over all draws: their median, and where nine of ten lie. Without chance all three are one."""

    mid: float
    low: float
    high: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run, or would have. Waits are those that ended in a match, in seconds; None without any.

    `left_over` counts who entered a waitroom and was in no match by the end: of these `gave_up` left of themselves.
    """

    matches: int
    people_matched: int
    waited_s_median: float | None
    waited_s_p95: float | None
    left_over: int
    gave_up: int
    timed_out: int
    probes: int


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A run re-enacted under one limit (ms; None: no limit, no probes), over `draws` draws of what is not known.

    `pairs` is the mean number of pairs that were judged, `estimated` how many of these were never measured, so that
    their answers are estimates; `probes_estimated` is the share of probes. `misjudged` is the share of the run's
    measured pairs that, held back, the model would have put on the wrong side of this limit.
    """

    limit_ms: int | None
    matches: Range
    people_matched: Range
    waited_s_median: Range | None
    waited_s_p95: Range | None
    left_over: Range
    gave_up: Range
    pairs: float
    estimated: float
    probes_estimated: float
    misjudged: float | None
    draws: int

    def figure(self, name: Figure) -> Range | None:
        """One of FIGURES."""
        value: Range | None = getattr(self, name)
        return value


class ModelError(msgspec.Struct, frozen=True, kw_only=True):
    """How far off the model is on pairs of the same run that were held back from it (tenfold), ms, estimate − measured.

    `within` is the share of these pairs that lay in the interval in which the model expected nine of ten.
    """

    pairs: int
    median_abs_ms: float
    low_ms: float
    high_ms: float
    within: float
    people: int
    failed_share: float


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
    """The run re-enacted as it was, its limits and matchmaker unchanged: how much of it came out the same.

    `same` of the `groups` that were formed were formed again; `moved_s` is the most by which one of them came earlier
    or later; `others` were formed that were not in the run.
    """

    groups: int
    same: int
    others: int
    moved_s: float


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one run. `limits` are those that were in force, in order; `happened` is what the log says.

    `error` None: not a single pair was measured. `notes` say what was assumed.
    """

    run: str
    path: str
    experiment: str
    matchmaker: str
    own_matchmaker: str
    limits: list[int | None]
    happened: Figures
    likeness: Likeness | None
    error: ModelError | None
    people: int
    measured_pairs: int
    giving_up_per_min: float
    notes: list[str] = []
    points: list[Point] = []

    @property
    def happened_at(self) -> int | None:
        """Where the run itself stands on the axis of limits: its last limit."""
        return self.limits[-1] if self.limits else None


class Started(msgspec.Struct, frozen=True, tag="started"):
    """News of an answer under way: all of a run's answer but its points."""

    answer: WhatIf
    limits: int


class Reached(msgspec.Struct, frozen=True, tag="point"):
    """One more point of the run `path`; `done` of `of` are there, all runs together."""

    path: str
    point: Point
    done: int
    of: int


class Drawn(msgspec.Struct, frozen=True, tag="drawn"):
    """One more draw of the point that is under way: `share` of it is done, from 0 to 1."""

    path: str
    limit_ms: int | None
    share: float


class Refusal(msgspec.Struct, frozen=True, tag="refused"):
    """It cannot be asked of this run."""

    path: str
    sentence: str


News = Started | Reached | Drawn | Refusal
Tell = Callable[[News], None]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. `matchmaker` "": each run's own; `seeds`: how many draws of what is not known.

    `with_own`: the limits that were in force in a run are asked for, too, so that what happened meets the curve.
    """

    paths: list[str]
    limits: list[int | None]
    matchmaker: str = ""
    max_server_rtt_ms: float | None = None
    seeds: int = 10
    with_own: bool = True


# --- words ------------------------------------------------------------------------------------------------------------


def letter_of(place: int) -> str:
    """A, B, … of the run at this place, from 0."""
    return chr(ord("A") + place)


def limit_text(limit_ms: int | None) -> str:
    """For a table."""
    return "none" if limit_ms is None else f"{limit_ms} ms"


def limits_text(limits: list[int | None]) -> str:
    """All that were in force, in order."""
    return ", then ".join(map(limit_text, limits))


def range_text(value: Range | None, unit: str = "", digits: int = 0) -> str:
    """`41 (38–43)`; one figure where there is no doubt."""
    if value is None:
        return "–"
    mid, low, high = (f"{number:.{digits}f}" for number in (value.mid, value.low, value.high))
    text = mid if low == high else f"{mid} ({low}–{high})"
    return f"{text}{unit}"


def estimates_text(point: Point) -> str:
    """How much of a point is estimated, plainly."""
    if point.limit_ms is None:
        return "nothing is measured"
    if not round(point.estimated):
        return f"all {point.pairs:.0f} pairs were measured"
    return f"{point.estimated:.0f} of {point.pairs:.0f} pairs are estimates"


def error_text(error: ModelError | None) -> str:
    """The model's error in words, to stand beside the curve."""
    if error is None:
        return "Not a single pair was measured in this run, so pairs cannot be estimated."
    if error.pairs < 2:
        return "Only one pair was measured, so the model's error is not known."
    return (
        f"Estimates against {error.pairs} measured pairs held back: off by {error.median_abs_ms:.1f} ms (median), "
        f"nine of ten between {_signed(error.low_ms)} and {_signed(error.high_ms)} ms. "
        f"{words.percent(error.within)} of them lay where the model expected 90 %."
    )


def _signed(value: float) -> str:
    return f"{value:+.0f}".replace("-", "−")


def likeness_text(likeness: Likeness | None) -> str:
    """Whether the re-enactment can be trusted, as far as the run itself can tell."""
    if likeness is None:
        return "The run was not re-enacted as it was, because its matchmaker is not at hand."
    if not likeness.groups:
        again = f"but {likeness.others} were" if likeness.others else "nor"
        return f"No group was formed in this run, {again} when re-enacted as it was."
    same = f"Re-enacted as it was, {likeness.same} of its {likeness.groups} groups form again"
    moved = f", none more than {max(0.1, likeness.moved_s):.1f} s off" if likeness.same else ""
    others = f", and {likeness.others} others" if likeness.others else ""
    return f"{same}{moved}{others}."


def misjudged_text(point: Point) -> str:
    """For a table."""
    return "–" if point.misjudged is None else words.percent(point.misjudged)
