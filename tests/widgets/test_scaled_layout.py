"""The window at 1280 × 720 and its dialogs with everything half as large again, and twice as large: nothing is cut."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.json_process import ROOT

SCREEN = {
    "name": "large",
    "x": 0,
    "y": 0,
    "width": 5120,
    "height": 2880,
    "logicalDpi": 96,
    "logicalBaseDpi": 96,
    "dpr": 1,
}


@pytest.mark.parametrize("scale", ["1.5", "2"])
def test_nothing_is_cut_on_a_scaled_screen(tmp_path: Path, scale: str):
    screens = tmp_path / "screens.json"
    screens.write_text(json.dumps({"screens": [SCREEN]}), encoding="utf-8")
    environment = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={screens}", "QT_SCALE_FACTOR": scale}
    done = subprocess.run(
        [sys.executable, "-m", "tests.widgets.scaled_layout"], capture_output=True, text=True, cwd=ROOT, timeout=600,
        env=environment, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == [f"looked at 1280 × 720 at {scale}"], done.stderr[-2_000:]
