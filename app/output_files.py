"""Files that a command writes where it was told to.

Owns finding out before the work that a file could not be written, writing it, and what is said of it. Must not know
what is in it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from app import exits
from app.exits import Failure
from core.runlog.files import cause_of, kind_at, replace_file


def check(files: Mapping[str, Path | None]) -> None:
    """Before anything is computed: `files` by option. Raises Failure for one that could not be written."""
    given = {option: file for option, file in files.items() if file is not None}
    taken: dict[Path, str] = {}
    for option, file in given.items():
        place = Path(os.path.realpath(file))
        if place in taken:
            raise Failure(exits.COMMAND_LINE, f"{taken[place]} and {option} name the same file, {file}. Give two.")
        taken[place] = option
        _check(file)


def write(file: Path, content: bytes) -> None:
    """All of it or nothing, and say so. What is no plain file, such as /dev/stdout, is written into. Raises Failure."""
    try:
        if file.is_symlink() or kind_at(file) == "other":
            file.write_bytes(content)
        else:
            replace_file(file, content)
    except OSError as error:
        raise _cannot(file, cause_of(error)) from error
    exits.say(f"wrote {file}")


def _check(file: Path) -> None:
    folder, kind = file.parent, kind_at(file)
    if kind == "folder":
        raise Failure(exits.LOGS_FOLDER, f"{file} is a folder. Give the name of a file to write.")
    if kind_at(folder) != "folder":
        what = "is no folder" if os.path.lexists(folder) else "does not exist"
        raise Failure(exits.LOGS_FOLDER, f"Could not write {file}: {folder} {what}. Make it, or give another one.")
    if not os.access(file if kind == "other" else folder, os.W_OK):
        raise _cannot(file, "permission denied")


def _cannot(file: Path, cause: str) -> Failure:
    return Failure(exits.LOGS_FOLDER, f"Could not write {file}: {cause}. Give a file in a folder you may write.")
