"""A run as tables: every column against values worked out by hand, and logs that are not as they should be."""

from __future__ import annotations

import json
import subprocess
import sys

import msgspec
import pytest

from core import events as ev
from core.analysis import load_run, tables_of
from core.analysis.summary import ThresholdStep, summarise
from core.analysis.tables.columns import COLUMNS
from core.analysis.tables.rows import MatchRow, ParticipantRow, ProbeRow, SampleRow, WaitRow
from core.runlog.files import LogReadError
from core.runlog.follower import read_events
from core.runlog.run_directory import RunDirectoryError
from tests.analysis import small_run

RUN = small_run.RUN_ID


@pytest.fixture
def run_dir(tmp_path):
    return small_run.write(tmp_path / RUN)


@pytest.fixture
def run(run_dir):
    return load_run(run_dir)


# --- every column -----------------------------------------------------------------------------------------------------


def test_the_run_as_a_whole(run):
    assert (run.run_id, run.experiment, run.group_size, run.matchmaker) == (RUN, "small_study", 2, "FIFOMatchmaker")
    assert (run.started_at, run.duration_s, run.status, run.ended_reason) == (
        small_run.START_UNIX_S, 100.0, "unfinished", "",
    )  # fmt: skip
    assert (run.simulated, run.program_version, run.bad_lines, run.problems) == (False, "0.1.0", 0, [])
    assert run.config["matching"] == {"group_size": 2, "max_p2p_rtt_ms": 100}
    assert run.thresholds == [ThresholdStep(0.0, 100), ThresholdStep(20.0, 150, "Lea")]
    assert run.event_count == len(small_run.story())


def test_participants(run):
    ana = ParticipantRow(
        run_id=RUN, subject_id="ana", joined_s=1.0, left_s=62.0, left_reason="", finished=True, state="done", waits=1,
        waited_s=25.0, time_to_match_s=25.0, matches=1, games=1, probes=3, probes_failed=1, server_rtt_ms_median=25.0,
        p2p_rtt_ms_median=120.0, why_never_played="", simulated=False,
    )  # fmt: skip
    bo = msgspec.structs.replace(
        ana, subject_id="bo", joined_s=2.0, left_s=63.0, waited_s=22.0, time_to_match_s=22.0, server_rtt_ms_median=None,
        simulated=True,
    )  # fmt: skip
    cy = ParticipantRow(
        run_id=RUN, subject_id="cy", joined_s=11.0, left_s=40.0, left_reason="left", finished=False, state="gone",
        waits=1, waited_s=28.0, time_to_match_s=None, matches=0, games=0, probes=0, probes_failed=0,
        server_rtt_ms_median=None, p2p_rtt_ms_median=None, why_never_played="nobody else was waiting", simulated=False,
    )  # fmt: skip
    di = msgspec.structs.replace(
        cy, subject_id="di", joined_s=50.0, left_s=None, left_reason="", state="waiting", waited_s=30.0,
    )  # fmt: skip
    ed = msgspec.structs.replace(
        di, subject_id="ed", joined_s=80.0, state="page", waits=0, waited_s=0.0,
        why_never_played="never reached a waitroom",
    )  # fmt: skip
    assert run.participants == [ana, bo, cy, di, ed]


def test_waits(run):
    def wait(who, entered_s, left_s, waited_s, reason, tries):
        return WaitRow(
            run_id=RUN, subject_id=who, scene_id="play", entered_s=entered_s, left_s=left_s, waited_s=waited_s,
            reason=reason, tries=tries,
        )  # fmt: skip

    assert run.waits == [
        wait("ana", 5.0, 30.0, 25.0, "matched", 3),
        wait("bo", 8.0, 30.0, 22.0, "matched", 2),
        wait("cy", 12.0, 40.0, 28.0, "left", 1),
        wait("di", 70.0, None, 30.0, "", 0),
    ]
    assert run.waiting == [(0.0, 0), (5.0, 1), (8.0, 2), (12.0, 3), (30.0, 1), (40.0, 0), (70.0, 1)]


