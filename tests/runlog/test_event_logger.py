"""Writing a log: what is in the file, when, and what happens when it cannot be."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest

from core import events as ev
from core.clock import VirtualClock
from core.runlog.disk_sync import DiskSync
from core.runlog.event_logger import EventLogger, LogWriteError, NotJsonError
from core.runlog.follower import Follower, read_events
from core.runlog.run_directory import RunDirectory, RunDirectoryError, latest
from tests.runlog import stories

needs_dev_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


# --- where it is written --------------------------------------------------------------------------------------------


def test_a_run_has_its_own_directory_with_its_events_in_it(tmp_path):
    with EventLogger(logs_dir=str(tmp_path / "new" / "logs"), run_id="run_20260131_142500") as logger:
        logger.log("participant_joined", {"subject_id": "ana"})
        assert logger.path == tmp_path / "new" / "logs" / "run_20260131_142500" / "events.jsonl"
        assert logger.run_dir == logger.path.parent
        assert logger.run_id == "run_20260131_142500"
        [line] = lines(logger.path)  # before close: it is in the file when log() returns
    assert line["event_type"] == "participant_joined"
    assert line["subject_id"] == "ana"


def test_earlier_runs_are_kept_and_latest_points_at_the_newest(tmp_path):
    with EventLogger(logs_dir=tmp_path, run_id="run_20260131_142500") as first:
        first.log("one")
    before = first.path.read_bytes()
    with EventLogger(logs_dir=tmp_path, run_id="run_20260131_142501") as second:
        second.log("two")
    assert first.path.read_bytes() == before
    assert latest(tmp_path) == second.run_dir
    assert lines(tmp_path / "latest" / "events.jsonl")[0]["event_type"] == "two"


def test_a_run_id_whose_log_exists_gets_a_directory_of_its_own(tmp_path):
    with (
        EventLogger(logs_dir=tmp_path, run_id="run_x") as first,
        EventLogger(logs_dir=tmp_path, run_id="run_x") as again,
    ):
        first.log("one")
        again.log("two")
    assert again.run_id == "run_x_2"
    assert again.run_dir == tmp_path / "run_x_2"
    assert [line["event_type"] for line in lines(first.path)] == ["one"]
    assert latest(tmp_path) == again.run_dir


def test_a_directory_made_beforehand_is_used(tmp_path):
    run = RunDirectory.create(tmp_path, clock=VirtualClock())
    with EventLogger(logs_dir=tmp_path, run_id=run.run_id) as logger:
        assert logger.path == run.events_path


def test_legacy_mode_is_one_file_cleared_at_start(tmp_path):
    for _ in range(2):
        with EventLogger(logs_dir=tmp_path / "logs") as logger:
            logger.log("only_this", {"n": 1})
        assert logger.path == tmp_path / "logs" / "run.jsonl"
        assert [line["event_type"] for line in lines(logger.path)] == ["only_this"]
    assert logger.run_dir is None
    assert sorted(entry.name for entry in (tmp_path / "logs").iterdir()) == ["run.jsonl"]


def test_legacy_mode_takes_any_file(tmp_path):
    with EventLogger(str(tmp_path / "deep" / "mine.jsonl")) as logger:
        logger.log("hello")
    assert lines(tmp_path / "deep" / "mine.jsonl")[0]["event_type"] == "hello"


def test_without_arguments_it_writes_into_logs_of_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with EventLogger() as logger:
        logger.log("hello")
    assert (tmp_path / "logs" / "run.jsonl").exists()


@pytest.mark.parametrize("run_id", ["../up", "a/b", "a\\b", "..", ".hidden", "latest", "x" * 101, "run\n", "C:x"])
def test_a_run_id_is_never_a_path(tmp_path, run_id):
    with pytest.raises(RunDirectoryError, match="cannot name a run"):
        EventLogger(logs_dir=tmp_path / "logs", run_id=run_id)
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize("arguments", [{"run_id": "run_x"}, {}])
def test_a_logs_folder_that_is_a_file_is_named_in_the_error(tmp_path, arguments):
    (tmp_path / "logs").write_text("I am a file")
    with pytest.raises(OSError, match=r"logs.*(a file stands|folder)"):
        EventLogger(logs_dir=tmp_path / "logs", **arguments)
    assert (tmp_path / "logs").read_text() == "I am a file"


# --- what is written ------------------------------------------------------------------------------------------------


def test_append_stamps_number_and_times(tmp_path):
    clock = VirtualClock(start_unix_s=1000.0)
    clock.advance(5.0)
    with EventLogger(logs_dir=tmp_path, run_id="r", clock=clock) as logger:
        first = logger.append(ev.RunStarted(run_id="r"))
        clock.advance(2.5)
        second = logger.append(ev.ParticipantJoined(subject_id="ana"))
    assert (first.seq, first.timestamp, first.elapsed_s) == (1, 1005.0, 0.0)
    assert (second.seq, second.timestamp, second.elapsed_s) == (2, 1007.5, 2.5)
    assert read_events(logger.path) == [first, second]


def test_every_event_type_reads_back_as_it_was_written(tmp_path):
    clock = VirtualClock()
    with EventLogger(logs_dir=tmp_path, run_id="r", clock=clock) as logger:
        written = stories.write(logger, clock)
    assert {type(event) for event in written} == set(ev.EVENT_TYPES.values())
    assert read_events(logger.path) == written
    # One event a line to any reader: somebody wrote U+2028, which ends a line for `splitlines`.
    assert [json.loads(line)["seq"] for line in logger.path.read_text("utf-8").splitlines()] == [e.seq for e in written]


def test_log_puts_the_keys_at_top_level_and_says_what_it_wrote(tmp_path):
    with EventLogger(tmp_path / "x.jsonl", clock=VirtualClock(start_unix_s=7.0)) as logger:
        written = logger.log("my_own", {"deep": {"list": [1, 2.5, None, True, "ü\n"]}, "n": 2**70})
        nothing = logger.log("no_data")
    assert written == {
        "event_type": "my_own",
        "seq": 1,
        "timestamp": 7.0,
        "elapsed_s": 0.0,
        "deep": {"list": [1, 2.5, None, True, "ü\n"]},
        "n": 2**70,
    }
    assert lines(logger.path) == [written, nothing]


def test_log_takes_tuples_and_whole_number_keys_as_json_does(tmp_path):
    with EventLogger(tmp_path / "x.jsonl") as logger:
        logger.log("moves", {"pair": ("ana", "bo"), "by_player": {0: "left", 1: "right"}})
    [line] = lines(logger.path)
    assert line["pair"] == ["ana", "bo"]
    assert line["by_player"] == {"0": "left", "1": "right"}


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"a": {"b": [0, float("nan")]}}, r"a\.b\[1\] is nan"),
        ({"a": float("inf")}, "a is inf"),
        ({"seen": {1, 2}}, "seen is of type set"),
        ({"raw": b"x"}, "raw is of type bytes"),
        ({"when": object()}, "when is of type object"),
        ({"text": "\ud800"}, "text holds text that is not valid Unicode"),
        ({"bad\ud800": 1}, "not valid Unicode"),
        ({"a": {(1, 2): 3}}, r"a has the key \(1, 2\)"),
        ({"seq": 3}, "the key 'seq' is the log's own"),
        ({"timestamp": 3}, "the key 'timestamp' is the log's own"),
        ([1], "must be a dict"),
    ],
)
def test_what_is_no_json_is_named_and_nothing_is_written(tmp_path, data, named):
    with EventLogger(tmp_path / "x.jsonl") as logger:
        logger.log("before")
        with pytest.raises(NotJsonError, match=named):
            logger.log("refused", data)
        assert logger.log("after")["seq"] == 2  # the log is intact, and no number is missing
    assert [line["event_type"] for line in lines(logger.path)] == ["before", "after"]


def test_nesting_without_end_is_refused(tmp_path):
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with EventLogger(tmp_path / "x.jsonl") as logger:
        with pytest.raises(NotJsonError, match="nested too deeply"):
            logger.log("deep", {"x": deep})
        with pytest.raises(NotJsonError, match="nested too deeply"):
            logger.append(ev.GameData(game_id="g", scene_id="s", subject_id="ana", data=deep))
    assert logger.path.read_bytes() == b""


@pytest.mark.parametrize(
    ("event", "named"),
    [
        (ev.ServerRttMeasured(subject_id="a", rtt_ms=float("nan"), sample_ms=1.0), "rtt_ms"),
        (ev.ProbeStarted(probe_session_id="p", subject_a=3, subject_b="b"), "subject_a"),
        (ev.ParticipantLeft(subject_id="a", reason="bored"), "reason"),
        (ev.PageCompleted(subject_id="a", scene_id="s", data={"x": [float("inf")]}), r"data\.x\[0\] is inf"),
        (ev.PageCompleted(subject_id="\udfff", scene_id="s"), "subject_id holds text that is not valid Unicode"),
    ],
)
def test_an_event_that_would_not_read_back_is_refused(tmp_path, event, named):
    with EventLogger(tmp_path / "x.jsonl") as logger:
        with pytest.raises(NotJsonError, match=named):
            logger.append(event)
        assert logger.append(ev.ParticipantJoined(subject_id="a")).seq == 1
    assert len(lines(logger.path)) == 1


def test_several_threads_may_log(tmp_path):
    with EventLogger(tmp_path / "x.jsonl", fsync=False) as logger:
        threads = [
            threading.Thread(target=lambda who=who: [logger.log("tick", {"who": who}) for _ in range(300)])
            for who in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [line["seq"] for line in lines(logger.path)] == list(range(1, 1201))


# --- read_recent ----------------------------------------------------------------------------------------------------


def test_read_recent_is_oldest_first(tmp_path):
    with EventLogger(tmp_path / "x.jsonl") as logger:
        assert logger.read_recent(3) == []
        for n in range(10):
            logger.log("tick", {"n": n})
        assert [line["n"] for line in logger.read_recent(3)] == [7, 8, 9]
        assert [line["n"] for line in logger.read_recent(100)] == list(range(10))
        assert logger.read_recent(0) == []
    assert [line["n"] for line in logger.read_recent(1)] == [9]


def test_read_recent_reads_only_the_end_of_a_large_file(tmp_path):
    path = tmp_path / "x.jsonl"
    with EventLogger(path) as logger:
        with path.open("r+b") as file:
            file.truncate(2**40)  # a sparse terabyte: reading it all would not end
        logger.log("first", {"text": "\n"})
        logger.log("second", {"text": "y" * 1_000_000})
        logger.log("third")
        tracemalloc.start()
        assert [line["event_type"] for line in logger.read_recent(2)] == ["second", "third"]
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak_bytes < 10_000_000


def test_read_recent_puts_lines_together_across_blocks(tmp_path):
    with EventLogger(tmp_path / "x.jsonl", fsync=False) as logger:
        written = [logger.log("tick", {"text": "ü" * (n * 37 % 5000)}) for n in range(300)]
        assert logger.read_recent(299) == written[1:]
        assert logger.read_recent(10**9) == written


def test_read_recent_leaves_broken_lines_out(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"event_type":"a"}\r\n\n[1]\n\xff\xfe\n{"event_type":"b"}\n{"event_type":"torn')
    with EventLogger(path, resume=True) as logger:
        assert [line["event_type"] for line in logger.read_recent(9)] == ["a", "b"]


# --- going on with a log --------------------------------------------------------------------------------------------


def test_resuming_goes_on_counting_and_closes_a_torn_line(tmp_path):
    clock = VirtualClock(start_unix_s=100.0)
    with EventLogger(logs_dir=tmp_path, run_id="r", clock=clock) as logger:
        logger.append(ev.RunStarted(run_id="r"))
        clock.advance(4.0)
        logger.append(ev.ParticipantJoined(subject_id="ana"))
    torn = logger.path.read_bytes() + b'{"event_type":"participant_jo'
    logger.path.write_bytes(torn)

    later = VirtualClock(start_unix_s=110.0)
    with EventLogger(logs_dir=tmp_path, run_id="r", clock=later, resume=True) as again:
        assert again.path == logger.path
        event = again.append(ev.ParticipantJoined(subject_id="bo"))
    assert (event.seq, event.elapsed_s) == (3, 10.0)
    assert again.path.read_bytes().startswith(torn + b"\n")
    follower = Follower(again.path)
    assert [read.seq for read in follower.poll()] == [1, 2, 3]
    assert [number for number, _ in follower.bad_lines] == [3]


def test_elapsed_time_never_goes_back_though_the_wall_clock_did(tmp_path):
    clock = VirtualClock(start_unix_s=1000.0)
    with EventLogger(tmp_path / "x.jsonl", clock=clock) as logger:
        clock.advance(50.0)
        logger.log("late")
    with EventLogger(tmp_path / "x.jsonl", clock=VirtualClock(start_unix_s=3.0), resume=True) as again:
        assert again.log("later")["elapsed_s"] == 50.0


@pytest.mark.parametrize("arguments", [{"run_id": "r"}, {}])
def test_resuming_what_is_not_there_begins_it(tmp_path, arguments):
    with EventLogger(logs_dir=tmp_path, resume=True, **arguments) as logger:
        assert logger.log("first")["seq"] == 1


# --- when it cannot be written --------------------------------------------------------------------------------------


@needs_dev_full
def test_a_full_disk_stops_the_log_for_good():
    logger = EventLogger("/dev/full")
    with pytest.raises(LogWriteError, match=r"/dev/full: the disk is full.*[Ff]ree some space") as failure:
        logger.log("lost")
    assert failure.value.errno == 28
    with pytest.raises(LogWriteError, match="the disk is full"):
        logger.append(ev.ParticipantJoined(subject_id="ana"))
    with pytest.raises(LogWriteError):
        logger.sync()
    assert isinstance(logger.failure, LogWriteError)
    logger.close()


def test_a_line_cut_short_by_the_disk_leaves_a_log_that_reads_cleanly(tmp_path):
    """A real short write: the system takes part of the line and refuses the rest."""
    pytest.importorskip("resource")
    script = """
