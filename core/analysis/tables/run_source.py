"""Where a recorded run is read from: its directory, a log alone, or an archive.

Owns finding log and configuration there. Must not understand either, but that a file given alone is a log at all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.runlog.archive_file import blocks_of, opened_zip, read_list
from core.runlog.files import LogReadError, kind_at
from core.runlog.lines import BrokenLineError, decode_header
from core.runlog.run_directory import CONFIG_FILE, EVENTS_FILE, LATEST_TEXT, RunDirectory

ARCHIVE_SUFFIX = ".zip"
_BLOCK_BYTES = 64 * 1024  # with the events made of it, it stays in the processor's cache: a fifth faster than 256 kB

OnRead = Callable[[int], None]
"""Told how many bytes of the log were read so far; may raise to end the reading."""


@dataclass(frozen=True)
class RunSource:
    """`path` is the log's, or the archive's; `name` what the run is called where its log does not say."""

    path: Path
    name: str
    config_path: Path | None = None

    @property
    def is_archive(self) -> bool:
        """Whether the log lies inside of `path`."""
        return self.path.suffix.lower() == ARCHIVE_SUFFIX

    def size_bytes(self) -> int:
        """Of the log. Raises LogReadError or ArchiveError."""
        if self.is_archive:
            with opened_zip(self.path) as whole:
                return sum(file.size for file in read_list(whole, self.path).files if file.path == EVENTS_FILE)
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def blocks(self, on_read: OnRead = lambda _offset: None) -> Iterator[bytes]:
        """The log's bytes. Raises LogReadError or ArchiveError."""
        done = 0
        for block in self._inside(EVENTS_FILE) if self.is_archive else self._outside():
            yield block
            done += len(block)
            on_read(done)

    def config_text(self) -> str | None:
        """What config.yaml says; None if there is none. Raises OSError or UnicodeDecodeError."""
        if self.is_archive:
            found = b"".join(self._inside(CONFIG_FILE))
            return found.decode("utf-8") if found else None
        return None if self.config_path is None else self.config_path.read_text("utf-8")

    def _outside(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                left = os.fstat(file.fileno()).st_size  # a live log grows; what is read has an end
                while block := file.read(min(left, _BLOCK_BYTES)):
                    left -= len(block)
                    yield block
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def _inside(self, name: str) -> Iterator[bytes]:
        with opened_zip(self.path) as whole:
            listed = read_list(whole, self.path)
            for file in listed.files:
                if file.path == name:
                    yield from blocks_of(whole, listed.run_id, file, self.path)


def source_of(path: Path) -> RunSource:
    """A run's directory, a link to it such as `logs/latest`, an archive, or an events file of any name.

    Raises RunDirectoryError, LogReadError or ArchiveError, with a sentence on what to do.
    """
    is_file = kind_at(path) == "file"  # what cannot be seen is RunDirectory.open's to explain
    if path.suffix.lower() == ARCHIVE_SUFFIX and is_file:
        with opened_zip(path) as whole:
            return RunSource(path, read_list(whole, path).run_id)
    if is_file and path.name not in (EVENTS_FILE, LATEST_TEXT):
        if not _begins_as_log(path):
            raise LogReadError(
                f"{path} is not a run's log: no line at its beginning is an event. Give a run's directory."
            )
        return RunSource(path, path.stem)  # a log of the older kind, alone
    run = RunDirectory.open(path)
    if not run.events_path.exists():
        raise LogReadError(f"There is no log at {run.events_path}. Give the directory of a run that began.")
    return RunSource(run.events_path, run.run_id, run.config_path if run.config_path.is_file() else None)


def _begins_as_log(path: Path) -> bool:
    """Whether an event is among the first lines; a file without a whole line is given the benefit of the doubt."""
    try:
        with path.open("rb") as file:
            *whole, _torn = file.read(_BLOCK_BYTES).split(b"\n")
    except OSError as error:
        raise _unreadable(path, error) from error
    return not whole or any(map(_is_event, whole))


def _is_event(line: bytes) -> bool:
    try:
        decode_header(line)
    except BrokenLineError:
        return False
    return True


def _unreadable(path: Path, error: OSError) -> LogReadError:
    if isinstance(error, LogReadError):
        return error
    return LogReadError(f"Could not read {path}: {error.strerror or error}. Check that it and its folder may be read.")
