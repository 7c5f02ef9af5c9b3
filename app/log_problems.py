"""What is wrong with a log, in words: for a run that is looked at.

Owns the wording. Must not judge the session, nor read anything: it is given what was read.
"""

from __future__ import annotations

from typing import NamedTuple

from core.events import SCHEMA_VERSION
from core.projections.shown import ShownRun
from core.runlog.follower import Follower

_LISTED = 50


class Problems(NamedTuple):
    """`sentence` is empty if nothing is wrong; `details` lists each."""

    sentence: str
    details: str


def of(follower: Follower, shown: ShownRun, torn_bytes: int, went_away: bool = False) -> Problems:
    """Of what was read so far; `went_away`: what nobody had asked for by then could not be folded any more."""
    told = [*_of_its_kind(follower, shown)]
    if follower.bad_line_count:
        number, problem = follower.bad_lines[0]
        lines = _count(follower.bad_line_count, "line")
        told.append(f"{lines} could not be read, the first is line {number}: {problem}")
    if torn_bytes:
        told.append(
            f"its last line is incomplete ({torn_bytes} bytes), as if the program had been cut off while writing it"
        )
    if went_away:
        told.append("it cannot be read any more, so people's stories and the timeline by match are empty")
    if shown.problem_count:
        told.append(f"{_count(shown.problem_count, 'event')} could not be shown, the first is {shown.problems[0]}")
    if not told:
        return Problems("", "")
    listed = [f"line {number}: {problem}" for number, problem in follower.bad_lines[:_LISTED]]
    details = "\n".join([str(follower.path), *told, *listed, *shown.problems[:_LISTED]])
    return Problems(f"Something is wrong with this log: {'; '.join(told)}. What could be read is shown.", details)


def _of_its_kind(follower: Follower, shown: ShownRun) -> list[str]:
    if not follower.offset:
        return ["there is no whole line in it"]
    if follower.schema_version is not None and follower.schema_version > SCHEMA_VERSION:
        return [f"it was written by a newer Greenroom (schema version {follower.schema_version}); some may be missing"]
    if shown.run.state == "none":
        return ["it does not tell of the start of a run, so it may not be a log of Greenroom's"]
    return []


def _count(number: int, noun: str) -> str:
    return f"one {noun}" if number == 1 else f"{number} {noun}s"