import resource, signal, sys
from core.runlog.event_logger import EventLogger, LogWriteError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
logger = EventLogger(sys.argv[1])
for attempt in range(3):
    try:
        for n in range(100):
            # So long that the second line crosses the limit: short ones could end exactly on it.
            print("written", logger.log("tick", {"n": n, "text": "x" * 600})["seq"])
    except LogWriteError as error:
        print(error)
"""
    path = tmp_path / "x.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.count(str(path)) == 3  # it failed each time, not only once
    assert path.stat().st_size == 1000
    follower = Follower(path)
    told = [int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("written")]
    assert [event.seq for event in follower.poll()] == told == list(range(1, path.read_bytes().count(b"\n") + 1))
    assert follower.torn_bytes > 0
    assert follower.bad_lines == []


def test_after_closing_nothing_more_is_taken(tmp_path):
    logger = EventLogger(tmp_path / "x.jsonl")
    logger.close()
    logger.close()
    with pytest.raises(LogWriteError, match="closed"):
        logger.log("too_late")
    with pytest.raises(LogWriteError, match="closed"):
        logger.append(ev.ParticipantJoined(subject_id="too_late"))
    with pytest.raises(LogWriteError, match="closed"):
        logger.flush()


# --- forcing to disk ------------------------------------------------------------------------------------------------


class SlowDisk:
    """Takes the place of the system's fdatasync: counts, can be held up, can fail."""

    def __init__(self, monkeypatch) -> None:
        self.calls = 0
        self.called = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.error: OSError | None = None
        for name in ("fdatasync", "fsync"):
            monkeypatch.setattr(os, name, self, raising=False)

    def __call__(self, fd: int) -> None:
        self.calls += 1
        self.called.set()
        self.go_on.wait(30)
        if self.error is not None:
            raise self.error