def test_probes(run):
    failed = ProbeRow(
        run_id=RUN, probe_session_id="p1", group_id="g1", scene_id="play", subject_a="ana", subject_b="bo", attempt=1,
        started_s=10.0, ended_s=14.0, outcome="failed", reason="timeout", phase="measure", rtt_ms=None,
        max_p2p_rtt_ms=100, sent=16, received=1, loss=None, jitter_ms=None, path="", prepare_s=1.0, connect_s=2.0,
        measure_s=0.5, duration_s=3.5, ended_early=False, simulated=True,
    )  # fmt: skip
    rejected = msgspec.structs.replace(
        failed, probe_session_id="p2", attempt=2, started_s=14.0, ended_s=16.0, outcome="rejected", reason="", phase="",
        rtt_ms=121.0, sent=4, received=3, loss=0.25, jitter_ms=4.0, path="host", prepare_s=0.25, connect_s=0.5,
        measure_s=0.75, duration_s=1.5, ended_early=True, simulated=False,
    )  # fmt: skip
    accepted = msgspec.structs.replace(
        rejected, probe_session_id="p3", group_id="g3", subject_a="bo", subject_b="ana", attempt=1, started_s=25.0,
        ended_s=30.0, outcome="accepted", rtt_ms=119.0, max_p2p_rtt_ms=150, sent=30, received=30, loss=0.0,
        jitter_ms=1.0, path="relay", prepare_s=0.0, connect_s=0.0, measure_s=5.0, duration_s=5.0, ended_early=False,
        simulated=True,
    )  # fmt: skip
    assert run.probes == [failed, rejected, accepted]


def test_samples(run):
    def sample(probe, attempt, who, peer, number, rtt_ms, ended_s):
        return SampleRow(
            run_id=RUN, probe_session_id=probe, attempt=attempt, subject_id=who, peer_id=peer, sample=number,
            rtt_ms=rtt_ms, ended_s=ended_s,
        )  # fmt: skip

    assert list(run.samples()) == [
        sample("p1", 1, "ana", "bo", 1, 80.0, 14.0),
        sample("p2", 2, "ana", "bo", 1, 118.0, 16.0),
        sample("p2", 2, "ana", "bo", 2, 122.0, 16.0),
        sample("p2", 2, "bo", "ana", 1, 121.0, 16.0),
    ]


def test_matches(run):
    assert run.matches == [
        MatchRow(
            run_id=RUN, game_id="game1", group_id="g3", scene_id="play", formed_s=30.0, subjects=["bo", "ana"],
            p2p_rtt_ms=119.0, max_p2p_rtt_ms=150, matchmaker="FIFOMatchmaker", forced=True, remeasured=True,
            proposed_s=25.0, game_started_s=31.0, game_ended_s=61.0, game_duration_s=30.0, game_end_reason="deadline",
        )
    ]  # fmt: skip


def test_events(run, run_dir):
    rows = list(run.events())
    lines = (run_dir / "events.jsonl").read_text("utf-8").splitlines()
    assert [row.json for row in rows] == lines
    assert [row.seq for row in rows] == list(range(1, len(lines) + 1))
    by_type = {row.event_type: row for row in rows}
    failed = by_type["probe_failed"]
    assert (failed.run_id, failed.timestamp, failed.elapsed_s) == (RUN, small_run.START_UNIX_S + 14.0, 14.0)
    assert (failed.subjects, failed.scene_id, failed.game_id, failed.data) == (["ana", "bo"], "play", "", "")
    assert by_type["match_formed"].subjects == ["bo", "ana"]
    assert by_type["note_added"].subjects == []
    assert (by_type["page_completed"].data, by_type["page_completed"].scene_id) == ('{"age":31}', "hello")
    assert (by_type["game_data"].data, by_type["game_data"].game_id) == ('[1,null,"x"]', "game1")


