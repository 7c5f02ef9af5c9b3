"""`main.py check`, as it is typed."""

from __future__ import annotations

import socket
from pathlib import Path

from core.server.engine_file import EngineFile
from tests.app.helpers import run_main


def test_a_taken_port_is_9_and_every_line_has_its_verdict(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run_main(tmp_path, "check", "quick_start", "--port", port, "--logs-dir", tmp_path / "logs")
    assert done.returncode == 9 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert any(line.startswith("STOP") and f"Port {port} cannot be listened on" in line for line in lines)
    assert any(line.startswith("fine") and "quick_start" in line for line in lines)
    assert lines[-1].startswith("Do not open the doors yet: ")
    assert not (tmp_path / "logs").exists()


def test_a_faulty_file_is_3_before_anything_is_looked_at(tmp_path: Path):
    (tmp_path / "mine.yaml").write_text("name: mine\nscenes: []\n")
    done = run_main(tmp_path, "check", "mine.yaml")
    assert done.returncode == 3 and "line 2, scenes" in done.stderr and done.stdout == ""


def test_the_own_engine_is_not_in_the_way(tmp_path: Path, logs_dir: Path, idle_engine: EngineFile):
    done = run_main(
        tmp_path, "check", "quick_start", "--port", idle_engine.port, "--host", "127.0.0.1", "--logs-dir", logs_dir
    )
    assert f"Port {idle_engine.port} is held by Greenroom's own engine" in done.stdout
    assert "STOP    Port" not in done.stdout