def sync_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "log-sync"]


def test_a_slow_disk_holds_nobody_up(tmp_path, monkeypatch):
    disk = SlowDisk(monkeypatch)
    disk.go_on.clear()
    with EventLogger(tmp_path / "x.jsonl") as logger:
        logger.log("first")
        assert disk.called.wait(30)
        for _ in range(1000):
            logger.log("tick")
        assert disk.calls == 1  # still in the first one, and 1,000 events were written meanwhile
        assert len(lines(logger.path)) == 1001
        disk.go_on.set()
    assert disk.calls == 2
    assert sync_threads() == []


def test_an_unforceable_disk_stops_the_log(tmp_path, monkeypatch):
    disk = SlowDisk(monkeypatch)
    disk.error = OSError(5, "Input/output error")
    logger = EventLogger(tmp_path / "x.jsonl")
    logger.log("first")
    for thread in sync_threads():
        thread.join(30)
    assert logger.failure is not None
    with pytest.raises(LogWriteError, match="Input/output error"):
        logger.log("second")
    with pytest.raises(LogWriteError, match="Input/output error"):
        logger.append(ev.ParticipantJoined(subject_id="third"))
    assert [line["event_type"] for line in lines(logger.path)] == ["first"]
    logger.close()  # known already, so not said again


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody take away a file that is open")
@pytest.mark.parametrize("how", ["removed", "moved", "replaced"])
def test_a_log_that_is_taken_away_is_said_instead_of_writing_for_nobody(tmp_path, how):
    logger = EventLogger(logs_dir=tmp_path, run_id="run_1")
    if how == "removed":
        shutil.rmtree(tmp_path)
    elif how == "moved":
        logger.run_dir.rename(tmp_path / "elsewhere")
    else:
        (tmp_path / "copy").write_bytes(b"")
        (tmp_path / "copy").replace(logger.path)
    logger.log("first")  # the system takes it
    with pytest.raises(LogWriteError, match=r"events\.jsonl is not there any more"):
        logger.close()


