"""The pieces a run is taken apart into, to be put together again under another limit.

Owns their shapes. Must not take apart (script.py) or put together (reenactment.py). Times are seconds since the
run started.
"""

from __future__ import annotations

import math
from typing import Any, Final, Literal, NamedTuple

CUT_SHORT: Final = ("left", "cancelled")  # a probe that ended so says nothing of its pair, but that it took longer
SAME_MOMENT_S: Final = 0.5
Deed = Literal[
    "join", "lost", "back", "replaced", "return", "hidden", "silent", "excluded", "server_rtt", "gone", "send",
    "extend", "force", "paused", "threshold", "drain",
]  # fmt: skip


class Act(NamedTuple):
    """Something that happens at its time whatever the matchmaker does. `value` depends on `deed`."""

    at_s: float
    deed: Deed
    subject_id: str = ""
    value: Any = None


class Span(NamedTuple):
    """How long somebody was on a page, in a waitroom or in a game, each time they were there.

    `left`: until they left of themselves; `cut_short`: until something else ended it, as a lost line does. `began_s` is
    NaN where it is not known.
    """

    lasted_s: float
    left: bool = False
    cut_short: bool = False
    began_s: float = math.nan


class Session(NamedTuple):
    """One probe of a pair, retries included. `failure` "" with an RTT; `cut_short`: it might have gone on.

    `at_fault`: whose own page did not answer, or (True) cannot be measured at all.
    """

    lasted_s: float
    rtt_ms: float | None
    failure: str = ""
    at_fault: dict[str, bool] = {}  # noqa: RUF012 -- never changed
    cut_short: bool = False
    began_s: float = math.nan


class Stay(NamedTuple):
    """One wait. `reason` as WaitroomLeft has it; "" if it had not ended."""

    subject_id: str
    waited_s: float
    reason: str


class Group(NamedTuple):
    """A group that was formed, in which scene and when."""

    formed_s: float
    scene_id: str
    subjects: frozenset[str]


Spans = dict[tuple[str, str], list[Span]]  # by (subject_id, scene_id)


def pair_of(a: str, b: str) -> tuple[str, str]:
    """The same for both orders."""
    return (a, b) if a < b else (b, a)


def lasts_s(recorded: Span | Session, now_s: float) -> float:
    """How long something takes that begins now. If it began at this moment in the run, too, it ends when it did there,
    so that the milliseconds that a real engine takes between two events do not add up.
    """
    if abs(now_s - recorded.began_s) <= SAME_MOMENT_S:
        return max(0.0, recorded.began_s + recorded.lasted_s - now_s)
    return recorded.lasted_s
