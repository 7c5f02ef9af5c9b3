"""Opening a recorded run and going to any moment of it: `python -m tests.benchmarks.bench_replay [FOLDER]`.

Opening is reading all and folding what the window's panels show at first; the rest (pairs, lanes by match, everybody's
story) is folded after that, and stands beside it. What both cost is compared with decoding the same lines one by one
and doing nothing with them, as the program does it, typed; what Python's own `json` takes for them stands beside that.
In processor time of the thread, so that other programs count for less. Memory is what a process of its own gains.

Owns the logs it makes: a session of about 100,000 events from the simulator, and ten such sessions one after another,
which makes about 1,000,000. Must not count what it costs to make them.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.runlog.lines import decode_event, encode_event
from tests.benchmarks.table import Row, show

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = 6_000
SESSIONS = 10
MOMENTS = 60


def make_logs(folder: Path) -> tuple[Path, Path]:
    """The run directories of the shorter and the longer one."""
    command = [sys.executable, "main.py", "simulate", "quick_start", "--participants", str(PEOPLE), "--seed", "5"]
    subprocess.run([*command, "--logs-dir", str(folder)], check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=-1)
    short = (folder / "latest").resolve()
    long = folder / "run_20260101_000000"
    long.mkdir()
    lines = (short / "events.jsonl").read_bytes().splitlines()
    lasted_s = decode_event(lines[-1]).elapsed_s
    with (long / "events.jsonl").open("wb") as log:
        for session in range(SESSIONS):
            first, last = (0 if session == 0 else 1), (len(lines) if session == SESSIONS - 1 else -2)
            for line in lines[first:last]:
                event = decode_event(line.replace(b'"P', b'"%dP' % session))
                event.elapsed_s += session * lasted_s
                event.timestamp += session * lasted_s
                log.write(encode_event(event))
    return short, long


def decoding_s(log: Path, decode: Callable[[bytes], object]) -> tuple[int, float]:
    """How many lines, and what decoding all of them takes."""
    start_s, count = time.thread_time(), 0
    with log.open("rb") as file:
        for line in file:
            decode(line)
            count += 1
    return count, time.thread_time() - start_s


def measure(run_dir: Path) -> dict[str, Any]:
    """In this process, which must do nothing else."""
    from app.run_view import RunView
    from core.runlog.run_directory import RunDirectory

    log = run_dir / "events.jsonl"
    count, decoded_s = decoding_s(log, decode_event)
    _, json_s = decoding_s(log, json.loads)
    before = _resident_bytes()
    view = RunView(RunDirectory.open(run_dir), goes_on=False)
    start_s = time.thread_time()
    while view.poll():
        pass
    opened_s = time.thread_time() - start_s
    opened_bytes = _resident_bytes() - before
    start_s = time.thread_time()
    while view.catch_up():
        pass
    caught_up_s = time.thread_time() - start_s
    caught_up_bytes = _resident_bytes() - before
    rng, took_ms = random.Random(3), []
    for _ in range(MOMENTS):
        moment_s = rng.uniform(0, view.replay.end_s)
        start_s = time.thread_time()
        view.see(moment_s)
        took_ms.append((time.thread_time() - start_s) * 1000)
    return {
        "events": count, "decoded_s": decoded_s, "json_s": json_s, "opened_s": opened_s, "caught_up_s": caught_up_s,
        "log_bytes": log.stat().st_size, "opened_bytes": opened_bytes, "caught_up_bytes": caught_up_bytes,
        "bytes": _resident_bytes() - before, "moments_ms": sorted(took_ms),
        "problems": view.wrong().sentence,
    }  # fmt: skip


def first_picture(run_dir: Path) -> float:
    """Seconds from the wish to open a run to a window that has drawn some of it. A window is there already, and has
    imported what the console imports after its first paint (`app/console.py`), before any run can be asked for.
    """
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from app.desk import Desk
    from widgets.main_window import MainWindow
    from widgets.plots import matrix_plot, probe_plot, timeline_plot  # noqa: F401

    application = QApplication.instance() or QApplication(sys.argv[:1])
    settings = QSettings(str(Path(tempfile.mkdtemp()) / "bench.ini"), QSettings.Format.IniFormat)
    window = MainWindow(application, settings)
    window.resize(1920, 1080)
    window.show()
    for _ in range(100):
        application.processEvents()
    desk = Desk(window)
    start_s = time.perf_counter()
    desk.show_recorded(run_dir)
    plots = [window.panels[name] for name in ("probes", "timeline")]
    while not (all(panel.plot is not None for panel in plots) and len(desk.seen.shown.participants.people)):
        application.processEvents()
    desk.ticker.tick()
    window.grab()
    took_s = time.perf_counter() - start_s
    desk.ticker.stop()
    window.close_now()
    return took_s


def rows(folder: Path) -> list[Row]:
    """For the table."""
    folder.mkdir(exist_ok=True)
    short, long = make_logs(folder)
    few, many = (_apart("measure", run_dir) for run_dir in (short, long))
    picture_s = _apart("picture", long)
    moments = few["moments_ms"]
    told = f"{many['events']:,} events"
    return [
        Row(f"open and fold a run of {told} (baseline: decode its lines)", many["opened_s"], many["decoded_s"], "s",
            most=3.0, of_ratio=True),
        Row(f"the same, {few['events']:,} events", few["opened_s"], few["decoded_s"], "s", most=3.0, of_ratio=True),
        *(
            Row(f"the same with what no panel shows at first, folded when there is time, {run['events']:,} events",
                run["opened_s"] + run["caught_up_s"], run["decoded_s"], "s")
            for run in (many, few)
        ),
        Row(f"opening {told} (baseline: json.loads of its lines)", many["opened_s"], many["json_s"], "s"),
        Row(f"first picture of a run of {told}", picture_s, None, "s", most=1.0),
        Row(f"any moment of {few['events']:,} events, slowest of {MOMENTS} (baseline: median)", moments[-1],
            moments[len(moments) // 2], "ms", most=50.0),
        Row(f"any moment of {told}, slowest of {MOMENTS} (baseline: median)", many["moments_ms"][-1],
            many["moments_ms"][MOMENTS // 2], "ms"),
        *(
            Row(f"memory for a run of {run['events']:,} events, {when} (baseline: its log)", run[which] / 1e6,
                run["log_bytes"] / 1e6, "MB", most=1.5, of_ratio=True)
            for run in (few, many)
            for when, which in (
                ("opened", "opened_bytes"), ("all folded", "caught_up_bytes"), (f"after {MOMENTS} moments", "bytes"),
            )
        ),
    ]  # fmt: skip


def _apart(what: str, run_dir: Path) -> Any:
    """In a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_replay", what, str(run_dir)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def _resident_bytes() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)


@pytest.mark.benchmark
def test_a_moment_is_near_from_everywhere(tmp_path: Path) -> None:
    short, _ = make_logs(tmp_path)
    figures = measure(short)
    assert figures["moments_ms"][-1] < 200, figures
    assert figures["opened_s"] < 20 * figures["decoded_s"], figures
    assert figures["problems"] == ""


def main() -> None:
    """Print the table; or, as a process of its own, one part's figures."""
    if sys.argv[1:2] == ["measure"]:
        print(json.dumps(measure(Path(sys.argv[2]))))
    elif sys.argv[1:2] == ["picture"]:
        print(json.dumps(first_picture(Path(sys.argv[2]))))
    elif len(sys.argv) > 1:
        show(rows(Path(sys.argv[1])))
    else:
        with tempfile.TemporaryDirectory() as folder:
            show(rows(Path(folder)))


if __name__ == "__main__":
    main()
