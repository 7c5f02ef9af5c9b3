"""A session from end to end: what window, log, match file and pages say is the same."""

from __future__ import annotations

import itertools
import json
import shutil
import signal
import sys
from pathlib import Path

import pytest

from core.projections import words
from tests.browser import Browser
from tests.end_to_end.conftest import Lab
from tests.end_to_end.stage import BUSY_LIMIT_MS, PATIENT, ConsoleProcess, events_in, serve, write_experiment
from tests.json_process import ROOT
from tests.waiting import PATIENCE_S

LIMIT_MS = int(BUSY_LIMIT_MS)
STORY = (
    "run_started",
    "participant_joined",
    "waitroom_entered",
    "match_proposed",
    "probe_started",
    "probe_completed",
    "match_formed",
    "game_started",
    "game_ended",
    "run_ended",
)


def test_window_log_match_file_and_pages_agree(lab: Lab, browser: Browser, logs_dir: Path, tmp_path: Path):
    experiment = write_experiment(tmp_path, max_p2p_rtt_ms=BUSY_LIMIT_MS)
    arguments = [str(experiment), "--logs-dir", str(logs_dir), "--port", "0"]
    with ConsoleProcess(tmp_path, *arguments, prefix=lab[0]) as console:
        assert console.wait_for(lambda shown: shown["start_page"])
        console.ask("start")
        link = console.wait_for_run()["link"]
        assert link.startswith(f"http://{lab[1]}:")

        pages = [browser.open(f"{link}?autoplay=1") for _ in range(2)]
        playing = console.wait_for(lambda shown: shown["run"]["counts"]["playing"] == 2 and shown["run"])
        assert playing["timeline"] == "1 match"
        assert playing["probes"] == ["accepted 1", "rejected 0", "failed 0"]
        assert playing["waitroom"] == []
        for page in pages:
            page.wait_for("document.documentElement.dataset.phase === 'done'")
        codes = [page.text() for page in pages]
        console.wait_for(lambda shown: shown["run"]["counts"]["done"] == 2)

        console.ask("end", mode="drain")
        console.wait_for(lambda shown: shown["run"]["state"] == "Ended")
        shown = console.window()["run"]
    for page in pages:
        page.close()

    run_dir = logs_dir / shown["run_id"]
    assert (logs_dir / "latest").resolve() == run_dir.resolve()
    subjects = {event["subject_id"] for event in events_in(run_dir, "participant_joined")}
    assert len(subjects) == 2
    (probe,) = events_in(run_dir, "probe_completed")
    assert {probe["subject_a"], probe["subject_b"]} == subjects
    assert probe["accepted"] and 0 < probe["rtt_ms"] < LIMIT_MS
    assert probe["path"] in ("host", "prflx")  # the latter if a peer's first check overtakes the candidate it is from

    (match_file,) = (run_dir / "match_logs").iterdir()
    (match,) = [json.loads(line) for line in match_file.read_text(encoding="utf-8").splitlines()]
    assert match_file.name == "meet_matches.jsonl"
    assert {person["subject_id"] for person in match["participants"]} == subjects
    assert match["p2p_rtt_ms"] == probe["rtt_ms"]
    assert match["max_p2p_rtt_ms"] == LIMIT_MS

    (game,) = events_in(run_dir, "game_started")
    assert set(game["subjects"]) == subjects and game["game_id"] == match["game_id"]
    finished = events_in(run_dir, "participant_finished")
    assert {event["completion_code"] for event in finished} <= {word for text in codes for word in text.split()}
    assert any(words.ms(probe["rtt_ms"]) in line for line in shown["activity"])
    assert json.loads((run_dir / "run.json").read_text(encoding="utf-8"))["status"] == "ended"
    assert events_in(run_dir)[-1]["event_type"] == "run_ended"
    assert shown["counts"] == {"page": 0, "waiting": 0, "probing": 0, "playing": 0, "done": 2, "gone": 0, "away": 0}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_serve_alone_records_the_whole_story(lab: Lab, browser: Browser, logs_dir: Path, tmp_path: Path):
    folder = shutil.copytree(ROOT / "resources" / "experiments" / "quick_start", tmp_path / "quick_start")
    experiment = folder / "experiment.yaml"
    as_shipped = experiment.read_text(encoding="utf-8")
    experiment.write_text(as_shipped.replace("rtt_ms: 150", f"rtt_ms: {LIMIT_MS}") + PATIENT, encoding="utf-8")
    arguments = [str(experiment), "--start", "--logs-dir", str(logs_dir), "--port", "0"]
    with serve(*arguments, prefix=lab[0]) as engine:
        assert engine.stdout is not None
        link = engine.stdout.readline().split()[-1]
        pages = [browser.open(f"{link}?autoplay=1") for _ in range(2)]
        for page in pages:
            page.wait_for("document.documentElement.dataset.phase === 'game'")
        engine.send_signal(signal.SIGINT)
        _, said = engine.communicate(timeout=PATIENCE_S)
        for page in pages:
            page.wait_for("document.documentElement.dataset.phase === 'ended'")
            page.close()
    assert engine.returncode == 0 and said == ""

    run_dir = logs_dir / "latest"
    subjects = {event["subject_id"] for event in events_in(run_dir, "participant_joined")}
    match_file = run_dir / "match_logs" / "meet_in_the_middle_matches.jsonl"
    (match,) = [json.loads(line) for line in match_file.read_text(encoding="utf-8").splitlines()]
    assert {person["subject_id"] for person in match["participants"]} == subjects and len(subjects) == 2
    assert 0 < match["p2p_rtt_ms"] < LIMIT_MS
    story = [event["event_type"] for event in events_in(run_dir)]
    for first, then in itertools.pairwise(STORY):
        assert story.index(first) < story.index(then)
    assert events_in(run_dir)[-1]["reason"] == "stopped"
