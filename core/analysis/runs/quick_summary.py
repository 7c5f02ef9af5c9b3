"""A log in the few figures a list of runs needs, many times faster than folding all of it.

Owns the short way through a log: blocks of lines at once (counted_lines.py), and line by line as the Follower does
wherever a block is not as the engine writes it. Its figures are those of `summary.summarise`. Must not write, and
must not stop at a line it does not understand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from core import events as ev
from core.analysis.runs.counted_lines import RARE, TYPES, Joined, Left, Probe, by_kind, decoded_lines, whole_lines
from core.analysis.summary import percentile
from core.runlog.files import LogReadError
from core.runlog.follower import Follower
from core.runlog.lines import BrokenLineError, decode_event, newlines_in

_BLOCK_BYTES: Final = 1 << 16  # with all that is made of it, it stays in the processor's cache
_MARK_BYTES: Final = 4096
_BOM: Final = b"\xef\xbb\xbf"
_MOST_PROBLEMS_KEPT: Final = 3
_FOLLOW_S: Final = 0.1
_ELAPSED_S: Final = attrgetter("elapsed_s")


class ListFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of runs says of one log; the words of `summary.RunSummaryFigures` mean the same here.

    `thresholds` are those in force one after the other. `bad_lines` counts lines that are no events, `problems` says of
    the first of them what is wrong; `torn_bytes` follow the last newline. `events` counts lines that are events.
    """

    run_id: str = ""
    experiment: str = ""
    started_at: float | None = None
    duration_s: float = 0.0
    ended_reason: str | None = None
    joined: int = 0
    simulated: int = 0
    simulated_run: bool = False
    matches: int = 0
    probes_accepted: int = 0
    probes_rejected: int = 0
    probes_failed: int = 0
    waited_s_median: float | None = None
    waited_s_p95: float | None = None
    p2p_rtt_ms_median: float | None = None
    thresholds: list[int | None] = []
    events: int = 0
    bad_lines: int = 0
    problems: list[str] = []
    torn_bytes: int = 0


class QuickSummary:
    """The figures of one events file so far: `read` goes on from where it was left, `figures` says what is known.

    Only for one reader at a time. Of a line of a known type, only what is counted is checked.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._begin()

    def _begin(self) -> None:
        self.offset = 0
        self._mark = b""  # what stood before the offset: a file in which something else stands there is another one
        self._follower: Follower | None = None  # reads a log that another version wrote
        self._line_number = 0
        self._tally = _Tally()
        self._bad_lines, self._torn_bytes = 0, 0
        self._problems: list[str] = []

    def read(self, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Read what was written since; False if `stopped` said so on the way (it is asked after every block).

        A file that is not there has no events. Raises LogReadError if it is there but cannot be read.
        """
        try:
            with self.path.open("rb", buffering=0) as file:
                self._start_over_if_another(file)
                while self._follower is None and (block := self._next_block(file)):
                    self._take(block)
                    if stopped():
                        return False
        except FileNotFoundError:
            self._begin()
        except OSError as error:
            raise LogReadError(
                f"Could not read {self.path}: {error.strerror or error}. Check that it and its folder may be read."
            ) from error
        return self._follower is None or self._follow(self._follower, stopped)

    def figures(self) -> ListFigures:
        """What is known so far."""
        return self._tally.figures(self._bad_lines, list(self._problems), self._torn_bytes)

    def _start_over_if_another(self, file: BinaryIO) -> None:
        """Logs only grow; one that was cleared or replaced is read from its start."""
        if self.offset:
            file.seek(self.offset - len(self._mark))
            if file.read(len(self._mark)) != self._mark:
                self._begin()

    def _next_block(self, file: BinaryIO) -> bytes:
        """Whole lines from the offset on, about a block of them; without any, the torn one is noted."""
        file.seek(self.offset)
        pieces: list[bytes] = []
        while piece := file.read(_BLOCK_BYTES):
            end = piece.rfind(b"\n") + 1
            if end:
                pieces.append(piece[:end])
                self._torn_bytes = 0
                return b"".join(pieces) if len(pieces) > 1 else pieces[0]
            pieces.append(piece)
        self._torn_bytes = sum(map(len, pieces))
        return b""

    def _take(self, block: bytes) -> None:
        decoded, line_count = decoded_lines(block), newlines_in(block)
        if decoded is None or len(decoded) != line_count or not self._tally.take(decoded, block):
            self._take_one_by_one(block)
        self.offset += len(block)
        self._mark = block[-_MARK_BYTES:]
        self._line_number += line_count
        if self._tally.schema_version not in (None, ev.SCHEMA_VERSION):
            self._begin()
            self._follower = Follower(self.path)

    def _take_one_by_one(self, block: bytes) -> None:
        lines = block.split(b"\n")
        lines.pop()  # what follows the last newline: nothing
        if self.offset == 0:
            lines[0] = lines[0].removeprefix(_BOM)
        for number, line in enumerate(lines, self._line_number + 1):
            try:
                self._tally.take_event(decode_event(line))
            except BrokenLineError as error:
                if line and not line.isspace():
                    self._bad_lines += 1
                    self._problems.append(f"line {number}: {error}")
        del self._problems[_MOST_PROBLEMS_KEPT:]

    def _follow(self, follower: Follower, stopped: Callable[[], bool]) -> bool:
        """The long way round, for lines that have to be upgraded first."""
        while not stopped():
            for event in follower.poll(budget_s=_FOLLOW_S):
                self._tally.take_event(event)
            self._bad_lines, self._torn_bytes = follower.bad_line_count, follower.torn_bytes
            self._problems = [f"line {number}: {what}" for number, what in follower.bad_lines[:_MOST_PROBLEMS_KEPT]]
            self.offset = follower.offset
            if follower.caught_up:
                return True
        return False


