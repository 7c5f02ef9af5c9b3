"""Making, naming, describing and finding the directories of runs."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest

from core.clock import SystemClock, VirtualClock
from core.events import SCHEMA_VERSION
from core.runlog import files
from core.runlog.event_logger import EventLogger
from core.runlog.run_directory import (
    RunDirectory,
    RunDirectoryError,
    latest,
    list_runs,
    new_run_id,
    point_latest,
)

posix_only = pytest.mark.skipif(os.name == "nt", reason="links and file modes are not the same on Windows")


def at(local_time: str) -> float:
    return time.mktime(time.strptime(local_time, "%Y-%m-%d %H:%M:%S"))


def refuse_links(monkeypatch, error: Exception) -> None:
    def symlink(*_args, **_kwargs) -> None:
        raise error

    monkeypatch.setattr(os, "symlink", symlink)


def named(logs_dir: Path) -> set[str]:
    return {entry.name for entry in logs_dir.iterdir()}


# --- making -----------------------------------------------------------------------------------------------------------


def test_a_run_is_named_after_its_second_in_local_time(tmp_path):
    assert new_run_id(tmp_path / "not_there", at("2026-01-31 14:25:00")) == "run_20260131_142500"
    run = RunDirectory.create(tmp_path / "a" / "logs", clock=VirtualClock(at("2026-01-31 14:25:00")))
    assert run.run_id == "run_20260131_142500"
    assert run.path == tmp_path / "a" / "logs" / "run_20260131_142500"
    assert named(run.path) == {"match_logs", "data"}
    assert run.match_logs_dir.is_dir()
    assert run.data_dir.is_dir()
    assert (run.events_path.name, run.config_path.name) == ("events.jsonl", "config.yaml")


def test_two_runs_within_one_second_are_two_directories(tmp_path):
    clock = VirtualClock(at("2026-01-31 14:25:00"))
    names = [RunDirectory.create(tmp_path, clock=clock).run_id for _ in range(3)]
    assert names == ["run_20260131_142500", "run_20260131_142500_2", "run_20260131_142500_3"]
    assert new_run_id(tmp_path, clock.time()) == "run_20260131_142500_4"


def test_runs_asked_for_at_the_same_moment_never_share(tmp_path):
    clock = VirtualClock()
    together = threading.Barrier(8)
    made: list[str] = []

    def make() -> None:
        together.wait()
        made.append(RunDirectory.create(tmp_path, clock=clock).run_id)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8


def test_a_name_is_taken_even_by_a_file_or_a_dangling_link(tmp_path):
    (tmp_path / "run_20260131_142500").write_text("x")
    if os.name != "nt":
        (tmp_path / "run_20260131_142500_2").symlink_to("nowhere")
    run = RunDirectory.create(tmp_path, clock=VirtualClock(at("2026-01-31 14:25:00")))
    assert run.run_id == ("run_20260131_142500_3" if os.name != "nt" else "run_20260131_142500_2")


def test_a_run_can_be_given_its_name_but_not_a_path(tmp_path):
    assert RunDirectory.create(tmp_path, clock=SystemClock(), run_id="pilot").run_id == "pilot"
    assert RunDirectory.create(tmp_path, clock=SystemClock(), run_id="pilot").run_id == "pilot_2"
    with pytest.raises(RunDirectoryError, match="cannot name a run"):
        RunDirectory.create(tmp_path, clock=SystemClock(), run_id="../pilot")


def test_a_logs_folder_that_cannot_be_made_is_named_with_cause_and_remedy(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunDirectoryError, match=r"logs folder .*file.*a file stands where a folder.*--logs-dir"):
        RunDirectory.create(tmp_path / "file", clock=SystemClock())
    with pytest.raises(RunDirectoryError, match="a file stands where a folder"):
        RunDirectory.create(tmp_path / "file" / "logs", clock=SystemClock())


@posix_only
def test_a_logs_folder_without_permission_is_named(tmp_path):
    tmp_path.chmod(0o555)
    user = os.geteuid()
    if user == 0:  # may write everywhere; be somebody who may not
        os.seteuid(65534)
    try:
        with pytest.raises(RunDirectoryError, match=r"it is not writable.*Allow this user"):
            RunDirectory.create(tmp_path, clock=SystemClock())
    finally:
        os.seteuid(user)


# --- latest -----------------------------------------------------------------------------------------------------------


@posix_only
def test_latest_is_a_relative_link_so_the_folder_can_be_moved(tmp_path):
    logs = tmp_path / "logs"
    for name in ("run_a", "run_b"):
        (logs / name).mkdir(parents=True)
        point_latest(logs, name)
        assert (logs / "latest").readlink() == Path(name)
    assert named(logs) == {"run_a", "run_b", "latest"}  # and nothing temporary is left
    logs.rename(tmp_path / "moved")
    assert latest(tmp_path / "moved") == tmp_path / "moved" / "run_b"
    assert (tmp_path / "moved" / "latest").resolve() == (tmp_path / "moved" / "run_b").resolve()


@posix_only
def test_latest_is_there_at_every_moment_while_it_changes(tmp_path):
    for name in ("run_a", "run_b"):
        (tmp_path / name).mkdir()
    point_latest(tmp_path, "run_a")
    stop = threading.Event()
    seen: set[Path | None] = set()

    def look() -> None:
        while not stop.is_set():
            seen.add(latest(tmp_path))

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(300):
        point_latest(tmp_path, "run_b")
        point_latest(tmp_path, "run_a")
    stop.set()
    looking.join()
    assert None not in seen


@pytest.mark.parametrize("error", [OSError(1, "Operation not permitted"), NotImplementedError("no links here")])
def test_without_links_latest_is_a_text_file(tmp_path, monkeypatch, error):
    refuse_links(monkeypatch, error)
    for run_id in ("run_a", "run_b"):
        with EventLogger(logs_dir=tmp_path, run_id=run_id) as logger:
            logger.log("hello")
        assert (tmp_path / "latest.txt").read_text() == f"{run_id}\n"
        assert latest(tmp_path) == tmp_path / run_id
    assert named(tmp_path) == {"run_a", "run_b", "latest.txt"}
    assert RunDirectory.open(tmp_path / "latest").run_id == "run_b"
    assert RunDirectory.open(tmp_path / "latest.txt").run_id == "run_b"


@posix_only
def test_link_and_text_never_contradict_each_other(tmp_path, monkeypatch):
    for name in ("run_a", "run_b", "run_c"):
        (tmp_path / name).mkdir()
    point_latest(tmp_path, "run_a")
    with monkeypatch.context() as patch:
        refuse_links(patch, OSError(1, "Operation not permitted"))
        point_latest(tmp_path, "run_b")
    assert latest(tmp_path) == tmp_path / "run_b"
    assert not (tmp_path / "latest").is_symlink()
    point_latest(tmp_path, "run_c")
    assert latest(tmp_path) == tmp_path / "run_c"
    assert not (tmp_path / "latest.txt").exists()


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_somebody_elses_latest_is_left_alone(tmp_path, make):
    (tmp_path / "run_a").mkdir()
    make(tmp_path / "latest")
    point_latest(tmp_path, "run_a")
    assert (tmp_path / "latest").exists()
    assert not (tmp_path / "latest").is_symlink()
    assert latest(tmp_path) == tmp_path / "run_a"


@pytest.mark.parametrize("content", [b"", b"run_gone\n", b"../elsewhere\n", b"/etc\n", b"\xff\xfe", b"..\n"])
def test_a_latest_that_names_no_run_is_none(tmp_path, content):
    (tmp_path.parent / "elsewhere").mkdir(exist_ok=True)
    (tmp_path / "latest.txt").write_bytes(content)
    assert latest(tmp_path) is None


def test_without_any_run_there_is_no_latest(tmp_path):
    assert latest(tmp_path) is None
    assert latest(tmp_path / "not_there") is None


# --- the manifest -----------------------------------------------------------------------------------------------------


def test_the_manifest_is_written_and_changed(tmp_path):
    run = RunDirectory.create(tmp_path, clock=VirtualClock())
    run.write_manifest(program_version="0.1", experiment="quick_start", started_at=5.0)
    written = json.loads((run.path / "run.json").read_text())
    assert written == {
        "run_id": run.run_id,
        "schema_version": SCHEMA_VERSION,
        "program_version": "0.1",
        "experiment": "quick_start",
        "started_at": 5.0,
        "ended_at": None,
        "status": "running",
        "reason": "",
        "simulated": False,
    }
    changed = run.write_manifest(status="ended", ended_at=9.0, reason="drained")
    assert changed == RunDirectory.open(run.path).manifest()
    assert (changed.experiment, changed.started_at, changed.status) == ("quick_start", 5.0, "ended")
    assert named(run.path) == {"run.json", "match_logs", "data"}


@pytest.mark.parametrize("fields", [{"status": "tired"}, {"started_at": "noon"}, {"colour": "red"}])
def test_a_manifest_holds_only_what_it_should(tmp_path, fields):
    run = RunDirectory.create(tmp_path, clock=VirtualClock())
    before = run.write_manifest(experiment="quick_start")
    with pytest.raises((TypeError, ValueError)):
        run.write_manifest(**fields)
    assert run.manifest() == before


def test_a_manifest_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    run = RunDirectory.create(tmp_path, clock=VirtualClock())
    run.write_manifest(experiment="quick_start")
    monkeypatch.setattr(files, "write_all", _disk_full)
    with pytest.raises(RunDirectoryError, match=r"run\.json: the disk is full.*Free some space") as failure:
        run.write_manifest(status="ended")
    assert failure.value.errno == 28
    assert run.manifest().status == "running"
    assert named(run.path) == {"run.json", "match_logs", "data"}


def _disk_full(fd: int, data: bytes) -> None:
    os.write(fd, data[:10])
    raise OSError(28, "No space left on device")


@posix_only
def test_the_manifest_can_be_read_by_the_rest_of_the_lab(tmp_path):
    run = RunDirectory.create(tmp_path, clock=VirtualClock())
    run.write_manifest()
    assert run.manifest_path.stat().st_mode & 0o444 == 0o444


# --- opening and listing ----------------------------------------------------------------------------------------------


def test_a_run_opens_by_its_directory_its_log_or_latest(tmp_path):
    with EventLogger(logs_dir=tmp_path, run_id="run_a") as logger:
        logger.log("hello")
    for given in (tmp_path / "run_a", str(tmp_path / "run_a"), logger.path, tmp_path / "latest"):
        run = RunDirectory.open(given)
        assert (run.run_id, run.events_path.resolve()) == ("run_a", logger.path.resolve())


def test_what_is_no_run_is_said_so(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for name, problem in (("file", "is a file"), ("empty", "is not a run"), ("gone", "does not exist")):
        with pytest.raises(RunDirectoryError, match=f"{name} {problem}.*Give the directory of a run"):
            RunDirectory.open(tmp_path / name)


def test_runs_are_listed_newest_first(tmp_path):
    for second in range(11):
        clock = VirtualClock(at("2026-01-31 14:25:00"))
        run = RunDirectory.create(tmp_path, clock=clock)
        run.write_manifest(started_at=clock.time() if second < 10 else clock.time() - 3600.0)
    RunDirectory.create(tmp_path, clock=SystemClock(), run_id="empty")  # neither log nor manifest: not a run yet
    point_latest(tmp_path, run.run_id)
    (tmp_path / "notes.txt").write_text("x")
    listed = [summary.run_id.removeprefix("run_20260131_142500") for summary in list_runs(tmp_path)]
    assert listed == ["_10", "_9", "_8", "_7", "_6", "_5", "_4", "_3", "_2", "", "_11"]


def test_the_newest_few_are_listed_without_a_look_into_the_others(tmp_path, monkeypatch):
    clock = VirtualClock(at("2026-01-31 14:25:00"))
    for _ in range(11):
        RunDirectory.create(tmp_path, clock=clock).write_manifest(started_at=clock.time())
    (tmp_path / "run_20990101_000000").mkdir()  # holds nothing: not a run
    RunDirectory.create(tmp_path, clock=clock, run_id="pilot").write_manifest(started_at=clock.time() + 9.0)
    os.utime(tmp_path / "pilot", (clock.time() + 9.0, clock.time() + 9.0))
    looked_into: list[str] = []
    read = RunDirectory.manifest
    monkeypatch.setattr(RunDirectory, "manifest", lambda run: looked_into.append(run.run_id) or read(run))
    names = [summary.run_id for summary in list_runs(tmp_path, newest=3)]
    assert names == ["pilot", "run_20260131_142500_11", "run_20260131_142500_10"]
    assert sorted(looked_into) == sorted(names)


def test_one_bad_directory_does_not_hide_the_others(tmp_path):
    good = RunDirectory.create(tmp_path, clock=VirtualClock(at("2026-01-31 14:25:00")))
    good.write_manifest(experiment="quick_start", started_at=at("2026-01-31 14:25:00"), status="ended", ended_at=1.0)
    good.events_path.write_bytes(b"12345")
    for name, content in {
        "run_20260131_142501": b"{torn",
        "run_20260131_142502": b"\xff\xfe",
        "run_20260131_142503": b'{"run_id": 3}',
        "run_20269999_999999": b"[" * 100_000,
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_bytes(content)
    (tmp_path / "run_20260131_142504" / "run.json").mkdir(parents=True)
    (tmp_path / "run_20260131_142505").mkdir()
    (tmp_path / "run_20260131_142505" / "events.jsonl").touch()
    runs = {summary.run_id: summary for summary in list_runs(tmp_path)}
    assert len(runs) == 7
    bad = [summary for summary in runs.values() if summary.run_id != good.run_id]
    assert all(summary.status == "unknown" and "run.json" in summary.problem for summary in bad)
    assert runs["run_20260131_142501"].started_at == at("2026-01-31 14:25:01")
    fine = runs[good.run_id]
    assert (fine.status, fine.experiment, fine.events_bytes, fine.problem) == ("ended", "quick_start", 5, "")


def test_listing_a_folder_that_is_not_there_or_no_folder(tmp_path):
    assert list_runs(tmp_path / "not_there") == []
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunDirectoryError, match="Could not read the logs folder"):
        list_runs(tmp_path / "file")


@pytest.mark.skipif(os.name == "nt", reason="the system makes no such link without being asked to")
def test_a_path_that_cannot_be_followed_is_a_sentence(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    for path in (tmp_path / "loop", tmp_path / ("x" * 300)):
        with pytest.raises(RunDirectoryError, match=r"Could not open .* Check its name"):
            RunDirectory.open(path)
