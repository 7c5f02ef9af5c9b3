"""What a killed console and a killed engine take with them: nothing that was written."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from core.runlog.follower import Follower
from core.server import engine_file
from tests.browser import Browser
from tests.end_to_end.conftest import Lab
from tests.end_to_end.stage import BUSY_LIMIT_MS, ConsoleProcess, events_in, write_experiment
from tests.waiting import PATIENCE_S, wait_until


def test_a_killed_console_ends_no_session_and_a_new_one_takes_it_up(
    lab: Lab, browser: Browser, logs_dir: Path, tmp_path: Path
):
    experiment = write_experiment(tmp_path, duration_s=300, max_p2p_rtt_ms=BUSY_LIMIT_MS)
    arguments = [str(experiment), "--logs-dir", str(logs_dir), "--port", "0"]
    with ConsoleProcess(tmp_path, *arguments, "--start", prefix=lab[0]) as killed:
        run = killed.wait_for_run()
        pages = [browser.open(f"{run['link']}?autoplay=1") for _ in range(2)]
        killed.wait_for(lambda shown: shown["run"]["counts"]["playing"] == 2)
        engine_pid = killed.ask("engine")["pid"]
        killed.process.kill()
        killed.process.wait()

    with ConsoleProcess(tmp_path, *arguments, prefix=lab[0]) as console:
        taken_up = console.wait_for_run()
        assert taken_up["run_id"] == run["run_id"]
        console.wait_for(lambda shown: shown["run"]["counts"]["playing"] == 2)
        assert console.ask("engine")["pid"] == engine_pid
        (game,) = events_in(logs_dir / run["run_id"], "game_started")
        console.ask("wish", intent="end_game", fields={"game_id": game["game_id"]})
        console.wait_for(lambda shown: shown["run"]["counts"]["done"] == 2)
        console.ask("close_window")
        wait_until(lambda: console.ask("press", words="End the run"))
        wait_until(lambda: console.ask("press", words="End now"))
        assert console.process.wait(timeout=PATIENCE_S) == 0
    for page in pages:
        page.close()
    wait_until(lambda: not psutil.pid_exists(engine_pid))
    assert engine_file.read(logs_dir) is None
    assert events_in(logs_dir / run["run_id"], "participant_disconnected") == []
    assert events_in(logs_dir / run["run_id"])[-1]["event_type"] == "run_ended"


def test_a_killed_engine_is_told_at_once_its_log_reads_cleanly_and_a_new_run_starts(logs_dir: Path, tmp_path: Path):
    experiment = write_experiment(tmp_path, max_p2p_rtt_ms="null")
    with ConsoleProcess(tmp_path, str(experiment), "--logs-dir", str(logs_dir), "--port", "0", "--start") as console:
        run = console.wait_for_run()
        psutil.Process(console.ask("engine")["pid"]).kill()
        killed_at_s = asked_at_s = time.monotonic()
        slowest_answer_s = 0.0
        while not (banner := console.window()["banner"]):
            slowest_answer_s = max(slowest_answer_s, time.monotonic() - asked_at_s)
            assert time.monotonic() - killed_at_s < 2 + 5 * slowest_answer_s  # a machine at its limit is not our fault
            asked_at_s = time.monotonic()
        assert "stopped unexpectedly" in banner and str(logs_dir / run["run_id"]) in banner

        follower = Follower(logs_dir / run["run_id"] / "events.jsonl")
        seqs = [event.seq for event in follower.poll()]  # of a slow beginning the engine's health is in it, too
        assert seqs == [*range(1, len(seqs) + 1)] and len(seqs) >= 2
        assert follower.bad_line_count == 0 and follower.torn_bytes == 0

        console.ask("back")
        assert console.wait_for(lambda shown: shown["start_page"] and shown["previous_runs"]) == [run["run_id"]]
        console.ask("start")
        again = console.wait_for_run()
        assert again["run_id"] != run["run_id"]
        console.ask("end", mode="now")
        console.wait_for(lambda shown: shown["run"]["state"] == "Ended")


def test_keeping_a_run_leaves_it_running(logs_dir: Path, tmp_path: Path):
    experiment = write_experiment(tmp_path, max_p2p_rtt_ms="null")
    with ConsoleProcess(tmp_path, str(experiment), "--logs-dir", str(logs_dir), "--port", "0", "--start") as console:
        console.wait_for_run()
        engine_pid = console.ask("engine")["pid"]
        console.ask("close_window")
        (question,) = console.wait_for(lambda shown: shown["dialogs"])
        assert "still on" in question
        assert console.ask("press", words="Stay here")
        console.wait_for(lambda shown: not shown["dialogs"])

        def keep() -> bool:  # a wish to close is one at a time, and the first is over a moment after its question
            console.ask("close_window")
            return bool(console.ask("press", words="Keep it running"))

        wait_until(keep)
        assert console.process.wait(timeout=PATIENCE_S) == 0
    assert psutil.Process(engine_pid).is_running()
    file = wait_until(lambda: engine_file.find_running(logs_dir))
    assert file.pid == engine_pid
    assert wait_until(lambda: engine_file.ask_health(file)).state == "open"
