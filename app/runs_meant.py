"""Which runs are meant by what was typed: names with wildcards, and each run once, however it is named.

Owns those, and what is said of runs that were named twice. Must not open a run: what cannot be found is left as it was
typed, for the command to explain.
"""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from app import exits
from core.runlog.archive import SUFFIX, list_of
from core.runlog.archive_file import ArchiveError
from core.runlog.files import kind_at
from core.runlog.run_directory import EVENTS_FILE, LATEST_TEXT, RunDirectory, RunDirectoryError


def runs_meant(typed: Sequence[Path]) -> list[Path]:
    """The runs as they were typed, each once; of a run and its archive, which `logs/run_*` names both, the run."""
    places: dict[Path, Path] = {}
    for path in chain.from_iterable(map(_expanded, typed)):
        place = place_of(path)
        if place in places:
            exits.warn(f"{path} was given twice and is taken once.")
        else:
            places[place] = path
    for place, path in list(places.items()):
        run = _archived_from(place, places)
        if run is not None:
            exits.warn(f"{path} holds the same run as {places[run]} and is left out: each run counts once.")
            del places[place]
    return list(places.values())


def place_of(typed: Path) -> Path:
    """Where it lies: a run's directory, however it was named; an archive or a log of another name is a run as it is."""
    if kind_at(typed) == "file" and typed.name not in (EVENTS_FILE, LATEST_TEXT):
        return Path(os.path.realpath(typed))
    try:
        return RunDirectory.open(typed).path
    except RunDirectoryError:
        return typed


def _expanded(typed: Path) -> Iterable[Path]:
    """Shells do this, but not those of Windows."""
    if os.path.lexists(typed) or not glob.has_magic(str(typed)):
        return [typed]
    names = sorted(glob.glob(str(typed)))  # noqa: PTH207  (Path.glob takes no absolute patterns)
    return [Path(name) for name in names] or [typed]


def _archived_from(archive: Path, places: Iterable[Path]) -> Path | None:
    """The directory among these whose log is the one in the archive, byte for byte."""
    if archive.suffix.lower() != SUFFIX or kind_at(archive) != "file":
        return None
    try:
        listed = list_of(archive)
        sums = [file.sha256 for file in listed.files if file.path == EVENTS_FILE]
        return next((run for run in places if run.name == listed.run_id and _sum_of(run / EVENTS_FILE) in sums), None)
    except (ArchiveError, OSError):
        return None  # whoever reads it says so


def _sum_of(log: Path) -> str:
    with log.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