class _Tally:
    """What was counted. Rare events are decoded as a whole, all others only as far as they count."""

    def __init__(self) -> None:
        self.schema_version: int | None = None
        self.events = 0
        self.last_elapsed_s = 0.0
        self._run: dict[str, Any] = {}
        self._thresholds: list[int | None] = []
        self._waited_s: list[float] = []
        self._p2p_rtt_ms: list[float] = []
        self._joined = self._simulated = self._matches = 0
        self._accepted = self._failed = 0

    def take(self, decoded: list[Any], block: bytes) -> bool:
        """Count the lines of a block; False, and nothing counted, if one of them is not as this program writes it."""
        found = by_kind(decoded)
        if any(probe.rtt_ms is None or probe.accepted is None for probe in found.get(Probe, ())):
            return False
        in_full = [line for kind in RARE for line in found.pop(kind, ())]
        try:
            rare = [decode_event(line) for line in whole_lines(in_full, decoded, block)]
        except BrokenLineError:
            return False
        for kind, lines in found.items():
            _COUNTS[kind](self, lines)
        for event in rare:
            _COUNTS[type(event)](self, [event])
        self.events += len(decoded)
        self.last_elapsed_s = max(self.last_elapsed_s, max(map(_ELAPSED_S, decoded), default=0.0))
        return True

    def take_event(self, event: ev.Event) -> None:
        """Count one event."""
        count = _COUNTS.get(type(event))
        if count is not None:
            count(self, [event])
        self.events += 1
        self.last_elapsed_s = max(self.last_elapsed_s, event.elapsed_s)

    def _probes(self, lines: list[Any]) -> None:
        self._p2p_rtt_ms += [line.rtt_ms for line in lines]
        self._accepted += sum([line.accepted for line in lines])

    def _probes_failed(self, lines: list[Any]) -> None:
        self._failed += len(lines)

    def _left(self, lines: list[Any]) -> None:
        self._waited_s += [line.waited_s for line in lines if line.reason == "matched"]

    def _people(self, lines: list[Any]) -> None:
        self._joined += len(lines)
        self._simulated += sum([line.simulated for line in lines])

    def _groups(self, lines: list[Any]) -> None:
        self._matches += len(lines)

    def _run_started(self, events: list[ev.RunStarted]) -> None:
        for event in events:
            self.schema_version = event.schema_version
            self._run |= {"run_id": event.run_id, "experiment": event.experiment, "started_at": event.timestamp}
            self._run["simulated_run"] = event.simulated
            self._thresholds.append(event.max_p2p_rtt_ms)

    def _threshold_changed(self, events: list[ev.ThresholdChanged]) -> None:
        self._thresholds += [event.new_max_p2p_rtt_ms for event in events]

    def _run_ended(self, events: list[ev.RunEnded]) -> None:
        self._run["ended_reason"] = events[-1].reason

    def figures(self, bad_lines: int, problems: list[str], torn_bytes: int) -> ListFigures:
        return ListFigures(
            **self._run,
            duration_s=self.last_elapsed_s,
            joined=self._joined,
            simulated=self._simulated,
            matches=self._matches,
            probes_accepted=self._accepted,
            probes_rejected=len(self._p2p_rtt_ms) - self._accepted,
            probes_failed=self._failed,
            waited_s_median=percentile(self._waited_s, 0.5),
            waited_s_p95=percentile(self._waited_s, 0.95),
            p2p_rtt_ms_median=percentile(self._p2p_rtt_ms, 0.5),
            thresholds=list(self._thresholds),
            events=self.events,
            bad_lines=bad_lines,
            problems=problems,
            torn_bytes=torn_bytes,
        )


_COUNTS: Final[Mapping[type[Any], Callable[[_Tally, list[Any]], None]]] = {
    Probe: _Tally._probes, ev.ProbeCompleted: _Tally._probes,
    TYPES["probe_failed"]: _Tally._probes_failed, ev.ProbeFailed: _Tally._probes_failed,
    Left: _Tally._left, ev.WaitroomLeft: _Tally._left,
    Joined: _Tally._people, ev.ParticipantJoined: _Tally._people,
    TYPES["match_formed"]: _Tally._groups, ev.MatchFormed: _Tally._groups,
    ev.RunStarted: _Tally._run_started,
    ev.ThresholdChanged: _Tally._threshold_changed,
    ev.RunEnded: _Tally._run_ended,
}  # fmt: skip
