"""What the start page shows: the experiment that Start would run, and the runs there were.

Owns turning experiments and run directories into the page's words. Must not start anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app import preflight
from app.exits import Failure
from core.experiment.experiment import Experiment, PageScene
from core.experiment.loader import RESOURCES, LoadedExperiment
from core.projections import words
from core.runlog.run_directory import RunDirectoryError, RunSummary, list_runs
from widgets.start_page import PreviousRun

SHOWN = 8  # the runs page lists all


@dataclass(frozen=True)
class Choice:
    """An experiment as it was named, and what could be read of it: `loaded`, or a `problem`."""

    name: str
    loaded: LoadedExperiment | None
    problem: str = ""

    @property
    def title(self) -> str:
        """What to call it."""
        if self.loaded is None:
            return Path(self.name).name
        return self.loaded.experiment.title or self.loaded.experiment.name

    @property
    def about(self) -> str:
        """One line on it."""
        return "" if self.loaded is None else _about(self.loaded.experiment)


def choose(name: str) -> Choice:
    """Read an experiment; what is wrong with it is kept, not raised."""
    try:
        loaded = preflight.load(name)
    except Failure as failure:
        return Choice(name, None, str(failure))
    return Choice(name, loaded)


def _about(experiment: Experiment) -> str:
    limit = experiment.matching.max_p2p_rtt_ms
    rtt = "no RTT limit" if limit is None else f"RTT limit {limit} ms"
    return f"{experiment.name} · groups of {experiment.matching.group_size} · {rtt}"


def files_of(loaded: LoadedExperiment) -> list[Path]:
    """Everything that an engine reads once, when it starts."""
    experiment = loaded.experiment
    pages = [scene.file for scene in experiment.scenes if isinstance(scene, PageScene)]
    named = [name for name in (*pages, experiment.completion.file) if name]
    return [loaded.path, RESOURCES / "config.yaml", *(loaded.directory / name for name in named)]


def previous_runs(logs_dir: Path, running: str | None) -> list[PreviousRun]:
    """The newest few; `running` is the id of the run that is on. A folder that cannot be read is a line saying so."""
    try:
        return [_previous_run(run, running) for run in list_runs(logs_dir, newest=SHOWN)]
    except RunDirectoryError as error:
        return [PreviousRun(str(logs_dir), logs_dir.name, problem=str(error))]


def _previous_run(run: RunSummary, running: str | None) -> PreviousRun:
    if run.status == "running":
        status = "is on" if run.run_id == running else "broke off: the engine stopped before its end"
    else:
        status = ": ".join(part for part in (run.status, words.RUN_ENDS.get(run.reason, run.reason)) if part)
    return PreviousRun(str(run.path), run.run_id, run.experiment, run.started_at, status, run.problem)
