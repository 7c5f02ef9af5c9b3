"""`main.py participants`: windows with real pages, in a process of their own, as the console starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.json_process import ROOT
from tests.participant_page.conftest import Engine
from tests.waiting import PATIENCE_S

RUN = (
    "import sys; from app.test_participants import run;"
    " sys.exit(run(int(sys.argv[1]), sys.argv[2], sys.argv[3] == 'play'))"
)


def start(prefix: list[str], count: int, url: str, mode: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", RUN, str(count), url, mode],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )


def test_each_window_is_a_participant_of_its_own(engine: Engine, lab: tuple[list[str], str]) -> None:
    windows = start(lab[0], 2, engine.url)
    try:
        joins = engine.wait_heard("join", 2)
        assert [subject for subject, _ in joins] == ["S1", "S2"]
        assert not any(data.get("token") or data.get("simulated") for _, data in joins)
    finally:
        windows.terminate()
        _, stderr = windows.communicate(timeout=PATIENCE_S)
    if sys.platform != "win32":
        assert windows.returncode == 0, stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_it_in_order(engine: Engine, lab: tuple[list[str], str]) -> None:
    windows = start(lab[0], 1, engine.url, "play")
    assert engine.wait_heard("join")[0][1]["simulated"] is True
    windows.send_signal(signal.SIGINT)
    _, stderr = windows.communicate(timeout=PATIENCE_S)
    assert windows.returncode == 0, stderr
    assert "Traceback" not in stderr
    engine.ask("wait_connections", count=0)


def test_no_page_is_a_sentence_and_an_exit_code(lab: tuple[list[str], str]) -> None:
    windows = start(lab[0], 2, f"http://{lab[1]}:9/?subject_id=x")
    _, stderr = windows.communicate(timeout=PATIENCE_S)
    assert windows.returncode == 1
    assert f"greenroom: the participant page at http://{lab[1]}:9/ could not be loaded" in stderr
    assert stderr.count("greenroom:") == 1


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 12])
def test_tiles_share_the_screen_without_overlap(count: int) -> None:
    from PySide6.QtCore import QRect

    from app.test_participants import tiles

    screen = QRect(0, 0, 1920, 1040)
    places = tiles(count, screen)
    assert len(places) == count
    assert all(screen.contains(place) for place in places)
    assert not any(a.intersects(b) for i, a in enumerate(places) for b in places[:i])
