"""What goes wrong at the start: one sentence that says what, where and what to do, and an exit code."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app import preflight
from app.exits import Failure
from app.preflight import check_no_other_engine
from app.who_runs import runs_on
from core.server import engine_file
from core.server.engine_file import EngineFile
from tests.app.helpers import OFFSCREEN, run_main, start_engine_of_version
from tests.end_to_end.stage import events_in
from tests.one_host_lab import can_make_namespaces

NO_DISPLAY = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None}


def one_sentence(words: str) -> str:
    assert "Traceback" not in words
    assert words.startswith("greenroom: ")
    return words


@pytest.mark.parametrize(
    "arguments",
    [["--no-such-option"], ["--port", "70000"], ["serve"], ["participants", "0", "--url", "http://localhost/"],
     ["--start", "serve"], ["serve", "quick_start", "--duration", "-1"], ["--after", "3"]],
)  # fmt: skip
def test_a_command_line_that_cannot_be_read_is_2(tmp_path: Path, arguments: list[str]):
    done = run_main(tmp_path, *arguments)
    assert done.returncode == 2 and "usage:" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [[], ["serve"], ["participants"], ["runs"], ["summary"]])
def test_every_command_has_help_with_an_example(tmp_path: Path, command: list[str]):
    done = run_main(tmp_path, *command, "--help")
    assert done.returncode == 0 and f"python main.py {' '.join(command)}".strip() in done.stdout


@pytest.mark.parametrize("command", [["serve"], []])
def test_an_unknown_experiment_is_3_and_the_nearest_is_named(tmp_path: Path, command: list[str]):
    done = run_main(tmp_path, *command, "quickstart")
    assert done.returncode == 3 and 'Did you mean "quick_start"?' in one_sentence(done.stderr)


@pytest.mark.parametrize("command", [["serve"], []])
def test_a_faulty_experiment_file_is_3_and_says_the_line(tmp_path: Path, command: list[str]):
    (tmp_path / "mine.yaml").write_text("name: mine\nscenes:\n  - {id: a, kind: game, duration_s: sixty}\n")
    done = run_main(tmp_path, *command, "mine.yaml")
    assert done.returncode == 3 and "line 3, scenes[0].duration_s" in one_sentence(done.stderr)


def test_an_address_that_is_not_of_this_computer_is_not_called_a_taken_port():
    said = str(preflight.port_taken("203.0.113.9", 8765, "Could not listen."))
    assert "give another --host" in said and "Another program" not in said


@contextmanager
def two_neighbours_taken() -> Iterator[int]:
    """The lower of two ports that follow each other and are both listened on."""
    while True:
        with socket.socket() as lower, socket.socket() as upper:
            lower.bind(("0.0.0.0", 0))
            port: int = lower.getsockname()[1]
            try:
                upper.bind(("0.0.0.0", port + 1))
            except (OSError, OverflowError):
                continue
            lower.listen()
            upper.listen()
            yield port
            return


@pytest.mark.parametrize("command", [["serve", "quick_start"], ["quick_start", "--screenshot", "p.png"]])
def test_a_taken_port_is_4_and_a_free_one_is_offered(tmp_path: Path, logs_dir: Path, command: list[str]):
    with two_neighbours_taken() as port:
        done = run_main(tmp_path, *command, "--start", "--port", port, "--logs-dir", logs_dir)
    assert done.returncode == 4
    offered = re.search(r"Port (\d+) is free: --port \1 takes it", one_sentence(done.stderr))
    assert offered is not None and f"port {port}" in done.stderr
    assert int(offered[1]) > port + 1
    with socket.socket() as trial:
        trial.bind(("0.0.0.0", int(offered[1])))


@pytest.mark.parametrize("command", [["serve", "quick_start"], ["quick_start", "--screenshot", "p.png"]])
def test_a_logs_folder_that_cannot_be_written_is_5(tmp_path: Path, command: list[str]):
    (tmp_path / "taken").write_text("a file, where a folder is wanted")
    done = run_main(tmp_path, *command, "--start", "--port", 0, "--logs-dir", tmp_path / "taken")
    assert done.returncode == 5 and "--logs-dir" in one_sentence(done.stderr) and "taken" in done.stderr


@pytest.mark.parametrize("command", [["summary"], ["--open"]])
def test_a_run_that_is_none_is_5(tmp_path: Path, command: list[str]):
    done = run_main(tmp_path, *command, "nowhere")
    assert done.returncode == 5 and "nowhere does not exist" in one_sentence(done.stderr)


@pytest.mark.skipif("sys.platform in ('win32', 'darwin')", reason="there always is a display")
def test_no_display_is_6_and_names_serve(tmp_path: Path):
    done = run_main(tmp_path, changes=NO_DISPLAY)
    assert done.returncode == 6 and "main.py serve" in one_sentence(done.stderr)
    pages = run_main(tmp_path, "participants", 1, "--url", "http://localhost:1/", changes=NO_DISPLAY)
    assert pages.returncode == 6 and "display" in one_sentence(pages.stderr)


@pytest.mark.skipif(
    not can_make_namespaces(), reason="a machine without a network card can only be made as root on Linux"
)
def test_no_network_interface_is_7_unless_nothing_is_measured(tmp_path: Path, logs_dir: Path):
    alone = ["unshare", "--net"]
    arguments = ["--start", "--duration", "0.2", "--port", "0", "--logs-dir", logs_dir]
    done = run_main(tmp_path, "serve", "quick_start", *arguments, prefix=alone)
    assert done.returncode == 7 and "no network interface" in one_sentence(done.stderr)
    assert "max_p2p_rtt_ms" in done.stderr

    page = "{id: a, kind: page, text: A}, {id: g, kind: game}"
    (tmp_path / "free.yaml").write_text(f"name: free\nscenes: [{page}]\nmatching: {{max_p2p_rtt_ms: null}}\n")
    warned = run_main(tmp_path, "serve", "free.yaml", *arguments, prefix=alone)
    assert warned.returncode == 0 and "warning: This computer has no network" in one_sentence(warned.stderr)


@pytest.mark.parametrize("command", [["serve", "quick_start"], ["--screenshot", "p.png"]])
def test_an_engine_of_another_version_is_8(tmp_path: Path, logs_dir: Path, command: list[str]):
    with start_engine_of_version(logs_dir, "0.0.1") as engine:
        done = run_main(tmp_path, *command, "--port", 0, "--logs-dir", logs_dir)
        engine.terminate()
    assert done.returncode == 8
    assert "Greenroom 0.0.1" in one_sentence(done.stderr) and str(engine.pid) in done.stderr


def test_a_second_engine_on_the_same_logs_folder_is_8(tmp_path: Path, logs_dir: Path, idle_engine: EngineFile):
    done = run_main(tmp_path, "serve", "quick_start", "--port", 0, "--logs-dir", logs_dir)
    assert done.returncode == 8 and idle_engine.address in one_sentence(done.stderr)


def test_an_engine_that_stands_still_is_8_and_its_run_counts_as_on(tmp_path: Path, monkeypatch):
    """So does a stopped process: the system lets people in, and nobody answers."""
    monkeypatch.setattr(engine_file, "ANSWER_WITHIN_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        file = EngineFile(
            pid=os.getpid(), instance="i", program_version="1", schema_version=1, host="127.0.0.1", port=port,
            address=f"http://127.0.0.1:{port}", links=[], token="", logs_dir=str(tmp_path), experiment="e",
            started_at=0.0, run_id="run_1", run_dir=str(tmp_path / "run_1"),
        )  # fmt: skip
        engine_file.write(tmp_path, file)
        with pytest.raises(Failure, match=f"run_1 .*process {os.getpid()}.*does not answer") as refused:
            check_no_other_engine(tmp_path, "1")
        assert refused.value.code == 8
        assert list(runs_on(tmp_path)) == [tmp_path / "run_1"]
    check_no_other_engine(tmp_path, "1")


def test_a_stale_engine_file_is_in_nobodys_way(tmp_path: Path, logs_dir: Path, idle_engine: EngineFile):
    with start_engine_of_version(tmp_path / "others", "0.0.1") as gone:
        gone.kill()
    for stale in (
        {"pid": gone.pid},  # its process has gone
        {"instance": "another"},  # somebody else has its port
    ):
        file = EngineFile(**{name: getattr(idle_engine, name) for name in idle_engine.__struct_fields__} | stale)
        folder = tmp_path / next(iter(stale))
        folder.mkdir()
        engine_file.write(folder, file)
        done = run_main(
            tmp_path, "serve", "quick_start", "--start", "--duration", 0.2, "--port", 0, "--logs-dir", folder
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert not engine_file.path_in(folder).exists()
        assert events_in(folder / "latest")[-1]["reason"] == "duration"


def test_a_picture_is_saved_and_its_run_ended(tmp_path: Path, logs_dir: Path):
    done = run_main(
        tmp_path, "quick_start", "--start", "--port", 0, "--logs-dir", logs_dir, "--screenshot", "p.png", "--after", 2,
        changes=OFFSCREEN,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    assert '"status": "ended"' in (logs_dir / "latest" / "run.json").read_text()
    assert engine_file.read(logs_dir) is None

    listed = run_main(tmp_path, "runs", "--logs-dir", logs_dir)
    assert listed.returncode == 0 and "quick_start" in listed.stdout and "ended at once" in listed.stdout
    summed_up = run_main(tmp_path, "summary", logs_dir / "latest")
    assert summed_up.returncode == 0 and "ended at once" in summed_up.stdout


def test_a_picture_that_cannot_be_saved_says_so(tmp_path: Path, logs_dir: Path):
    done = run_main(tmp_path, "--logs-dir", logs_dir, "--screenshot", "p.nonsense", "--after", 0.5)
    assert done.returncode == 1 and "p.nonsense" in one_sentence(done.stderr)
