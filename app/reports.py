"""`main.py summary`: what is known of a run, as text; and where runs are kept when nothing else is said.

Must not count anything itself (core/analysis does).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app import exits
from app.exits import Failure
from core.analysis.summary import as_text, summarise
from core.analysis.tables.run_source import source_of
from core.experiment.loader import load_experiment
from core.runlog.archive_file import ArchiveError
from core.runlog.files import LogReadError
from core.runlog.log_lines import LogLines
from core.runlog.run_directory import RunDirectoryError

BUNDLED = "quick_start"


def default_logs_dir() -> Path:
    """Where runs are kept when nothing else is said."""
    return Path(load_experiment(BUNDLED).experiment.logging.logs_dir)


def print_summary(run_path: Path) -> int:
    """One run's figures; what is wrong with its log is said beside them. Raises Failure."""
    try:
        source = source_of(run_path)
        lines = LogLines(source.blocks())
        figures = summarise(lines.events())
    except (RunDirectoryError, LogReadError, ArchiveError) as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error
    for problem in lines.problems():
        exits.warn(problem)
    figures = replace(figures, run_id=figures.run_id or source.name)
    print(as_text(figures, bad_lines=lines.bad_line_count))
    return exits.FINE