def test_a_disk_that_fails_at_the_very_end_is_said_at_close(tmp_path, monkeypatch):
    disk = SlowDisk(monkeypatch)
    disk.error = OSError(5, "Input/output error")
    disk.go_on.clear()
    logger = EventLogger(tmp_path / "x.jsonl")
    logger.log("first")
    assert disk.called.wait(30)
    disk.go_on.set()
    with pytest.raises(LogWriteError, match="Input/output error"):
        logger.close()


def test_sync_says_at_once_that_the_disk_failed(tmp_path, monkeypatch):
    logger = EventLogger(tmp_path / "x.jsonl")
    SlowDisk(monkeypatch).error = OSError(5, "Input/output error")
    with pytest.raises(LogWriteError, match="Input/output error"):
        logger.sync()
    with pytest.raises(LogWriteError):
        logger.log("second")
    logger.close()


def test_requests_within_the_gap_are_one_and_urgent_ones_do_not_wait(monkeypatch):
    disk = SlowDisk(monkeypatch)
    sync = DiskSync(fd=-1, on_failure=pytest.fail, gap_s=3600.0)
    sync.request()
    assert disk.called.wait(30)
    disk.called.clear()
    for _ in range(1000):
        sync.request()
    assert disk.calls == 1
    sync.request(at_once=True)
    assert disk.called.wait(30)
    [thread] = sync_threads()
    thread.join(0.2)
    assert thread.is_alive()  # waiting for the gap to pass, again
    sync.request()
    assert disk.calls == 2
    sync.finish()
    assert disk.calls == 3
    assert sync_threads() == []


