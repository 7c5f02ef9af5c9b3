"""Reading a run's log, whether it still grows or ended years ago: the same way, from where it was left.

Owns the place reached in the file and what was wrong with it. Must not write, not hold the file open between polls,
and must not stop at a line it does not understand.
"""

from __future__ import annotations

import copy
import os
import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from io import RawIOBase
from pathlib import Path
from typing import NamedTuple

from core.events import SCHEMA_VERSION, Event
from core.runlog.files import LogReadError
from core.runlog.lines import BrokenLineError, decode_block, decode_dict, decode_event, event_from_dict
from core.runlog.upgrades import upgrade

DecodeBlock = Callable[[bytes], list[Event] | None]

_BLOCK_BYTES = 96 * 1024  # some 300 events, which the console folds within its turn; by fewer at once it takes longer
_AHEAD_BYTES = 256 * 1024  # what is copied then stays in the processor's cache
_BOM = b"\xef\xbb\xbf"
_MOST_BAD_LINES_KEPT = 1000


class Follower:
    """Follows one events file; it need not exist yet. Its events are numbered from 0 as they are read, and found again
    by their number (`part`, `event_at`): counting costs nothing, where noting the place of each line would. `decode`
    may leave out of many events at once what nobody asks for; a single one is whole (`event_at`).

    Attributes: `schema_version` of the log, None before its first line was read; `started_over`, how often the file
    became shorter and is read from its start again; `offset`, bytes read so far, always the start of a line; `places`,
    the numbers of the events of the last poll; `caught_up`, whether the last poll came to the end of what there was;
    `torn_bytes`, what then followed the last newline (of a live log: being written; of an ended one: the write in which
    the program died); `bad_lines`, `(line number from 1, problem)` of the first thousand lines that are no events, and
    `bad_line_count` of all.
    """

    def __init__(self, path: str | os.PathLike[str], decode: DecodeBlock = decode_block) -> None:
        self.path = Path(path)
        self._decode = decode
        self.offset = 0
        self.places = range(0)
        self.caught_up = False
        self.torn_bytes = 0
        self.bad_lines: list[tuple[int, str]] = []
        self.bad_line_count = 0
        self.started_over = 0
        self.schema_version: int | None = None  # not known before `run_started` was read
        self._line_number = 0
        self._torn_until = -1  # how long the file was when nothing but a torn line was left
        self._ahead = _Ahead()
        self._blocks = _Blocks()

    def poll(self, budget_s: float | None = None) -> list[Event]:
        """The events written since, in order; a block of lines, then as many as fit in `budget_s` seconds (None: all).

        A type this program does not know comes as UnknownEvent. Raises LogReadError if the file is there but cannot be
        read; the next poll tries again from the same place.
        """
        stop_s = None if budget_s is None else time.perf_counter() + budget_s
        events: list[Event] = []
        first = self.places.stop
        try:
            self.caught_up = self._take_blocks(events, first, stop_s)
        except FileNotFoundError:
            self.caught_up = True
        except OSError as error:
            raise self._unreadable(error) from error
        finally:
            self.places = range(first, first + len(events))
        return events

    def part(self, start: int, end: int) -> list[Event]:
        """The events of these numbers, which were read before. Raises LogReadError."""
        if end <= start:
            return []
        span = self._blocks.around(start, end, self.offset, self.places.stop)
        return self._decoded(span.at, self._read(span), self._decode)[start - span.first : end - span.first]

    def event_at(self, place: int) -> Event | None:
        """One event that was read before; None if there is none any more. Raises LogReadError."""
        span = self._blocks.around(place, place + 1, self.offset, self.places.stop)
        block, number = self._read(span), place - span.first
        lines = block.splitlines(keepends=True)
        if len(lines) == span.events:  # each is an event
            block, number = lines[number], 0
        return next(iter(self._decoded(span.at, block, decode_block)[number:]), None)

    def _read(self, span: _Span) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(span.at)
                return file.read(span.until - span.at)
        except OSError as error:
            raise self._unreadable(error) from error

    def _decoded(self, at: int, block: bytes, decode: DecodeBlock) -> list[Event]:
        reader = copy.copy(self)
        reader.offset, reader.bad_lines, reader._decode = at, [], decode
        events: list[Event] = []
        reader._take_block(block, events, None)
        return events

    def _unreadable(self, error: OSError) -> LogReadError:
        return LogReadError(
            f"Could not read {self.path}: {error.strerror or error}. Check that it and its folder may be read."
        )

    def _take_blocks(self, events: list[Event], first: int, stop_s: float | None) -> bool:
        """Take whole lines, block by block; whether the end was reached."""
        while True:
            block = self._block_ahead() or self._read_ahead()
            if not block:
                return True
            self._blocks.add(self.offset, first + len(events))
            self._take_block(block, events, stop_s)
            if stop_s is not None and time.perf_counter() >= stop_s:
                return False

    def _block_ahead(self) -> bytes:
        """The next whole lines of what was read ahead, about a block of them."""
        return self._ahead.lines(self.offset, _BLOCK_BYTES)

    def _read_ahead(self) -> bytes:
        """The same from the file, which is opened for many blocks at once."""
        self._ahead.drop()
        with self.path.open("rb", buffering=0) as file:
            self._start_over_if_shorter(file)
            if file.seek(0, os.SEEK_END) == self._torn_until:
                return b""  # a torn line may be very long: it is not read again until there is more of it
            self.torn_bytes = self._ahead.read(file, self.offset)
        if not self._ahead:
            self._torn_until = self.offset + self.torn_bytes
        return self._block_ahead()

    def _take_block(self, block: bytes, events: list[Event], stop_s: float | None) -> None:
        """All at once where that is possible, else line by line for as long as there is time."""
        if self.schema_version == SCHEMA_VERSION and self.offset and self._take_whole(block, events):
            return
        lines = block.split(b"\n")
        lines.pop()  # what follows the last newline: nothing
        for line in lines:
            self._take(line, events)
            if stop_s is not None and time.perf_counter() >= stop_s:
                return

    def _take_whole(self, block: bytes, events: list[Event]) -> bool:
        """All lines at once; False, and nothing done, if any of them needs a closer look."""
        whole = self._decode(block)
        if whole is None:
            return False
        self.offset += len(block)
        self._line_number += len(whole)
        events.extend(whole)
        return True

    def _take(self, line: bytes, events: list[Event]) -> None:
        """Decode one line and step over it."""
        self._line_number += 1
        place = self.offset
        self.offset += len(line) + 1
        if place == 0:
            line = line.removeprefix(_BOM)
        try:
            events.append(decode_event(line) if self.schema_version == SCHEMA_VERSION else self._decode_upgraded(line))
        except BrokenLineError as error:
            if line and not line.isspace():
                self._note(str(error))

    def _decode_upgraded(self, line: bytes) -> Event:
        """The way round for logs of an old version, and for lines before `run_started` says the version."""
        raw = decode_dict(line)
        version = raw.get("schema_version") if raw.get("event_type") == "run_started" else None
        if isinstance(version, int) and version >= 1:
            self.schema_version = version
        try:
            return event_from_dict(upgrade(raw, self.schema_version or SCHEMA_VERSION))
        except (LookupError, TypeError, AttributeError) as error:
            raise BrokenLineError(f"an event of schema version {self.schema_version} without {error}") from error

    def _start_over_if_shorter(self, file: RawIOBase) -> None:
        """A legacy log is cleared when its program starts again: what is in it then is new."""
        if file.seek(0, os.SEEK_END) < self.offset:
            self._note("the file became shorter; reading it from its start")
            self.offset = 0
            self._line_number = 0
            self.schema_version = None
            self._blocks = _Blocks()
            self.started_over += 1

    def _note(self, problem: str) -> None:
        self.bad_line_count += 1
        if len(self.bad_lines) < _MOST_BAD_LINES_KEPT:
            self.bad_lines.append((self._line_number, problem))


