"""A whole log once through, each event together with the line it was read from.

Owns nothing but the way through the file. Must not hold more than a block of it, and leaves out exactly what a Follower
leaves out: lines that are no events, and a last line without its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.events import SCHEMA_VERSION, Event
from core.runlog.files import LogReadError
from core.runlog.lines import BrokenLineError, decode_dict, decode_event
from core.runlog.upgrades import upgrade

_BOM = b"\xef\xbb\xbf"


def read_lines(path: Path) -> Iterator[tuple[Event, bytes]]:
    """(event, line without its newline) of each whole line that is an event.

    The line is as the log has it, or of an old schema version as this one would have written it. Raises LogReadError.
    """
    version: int | None = None  # not known before `run_started` was read
    try:
        with path.open("rb") as file:
            if file.read(len(_BOM)) != _BOM:
                file.seek(0)
            for whole in file:
                if not whole.endswith(b"\n"):
                    return
                try:
                    line = whole[:-1]
                    if version != SCHEMA_VERSION:
                        version, line = _upgraded(line, version)
                    event = decode_event(line)
                except BrokenLineError:
                    continue
                yield event, line
    except OSError as error:
        raise LogReadError(
            f"Could not read {path}: {error.strerror or error}. Check that it and its folder may be read."
        ) from error


def _upgraded(line: bytes, version: int | None) -> tuple[int | None, bytes]:
    """The version in force from this line on, and the line as the present schema has it. Raises BrokenLineError."""
    raw = decode_dict(line)
    stated = raw.get("schema_version") if raw.get("event_type") == "run_started" else None
    if isinstance(stated, int) and stated >= 1:
        version = stated
    if version is None or version >= SCHEMA_VERSION:
        return version, line
    try:
        return version, msgspec.json.encode(upgrade(raw, version))
    except (LookupError, TypeError, AttributeError) as error:
        raise BrokenLineError(f"an event of schema version {version} without {error}") from error
