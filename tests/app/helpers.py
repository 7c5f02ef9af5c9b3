"""Running main.py as a user does, and engines for tests of the app.

Must not hold expectations.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.json_process import ROOT
from tests.waiting import PATIENCE_S

OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}


def environment(folder: Path, changes: Mapping[str, str | None]) -> dict[str, str]:
    """This one's, with user settings in `folder`; None takes a variable away."""
    changed = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"), **changes}
    return {name: value for name, value in changed.items() if value is not None}


def run_main(
    folder: Path, *arguments: object, prefix: Sequence[str] = (), changes: Mapping[str, str | None] = OFFSCREEN
) -> subprocess.CompletedProcess[str]:
    """`main.py …`, to its end."""
    return subprocess.run(
        [*prefix, sys.executable, str(ROOT / "main.py"), *map(str, arguments)],
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        cwd=folder,
        env=environment(folder, changes),
    )


def run_python(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """A piece of Python in a process of its own, beside main.py."""
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        cwd=ROOT,
        env=environment(folder, OFFSCREEN),
    )


SERVE_AS = """
import sys
from pathlib import Path
from core.experiment.loader import load_experiment
from core.server.serve import serve
serve(load_experiment("quick_start"), Path(sys.argv[1]), host="127.0.0.1", port=0, start=False, duration_s=None,
      program_version=sys.argv[2], given_as="quick_start")
"""


def start_engine_of_version(logs_dir: Path, version: str) -> subprocess.Popen[str]:
    """A real engine that says it is of this version; it listens once it has written a line."""
    engine = subprocess.Popen(
        [sys.executable, "-c", SERVE_AS, str(logs_dir), version], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert engine.stdout is not None
    assert engine.stdout.readline().startswith("Participants join")
    return engine
