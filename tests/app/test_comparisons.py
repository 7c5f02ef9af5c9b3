"""Ctrl-C while runs are read in processes of their own: it ends them, and none of them says anything."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import threading
from multiprocessing.process import BaseProcess

import pytest

from app import comparisons
from tests.analysis.comparable import story, write_run
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither signal")
IS_BLOCKED = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"


def test_ctrl_c_ends_those_who_read(tmp_path, monkeypatch):
    runs = [write_run(tmp_path / f"run_{number}", story()) for number in range(2)]
    reading: list[BaseProcess] = []
    before, managing = set(threading.enumerate()), list[threading.Thread]()

    def interrupted(*_given: object) -> None:
        reading.extend(multiprocessing.active_children())
        managing.extend(thread for thread in threading.enumerate() if thread.is_alive() and thread not in before)
        raise KeyboardInterrupt

    monkeypatch.setattr(comparisons, "PROCESSES_FROM_BYTES", 0)
    monkeypatch.setattr(comparisons.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(comparisons, "_wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        comparisons.load_all(runs)
    for thread in managing:  # the pool's own, which joins its processes; a second who did would take their exit codes
        thread.join(PATIENCE_S)
    assert {process.exitcode for process in reading} == {-signal.SIGTERM}


def test_whoever_is_started_to_read_does_not_hear_it_and_it_is_not_lost():
    heard = []
    with pytest.raises(KeyboardInterrupt), comparisons._deaf_to_ctrl_c():
        heard.append(subprocess.check_output([sys.executable, "-S", "-c", IS_BLOCKED], text=True))
        signal.raise_signal(signal.SIGINT)
        heard.append("not yet")
    assert heard == ["True\n", "not yet"]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
