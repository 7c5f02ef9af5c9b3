"""The machine before the doors open: the experiment's files, logs folder, disk, links, clock.

Owns these looks and their sentences. Must not leave anything behind, nor make the logs folder, nor run staff's code.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import datetime
from pathlib import Path

from core.experiment.checks import matchmaker_file
from core.experiment.loader import LoadedExperiment
from core.experiment.problems import ExperimentError
from core.runlog.run_directory import RunDirectoryError, list_runs
from core.server.page_texts import render_texts
from core.server.preflight_shapes import Finding

LEAST_FREE_MB = 100
USUAL_FREE_MB = 500
CLOCK_WATCHED_S = 0.4
CLOCK_OFF_S = 0.05
SLACK_S = 3600.0  # a file's time may be a time zone's mistake of whoever packed it


def files(loaded: LoadedExperiment) -> Finding:
    """Can everything be read that the experiment names?"""
    try:
        render_texts(loaded)
    except ExperimentError as error:
        return Finding("stop", str(error), "Mend the page and check again.")
    matching = loaded.experiment.matching
    if matching.matchmaker != "custom":
        return Finding("fine", "All pages can be shown.")
    file = matchmaker_file(matching.matchmaker_file, loaded.directory)
    if isinstance(file, str):
        return Finding("stop", f"matching.matchmaker_file: {file}", "Mend the experiment file.")
    try:
        compile(file.read_bytes(), str(file), "exec")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f"{file.name}, line {line}" if line else file.name
        return Finding(
            "stop", f"{where}: {getattr(error, 'msg', None) or error}.", "Mend the matchmaker and check again."
        )
    return Finding(
        "fine", f"All pages can be shown, and {file.name} is valid Python; it is run when the engine starts."
    )


def logs_folder(logs_dir: Path) -> Finding:
    """Can runs be written there?"""
    folder = _existing(logs_dir)
    in_the_way = next(one for one in _upwards(logs_dir) if one.exists())
    if in_the_way != folder:
        return Finding("stop", f"{in_the_way} is a file, no folder.", "Choose another logs folder.")
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".greenroom-check-") as trial:
            trial.write(b"x" * 4096)
            trial.flush()
    except OSError as error:
        sentence = f"Nothing can be written into {folder} ({error.strerror or error})."
        return Finding("stop", sentence, "Let this user write there, free some space, or choose another logs folder.")
    will_be = "" if folder == logs_dir.absolute() else " (it is made at the first run)"
    return Finding("fine", f"Runs are kept in {logs_dir.absolute()}{will_be}.")


def disk(logs_dir: Path, alert_below_mb: int | None) -> Finding:
    """Is there room for a run?"""
    free_mb = shutil.disk_usage(_existing(logs_dir)).free / 1e6
    left = f"{free_mb / 1000:,.0f} GB" if free_mb >= 10_000 else f"{free_mb:,.0f} MB"
    if free_mb < LEAST_FREE_MB:
        return Finding("stop", f"Only {left} are free for the logs.", "Free some space, or choose another logs folder.")
    if free_mb < max(USUAL_FREE_MB, alert_below_mb or 0):
        return Finding("beware", f"Only {left} are free for the logs.", "Free some space before a long session.")
    return Finding("fine", f"{left} are free for the logs; a participant takes a few kilobytes.")


def links(logs_dir: Path) -> Finding:
    """Will `latest` be a link or a text file?"""
    try:
        with tempfile.TemporaryDirectory(dir=_existing(logs_dir), prefix=".greenroom-check-") as folder:
            (Path(folder) / "link").symlink_to("target", target_is_directory=True)
    except (OSError, NotImplementedError):
        sentence = (
            "Links cannot be made in the logs folder: latest.txt will name the newest run instead of the link latest."
        )
        return Finding("fine", sentence, "Nothing is lost by it; scripts that follow latest read latest.txt.")
    return Finding("fine", "The link latest will point at the newest run.")


def clock(logs_dir: Path) -> Finding:
    """Does this computer's clock run evenly, and is it later than what it has seen already?"""
    ahead_s = _ahead_of_steady_s()
    time.sleep(CLOCK_WATCHED_S)
    moved_s = _ahead_of_steady_s() - ahead_s
    advice = "Let the system set its clock by the network (NTP), and check again."
    if abs(moved_s) > CLOCK_OFF_S:
        sentence = f"The clock was moved by {moved_s:+.2f} s while it was looked at: times in the log would jump."
        return Finding("beware", f"{sentence} Measured round trips are not affected.", advice)
    now_s = time.time()
    if now_s + SLACK_S < Path(__file__).stat().st_mtime:
        return Finding("beware", f"The clock says {_said(now_s)}, which is before this program was made.", advice)
    newest = _newest_start(logs_dir)
    if newest is not None and newest > now_s + 1:
        sentence = f"The clock says {_said(now_s)}, but the newest run was started at {_said(newest)}."
        return Finding("beware", sentence, advice)
    return Finding("fine", f"It is {_said(now_s)}, and the clock runs evenly.")


def _ahead_of_steady_s() -> float:
    """By how much the clock is ahead of the one that nobody sets: of three looks the quickest, as another program may
    run between reading the one and the other.
    """
    looks = []
    for _ in range(3):
        steady_s = time.monotonic()
        wall_s = time.time()
        looks.append((time.monotonic() - steady_s, wall_s - steady_s))
    return min(looks)[1]


def _newest_start(logs_dir: Path) -> float | None:
    try:
        return max((run.started_at for run in list_runs(logs_dir) if run.started_at is not None), default=None)
    except RunDirectoryError:
        return None


def _said(unix_s: float) -> str:
    moment = datetime.fromtimestamp(unix_s).astimezone()
    return f"{moment:%d %b %Y %H:%M} (UTC{moment:%z})"


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next((one for one in _upwards(folder) if one.is_dir()), folder)


def _upwards(folder: Path) -> list[Path]:
    """The folder, and all those that it lies in."""
    return [folder.absolute(), *folder.absolute().parents]
