"""Two demonstrations at a time: each has a run and an engine of its own, and none touches a run that is on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app import exits
from app.demo import FOLDER
from core.server import engine_file
from core.server.engine_file import EngineFile
from tests.end_to_end.stage import end_engine_of, events_in
from tests.json_process import ROOT
from tests.waiting import PATIENCE_S, wait_until

OTHER_FOLDER = FOLDER.with_name("demo_2")
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `main.py demo` in an empty folder, with settings of its own."""
    environment = {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path), "APPDATA": str(tmp_path)}
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(ROOT / "main.py"), "demo", *arguments]
        errors = subprocess.PIPE
        started.append(
            subprocess.Popen(command, cwd=tmp_path, env={**os.environ, **environment}, stderr=errors, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
    for folder in (FOLDER, OTHER_FOLDER):
        end_engine_of(tmp_path / folder)


def somebody_came(logs_dir: Path) -> EngineFile | None:
    """The engine of a demonstration whose crowd has begun to arrive."""
    if not (logs_dir / "latest" / "events.jsonl").exists():
        return None
    return engine_file.read(logs_dir) if events_in(logs_dir / "latest", "participant_joined") else None


def close(demo: subprocess.Popen[str]) -> str:
    """As closing its window does, which asks nothing here; what it said on stderr."""
    demo.send_signal(signal.SIGINT)
    _, said = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == exits.FINE, said
    return said


def test_a_second_one_has_a_folder_of_its_own_and_leaves_the_first_alone(start: Start, tmp_path: Path):
    folder, other_folder = tmp_path / FOLDER, tmp_path / OTHER_FOLDER
    demo = start()
    engine = wait_until(lambda: somebody_came(folder), saying=demo.poll)
    other = start()
    other_engine = wait_until(lambda: somebody_came(other_folder), saying=other.poll)
    assert (engine.pid, engine.port) != (other_engine.pid, other_engine.port)
    if sys.platform == "win32":
        pytest.skip("Windows cannot ask one process to close")

    assert f"this one is kept in {OTHER_FOLDER}" in close(other)
    assert events_in(other_folder / "latest", "run_ended")
    wait_until(lambda: not psutil.pid_exists(other_engine.pid))
    assert wait_until(lambda: engine_file.find_running(folder)) == engine
    assert events_in(folder / "latest", "run_ending", "run_ended") == []
    assert len(events_in(folder / "latest", "note_added")) == 1

    close(demo)
    assert events_in(folder / "latest", "run_ended")
    wait_until(lambda: not psutil.pid_exists(engine.pid))
    assert engine_file.read(folder) is None


def test_a_run_that_is_on_in_the_folder_asked_for_is_left_alone(start: Start, tmp_path: Path):
    folder = tmp_path / FOLDER
    demo = start()
    engine = wait_until(lambda: somebody_came(folder), saying=demo.poll)
    other = start("--logs-dir", str(folder))
    _, said = other.communicate(timeout=PATIENCE_S)
    assert other.returncode == exits.ENGINE_RUNNING
    assert "An engine already runs on the logs folder" in said
    assert wait_until(lambda: engine_file.find_running(folder)) == engine
