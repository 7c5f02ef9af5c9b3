"""Before the doors open: each look at what is really there."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.experiment.loader import LoadedExperiment, load_experiment
from core.runlog.run_directory import RunDirectory, RunDirectoryError
from core.server import preflight_machine as machine
from core.server import preflight_network as network
from core.server import service
from core.server.preflight import Check, checks_for, look_at, verdict, worst
from core.server.preflight_shapes import Finding, Situation

FINE = Finding("fine", "Well.")


def situation(folder: Path, **changes: object) -> Situation:
    given: dict[str, object] = {"logs_dir": folder, "host": "127.0.0.1", "port": 0} | changes
    return Situation(loaded=load_experiment("quick_start"), **given)  # type: ignore[arg-type]


def experiment_in(folder: Path, text: str) -> LoadedExperiment:
    (folder / "experiment.yaml").write_text(text)
    return load_experiment(folder)


def test_a_whole_check_of_what_comes_with_greenroom_stops_nobody(tmp_path: Path):
    found = list(look_at(checks_for(situation(tmp_path)), threading.Event()))
    assert {check.name for check, _ in found} >= {"files", "port", "address", "network", "route", "logs", "clock"}
    assert worst([finding for check, finding in found if check.name not in ("network", "route")]) != "stop"
    assert list(tmp_path.iterdir()) == []


def test_every_address_of_every_ice_server_is_asked(tmp_path: Path):
    loaded = experiment_in(
        tmp_path,
        "name: x\nscenes: [{id: g, kind: game}]\n"
        "ice_servers: [{urls: ['stun:a:1', 'stun:b:1']}, {urls: 'turn:c', secret: s}]\n",
    )
    names = [check.name for check in checks_for(Situation(loaded, tmp_path, "", 0))]
    assert [name for name in names if name.startswith("ice")] == ["ice stun:a:1", "ice stun:b:1", "ice turn:c"]


# --- the network ------------------------------------------------------------------------------------------------------


def test_a_port_that_is_taken(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        finding = network.port(situation(tmp_path, port=port))
        assert finding.level == "stop" and f"Port {port} cannot be listened on" in finding.sentence
        assert network.port(situation(tmp_path, port=port, own_port=port)).level == "fine"
    assert network.port(situation(tmp_path, port=port)) == Finding("fine", f"Port {port} is free.")


@pytest.mark.parametrize("host", ["192.0.2.77", "no-such-name.invalid", "a..b", "ä" * 70])
def test_an_address_of_another_computer(tmp_path: Path, host: str):
    assert network.port(situation(tmp_path, host=host, port=9)).sentence == f"{host} is no address of this computer."
    assert network.address(situation(tmp_path, host=host)).level == "stop"


def test_a_link_that_only_this_computer_can_open(tmp_path: Path):
    finding = network.address(situation(tmp_path, port=8765))
    assert finding.level == "beware" and "(http://127.0.0.1:8765/)" in finding.sentence


def test_the_engine_that_listens_already_is_asked(tmp_path: Path):
    with socket.socket() as engine:
        engine.bind(("127.0.0.1", 0))
        port = engine.getsockname()[1]
        assert network.address(situation(tmp_path, port=port, own_port=port)).level == "stop"
        engine.listen()
        assert network.address(situation(tmp_path, port=port, own_port=port)).level == "beware"


# --- the machine ------------------------------------------------------------------------------------------------------


def test_a_logs_folder_that_is_not_there_yet_is_not_made(tmp_path: Path):
    finding = machine.logs_folder(tmp_path / "study" / "logs")
    assert finding.level == "fine" and "made at the first run" in finding.sentence
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_logs_folder_should_be(tmp_path: Path):
    (tmp_path / "logs").write_text("")
    assert machine.logs_folder(tmp_path / "logs" / "study").sentence == f"{tmp_path / 'logs'} is a file, no folder."


@pytest.mark.skipif(sys.platform != "linux", reason="a folder that even root cannot write into")
def test_a_logs_folder_that_cannot_be_written():
    finding = machine.logs_folder(Path("/proc/greenroom"))
    assert finding.level == "stop" and finding.sentence.startswith("Nothing can be written into /proc (")


def test_little_room_on_the_disk(tmp_path: Path):
    assert machine.disk(tmp_path, alert_below_mb=10**9).level == "beware"


def test_a_clock_that_is_behind_the_newest_run(tmp_path: Path):
    assert machine.clock(tmp_path).level == "fine"
    run = RunDirectory.create(tmp_path, clock=SystemClock(), run_id="run_20400101_000000")
    run.write_manifest(
        run_id=run.run_id,
        schema_version=1,
        program_version="1",
        experiment="x",
        started_at=2_222_000_000.0,  # in May: the same year in every time zone
        status="ended",
    )
    finding = machine.clock(tmp_path)
    assert finding.level == "beware" and "2040" in finding.sentence


def test_links_where_there_can_be_some(tmp_path: Path):
    said = machine.links(tmp_path).sentence
    assert ("point at the newest run" in said) == (os.name == "posix")
    assert list(tmp_path.iterdir()) == []


def test_a_matchmaker_that_is_no_python(tmp_path: Path):
    (tmp_path / "own.py").write_text("x = 1\nclass (:\n")
    loaded = experiment_in(
        tmp_path,
        "name: x\nscenes: [{id: g, kind: game}]\nmatching: {matchmaker: custom, matchmaker_file: own.py}\n",
    )
    finding = machine.files(loaded)
    assert finding.level == "stop" and finding.sentence.startswith("own.py, line 2: ")


def test_a_page_that_was_deleted_since(tmp_path: Path):
    (tmp_path / "page.md").write_text("Hi")
    loaded = experiment_in(tmp_path, "name: x\nscenes: [{id: p, kind: page, file: page.md}, {id: g, kind: game}]\n")
    (tmp_path / "page.md").unlink()
    assert machine.files(loaded).level == "stop"


# --- all of them ------------------------------------------------------------------------------------------------------


def test_answers_are_handed_out_as_they_come_and_nobody_waits_for_the_slow():
    go = threading.Event()

    def slow() -> Finding:
        go.wait(60)
        return FINE

    checks = [Check("slow", "Slow", slow), Check("quick", "Quick", lambda: FINE)]
    answers = look_at(checks, threading.Event())
    assert next(answers)[0].name == "quick"
    go.set()
    assert next(answers)[0].name == "slow"


def test_what_takes_too_long_is_told_and_what_is_cancelled_ends():
    never = threading.Event()

    def stuck() -> Finding:
        never.wait(60)
        return FINE

    checks = [Check("stuck", "Stuck", stuck)]
    [(_, finding)] = look_at(checks, threading.Event(), within_s=0.1)
    assert finding.level == "beware" and "0.1 s" in finding.sentence
    cancelled = threading.Event()
    cancelled.set()
    began_s = time.monotonic()
    assert list(look_at(checks, cancelled)) == [] and time.monotonic() - began_s < 30
    never.set()


def test_a_look_that_fails_is_no_answer():
    def broken() -> Finding:
        raise PermissionError(13, "Permission denied")

    [(_, finding)] = look_at([Check("b", "B", broken)], threading.Event())
    assert finding.level == "beware" and "Permission denied" in finding.sentence


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ([], "All is fine: the doors can open."),
        (["fine", "beware"], "The doors can open, with 1 thing to beware of."),
        (["beware", "beware"], "The doors can open, with 2 things to beware of."),
        (["stop", "beware"], "Do not open the doors yet: one thing is in the way. 1 more to beware of."),
        (["stop", "stop"], "Do not open the doors yet: 2 things are in the way."),
    ],
)
def test_the_verdict_in_one_sentence(levels: list[str], said: str):
    assert verdict([Finding(level, "") for level in levels]) == said  # type: ignore[arg-type]


@pytest.mark.skipif(sys.platform == "win32", reason="no limits for a process there")
def test_a_logs_folder_on_a_full_disk_is_refused_and_nothing_is_left_in_it(tmp_path):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))  # every file is full after a byte
    try:
        with pytest.raises(RunDirectoryError, match="cannot be written"):
            service._must_be_writable(tmp_path / "logs")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list((tmp_path / "logs").iterdir())
