"""`main.py runs` and `main.py summary`: what is known of runs, as text.

Owns the layout of the list. Must not count anything itself (core/analysis does).
"""

from __future__ import annotations

import time
from pathlib import Path

from app import exits
from app.exits import Failure
from core.analysis.summary import as_text, summarise
from core.experiment.loader import load_experiment
from core.projections import words
from core.runlog.files import LogReadError
from core.runlog.follower import Follower
from core.runlog.run_directory import RunDirectory, RunDirectoryError, RunSummary, list_runs

BUNDLED = "quick_start"


def default_logs_dir() -> Path:
    """Where runs are kept when nothing else is said."""
    return Path(load_experiment(BUNDLED).experiment.logging.logs_dir)


def print_runs(logs_dir: Path | None) -> int:
    """The list, newest first. Raises Failure."""
    folder = default_logs_dir() if logs_dir is None else logs_dir
    try:
        runs = list_runs(folder)
    except RunDirectoryError as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error
    if not runs:
        print(f"No runs in {folder.resolve()}.")
    width = max((len(run.run_id) for run in runs), default=0)
    for run in runs:
        print(_line_of(run, width))
    return exits.FINE


def _line_of(run: RunSummary, width: int) -> str:
    """Participants' text never gets here, but an experiment's name might hold anything."""
    started = "" if run.started_at is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(run.started_at))
    parts = ("simulated" if run.simulated else "", run.status, words.RUN_ENDS.get(run.reason, run.reason))
    how = run.problem or " ".join(part for part in parts if part)
    return f"{run.run_id:<{width}}  {started:<16}  {words.plain(run.experiment):<20}  {words.plain(how)}".rstrip()


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
