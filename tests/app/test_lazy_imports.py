"""What is loaded when: `serve` never knows Qt, and the window is painted before anything slow comes in."""

from __future__ import annotations

import json
from pathlib import Path

from tests.app.helpers import run_python

SLOW = ("pyqtgraph", "numpy", "socketio", "engineio", "aiohttp", "PySide6.QtWebEngineCore", "core.analysis.runs")

SERVE = """
import json, sys
import main
code = main.main(["serve", "quick_start", "--start", "--duration", "0.2", "--port", "0", "--logs-dir", sys.argv[1]])
rooms = {name.partition(".")[0] for name in sys.modules}
print(json.dumps([code, sorted(rooms & {"PySide6", "shiboken6", "widgets"})]))
"""

CONSOLE = """
import json, sys
import main
from widgets.main_window import MainWindow

after_first_paint = MainWindow._after_first_paint

def look(window):
    print(json.dumps([name for name in %r if name in sys.modules]), flush=True)
    after_first_paint(window)

MainWindow._after_first_paint = look
code = main.main(["quick_start", "--logs-dir", sys.argv[1], "--screenshot", sys.argv[1] + "/p.png", "--after", "0.5"])
print(json.dumps(["socketio" in sys.modules, code]))
"""


def test_serve_imports_no_qt(tmp_path: Path):
    done = run_python(tmp_path, SERVE.replace("sys.argv[1]", repr(str(tmp_path))))
    assert json.loads(done.stdout.splitlines()[-1]) == [0, []], done.stderr


def test_nothing_slow_is_imported_before_the_first_paint(tmp_path: Path):
    done = run_python(tmp_path, (CONSOLE % (SLOW,)).replace("sys.argv[1]", repr(str(tmp_path))))
    at_first_paint, at_the_end = map(json.loads, done.stdout.splitlines())
    assert at_first_paint == [], done.stderr
    assert at_the_end == [True, 0]
