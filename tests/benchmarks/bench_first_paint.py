"""How long until the console's window is painted, against the time that importing PySide6 and pyqtgraph alone takes.

    QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.bench_first_paint

Owns the comparison: each round starts one process of either kind, so that both meet the same machine; the medians are
compared. Both are timed from outside, from before the process is started, so that the interpreter's own start counts.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.benchmarks.table import Row

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 9
GOAL = 1.5

IMPORTS = """
import PySide6.QtWidgets, pyqtgraph
print("done", flush=True)
"""
# As app/console.py opens it, up to the paint.
CONSOLE = """
import sys
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
import app.console
from widgets.main_window import MainWindow
application = QApplication(sys.argv[:1])
window = MainWindow(application, QSettings(sys.argv[1], QSettings.Format.IniFormat))
paint = MainWindow.paintEvent
def painted(self, event):
    paint(self, event)
    print("done", flush=True)
    application.exit(0)
MainWindow.paintEvent = painted
window.show()
application.exec()
"""


class FirstPaint(NamedTuple):
    """Medians in seconds."""

    imports_s: float
    painted_s: float

    @property
    def ratio(self) -> float:
        return self.painted_s / self.imports_s


def _until_done_s(source: str, settings: str) -> float:
    started_s = time.perf_counter()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(
        [sys.executable, "-c", source, settings], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        cwd=ROOT, env=environment,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = process.stdout.readline()
        took_s = time.perf_counter() - started_s
    if said != "done\n":
        raise RuntimeError("The console was not painted; run the program in this file by hand to see why.")
    return took_s


def measure(rounds: int = ROUNDS) -> FirstPaint:
    """Run it; the first round only warms the disk's cache."""
    with tempfile.TemporaryDirectory() as folder:
        settings = str(Path(folder) / "bench.ini")
        both = [(_until_done_s(IMPORTS, settings), _until_done_s(CONSOLE, settings)) for _ in range(rounds + 1)][1:]
    imports, painted = zip(*both, strict=True)
    return FirstPaint(statistics.median(imports), statistics.median(painted))


def rows(_folder: Path) -> list[Row]:
    """For the table."""
    found = measure()
    what = "first painted window (baseline: importing PySide6 and pyqtgraph alone)"
    return [Row(what, found.painted_s * 1000, found.imports_s * 1000, "ms", most=GOAL, of_ratio=True)]


@pytest.mark.benchmark
def test_the_window_is_there_soon() -> None:
    found = measure()
    assert found.ratio <= GOAL, found


if __name__ == "__main__":
    found = measure()
    sys.stdout.write(
        f"imports {found.imports_s * 1000:.0f} ms, window painted {found.painted_s * 1000:.0f} ms: {found.ratio:.2f} × "
        f"(goal: at most {GOAL} ×)\n"
    )
