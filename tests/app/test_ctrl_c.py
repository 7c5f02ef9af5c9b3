"""Ctrl-C before a command is at work: one line and 130, whatever was being loaded or made."""

from __future__ import annotations

import importlib
import signal
import sys
from pathlib import Path

import pytest

from app import ctrl_c, exits
from tests.app.helpers import run_python

ONE_LINE = f"{exits.PREFIX}{ctrl_c.STOPPED}\n"

WHILE_LOADING = """
import signal, sys
class CtrlC:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, CtrlC())
import main
sys.exit(main.main(["{command}"]))
"""


@pytest.mark.parametrize(
    ("command", "module"),
    [("version", "app.commands"), ("version", "app.commands_runs"), ("runs", "core.analysis.runs.run_index")],
)
def test_ctrl_c_while_a_command_is_loaded_is_one_line(tmp_path: Path, command: str, module: str):
    done = run_python(tmp_path, WHILE_LOADING.format(command=command, module=module))
    assert (done.returncode, done.stderr, done.stdout) == (exits.INTERRUPTED, ONE_LINE, "")


def test_an_import_is_never_broken_off(tmp_path: Path, monkeypatch):
    """A library in C may make anything of that."""
    (tmp_path / "a_library.py").write_text(
        "import signal\nsignal.raise_signal(signal.SIGINT)\nfor _ in range(100): pass\nis_whole = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(KeyboardInterrupt), ctrl_c.once_loaded():
        library = importlib.import_module("a_library")
        assert library.is_whole
        while True:  # it comes by itself
            pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    del sys.modules["a_library"]


WHILE_A_WINDOW_IS_MADE = """
import signal
from app import ctrl_c
with ctrl_c.once_loaded():
    ctrl_c.at_once()
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        print("lost, as in a callback of Qt's")
"""


def test_ctrl_c_while_a_window_is_made_is_not_left_to_qt(tmp_path: Path):
    done = run_python(tmp_path, WHILE_A_WINDOW_IS_MADE)
    assert (done.returncode, done.stderr, done.stdout) == (exits.INTERRUPTED, ONE_LINE, "")
