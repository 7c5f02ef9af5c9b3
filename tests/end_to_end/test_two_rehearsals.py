"""Two rehearsals of the same people under two limits, set beside each other in every way there is.

The rehearsals are `main.py rehearse`: engines of their own, bots on real sockets. Each writes into a folder of its own,
so that they can be held at the same time.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import exits
from app.compare_desk import CompareDesk
from app.tasks import Tasks
from core import events as ev
from core.runlog.follower import read_events
from main import main
from tests.analysis import plain_reading
from tests.end_to_end.stage import write_experiment
from tests.json_process import ROOT
from tests.waiting import wait_until
from widgets.compare_page import ComparePage

LIMITS_MS = (80, 200)
PEOPLE_BY_MS = 110  # the file's own limit: who is near by it is mostly near under 80 ms, too
SEED = 1
CROWD = ("--bots", "20", "--slow", "4", "--no-webrtc", "1", "--silent", "0", "--arrivals-per-min", "1200")
SHORT_PROBES = "probe: {pings: 5, warmup: 1, interval_ms: 20}\n"
WITHIN_S = 300.0
JITTER = 0.25  # of a pair's RTT: queues on the way are drawn anew in each probe; two people differ by more


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("rehearsals")
    experiment = write_experiment(folder, duration_s=1.0, max_p2p_rtt_ms=str(PEOPLE_BY_MS))
    experiment.write_text(experiment.read_text(encoding="utf-8") + SHORT_PROBES, encoding="utf-8")
    folders = [folder / f"limit_{limit_ms}" for limit_ms in LIMITS_MS]
    held = []
    for limit_ms, logs_dir in zip(LIMITS_MS, folders, strict=True):
        held.append(_rehearse(experiment, limit_ms, logs_dir))
        _wait_until_another_would_be_named_otherwise(logs_dir)
    for rehearsal in held:
        said, problems = rehearsal.communicate(timeout=WITHIN_S)
        assert rehearsal.returncode == exits.FINE, (said, problems)
    return [next(logs_dir.glob("run_*")) for logs_dir in folders]


def _rehearse(experiment: Path, limit_ms: int, logs_dir: Path) -> subprocess.Popen[str]:
    options = ("--threshold", str(limit_ms), "--seed", str(SEED), "--logs-dir", str(logs_dir))
    return subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "rehearse", str(experiment), *CROWD, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def _wait_until_another_would_be_named_otherwise(logs_dir: Path) -> None:
    """A run is named after the second it began in, and the exported tables know it by that name."""
    began = wait_until(lambda: [path.name for path in logs_dir.glob("run_*")])
    wait_until(lambda: time.strftime("run_%Y%m%d_%H%M%S") not in began)


def _measured_ms(log: list[ev.Event]) -> dict[frozenset[str], float]:
    """What each pair's probe found."""
    return {frozenset((e.subject_a, e.subject_b)): e.rtt_ms for e in log if isinstance(e, ev.ProbeCompleted)}


def test_the_same_seed_brings_the_same_people_under_both_limits(runs: list[Path]):
    logs = [read_events(run / "events.jsonl") for run in runs]
    arrivals = [[event for event in log if isinstance(event, ev.ParticipantJoined)] for log in logs]
    # Those who arrive within a moment may overtake each other.
    assert {one.subject_id for one in arrivals[0]} == {one.subject_id for one in arrivals[1]}
    measured = [_measured_ms(log) for log in logs]
    in_both = measured[0].keys() & measured[1].keys()
    assert len(in_both) >= 5
    for pair in in_both:
        assert measured[0][pair] == pytest.approx(measured[1][pair], rel=JITTER), pair
    started = [next(event for event in log if isinstance(event, ev.RunStarted)) for log in logs]
    assert [one.max_p2p_rtt_ms for one in started] == list(LIMITS_MS)
    assert started[0].by == started[1].by and "20 bots, 4 of them slow by 110 ms" in started[0].by


async def test_command_window_page_pandas_and_duckdb_say_the_same(runs, tmp_path, capsys, qtbot):
    paths = {kind: tmp_path / f"out.{kind}" for kind in ("html", "json", "csv")}
    options = [word for kind, path in paths.items() for word in (f"--{kind}", str(path))]
    assert main(["compare", *map(str, runs), *options]) == exits.FINE
    printed = capsys.readouterr().out
    plain = plain_reading.by_pandas(runs, tmp_path / "tables")
    plain_reading.assert_csv_finds(plain, paths["csv"], printed)
    plain_reading.assert_duckdb_finds(plain, runs, tmp_path / "set")

    page, problems = ComparePage(), list[str]()
    qtbot.addWidget(page)
    tasks = Tasks(lambda sentence, _details: problems.append(sentence))
    desk = CompareDesk(page, tasks, lambda _path, _subject_id: None)
    await desk.compare([str(run) for run in runs])
    plain_reading.assert_all_show_the_same(paths, page)
    await tasks.cancel_all()
    assert problems == []

    assert plain[0]["rejected_pct"] > plain[1]["rejected_pct"]  # under 200 ms only two slow ones, if they meet
    assert plain[0]["never_matched_pct"] > plain[1]["never_matched_pct"] > 0
    assert "SIMULATED: nobody took part" in paths["html"].read_text(encoding="utf-8")
