"""Bots that really measure, with each other and with a browser, in a network that leads nowhere."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core import events as ev
from core.runlog.follower import read_events
from tests.browser import Browser
from tests.one_host_lab import NoNetworkCard, one_host_lab
from tests.waiting import PATIENCE_S, wait_until

pytest.importorskip("aiortc", reason="the extra `bots` (aiortc) is not installed")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lab():
    try:
        with one_host_lab() as found:
            yield found
    except NoNetworkCard as problem:
        pytest.skip(str(problem))


@pytest.fixture(scope="module")
def browser(lab):
    with Browser(prefix=lab[0]) as running:
        yield running


def rehearse(lab, folder: Path, access_ms: float) -> list[ev.Event]:
    prefix, address = lab
    command = [*prefix, sys.executable, "-m", "tests.rehearsal.webrtc_rehearsal", str(folder), address, str(access_ms)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
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
    assert (measured.received, measured.loss) == (18, 0.0)  # so far below the limit, 18 of 30 are enough
    assert measured.ended_early
    assert 2 * access_ms <= measured.rtt_ms < 2 * access_ms + 25
    assert measured.connect_s > 0
    assert [event.reason for event in log if isinstance(event, ev.GameEnded)] == ["finished"]
    assert sum(isinstance(event, ev.ParticipantFinished) for event in log) == 2


@contextmanager
def session(lab, folder: Path) -> Iterator[str]:
    """An engine with its doors open: gives the participants' link."""
    prefix, address = lab
    (folder / "experiment.yaml").write_text(
        "name: mixed\nscenes: [{id: task, kind: game, duration_s: 2}]\nmatching: {max_p2p_rtt_ms: 5000}\n"
    )
    port = free_port()
    serve = [*prefix, sys.executable, "main.py", "serve", str(folder / "experiment.yaml"), "--start"]
    options = ["--host", address, "--port", str(port), "--logs-dir", str(folder / "logs")]
    with subprocess.Popen([*serve, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True) as engine:
        try:
            assert any(line.startswith("Run ") for line in engine.stdout)
            yield f"http://{address}:{port}/"
        finally:
            engine.terminate()


def meet(lab, browser: Browser, folder: Path, *, webrtc: str, bot_first: bool) -> list[ev.Event]:
    """Have one bot and one page that plays by itself meet and play to the end; the run's log."""
    prefix, _ = lab
    log = folder / "logs" / "latest" / "events.jsonl"

    def joined(number: int) -> None:
        wait_until(lambda: sum(isinstance(e, ev.ParticipantJoined) for e in read_events(log)) == number)

    with session(lab, folder) as url:
        page = None if bot_first else browser.open(url + "?autoplay=1")
        if page is not None:
            joined(1)
        bots = [*prefix, sys.executable, "main.py", "bots", "1", "--url", url, "--webrtc", webrtc, "--seed", "1"]
        with subprocess.Popen(bots, cwd=ROOT, stdout=subprocess.PIPE) as bot:
            joined(2 if page else 1)
            page = page or browser.open(url + "?autoplay=1")
            try:
                page.wait_for("document.documentElement.dataset.phase === 'done'")
                assert bot.wait(timeout=PATIENCE_S) == 0
            finally:
                bot.kill()
        page.close()
    return read_events(log)


@pytest.mark.parametrize("bot_first", [True, False], ids=["bot offers", "page offers"])
def test_a_bot_and_a_browser_measure_each_other(lab, browser, tmp_path, bot_first):
    log = meet(lab, browser, tmp_path, webrtc="real", bot_first=bot_first)
    [measured] = [event for event in log if isinstance(event, ev.ProbeCompleted)]
    assert not measured.simulated
    assert measured.path == "host"
    assert sorted(peer.received for peer in measured.peers)[0] >= 9
    assert all(peer.ice is not None and peer.ice.marks_ms["open_ms"] > 0 for peer in measured.peers)
    assert measured.rtt_ms < 500
    first = next(event for event in log if isinstance(event, ev.ParticipantJoined))
    assert first.subject_id == measured.subject_a, "whoever waits longest makes the offer"
    assert ("bots" in first.user_agent) == bot_first


def test_a_bot_whose_answers_are_made_up_meets_a_browser(lab, browser, tmp_path):
    """It answers for both, plainly marked, and they play to the end: nobody measured, and nobody is unreachable."""
    log = meet(lab, browser, tmp_path, webrtc="simulated", bot_first=True)
    [measured] = [event for event in log if isinstance(event, ev.ProbeCompleted)]
    assert measured.simulated
    assert measured.path is None
    assert len(measured.peers) == 1
    assert [event for event in log if isinstance(event, ev.ProbeFailed | ev.ClientMessageRefused)] == []
    assert [event.reason for event in log if isinstance(event, ev.GameEnded)] == ["finished"]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
