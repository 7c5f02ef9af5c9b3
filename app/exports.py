"""`main.py export`: runs as a folder of tables, with how far it is on a terminal.

Owns what is said meanwhile and afterwards. Must not make tables (core/analysis/exporting/export.py does).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from app import exits
from app.exits import Failure
from app.runs_meant import runs_meant
from core.analysis.exporting.export import Exported, Wanted, export_runs
from core.analysis.exporting.export_folder import ExportError
from core.projections import words
from core.runlog.archive_file import ArchiveError
from core.runlog.files import LogReadError
from core.runlog.run_directory import RunDirectoryError

_EVERY_S = 0.1


def run(paths: Sequence[Path], to: Path, wanted: Wanted) -> int:
    """Export; Ctrl-C leaves nothing behind. Raises Failure."""
    line = _ProgressLine()
    try:
        exported = export_runs(runs_meant(paths), to, wanted, line.show)
    except (ExportError, RunDirectoryError, LogReadError, ArchiveError) as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error
    finally:
        line.clear()
    for run_id, problems in exported.problems.items():
        for problem in problems:
            exits.warn(f"{words.plain(run_id)}: {problem}")
    print(as_text(exported, wanted))
    return exits.FINE


def as_text(exported: Exported, wanted: Wanted) -> str:
    """What lies where, and which name each run has in it."""
    lines = [f"Exported to {exported.folder}:"]
    width = max(len(table) for table in exported.rows)
    lines += [f"  {table:<{width}}  {rows:>9,} rows" for table, rows in exported.rows.items()]
    if wanted.redacted:
        lines.append("Redacted. Which run is which, here only:")
        lines += [f"  {name}  {path}" for path, name in exported.names.items()]
    if exported.renamed:
        lines.append("Called otherwise, since another run here has the same id:")
        lines += [f"  {exported.names[path]}  {path}" for path in exported.renamed]
    return "\n".join(lines)


class _ProgressLine:
    """One line on a terminal's stderr that is written anew; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._shown = False
        self._next_s = 0.0

    def show(self, share: float, run: str) -> None:
        if not sys.stderr.isatty() or time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + _EVERY_S
        self._shown = True
        print(f"\r\x1b[K{share:4.0%}  {words.plain(run)}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
