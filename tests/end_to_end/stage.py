"""What the tests of the whole way through share: a short experiment, a console to be asked, a log to be read.

Owns starting these and ending whatever engine they leave behind. Must not hold expectations.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import psutil

from core.server import engine_file
from tests.json_process import ROOT, JsonProcess
from tests.waiting import PATIENCE_S, wait_until

Value = TypeVar("Value")

BUSY_LIMIT_MS = "5000"  # two pages and their browser on a busy machine are no near network
# What a page has time for on a machine whose processors others want.
PATIENT = "timeouts: {prepare_s: 60, connect_s: 60, measure_s: 60, heard_within_s: 60, answer_within_s: 60}\n"
EXPERIMENT = """
name: short
title: A short one
scenes:
  - {id: hello, kind: page, title: Hello, text: Press the button.}
  - {id: meet, kind: game, title: Meet, duration_s: %s}
matching: {max_p2p_rtt_ms: %s}
%s"""


def write_experiment(folder: Path, *, duration_s: float = 6.0, max_p2p_rtt_ms: str = "150") -> Path:
    """A page and a short game for two."""
    path = folder / "short.yaml"
    path.write_text(EXPERIMENT % (duration_s, max_p2p_rtt_ms, PATIENT), encoding="utf-8")
    return path


class ConsoleProcess(JsonProcess):
    """A console with settings of its own in `folder`."""

    def __init__(self, folder: Path, *arguments: str, prefix: Sequence[str] = ()) -> None:
        super().__init__(
            "tests.end_to_end.console_process",
            [str(folder / "settings.ini"), *arguments],
            prefix=prefix,
            environment={"QT_QPA_PLATFORM": "offscreen"},
        )

    def window(self) -> dict[str, Any]:
        """What the window shows."""
        shown: dict[str, Any] = self.ask("window")
        return shown

    def wait_for(self, seen: Callable[[dict[str, Any]], Value], within_s: float = PATIENCE_S) -> Value:
        """Until `seen` finds what it looks for in the window."""
        return wait_until(
            lambda: seen(self.window()), within_s=within_s, saying=lambda: (self.window(), self.stderr_lines)
        )

    def wait_for_run(self) -> dict[str, Any]:
        """Until a run with open doors is shown."""
        return self.wait_for(lambda shown: shown["run"] and shown["run"]["state"] == "Doors open" and shown["run"])


def serve(*arguments: str, prefix: Sequence[str] = ()) -> subprocess.Popen[str]:
    """`main.py serve …`."""
    return subprocess.Popen(
        [*prefix, sys.executable, str(ROOT / "main.py"), "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def events_in(run_dir: Path, *types: str) -> list[dict[str, Any]]:
    """The events of these types, all if none is named; a torn last line is left out."""
    text = (run_dir / "events.jsonl").read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    events = [json.loads(line) for line in whole.splitlines()]
    return [event for event in events if not types or event["event_type"] in types]


def end_engine_of(logs_dir: Path) -> None:
    """The engine that engine.json names, if it still runs: no test leaves one behind."""
    file = engine_file.read(logs_dir)
    if file is None:
        return
    try:
        process = psutil.Process(file.pid)
        if "serve" in process.cmdline():
            process.kill()
            process.wait(timeout=PATIENCE_S)
    except psutil.NoSuchProcess:
        return
