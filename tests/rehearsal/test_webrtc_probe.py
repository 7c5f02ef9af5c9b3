"""Two bots that really measure: aiortc on both sides, the engine between them, in a network that leads nowhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core import events as ev
from core.runlog.follower import read_events
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