@pytest.mark.parametrize("name", COLUMNS)
def test_each_table_is_a_pyarrow_table_with_the_columns_of_its_rows(run, name):
    rows = list(getattr(run, name)() if name in ("events", "samples") else getattr(run, name))
    table = run.table(name)
    assert table.column_names == list(type(rows[0]).__struct_fields__)
    assert table.to_pylist() == [msgspec.structs.asdict(row) for row in rows]


def test_it_counts_as_the_summary_does(run_dir, run):
    figures = summarise(read_events(run_dir / "events.jsonl"))
    outcomes = [probe.outcome for probe in run.probes]
    assert len(run.participants) == figures.joined
    assert sum(person.finished for person in run.participants) == figures.finished
    assert (outcomes.count("accepted"), outcomes.count("rejected"), outcomes.count("failed")) == (
        figures.probes_accepted, figures.probes_rejected, figures.probes_failed,
    )  # fmt: skip
    assert len(run.matches) == figures.matches
    never = [person.why_never_played for person in run.participants if person.why_never_played]
    assert {why: never.count(why) for why in never} == figures.never_played


# --- where a run is read from -----------------------------------------------------------------------------------------


def test_a_run_is_found_by_its_directory_its_link_or_its_log(tmp_path, run_dir, run):
    (tmp_path / "latest").symlink_to(run_dir.name)
    (tmp_path / "latest.txt").write_text(run_dir.name)
    places = [run_dir, str(run_dir), run_dir / "events.jsonl", tmp_path / "latest", tmp_path / "latest.txt"]
    for place in places:
        found = load_run(place)
        assert (found.participants, found.config) == (run.participants, run.config)


@pytest.mark.parametrize("text", ["# Notes\n\nThis is no log.\n", "[1, 2]\n{}\n", "a,b\n1,2\n"])
def test_a_file_that_is_no_log_is_refused_not_taken_for_an_empty_run(tmp_path, text):
    file = tmp_path / "notes.md"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(LogReadError, match=r"notes\.md is not a run's log.*Give a run's directory"):
        load_run(file)


def test_a_log_alone_with_another_name_is_a_run(tmp_path, run_dir, run):
    alone = tmp_path / "odd näme ; =1.jsonl"
    alone.write_bytes((run_dir / "events.jsonl").read_bytes())
    found = load_run(alone)
    assert (found.run_id, found.probes, found.config) == (RUN, run.probes, {})


def test_tables_of_events_in_memory(run_dir, run):
    tables = tables_of(iter(read_events(run_dir / "events.jsonl")))
    assert (tables.participants, tables.waits, tables.probes, tables.matches) == (
        run.participants, run.waits, run.probes, run.matches,
    )  # fmt: skip
    with pytest.raises(ValueError, match="no log to read again"):
        tables.events()


def test_without_reasons_only_they_are_missing(run_dir, run):
    quick = load_run(run_dir, reasons=False)
    assert {person.why_never_played for person in quick.participants} == {""}
    assert (quick.waits, quick.probes, quick.matches) == (run.waits, run.probes, run.matches)


def test_a_table_that_is_none_is_named(run):
    with pytest.raises(KeyError, match="there is no table 'cats'"):
        run.table("cats")


def test_no_run_says_what_to_give(tmp_path):
    with pytest.raises(RunDirectoryError, match="does not exist"):
        load_run(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunDirectoryError, match="not a run"):
        load_run(tmp_path / "empty")
    (tmp_path / "empty" / "run.json").write_text("{}")
    with pytest.raises(LogReadError, match="no log"):
        load_run(tmp_path / "empty")


