"""The console's own doings: test participants, an engine inside, a recorded run, a change of limit, Ctrl-C."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path

import psutil
import pytest

from core.server import engine_file
from tests.end_to_end.stage import ConsoleProcess, events_in, write_experiment
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture
def arguments(logs_dir: Path, tmp_path: Path) -> list[str]:
    experiment = write_experiment(tmp_path, max_p2p_rtt_ms="null")
    return [str(experiment), "--logs-dir", str(logs_dir), "--port", "0", "--start"]


def test_test_participants_join_and_end_with_the_console(arguments: list[str], logs_dir: Path, tmp_path: Path):
    with ConsoleProcess(tmp_path, *arguments) as console:
        run = console.wait_for_run()
        console.ask("add_participants", number=1)
        console.wait_for(lambda shown: shown["run"]["counts"]["page"] == 1)
        (pages,) = [
            child for child in psutil.Process(console.process.pid).children() if "participants" in child.cmdline()
        ]  # fmt: skip
        console.ask("end", mode="now")
        console.wait_for(lambda shown: shown["run"]["state"] == "Ended")
        console.ask("close_window")
        assert console.process.wait(timeout=PATIENCE_S) == 0
    wait_until(lambda: not pages.is_running())
    assert engine_file.read(logs_dir) is None
    assert len(events_in(logs_dir / run["run_id"], "participant_joined")) == 1


def test_a_limit_that_is_typed_is_in_the_log_with_who(logs_dir: Path, tmp_path: Path):
    experiment = write_experiment(tmp_path)
    with ConsoleProcess(tmp_path, str(experiment), "--logs-dir", str(logs_dir), "--port", "0", "--start") as console:
        run = console.wait_for_run()
        console.ask("limit", limit_ms=90)
        (change,) = wait_until(lambda: events_in(logs_dir / run["run_id"], "threshold_changed"))
        assert (change["old_max_p2p_rtt_ms"], change["new_max_p2p_rtt_ms"]) == (150, 90) and change["by"]
        console.wait_for(lambda shown: any("150 ms → 90 ms" in line for line in shown["run"]["activity"]))
        console.ask("end", mode="now")
        console.wait_for(lambda shown: shown["run"]["state"] == "Ended")

        console.ask("back")
        console.wait_for(lambda shown: shown["start_page"])
        console.ask("open_run", path=str(logs_dir / run["run_id"]))
        recorded = console.wait_for(lambda shown: shown["run"])
        console.wait_for(lambda shown: shown["run"]["state"] == "Ended")
        assert recorded["link"] == "" and not recorded["start_again"]
        assert "Recorded run" in console.window()["banner"] and run["run_id"] in console.window()["title"]


def test_an_engine_inside_the_window_ends_with_it_and_says_so(arguments: list[str], logs_dir: Path, tmp_path: Path):
    with ConsoleProcess(tmp_path, *arguments, "--in-process") as console:
        run = console.wait_for_run()
        assert console.ask("engine")["pid"] == console.process.pid
        console.ask("close_window")
        (question,) = console.wait_for(lambda shown: shown["dialogs"])
        assert "ends with it" in question
        assert not console.ask("press", words="Keep it running")
        assert console.ask("press", words="End the run")
        wait_until(lambda: console.ask("press", words="End now"))
        assert console.process.wait(timeout=PATIENCE_S) == 0
    assert events_in(logs_dir / run["run_id"])[-1]["event_type"] == "run_ended"
    assert engine_file.read(logs_dir) is None


def test_a_taken_port_is_offered_another(logs_dir: Path, tmp_path: Path):
    experiment = write_experiment(tmp_path, max_p2p_rtt_ms="null")
    with socket.socket() as taker:
        taker.bind(("0.0.0.0", 0))
        taker.listen()
        port = taker.getsockname()[1]
        arguments = [str(experiment), "--logs-dir", str(logs_dir), "--port", str(port), "--start"]
        with ConsoleProcess(tmp_path, *arguments) as console:
            (question,) = console.wait_for(lambda shown: shown["dialogs"])
            assert f"Port {port} is taken" in question
            console.ask("press", words="Use port")
            assert not console.wait_for_run()["link"].endswith(f":{port}/")
            console.ask("end", mode="now")
            console.wait_for(lambda shown: shown["run"]["state"] == "Ended")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_ctrl_c_asks_as_closing_does_and_the_second_time_leaves_the_run_running(
    arguments: list[str], logs_dir: Path, tmp_path: Path
):
    with ConsoleProcess(tmp_path, *arguments) as console:
        console.wait_for_run()
        console.process.send_signal(signal.SIGINT)
        (question,) = console.wait_for(lambda shown: shown["dialogs"])
        assert "still on" in question
        console.process.send_signal(signal.SIGINT)
        assert console.process.wait(timeout=PATIENCE_S) == 0
    assert wait_until(lambda: engine_file.find_running(logs_dir)).run_id is not None