class _Ahead:
    """Whole lines that were read ahead of what is taken, always in the same memory: pieces of this size that are made
    and dropped go back to the system each time, and having them again, page by page, takes a third as long as decoding.
    """

    def __init__(self) -> None:
        self._memory = bytearray()
        self._at = 0  # where in the file it begins
        self._length = 0

    def __bool__(self) -> bool:
        return self._length > 0

    def drop(self) -> None:
        """Hold nothing."""
        self._length = 0

    def lines(self, offset: int, about: int) -> bytes:
        """Those from this place in the file on, about so many bytes, at least one line; none: they were all taken."""
        start = offset - self._at
        if not 0 <= start < self._length:
            return b""
        end = self._memory.rfind(b"\n", start, min(start + about, self._length)) + 1
        end = end or self._memory.find(b"\n", start) + 1
        with memoryview(self._memory) as memory:
            return bytes(memory[start:end])

    def read(self, file: RawIOBase, offset: int) -> int:
        """Many blocks of lines, from this place on; without a whole one, how many bytes of a torn one there are."""
        file.seek(offset)
        del self._memory[_AHEAD_BYTES:]  # there was a long line
        filled = 0
        while True:
            if filled == len(self._memory):
                self._memory += bytes(_AHEAD_BYTES)
            with memoryview(self._memory) as memory:
                count = file.readinto(memory[filled:]) or 0
            end = self._memory.rfind(b"\n", filled, filled + count) + 1
            filled += count
            if end or not count:
                self._at, self._length = offset, end
                return 0 if end else filled


class _Span(NamedTuple):
    """Where blocks of lines begin and end, with which event, and how many there are in them."""

    at: int
    until: int
    first: int
    events: int


class _Blocks:
    """Where each block of lines begins that was taken, and the number of its first event."""

    def __init__(self) -> None:
        self._at = array("q")
        self._first = array("q")

    def add(self, at: int, first: int) -> None:
        """One more; one that came to nothing gives way."""
        if self._first and self._first[-1] == first:
            self._at.pop()
            self._first.pop()
        self._at.append(at)
        self._first.append(first)

    def around(self, start: int, end: int, at_end: int, count: int) -> _Span:
        """Those in which these events are; `at_end` and `count`: of all that was taken."""
        one, after = bisect_right(self._first, start) - 1, bisect_left(self._first, end)
        if one < 0:
            return _Span(at_end, at_end, start, 0)
        is_last = after == len(self._at)
        until, next_event = (at_end, count) if is_last else (self._at[after], self._first[after])
        return _Span(self._at[one], until, self._first[one], next_event - self._first[one])


def read_events(path: str | os.PathLike[str]) -> list[Event]:
    """Every event of a log; broken lines are left out (a Follower says which). Raises LogReadError."""
    follower = Follower(path)
    if not follower.path.exists():
        raise LogReadError(f"There is no log at {path}. Give a run's events.jsonl.")
    return follower.poll()
