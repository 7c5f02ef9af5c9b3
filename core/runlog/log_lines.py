"""A whole log once through, each event together with the line it was read from.

Owns the way from blocks of bytes to events, wherever the bytes come from. Must not hold more than a block, nor open
files; it leaves out exactly what a Follower leaves out: lines that are no events, and a last line without its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from operator import itemgetter

import msgspec

from core.events import SCHEMA_VERSION, Event
from core.runlog.lines import BrokenLineError, decode_block, decode_dict, decode_event
from core.runlog.upgrades import upgrade

DecodeBlock = Callable[[bytes], list[Event] | None]

_FIRST = itemgetter(0)
_BOM = b"\xef\xbb\xbf"


class LogLines:
    """Iterate over it once, for `(event, line without its newline)` of each whole line that is an event.

    The line is as the log has it, or of an old schema version as this one would have written it. Attributes, complete
    at the end: `bad_line_count`, `first_bad_line` as (number from 1, problem) if there is one, and `torn`: whether
    something follows the last newline.
    """

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = blocks
        self._schema_version: int | None = None  # not known before `run_started` was read
        self._lines = 0  # so far
        self.bad_line_count = 0
        self.first_bad_line: tuple[int, str] | None = None
        self.torn = False

    def __iter__(self) -> Iterator[tuple[Event, bytes]]:
        """Raises what the blocks raise."""
        for block in self._whole_blocks():
            events = self._at_once(block)
            if events is not None:
                yield from zip(events, block.split(b"\n"), strict=False)  # a last empty piece follows the last newline
            else:
                yield from self._one_by_one(block)

    def events(self) -> Iterator[Event]:
        """The events alone, faster."""
        return chain.from_iterable(self.event_blocks())

    def event_blocks(self, decode: DecodeBlock = decode_block) -> Iterator[list[Event]]:
        """The events alone, a block at a time; `decode` may leave out what nobody asks for."""
        for block in self._whole_blocks():
            events = self._at_once(block, decode)
            yield list(map(_FIRST, self._one_by_one(block))) if events is None else events

    def problems(self) -> list[str]:
        """What was found wrong, in sentences; complete at the end."""
        found = []
        if not self._lines and not self.torn:
            found.append("the log is empty: nothing was ever written to it")
        if self.first_bad_line:
            number, what = self.first_bad_line
            lines = "1 unreadable line" if self.bad_line_count == 1 else f"{self.bad_line_count} unreadable lines"
            found.append(f"{lines} left out; the first is line {number}: {what}")
        if self.torn:
            found.append("the last line is torn: it is still being written, or the program died in the midst of it")
        return found

    def _at_once(self, block: bytes, decode: DecodeBlock = decode_block) -> list[Event] | None:
        """All events of whole lines; None where some line needs a look of its own."""
        events = decode(block) if self._schema_version == SCHEMA_VERSION else None
        if events is not None:
            self._lines += len(events)
        return events

    def _one_by_one(self, block: bytes) -> Iterator[tuple[Event, bytes]]:
        for logged in block[:-1].split(b"\n"):
            self._lines += 1
            whole = logged.removeprefix(_BOM) if self._lines == 1 else logged
            try:
                line = whole if self._schema_version == SCHEMA_VERSION else self._upgraded(whole)
                event = decode_event(line)
            except BrokenLineError as error:
                self._note(whole, str(error))
                continue
            yield event, line

    def _whole_blocks(self) -> Iterator[bytes]:
        """The bytes again, cut behind newlines."""
        begun: list[bytes | memoryview] = []
        for block in self._blocks:
            end = block.rfind(b"\n") + 1
            begun.append(memoryview(block)[:end] if end else block)
            if end:
                yield b"".join(begun)
                begun = [block[end:]]
        self.torn = any(begun)

    def _upgraded(self, line: bytes) -> bytes:
        """The line as the present schema has it; notes the version where a run's start says it."""
        raw = decode_dict(line)
        stated = raw.get("schema_version") if raw.get("event_type") == "run_started" else None
        if isinstance(stated, int) and stated >= 1:
            self._schema_version = stated
        version = self._schema_version or SCHEMA_VERSION
        if version >= SCHEMA_VERSION:
            return line
        try:
            return msgspec.json.encode(upgrade(raw, version))
        except (LookupError, TypeError, AttributeError) as error:
            raise BrokenLineError(f"an event of schema version {version} without {error}") from error

    def _note(self, line: bytes, problem: str) -> None:
        if line and not line.isspace():
            self.bad_line_count += 1
            self.first_bad_line = self.first_bad_line or (self._lines, problem)
