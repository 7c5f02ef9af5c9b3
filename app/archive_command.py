"""`main.py archive` and `main.py unarchive`: a run into one file, and back.

Owns what is said. Must not pack or check anything itself (core/runlog/archive.py does).
"""

from __future__ import annotations

from pathlib import Path

from app import exits
from app.exits import Failure
from app.who_runs import runs_on
from core.analysis.runs.run_line import size_text
from core.runlog import archive as archives
from core.runlog.archive_file import ArchiveError
from core.runlog.run_directory import RunDirectory, RunDirectoryError


def archive(run_path: Path, file: Path | None) -> int:
    """Into `file`, or a .zip of the run's name beside it. The run stays. Raises Failure."""
    try:
        run = RunDirectory.open(run_path).path
        target = run.with_name(f"{run.name}{archives.SUFFIX}") if file is None else file
        if run in [path.resolve() for path in runs_on(run.parent)]:
            raise ArchiveError(f"{run} is on. End it first.")
        listed = archives.archive(run, target)
        packed = target.stat().st_size
    except (ArchiveError, RunDirectoryError) as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error
    print(
        f"{target}: {len(listed.files)} files, {size_text(listed.size_bytes)} in {size_text(packed)}, read again and "
        f"compared with {run} byte by byte. The run was left where it is."
    )
    return exits.FINE


def unarchive(file: Path, logs_dir: Path) -> int:
    """Out of `file` into the logs folder. Raises Failure."""
    try:
        run = archives.unarchive(file, logs_dir)
    except ArchiveError as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error
    print(run.path)
    return exits.FINE