@pytest.mark.parametrize(
    "event", [ev.RunEnded(reason="drained"), ev.MatchFormed(game_id="g", scene_id="s", participants=[])]
)
def test_matches_and_the_end_go_to_disk_at_once(tmp_path, monkeypatch, event):
    asked: list[bool] = []
    monkeypatch.setattr(DiskSync, "request", lambda self, at_once=False: asked.append(at_once))
    with EventLogger(tmp_path / "x.jsonl") as logger:
        logger.append(ev.ParticipantJoined(subject_id="a"))
        logger.append(event)
        logger.log(type(event).__struct_config__.tag)
    assert asked == [False, True, True]


def test_without_fsync_there_is_no_thread_and_no_sync(tmp_path, monkeypatch):
    disk = SlowDisk(monkeypatch)
    with EventLogger(tmp_path / "x.jsonl", fsync=False) as logger:
        logger.log("first")
        logger.flush()
        logger.sync()
        assert sync_threads() == []
    assert disk.calls == 0


# --- programs that end badly ----------------------------------------------------------------------------------------


def test_a_program_that_forgets_to_close_its_log_still_ends(tmp_path):
    script = "import sys; from core.runlog.event_logger import EventLogger; EventLogger(sys.argv[1]).log('hello')"
    subprocess.run([sys.executable, "-W", "error", "-c", script, str(tmp_path / "x.jsonl")], check=True, timeout=60)
    assert len(lines(tmp_path / "x.jsonl")) == 1


