"""The list of runs: every one found, rightly summed up, and never from a cache that is behind."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import pytest

from core.analysis.runs import run_index
from core.analysis.runs.quick_summary import QuickSummary
from core.analysis.runs.run_index import Progress, RunIndex, cache_places
from core.analysis.runs.run_line import RunLine
from core.analysis.runs.summary_cache import CACHE_FILE
from core.runlog.files import LogReadError
from core.runlog.run_directory import EVENTS_FILE, MANIFEST_FILE, RunDirectoryError
from core.runlog.run_notes import write_notes
from tests.analysis.run_folders import START_UNIX_S, append, as_root, log_of, make_run, settle, small_story


def listed(*folders: Path, places: list[Path] | None = None, on: list[Path] | None = None) -> list[RunLine]:
    return list(RunIndex(places or [], lambda _folder: on or []).lines(folders))


def only(folder: Path, **options) -> RunLine:
    (line,) = listed(folder, **options)
    return line


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """The logs that were read, by the names of their runs."""
    read, names = QuickSummary.read, []

    def counted(summary, *arguments):
        names.append(summary.path.parent.name)
        return read(summary, *arguments)

    monkeypatch.setattr(QuickSummary, "read", counted)
    return names


# --- one line ---


def test_a_run_in_one_line(tmp_path):
    run = make_run(tmp_path, "run_20261121_140302")
    (run.data_dir).mkdir()
    (run.data_dir / "x.json").write_bytes(b"x" * 1000)
    write_notes(run.path, ["pilot"], "loud heating")
    line = only(tmp_path)
    assert line == RunLine(
        path=str(run.path),
        run_id="run_20261121_140302",
        experiment="quick_start",
        started_at=START_UNIX_S,
        duration_s=60.0,
        participants=3,
        matches=1,
        rejected_share=1 / 3,
        failed_share=1 / 3,
        waited_s_median=3.0,
        waited_s_p95=pytest.approx(3.9),
        p2p_rtt_ms_median=190.0,
        thresholds=[150, 80],
        ended="all games had finished",
        tags=["pilot"],
        note="loud heating",
        size_bytes=1000 + sum(file.stat().st_size for file in run.path.iterdir() if file.is_file()),
        events=len(small_story().events),
    )


@pytest.mark.parametrize(
    ("log", "state", "words"),
    [
        (log_of(small_story()), "complete", ""),
        (log_of(small_story(ended=False)), "interrupted", "does not say that it ended"),
        (log_of(small_story(ended=False))[:-9], "interrupted", "half a line"),
        (log_of(small_story()) + b'{"event', "damaged", "half a line"),
        (
            log_of(small_story()).replace(b'{"event_type":"match', b'{"event_type:"match'),
            "damaged",
            "no event and left out (line ",
        ),
        (b"\n\x00\n" + log_of(small_story()), "damaged", "one line of its log is no event"),
        (b'{"level":"info"}\n' * 9, "damaged", "9 lines of its log are no event"),
        (log_of(small_story()).partition(b"\n")[2], "damaged", "does not begin as a run does"),
        (b"", "damaged", "its log is empty"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, log, state, words):
    make_run(tmp_path, "run_1", log)
    line = only(tmp_path)
    assert line.state == state
    assert words in " ".join(line.problems)
    assert bool(line.problems) == (state != "complete")


def test_without_a_manifest_the_log_speaks_for_itself(tmp_path):
    run = make_run(tmp_path, "run_20261121_140302")
    run.manifest_path.unlink()
    line = only(tmp_path)
    assert (line.state, line.experiment, line.matches) == ("complete", "quick_start", 1)
    assert line.problems == [
        "Could not read run.json: No such file or directory. The events may still open without it."
    ]
    run.manifest_path.write_bytes(b'{"jobs": []}')
    assert "run.json is not a manifest" in only(tmp_path).problems[0]


def test_without_a_log_the_manifest_says_what_it_knows(tmp_path):
    run = make_run(tmp_path, "run_20261121_140302")
    run.events_path.unlink()
    line = only(tmp_path)
    assert (line.state, line.experiment, line.problems) == ("damaged", "quick_start", ["it has no log (events.jsonl)"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_in_place_of_a_log_holds_nobody_up(tmp_path):
    run = make_run(tmp_path, "run_1")
    run.events_path.unlink()
    os.mkfifo(run.events_path)
    assert only(tmp_path).problems == ["it has no log (events.jsonl)"]


def test_it_is_running_only_if_somebody_runs_it(tmp_path):
    run = make_run(tmp_path, "run_1", log_of(small_story(ended=False)) + b'{"half', status="running")
    assert only(tmp_path).state == "interrupted"
    line = only(tmp_path, on=[run.path])
    assert (line.state, line.ended, line.problems) == ("running", "is on", [])
    append(run.path, b"\n")
    assert "no event" in only(tmp_path, on=[run.path]).problems[0]


@pytest.mark.parametrize(
    ("simulated", "joined", "people"), [(True, False, "simulated"), (False, True, "mixed"), (False, False, "real")]
)
def test_it_says_whether_people_took_part(tmp_path, simulated, joined, people):
    story = small_story(simulated=simulated)
    make_run(tmp_path, "run_1", log_of(story.join("bot", simulated=True) if joined else story))
    assert only(tmp_path).people == people


# --- finding ---


def test_runs_are_found_in_folders_below_and_each_once(tmp_path):
    make_run(tmp_path, "run_20261121_140302")
    make_run(tmp_path, "run_20261122_090000")
    make_run(tmp_path / "study" / "pilot", "run_20261101_090000")
    make_run(tmp_path / ".hidden", "run_20261101_090001")
    make_run(tmp_path / "run_20261122_090000" / "data", "run_inside_a_run")
    (tmp_path / "empty").mkdir()
    (tmp_path / "letter.txt").write_text("x")
    names = [line.run_id for line in listed(tmp_path, tmp_path / "study", tmp_path / "run_20261121_140302")]
    assert names == ["run_20261101_090000", "run_20261122_090000", "run_20261121_140302"]
    assert listed(tmp_path / "nowhere") == []
    assert listed(tmp_path / "letter.txt") == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there that a test may not have")
def test_links_lead_to_runs_but_not_in_circles(tmp_path):
    logs, elsewhere = tmp_path / "logs", tmp_path / "elsewhere"
    run = make_run(logs, "run_1")
    other = make_run(elsewhere, "run_2")
    (logs / "latest").symlink_to("run_1")
    (logs / "borrowed").symlink_to(other.path)
    (logs / "circle").symlink_to("..")
    (logs / "dangling").symlink_to("nothing")
    (tmp_path / "link").symlink_to(logs)
    for folder in (logs, tmp_path / "link"):
        assert [line.path for line in listed(folder)] == [str(run.path), str(other.path)]


@pytest.mark.parametrize("name", ["a b", "größe 🙂", "<b>bold", "100 % 'quoted' \"twice\"", "two\nlines", "run\udcff"])
def test_names_may_be_odd(tmp_path, monkeypatch, reads, name):
    settle(monkeypatch)
    try:
        make_run(tmp_path / name, name, run_id="run_1")
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    places = cache_places(tmp_path, None)
    first = only(tmp_path, places=places)
    assert (first.run_id, first.matches) == (name, 1)
    assert only(tmp_path, places=places) == first
    assert reads == [name]


def test_a_folder_that_cannot_be_read_is_an_error_and_a_run_in_it_a_line(tmp_path):
    if as_root() or sys.platform == "win32":
        pytest.skip("root may read everything, and Windows keeps rights elsewhere")
    run = make_run(tmp_path, "run_20261121_140302")
    run.path.chmod(0)
    try:
        line = only(tmp_path)
    finally:
        run.path.chmod(0o755)
    assert line.state == "damaged"
    assert "cannot be read" in line.problems[0]
    tmp_path.chmod(0)
    try:
        with pytest.raises(RunDirectoryError, match="Choose another one"):
            listed(tmp_path)
    finally:
        tmp_path.chmod(0o755)


def test_it_tells_how_far_it_is_and_stops_when_told(tmp_path):
    for number in range(5):
        make_run(tmp_path, f"run_{number}")
    told: list[Progress] = []
    lines = RunIndex().lines([tmp_path], told=told.append)
    assert next(lines).run_id == "run_4"
    assert told == [Progress(1, 5)]
    assert [line.run_id for line in RunIndex().lines([tmp_path], stopped=lambda: True)] == []
    list(lines)
    assert told[-1] == Progress(5, 5)


def test_a_long_walk_shows_what_it_has_found_so_far(tmp_path, monkeypatch):
    monkeypatch.setattr(run_index, "_LOOK_AHEAD_S", -1.0)
    for number in range(3):
        make_run(tmp_path, f"run_{number}")
    told: list[Progress] = []
    assert len(list(RunIndex().lines([tmp_path], told=told.append))) == 3
    assert told[-1] == Progress(3, None)


# --- the cache ---


def test_what_has_not_changed_is_not_read_again(tmp_path, monkeypatch, reads):
    settle(monkeypatch)
    for number in range(3):
        make_run(tmp_path, f"run_{number}")
    places = cache_places(tmp_path, None)
    first = listed(tmp_path, places=places)
    assert len(reads) == 3
    assert [line.__class__ for line in listed(tmp_path, places=places)] == [RunLine] * 3
    # Three files more in each look: what is beside the log is looked at each time.
    write_notes(tmp_path / "run_1", ["later"], "")
    again = listed(tmp_path, places=places)
    assert [line.tags for line in again] == [[], ["later"], []]
    assert [line.matches for line in again] == [line.matches for line in first]
    assert len(reads) == 3


@pytest.mark.parametrize("file", [EVENTS_FILE, MANIFEST_FILE])
def test_what_has_changed_is_read_again_even_if_size_and_time_are_put_back(tmp_path, monkeypatch, reads, file):
    settle(monkeypatch)
    run = make_run(tmp_path, "run_1")
    places = cache_places(tmp_path, None)
    index = RunIndex(places)
    list(index.lines([tmp_path]))
    before = (run.path / file).stat()
    content = (run.path / file).read_bytes()
    (run.path / file).write_bytes(content.replace(b"quick_start", b"slow__start"))
    os.utime(run.path / file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (run.path / file).stat().st_size == before.st_size
    list(index.lines([tmp_path]))
    assert len(reads) == 2
    assert only(tmp_path, places=places).experiment == ("slow__start" if file == EVENTS_FILE else "quick_start")


def test_what_could_not_be_read_is_tried_again(tmp_path, monkeypatch):
    settle(monkeypatch)
    make_run(tmp_path, "run_1")
    places = cache_places(tmp_path, None)
    read = QuickSummary.read

    def refused(_summary, *_arguments):
        raise LogReadError("Could not read it: permission denied.")

    monkeypatch.setattr(QuickSummary, "read", refused)
    assert "permission denied" in only(tmp_path, places=places).problems[0]
    monkeypatch.setattr(QuickSummary, "read", read)
    assert only(tmp_path, places=places).problems == []


def test_what_was_written_a_moment_ago_is_not_trusted(tmp_path, reads):
    make_run(tmp_path, "run_1")
    places = cache_places(tmp_path, None)
    listed(tmp_path, places=places)
    listed(tmp_path, places=places)
    assert len(reads) == 2


def test_a_growing_run_is_read_on_from_where_it_was_left(tmp_path, monkeypatch):
    settle(monkeypatch)
    lines = log_of(small_story()).splitlines(keepends=True)
    run = make_run(tmp_path, "run_1", b"".join(lines[:6]))
    index = RunIndex(cache_places(tmp_path, None), lambda _folder: [run.path])
    starts: list[int] = []
    read = QuickSummary.read
    monkeypatch.setattr(
        QuickSummary, "read", lambda summary, *more: starts.append(summary.offset) or read(summary, *more)
    )
    assert [line.state for line in index.lines([tmp_path])] == ["running"]
    append(run.path, b"".join(lines[6:]))
    assert [(line.state, line.matches) for line in index.lines([tmp_path])] == [("complete", 1)]
    assert starts == [0, len(b"".join(lines[:6]))]
    line = index.line_of(run.path)
    assert line is not None
    assert line.events == len(lines)
    assert len(starts) == 2


def test_what_is_gone_is_forgotten(tmp_path, monkeypatch):
    settle(monkeypatch)
    run, _ = make_run(tmp_path, "run_20261121_140302"), make_run(tmp_path, "run_2")
    index = RunIndex(cache_places(tmp_path, None))
    list(index.lines([tmp_path]))
    run.path.rename(tmp_path / "run_3")
    assert [line.run_id for line in index.lines([tmp_path])] == ["run_3", "run_2"]
    assert index.line_of(run.path) is None
    with sqlite3.connect(tmp_path / CACHE_FILE) as connection:
        stored = {os.fsdecode(path) for (path,) in connection.execute("SELECT path FROM runs")}
    connection.close()
    assert stored == {str(tmp_path / "run_2"), str(tmp_path / "run_3")}


@pytest.mark.parametrize(
    "spoil", ["deleted", "no database", "truncated", "another version", "nonsense in it", "a folder"]
)
def test_a_cache_that_is_no_use_costs_time_only(tmp_path, monkeypatch, reads, spoil):
    settle(monkeypatch)
    make_run(tmp_path, "run_1")
    places, cache = cache_places(tmp_path, None), tmp_path / CACHE_FILE
    first = only(tmp_path, places=places)
    if spoil == "deleted":
        cache.unlink()
    elif spoil == "no database":
        cache.write_bytes(b"my shopping list " * 400)
    elif spoil == "truncated":
        cache.write_bytes(cache.read_bytes()[:5000])
    elif spoil == "another version":
        monkeypatch.setattr(run_index, "INDEX_VERSION", run_index.INDEX_VERSION + 1)
    elif spoil == "nonsense in it":
        with sqlite3.connect(cache) as connection:
            connection.execute("UPDATE runs SET figures = '{}'")
        connection.close()
    else:
        cache.unlink()
        cache.mkdir()
    assert only(tmp_path, places=places) == first
    assert len(reads) == 2
    if spoil != "a folder":
        assert only(tmp_path, places=places) == first
        assert len(reads) == 2


def test_where_the_logs_folder_is_read_only_the_users_own_cache_serves(tmp_path, monkeypatch, reads):
    settle(monkeypatch)
    logs, own = tmp_path / "logs", tmp_path / "own"
    make_run(logs, "run_1")
    own.mkdir()
    if as_root() or sys.platform == "win32":
        (logs / CACHE_FILE).mkdir()  # root may write anywhere, so something else has to stand in the way
    else:
        logs.chmod(0o555)
    try:
        for _ in range(2):
            assert only(logs, places=cache_places(logs, own)).matches == 1
    finally:
        logs.chmod(0o755)
    assert len(reads) == 1
    assert [file.name for file in own.iterdir()] == [CACHE_FILE.lstrip(".")]


def test_a_folder_without_runs_stays_as_it_is(tmp_path):
    assert listed(tmp_path, places=cache_places(tmp_path, None)) == []
    assert list(tmp_path.iterdir()) == []
