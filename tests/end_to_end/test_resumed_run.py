"""A killed engine's run goes on: real pages come back by themselves to the game they were in, and it stays one run."""

from __future__ import annotations

from pathlib import Path

import psutil

from tests.browser import Browser
from tests.end_to_end.conftest import Lab
from tests.end_to_end.stage import BUSY_LIMIT_MS, ConsoleProcess, events_in, write_experiment


def test_pages_play_on_after_the_button_was_pressed(lab: Lab, browser: Browser, logs_dir: Path, tmp_path: Path):
    experiment = write_experiment(tmp_path, duration_s=300, max_p2p_rtt_ms=BUSY_LIMIT_MS)
    arguments = [str(experiment), "--logs-dir", str(logs_dir), "--port", "0", "--start"]
    with ConsoleProcess(tmp_path, *arguments, prefix=lab[0]) as console:
        run = console.wait_for_run()
        pages = [browser.open(f"{run['link']}?autoplay=1") for _ in range(2)]
        console.wait_for(lambda shown: shown["run"]["counts"]["playing"] == 2)
        psutil.Process(console.ask("engine")["pid"]).kill()
        console.wait_for(lambda shown: "Go on with this run" in shown["banner"])
        console.ask("resume")
        assert console.wait_for_run()["run_id"] == run["run_id"]
        run_dir = logs_dir / run["run_id"]
        console.wait_for(lambda _shown: len(events_in(run_dir, "participant_reconnected")) == 2)
        (game,) = events_in(run_dir, "game_started")
        assert [page.eval("document.documentElement.dataset.phase") for page in pages] == ["game"] * 2
        console.ask("wish", intent="end_game", fields={"game_id": game["game_id"]})
        console.wait_for(lambda shown: shown["run"]["counts"]["done"] == 2)
        console.ask("end", mode="now")
        console.wait_for(lambda shown: shown["run"]["state"] == "Ended")
        for page in pages:
            page.close()
    events = events_in(run_dir)
    assert [event["seq"] for event in events] == [*range(1, len(events) + 1)]
    assert [event["reason"] for event in events if event["event_type"] == "game_ended"] == ["ended_by_operator"]
    assert events[-1]["event_type"] == "run_ended"
