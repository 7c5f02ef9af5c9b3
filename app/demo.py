"""`main.py demo`: the console on a session of its own, with a crowd of bots.

Owns who comes, where the run is kept, and what is said of it. Must not do anything a console cannot: the demonstration
is an ordinary run that ends with its window. Must not send its crowd into a run that is on already, nor end one: that
may be a study.
"""

from __future__ import annotations

import itertools
from pathlib import Path

from app import console, exits, preflight
from app.options import Options
from app.version import program_version
from core.server import engine_file
from widgets.stand_ins import Bots

EXPERIMENT = "demo"
FOLDER = Path("logs") / "demo"
ARRIVALS_PER_MIN = 48
AT_ONCE = 8
# Among the first people this seed draws are one too slow for anybody, a hidden tab, one without WebRTC, and soon after
# them one who falls silent in probes and lines that break.
SEED = 21832


def crowd(minutes: float, seed: int = SEED) -> Bots:
    """Who comes in so many minutes: mostly near enough to each other, and some of every trouble there is."""
    return Bots(
        AT_ONCE + round(ARRIVALS_PER_MIN * minutes),
        low_ms=30,
        high_ms=200,
        no_webrtc=0.04,
        drops=0.1,
        hidden=0.04,
        silent=0.02,
        arrivals_per_min=ARRIVALS_PER_MIN,
        at_once=AT_ONCE,
        seed=seed,
    )


def run(options: Options, minutes: float) -> int:
    """Open it, and stay until its window is closed; returns the exit code. Raises Failure."""
    return console.run(options_for(options, minutes))


def options_for(options: Options, minutes: float) -> Options:
    """What a console is told for it. Raises Failure if an engine runs on the folder that was asked for."""
    return Options(
        experiment=EXPERIMENT,
        logs_dir=_folder_for(options.logs_dir),
        port=0 if options.port is None else options.port,
        start=True,
        screenshot=options.screenshot,
        after_s=options.after_s,
        crowd=crowd(minutes),
    )


def _folder_for(asked: Path | None) -> Path:
    """Where no engine runs: the folder that was asked for, or the first of ours, which is said if it is not the usual.

    Raises Failure.
    """
    if asked is not None:
        preflight.check_no_other_engine(asked, program_version())
        return asked
    folders = itertools.chain([FOLDER], (FOLDER.with_name(f"{FOLDER.name}_{number}") for number in itertools.count(2)))
    free = next(folder for folder in folders if engine_file.find_running(folder) is None)
    if free != FOLDER:
        exits.say(
            f"A demonstration is on in {FOLDER} already; this one is kept in {free}. If the other's window is gone, "
            f"'python main.py --logs-dir {FOLDER}' shows it again, to be ended."
        )
    return free
