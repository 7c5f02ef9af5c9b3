"""`main.py demo` as a newcomer sees it: every panel alive within 20 s, and nothing left once the window is closed."""

from __future__ import annotations

import itertools
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.demo import ARRIVALS_PER_MIN, AT_ONCE
from core import events as ev
from core.projections.probes import ACCEPTED, FAILED, REJECTED
from core.projections.shown import ShownRun
from core.runlog.follower import Follower, read_events
from core.server import engine_file
from tests.json_process import ROOT
from tests.waiting import PATIENCE_S, wait_until

ALIVE_WITHIN_S = 20.0  # on a machine that has nothing else to do
BEGIN_SHARE = 6.0  # that many times as long as until the run begins, about 3 s there


@pytest.fixture
def demo(logs_dir: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path), "APPDATA": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "demo", "--logs-dir", str(logs_dir)],
        cwd=tmp_path,
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
    )
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()
    assert process.stderr is not None
    process.stderr.close()


def crowding() -> float:
    """How many programs want each processor of this machine, as an average of the last minute; at least 1."""
    return max(1.0, psutil.getloadavg()[0] / (os.cpu_count() or 1))


def empty_panels(run: ShownRun) -> list[str]:
    """Which panels of the session page would have nothing to show."""
    waiting = {run.pair_table.number_of.get(subject_id) for subject_id in run.waitroom.rows}
    pairs = zip(run.pair_table.first, run.pair_table.second, strict=True)
    filled = {
        "waitroom": len(run.waitroom.rows) >= 2,
        "probes accepted": run.probes.counts[ACCEPTED] > 0,
        "probes rejected or failed": run.probes.counts[REJECTED] + run.probes.counts[FAILED] > 0,
        "pairs": any(first in waiting and second in waiting for first, second in pairs),
        "a match": run.timeline.formed > 0,
        "a game": run.participants.counts()["playing"] > 0,
        "timeline": len(run.timeline.lanes) > 5,
        "activity": run.activity.total > 0,
        "a note": bool(run.notes.marks),
    }
    return [panel for panel, is_filled in filled.items() if not is_filled]


def test_every_panel_is_alive_within_20_s_and_closing_ends_engine_bots_and_run(
    demo: subprocess.Popen[bytes], logs_dir: Path
):
    started_at = psutil.Process(demo.pid).create_time()
    run, log = ShownRun(), logs_dir / "latest" / "events.jsonl"
    follower = Follower(log)

    def alive_at() -> float | None:
        """When the last panel had something to show, by the log (Unix seconds)."""
        for event in follower.poll():
            run.apply(event)
            if not empty_panels(run):
                return event.timestamp
        return None

    alive = wait_until(alive_at, within_s=300.0, saying=lambda: (empty_panels(run), demo.poll()))
    events = read_events(log)
    slow_to_begin = BEGIN_SHARE * (events[0].timestamp - started_at)  # that average is late
    assert alive - started_at <= max(ALIVE_WITHIN_S * crowding(), slow_to_begin)
    joined_s = [event.elapsed_s for event in events if isinstance(event, ev.ParticipantJoined)]
    gaps_s = [later - earlier for earlier, later in itertools.pairwise(joined_s[:AT_ONCE])]
    assert statistics.median(gaps_s) < 60 / ARRIVALS_PER_MIN / 3  # not one after the other
    assert run.run.experiment == "demo" and all(person.simulated for person in run.participants.people.values())

    family = psutil.Process(demo.pid).children(recursive=True)
    assert sum("bots" in child.cmdline() for child in family) == 1
    engine = wait_until(lambda: engine_file.find_running(logs_dir))
    assert engine.host == "127.0.0.1"  # nobody else on the network is invited
    if sys.platform == "win32":
        pytest.skip("Windows cannot ask one process to close")
    demo.send_signal(signal.SIGINT)  # as closing the window does, which asks nothing here
    assert demo.wait(timeout=PATIENCE_S) == 0
    assert isinstance(read_events(log)[-1], ev.RunEnded)
    assert engine_file.read(logs_dir) is None and not psutil.pid_exists(engine.pid)
    psutil.wait_procs(family, timeout=PATIENCE_S)
    assert not [child for child in family if child.is_running()]
