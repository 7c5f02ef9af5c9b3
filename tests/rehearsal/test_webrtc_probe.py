"""Bots that really measure, with each other and with a browser, in a network that leads nowhere."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from core import events as ev
from core.runlog.follower import read_events
from tests.browser import Browser
from tests.one_host_lab import NoNetworkCard, one_host_lab

pytest.importorskip("aiortc", reason="the extra `bots` (aiortc) is not installed")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lab():
    try:
        with one_host_lab() as found:
            yield found
    except NoNetworkCard as problem:
        pytest.skip(str(problem))


def rehearse(lab, folder: Path, access_ms: float) -> list[ev.Event]:
    prefix, address = lab
    command = [*prefix, sys.executable, "-m", "tests.rehearsal.webrtc_rehearsal", str(folder), address, str(access_ms)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "never" not in done.stderr, "a task or coroutine was dropped"
    return read_events(Path(done.stdout.split()[-1]) / "events.jsonl")


@pytest.mark.parametrize("access_ms", [0.0, 30.0])
def test_two_bots_measure_each_other(lab, tmp_path, access_ms):
    log = rehearse(lab, tmp_path, access_ms)
    [measured] = [event for event in log if isinstance(event, ev.ProbeCompleted)]
    assert not measured.simulated
    assert measured.path == "host"
    assert (measured.sent, measured.received) == (30, 30)
    assert 2 * access_ms <= measured.rtt_ms < 2 * access_ms + 25
    assert measured.connect_s > 0
    assert [event.reason for event in log if isinstance(event, ev.GameEnded)] == ["finished"]
    assert sum(isinstance(event, ev.ParticipantFinished) for event in log) == 2


def test_a_bot_and_a_browser_measure_each_other(lab, tmp_path):
    prefix, address = lab
    (tmp_path / "experiment.yaml").write_text(
        "name: mixed\nscenes: [{id: task, kind: game, duration_s: 2}]\nmatching: {max_p2p_rtt_ms: 200}\n"
    )
    port = free_port()
    url = f"http://{address}:{port}/"
    serve = [*prefix, sys.executable, "main.py", "serve", str(tmp_path / "experiment.yaml"), "--start"]
    options = ["--host", address, "--port", str(port), "--logs-dir", str(tmp_path / "logs")]
    with subprocess.Popen([*serve, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True) as engine:
        try:
            assert any(line.startswith("Run ") for line in engine.stdout)
            bots = [*prefix, sys.executable, "main.py", "bots", "1", "--url", url, "--webrtc", "real"]
            with Browser(prefix=prefix) as browser, subprocess.Popen(bots, cwd=ROOT, stdout=subprocess.PIPE) as bot:
                page = browser.open(url + "?autoplay=1")
                page.wait_for("document.documentElement.dataset.phase === 'done'", timeout_s=40)
                assert bot.wait(timeout=30) == 0
        finally:
            engine.terminate()
    log = read_events(tmp_path / "logs" / "latest" / "events.jsonl")
    [measured] = [event for event in log if isinstance(event, ev.ProbeCompleted)]
    assert not measured.simulated
    assert measured.path == "host"
    assert [peer.received for peer in measured.peers] == [15, 15]
    assert measured.rtt_ms < 50


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
