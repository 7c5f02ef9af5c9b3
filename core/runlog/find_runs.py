"""Every run directory under a folder, however deep, with what tells whether it has changed.

Owns the walk. Must not open any file, follow links in circles, or be stopped by a folder that cannot be read.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from core.runlog.run_directory import EVENTS_FILE, MANIFEST_FILE, RunDirectoryError
from core.runlog.run_notes import NOTES_FILE

DEEPEST: Final = 8
_RUN_NAME: Final = re.compile(r"run_\d{8}_\d{6}(?:_\d+)?")


class Stamp(NamedTuple):
    """A file as it was: written again, or replaced, it has another one. Times are in ns since 1970."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


class FoundRun(NamedTuple):
    """A directory that holds a run. `events` and `manifest` are None where there is no such (regular) file."""

    path: Path
    events: Stamp | None = None
    manifest: Stamp | None = None
    has_notes: bool = False
    size_bytes: int = 0
    problem: str = ""


def find_runs(folder: str | os.PathLike[str], stopped: Callable[[], bool] = lambda: False) -> Iterator[FoundRun]:
    """The runs in `folder`, or itself if it is one; those whose names sort last, which are the newest, come first.

    Links to runs count where they lead to one not found otherwise; links to other folders are not followed, nor are
    folders looked into that are hidden or deeper than DEEPEST. A folder that is not there holds no runs; one that
    cannot be read raises RunDirectoryError, deeper ones are left out.
    """
    try:
        root = Path(os.path.realpath(folder))
        entries = _entries(root)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise RunDirectoryError(
            f"Could not read the folder {folder}: {error.strerror or error}. Choose another one, or allow reading it."
        ) from error
    links: list[Path] = []
    seen: set[str] = set()
    for found in _walk(root, entries, 0, links, stopped):
        seen.add(str(found.path))
        yield found
    for link in sorted(links, reverse=True):
        real = Path(os.path.realpath(link))
        if str(real) not in seen and not stopped():
            seen.add(str(real))
            if found_run := look_at(real):
                yield found_run


def look_at(path: Path) -> FoundRun | None:
    """The run in this directory; None if it holds none."""
    try:
        return _found(path, _entries(path))
    except OSError as error:
        return _unreadable(path, error)


def _walk(
    path: Path, entries: list[os.DirEntry[str]], depth: int, links: list[Path], stopped: Callable[[], bool]
) -> Iterator[FoundRun]:
    if run := _found(path, entries):
        yield run
        return
    for entry in entries:
        if stopped() or depth == DEEPEST:
            return
        if entry.name.startswith(".") or not _is_folder(entry):
            continue
        inside = Path(entry.path)
        if entry.is_symlink():
            links.append(inside)
            continue
        try:
            children = _entries(inside)
        except OSError as error:
            if unreadable := _unreadable(inside, error):
                yield unreadable
            continue
        yield from _walk(inside, children, depth + 1, links, stopped)


def _entries(path: Path) -> list[os.DirEntry[str]]:
    """By name, the last first."""
    with os.scandir(path) as entries:
        return sorted(entries, key=lambda entry: entry.name, reverse=True)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _found(path: Path, entries: list[os.DirEntry[str]]) -> FoundRun | None:
    names = {entry.name for entry in entries}
    if EVENTS_FILE not in names and MANIFEST_FILE not in names:
        return None
    return FoundRun(
        path,
        _stamp(path / EVENTS_FILE) if EVENTS_FILE in names else None,
        _stamp(path / MANIFEST_FILE) if MANIFEST_FILE in names else None,
        NOTES_FILE in names,
        sum(map(_size_of, entries)),
    )


def _unreadable(path: Path, error: OSError) -> FoundRun | None:
    """Something with the name of a run is listed even if nobody may look into it, unless it is gone."""
    if isinstance(error, FileNotFoundError | NotADirectoryError) or not _RUN_NAME.fullmatch(path.name):
        return None
    return FoundRun(path, problem=f"its folder cannot be read: {error.strerror or error}")


def _stamp(path: Path) -> Stamp | None:
    """Asked of the file, since Windows' directories know a growing file's size late. A pipe would never end."""
    try:
        found = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _size_of(entry: os.DirEntry[str]) -> int:
    """What it and all in it takes; links take nothing."""
    try:
        if entry.is_symlink():
            return 0
        if not entry.is_dir():
            return entry.stat().st_size
        with os.scandir(entry.path) as inside:
            return sum(map(_size_of, inside))
    except OSError:
        return 0
