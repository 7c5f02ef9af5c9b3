"""`main.py simulate` and `main.py bots` as they are typed."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import main
from app import typed
from core import events as ev
from core.runlog.follower import read_events
from core.server import event_loop
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]


def test_simulate_writes_a_run_and_prints_its_summary(tmp_path, capsys):
    options = ["--participants", "20", "--threshold", "off", "--seed", "3", "--logs-dir", str(tmp_path)]
    assert main.main(["simulate", "quick_start", *options]) == 0
    said = capsys.readouterr()
    assert "(simulated: nobody took part)" in said.out
    assert "--seed 3" in said.err
    [started] = [e for e in read_events(tmp_path / "latest" / "events.jsonl") if isinstance(e, ev.RunStarted)]
    assert (started.simulated, started.max_p2p_rtt_ms) == (True, None)
    assert main.main(["runs", "--logs-dir", str(tmp_path)]) == 0
    assert "  simulated  " in capsys.readouterr().out


def test_a_seed_that_was_not_given_is_told(tmp_path, capsys):
    assert main.main(["simulate", "quick_start", "--participants", "2", "--logs-dir", str(tmp_path)]) == 0
    seed = capsys.readouterr().err.partition("--seed ")[2].partition(")")[0]
    started = read_events(tmp_path / "latest" / "events.jsonl")[0]
    assert started.by.endswith(f"seed {seed}")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_ends_a_simulation_in_order(tmp_path):
    command = [sys.executable, "main.py", "simulate", "quick_start", "--participants", "10000000"]
    process = subprocess.Popen(
        [*command, "--logs-dir", str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    log = tmp_path / "latest" / "events.jsonl"
    while not (log.exists() and log.stat().st_size > 100_000):
        assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "stopped before the end" in err
    assert "Traceback" not in err
    assert "(simulated: nobody took part)" in out
    assert isinstance(read_events(log)[-1], ev.RunEnded)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["simulate", "quick_start", "--rtt", "200:20"], "the lower one first"),
        (["simulate", "quick_start", "--rtt", "fast"], "the lower one first"),
        (["simulate", "quick_start", "--threshold", "0"], "from 1 to 60000, off"),
        (["simulate", "quick_start", "--loss", "10"], "a share from 0 to 1"),
        (["simulate", "quick_start", "--drop-rate", "nan"], "a share from 0 to 1"),
        (["simulate", "quick_start", "--arrivals-per-min", "0"], "how many arrive in a minute"),
        (["rehearse", "quick_start", "--threshold", "fast"], "from 1 to 60000, off"),
        (["bots", "0", "--url", "http://localhost"], "a number from 1 to 10000"),
        (["bots", "2"], "--url"),
        (["bots", "2", "--url", "http://localhost:99999"], "give the participants' link"),
        (["participants", "2", "--url", "ftp://localhost/"], "give the participants' link"),
        (["participants", "2", "--url", ""], "give the participants' link"),
    ],
)
def test_what_cannot_be_meant_is_refused(command, sentence, capsys):
    with pytest.raises(SystemExit) as ended:
        main.main(command)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_bots_without_an_engine_say_so(capsys, unused_tcp_port):
    assert main.main(["bots", "2", "--url", f"http://127.0.0.1:{unused_tcp_port}/"]) == 1
    assert "No engine answers at" in capsys.readouterr().err


def test_an_experiment_that_is_none_ends_in_its_own_code(capsys):
    assert main.main(["simulate", "not_there"]) == 3
    assert "not_there" in capsys.readouterr().err


def test_a_rehearsal_that_is_called_off_says_so_by_its_exit_code(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(event_loop, "signals", lambda stop: contextlib.nullcontext(stop()))  # at the first moment
    assert main.main(["rehearse", "quick_start", "--bots", "2", "--silent", "0", "--logs-dir", str(tmp_path)]) == 130
    assert "The run did not come to its end" in capsys.readouterr().out


def test_what_is_typed_for_a_link_and_for_no_limit():
    assert (typed.link("localhost:8765"), typed.link("https://a/?x=1")) == ("http://localhost:8765", "https://a/?x=1")
    assert (typed.threshold("off"), typed.threshold("none"), typed.threshold("80")) == (None, None, 80)


def test_a_rehearsal_of_very_few_has_nobody_silent_unless_asked(monkeypatch):
    held = {}
    monkeypatch.setattr("app.rehearsals.rehearse", lambda _experiment, **plan: held.update(plan) or 0)
    for options, silent in (["--bots", "2"], 0), (["--bots", "2", "--silent", "1"], 1), ([], 2):
        main.main(["rehearse", "quick_start", *options])
        assert held["silent"] == silent