def test_everything_written_before_a_kill_is_there(tmp_path):
    script = """
import sys
from core import events as ev
from core.runlog.event_logger import EventLogger
logger = EventLogger(logs_dir=sys.argv[1], run_id="r")
logger.append(ev.RunStarted(run_id="r"))
while True:
    event = logger.append(ev.ServerRttMeasured(subject_id="ana", rtt_ms=1.5, sample_ms=2.5))
    print(event.seq, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(200):
            writer.stdout.readline()
        writer.kill()
        said = writer.stdout.read().split("\n")[:-1]
    follower = Follower(tmp_path / "r" / "events.jsonl")
    events = follower.poll()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[-1].seq >= int(said[-1] if said else 201)
    assert follower.bad_lines == []
    with EventLogger(logs_dir=tmp_path, run_id="r", resume=True) as again:
        assert again.log("found_again")["seq"] == len(events) + 1


# --- many lines at a time ---------------------------------------------------------------------------------------------


def test_gathered_lines_are_written_together_and_none_is_left_behind(tmp_path):
    path = tmp_path / "x.jsonl"
    with EventLogger(path, fsync=False, gather_bytes=1_000) as logger:
        logger.log("first")
        assert path.read_bytes() == b""
        while not path.read_bytes():
            logger.log("more")
        whole = path.read_bytes()
        assert len(whole) >= 1_000
        assert whole.endswith(b"}\n")
        logger.log("asked_for")
        assert [line["event_type"] for line in logger.read_recent(1)] == ["asked_for"]
        logger.log("flushed")
        logger.flush()
        assert b"flushed" in path.read_bytes()
        logger.log("last")
    written = lines(path)
    assert [line["seq"] for line in written] == list(range(1, len(written) + 1))
    assert written[-1]["event_type"] == "last"


@needs_dev_full
def test_gathered_lines_that_cannot_be_written_are_told_at_the_end():
    logger = EventLogger("/dev/full", fsync=False, gather_bytes=1_000)
    logger.log("first")
    with pytest.raises(LogWriteError, match="the disk is full"):
        logger.close()
    logger.close()
