"""Reading a run's log, whether it still grows or ended years ago: the same way, from where it was left.

Owns the place reached in the file and what was wrong with it. Must not write, not hold the file open between polls,
and must not stop at a line it does not understand.
"""

from __future__ import annotations

import copy
import os
import time
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from core.events import SCHEMA_VERSION, Event
from core.runlog.files import LogReadError
from core.runlog.lines import BrokenLineError, decode_block, decode_dict, decode_event, event_from_dict
from core.runlog.upgrades import upgrade

_BLOCK_BYTES = 64 * 1024  # some 200 events, which the console folds within half of its turn
_BOM = b"\xef\xbb\xbf"
_MOST_BAD_LINES_KEPT = 1000


class Follower:
    """Follows one events file; it need not exist yet.

    Attributes: `schema_version` of the log, None before its first line was read; `started_over`, how often the file
    became shorter and is read from its start again; `offset`, bytes read so far, always the start of a line; `places`,
    where the line of each event of the last poll begins; `caught_up`, whether the last poll came to the end of what
    there was; `torn_bytes`, what then followed the last newline (of a live log: being written; of an ended one: the
    write in which the program died); `bad_lines`, `(line number from 1, problem)` of the first thousand lines that are
    no events, and `bad_line_count` of all.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.offset = 0
        self.places: list[int] = []
        self.caught_up = False
        self.torn_bytes = 0
        self.bad_lines: list[tuple[int, str]] = []
        self.bad_line_count = 0
        self.started_over = 0
        self.schema_version: int | None = None  # not known before `run_started` was read
        self._line_number = 0
        self._torn_until = -1  # how long the file was when nothing but a torn line was left

    def poll(self, budget_s: float | None = None) -> list[Event]:
        """The events written since, in order; a block of lines, then as many as fit in `budget_s` seconds (None: all).

        A type this program does not know comes as UnknownEvent. Raises LogReadError if the file is there but cannot be
        read; the next poll tries again from the same place.
        """
        stop_s = None if budget_s is None else time.perf_counter() + budget_s
        events: list[Event] = []
        self.places = []
        try:
            with self.path.open("rb") as file:
                self._start_over_if_shorter(file)
                self.caught_up = self._read(file, events, stop_s)
        except FileNotFoundError:
            self.caught_up = True
        except OSError as error:
            raise self._unreadable(error) from error
        return events

    def part(self, start: int, end: int) -> tuple[list[Event], list[int]]:
        """The events, and their places, of what was read before from `start` to `end`, both the starts of lines.

        Raises LogReadError.
        """
        reader = copy.copy(self)
        reader.offset, reader.places, reader.bad_lines = start, [], []
        events: list[Event] = []
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                reader._take_block(file.read(end - start), events, None)
        except OSError as error:
            raise self._unreadable(error) from error
        return events, reader.places

    def event_at(self, place: int) -> Event | None:
        """One event that was read before; None if there is none any more. Raises LogReadError."""
        reader = copy.copy(self)
        reader.offset, reader.places, reader.bad_lines = place, [], []
        events: list[Event] = []
        try:
            with self.path.open("rb") as file:
                file.seek(place)
                line = file.readline()
        except OSError as error:
            raise self._unreadable(error) from error
        if line.endswith(b"\n"):
            reader._take(line[:-1], events)
        return events[0] if events else None

    def _unreadable(self, error: OSError) -> LogReadError:
        return LogReadError(
            f"Could not read {self.path}: {error.strerror or error}. Check that it and its folder may be read."
        )

    def _read(self, file: BinaryIO, events: list[Event], stop_s: float | None) -> bool:
        """Take whole lines, block by block; whether the end was reached."""
        while True:
            if file.seek(0, os.SEEK_END) == self._torn_until:
                return True  # a torn line may be very long: it is not read again until there is more of it
            block, self.torn_bytes = _whole_lines(file, self.offset)
            if not block:
                self._torn_until = self.offset + self.torn_bytes
                return True
            self._take_block(block, events, stop_s)
            if stop_s is not None and time.perf_counter() >= stop_s:
                return False

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
        lines = block.splitlines(keepends=True)  # too many if there is a lone carriage return: a closer look, then
        whole = decode_block(block, len(lines))
        if whole is None:
            return False
        self.places.extend(accumulate(map(len, lines[:-1]), initial=self.offset))
        self.offset += len(block)
        self._line_number += len(lines)
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
            self.places.append(place)
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

    def _start_over_if_shorter(self, file: BinaryIO) -> None:
        """A legacy log is cleared when its program starts again: what is in it then is new."""
        if file.seek(0, os.SEEK_END) < self.offset:
            self._note("the file became shorter; reading it from its start")
            self.offset = 0
            self._line_number = 0
            self.schema_version = None
            self.started_over += 1

    def _note(self, problem: str) -> None:
        self.bad_line_count += 1
        if len(self.bad_lines) < _MOST_BAD_LINES_KEPT:
            self.bad_lines.append((self._line_number, problem))


def read_events(path: str | os.PathLike[str]) -> list[Event]:
    """Every event of a log; broken lines are left out (a Follower says which). Raises LogReadError."""
    follower = Follower(path)
    if not follower.path.exists():
        raise LogReadError(f"There is no log at {path}. Give a run's events.jsonl.")
    return follower.poll()


def _whole_lines(file: BinaryIO, offset: int) -> tuple[bytes, int]:
    """Whole lines from `offset` on, about a block of them; without any, how many bytes of a torn one there are."""
    file.seek(offset)
    pieces: list[bytes] = []
    while block := file.read(_BLOCK_BYTES):
        end = block.rfind(b"\n") + 1
        if end:
            pieces.append(block[:end])
            return b"".join(pieces), 0
        pieces.append(block)
    return b"", sum(map(len, pieces))
