"""The end of a log, read backwards, so that its length does not matter.

Owns finding the last lines. Must not write, and must not stumble over a broken or torn one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from core.runlog.files import LogReadError
from core.runlog.lines import BrokenLineError, LineHeader, decode_dict, decode_header

_BLOCK_BYTES = 64 * 1024


def recent_lines(path: Path, n: int) -> list[dict[str, Any]]:
    """The last `n` events as dicts, oldest first; a torn last line and broken lines are left out."""
    found: list[dict[str, Any]] = []
    if n <= 0:
        return found
    for line in _lines_backwards(path):
        try:
            found.append(decode_dict(line))
        except BrokenLineError:
            continue
        if len(found) == n:
            break
    return found[::-1]


def last_stamps(path: Path) -> LineHeader | None:
    """The header of the last line that is an event; None if there is none."""
    for line in _lines_backwards(path):
        try:
            return decode_header(line)
        except BrokenLineError:
            continue
    return None


def _lines_backwards(path: Path) -> Iterator[bytes]:
    """Lines, last first, without their newline; empty ones left out."""
    try:
        with path.open("rb") as file:
            for line in _split_backwards(file):
                if line.strip():
                    yield line.removeprefix(b"\xef\xbb\xbf")
    except FileNotFoundError:
        return
    except OSError as error:
        raise LogReadError(
            f"Could not read {path}: {error.strerror or error}. Check the file and its folder."
        ) from error


def _split_backwards(file: BinaryIO) -> Iterator[bytes]:
    """What stands between newlines, last first, a torn last line included."""
    position = file.seek(0, os.SEEK_END)
    pieces: list[bytes] = []  # of the line being gathered, last first
    while position > 0:
        size = min(_BLOCK_BYTES, position)
        position -= size
        file.seek(position)
        *ends, start = reversed(file.read(size).split(b"\n"))
        for end in ends:
            yield end + b"".join(reversed(pieces))
            pieces = []
        pieces.append(start)
    yield b"".join(reversed(pieces))
