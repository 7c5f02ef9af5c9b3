"""`main.py summary`: what is known of a run, as text; and where runs are kept when nothing else is said.

Must not count anything itself (core/analysis does).
"""

from __future__ import annotations

from pathlib import Path

from app import exits
from app.exits import Failure
from core.analysis.summary import as_text, summarise
from core.experiment.loader import load_experiment
from core.runlog.files import LogReadError
from core.runlog.follower import Follower
from core.runlog.run_directory import RunDirectory, RunDirectoryError

BUNDLED = "quick_start"


def default_logs_dir() -> Path:
    """Where runs are kept when nothing else is said."""
    return Path(load_experiment(BUNDLED).experiment.logging.logs_dir)


def print_summary(run_path: Path) -> int:
    """One run's figures. Raises Failure."""
    try:
        run = RunDirectory.open(run_path)
        follower = Follower(run.events_path)
        figures = summarise(follower.poll())
    except (RunDirectoryError, LogReadError) as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error
    print(as_text(figures, bad_lines=follower.bad_line_count))
    return exits.FINE
