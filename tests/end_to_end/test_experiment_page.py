"""From the experiment page to a run: changed, saved and started there, by the real console and its engine."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.stage import ConsoleProcess, events_in, write_experiment
from tests.waiting import PATIENCE_S, wait_until

LIMIT = "Longest P2P RTT (ms)"


def test_what_is_changed_and_saved_on_the_page_is_what_runs(logs_dir: Path, tmp_path: Path):
    experiment = write_experiment(tmp_path)
    with ConsoleProcess(tmp_path, str(experiment), "--logs-dir", str(logs_dir), "--port", "0") as console:
        console.wait_for(lambda shown: shown["start_page"])
        console.ask("page", page="experiment")
        wait_until(lambda: console.ask("type", field=LIMIT, words="90"))
        wait_until(lambda: "Revert" in console.ask("buttons"))
        console.ask("click", words="Start")
        wait_until(lambda: console.ask("press", words="Save"))
        run = console.wait_for_run()
        assert "max_p2p_rtt_ms: 90" in experiment.read_text()
        (started,) = events_in(logs_dir / run["run_id"], "run_started")
        assert started["max_p2p_rtt_ms"] == 90

        console.ask("page", page="experiment")
        console.ask("type", field=LIMIT, words="60")
        wait_until(lambda: "Revert" in console.ask("buttons"))
        console.ask("click", words="Save")
        wait_until(lambda: "max_p2p_rtt_ms: 60" in experiment.read_text())
        assert console.window()["run"]["limit_ms"] == 90 and "Start" not in console.ask("buttons")
        assert events_in(logs_dir / run["run_id"], "threshold_changed") == []
        console.ask("end", mode="now")
        console.wait_for(lambda shown: shown["run"]["state"] == "Ended")
        console.ask("close_window")
        assert console.process.wait(timeout=PATIENCE_S) == 0
