"""What the lab writes about a run afterwards: tags and a note, in `notes.json` beside its log.

Owns that file and what may stand in it. Must never touch the log or `run.json`: they say what happened, this says what
people think of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from core.runlog import files

NOTES_FILE: Final = "notes.json"
TAG_LIMIT: Final = 40
TAGS_LIMIT: Final = 20
NOTE_LIMIT: Final = 10_000
_FILE_LIMIT_BYTES: Final = 1_000_000


class RunNotesError(OSError):
    """Tags and note cannot be read or kept. The message names the file, the cause and what to do."""


class RunNotes(msgspec.Struct, frozen=True):
    """`tags` in the order they were given, `note` as it was typed."""

    tags: list[str] = []
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.tags or self.note)


def tidy_tags(tags: Iterable[str]) -> list[str]:
    """Each once (whatever its capitals), on one line, without what would end it; at most TAGS_LIMIT of them."""
    found: dict[str, str] = {}
    for tag in tags:
        tidy = " ".join(tag.replace(",", " ").split())[:TAG_LIMIT].rstrip()
        if tidy:
            found.setdefault(tidy.casefold(), tidy)
    return list(found.values())[:TAGS_LIMIT]


def read_notes(run_dir: str | os.PathLike[str]) -> RunNotes:
    """What is kept of this run; nothing if nothing was. Raises RunNotesError for a file that is none of ours."""
    path = Path(run_dir) / NOTES_FILE
    try:
        with path.open("rb") as file:
            content = file.read(_FILE_LIMIT_BYTES + 1)
        if len(content) > _FILE_LIMIT_BYTES:
            raise ValueError(f"it is larger than {_FILE_LIMIT_BYTES} bytes")
        notes = msgspec.json.decode(content, type=RunNotes)
    except FileNotFoundError:
        return RunNotes()
    except OSError as error:
        raise RunNotesError(f"Could not read {path}: {error.strerror or error}. Check that it may be read.") from error
    except (ValueError, RecursionError) as error:
        raise RunNotesError(
            f"{path} does not hold tags and a note: {str(error)[:200]}. Mend it, or move it elsewhere."
        ) from error
    return RunNotes(tidy_tags(notes.tags), notes.note[:NOTE_LIMIT])


def write_notes(run_dir: str | os.PathLike[str], tags: Iterable[str], note: str) -> RunNotes:
    """Keep these instead of what was kept, atomically; without any the file goes. Returns them as they are kept.

    A file that cannot be read is left as it is. Raises RunNotesError.
    """
    read_notes(run_dir)
    path = Path(run_dir) / NOTES_FILE
    notes = RunNotes(tidy_tags(tags), note.strip()[:NOTE_LIMIT])
    try:
        if notes:
            files.replace_file(path, msgspec.json.format(msgspec.json.encode(notes)) + b"\n")
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise RunNotesError(
            f"Could not keep tags and note in {path}: {files.cause_of(error)}. {_remedy(error)}"
        ) from error
    return notes


def _remedy(error: OSError) -> str:
    return (
        "Copy the run to a folder that you may write to." if isinstance(error, PermissionError) else "Nothing was lost."
    )