def test_importing_the_door_or_what_compares_loads_nothing_heavy():
    script = (
        "import sys; import core.analysis; before = 'core.analysis.tables.run_tables' in sys.modules\n"
        "from core.analysis import load_run; import app.compare_command\n"
        "print(before, [m for m in ('numpy', 'pyarrow', 'scipy', 'yaml', 'asyncio', 'PySide6') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False []"


# --- logs that are not as they should be ------------------------------------------------------------------------------


def test_a_torn_log_opens_up_to_there(run_dir, run):
    log = run_dir / "events.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole[:-20])
    torn = load_run(run_dir)
    assert torn.probes == run.probes
    assert torn.event_count == run.event_count - 1 == len(list(torn.events()))
    assert "torn" in torn.problems[0]


def test_broken_lines_are_left_out_and_named(run_dir, run):
    log = run_dir / "events.jsonl"
    first, *rest = log.read_bytes().splitlines(keepends=True)
    odd = [b"not json\n", b"\n", b'{"event_type":"probe_failed"}\n', b"[1]\n", b'{"event_type":"coffee","cups":2}\n']
    log.write_bytes(b"\xef\xbb\xbf" + first + b"".join(odd) + b"".join(rest))
    found = load_run(run_dir)
    assert found.probes == run.probes
    assert found.bad_lines == 3
    assert found.problems[0].startswith("3 unreadable lines left out; the first is line 2")
    rows = list(found.events())
    assert len(rows) == found.event_count == run.event_count + 1
    assert [json.loads(row.json)["cups"] for row in rows if row.event_type == "coffee"] == [2]


def test_a_log_that_lost_its_beginning_still_has_everybody(run_dir):
    log = run_dir / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(line for line in lines[3:] if b"waitroom_entered" not in line))
    found = load_run(run_dir)
    assert found.run_id == run_dir.name
    assert found.problems == [
        "the log does not begin with a run's start",
        "2 participants are named whose joining is not in the log",
    ]
    ana, bo = (next(row for row in found.participants if row.subject_id == who) for who in ("ana", "bo"))
    assert (ana.joined_s, ana.waited_s, bo.waits, bo.matches) == (2.0, 25.0, 1, 1)
    assert found.waits[0].entered_s == 5.0  # left at 30 s, after the 25 s that the log says


def test_an_empty_log_is_a_run_of_nothing(tmp_path):
    (tmp_path / "run_empty").mkdir()
    (tmp_path / "run_empty" / "events.jsonl").write_bytes(b"")
    found = load_run(tmp_path / "run_empty")
    assert (found.run_id, found.participants, found.duration_s) == ("run_empty", [], 0.0)
    assert found.problems == ["the log is empty: nothing was ever written to it"]
    assert found.table("events").num_rows == 0


def test_a_configuration_that_is_none_is_a_problem_and_no_more(run_dir, run):
    (run_dir / "config.yaml").write_text("a: [", encoding="utf-8")
    found = load_run(run_dir)
    assert (found.config, found.probes) == ({}, run.probes)
    assert found.problems[0].startswith("config.yaml could not be read")


def test_who_joins_again_keeps_one_row():
    a, second = "ana", 9.0
    tables = tables_of([
        ev.ParticipantJoined(subject_id=a, elapsed_s=1.0),
        ev.WaitroomEntered(subject_id=a, scene_id="play", elapsed_s=2.0),
        ev.ParticipantLeft(subject_id=a, reason="left", elapsed_s=5.0),
        ev.ParticipantJoined(subject_id=a, elapsed_s=second),
        ev.WaitroomEntered(subject_id=a, scene_id="play", elapsed_s=10.0),
        ev.WaitroomEntered(subject_id=a, scene_id="play", elapsed_s=11.0),
        ev.WaitroomEntered(subject_id=a, scene_id="other", elapsed_s=12.0),
    ])  # fmt: skip
    (ana,) = tables.participants
    assert (ana.joined_s, ana.left_s, ana.state, ana.waits) == (1.0, None, "waiting", 3)
    assert [(wait.entered_s, wait.left_s, wait.waited_s) for wait in tables.waits] == [
        (2.0, 5.0, 3.0), (10.0, 12.0, 2.0), (12.0, None, 0.0),
    ]  # fmt: skip
    assert tables.waiting[-1] == (12.0, 1)


@pytest.mark.parametrize("version", sorted(small_run.Path("tests/runlog/logs").glob("v*")), ids=lambda path: path.name)
def test_logs_of_every_schema_version_open(version):
    found = load_run(version)
    assert found.participants
    assert len(list(found.events())) == found.event_count
