"""A redacted export holds nobody and nothing that anybody chose; what is left still hangs together."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core import events as ev
from core.analysis import load_run
from core.analysis.exporting.export import FORMATS, Wanted, export_runs
from core.analysis.exporting.redact import OTHER, OWN_WORDS, Redactor
from core.analysis.exporting.run_rows import RUN_COLUMNS
from core.analysis.tables.columns import COLUMNS
from core.clock import VirtualClock
from core.runlog.event_logger import EventLogger
from tests.analysis import hostile_run, small_run
from tests.analysis.test_export import read_csv
from tests.runlog import stories


@pytest.fixture
def hostile(tmp_path) -> Path:
    return hostile_run.write(tmp_path / "logs" / "run_secret")


def everything_in(folder: Path) -> str:
    """Every name and every text of an export; Parquet unpacked."""
    found = []
    for path in folder.rglob("*"):
        found.append(path.relative_to(folder).as_posix())
        if path.suffix == ".parquet":
            file = pq.ParquetFile(path)
            found += [str(file.schema), str(file.metadata.metadata), json.dumps(file.read().to_pylist())]
            found.append(path.read_bytes().decode("latin-1"))
        elif path.is_file():
            found.append(path.read_text("utf-8-sig"))
    return "\n".join(found)


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_that_anybody_chose_is_left(hostile, tmp_path, form):
    export_runs([hostile], tmp_path / "out", Wanted(form, redacted=True))
    text = everything_in(tmp_path / "out")
    for word in ("secret", "Secret", "evil", hostile_run.PROLIFIC, "5ec7e7", "HYPERLINK", "1795000"):
        assert word not in text, text[max(0, text.index(word) - 200) : text.index(word) + 100]


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_search_finds_it_in_an_export_that_is_not_redacted(hostile, tmp_path, form):
    export_runs([hostile], tmp_path / "out", Wanted(form))
    text = everything_in(tmp_path / "out")
    for word in ("secret", "Secret", "evil", hostile_run.PROLIFIC, "HYPERLINK"):
        assert word in text


def test_a_person_has_one_name_in_all_tables_numbered_by_joining(tmp_path):
    run = small_run.write(tmp_path / "run_a")
    export_runs([run], tmp_path / "out", Wanted("csv", redacted=True))
    people = read_csv(tmp_path / "out" / "participants.csv")
    assert [row["subject_id"] for row in people] == [f"person_{number}" for number in range(1, 6)]
    probes = read_csv(tmp_path / "out" / "probes.csv")
    assert [(row["subject_a"], row["subject_b"]) for row in probes] == [
        ("person_1", "person_2"), ("person_1", "person_2"), ("person_2", "person_1"),
    ]  # fmt: skip
    samples = read_csv(tmp_path / "out" / "samples.csv")
    assert (samples[0]["subject_id"], samples[0]["peer_id"], samples[0]["probe_session_id"]) == (
        "person_1", "person_2", probes[0]["probe_session_id"],
    )  # fmt: skip
    (match,) = read_csv(tmp_path / "out" / "matches.csv")
    events = read_csv(tmp_path / "out" / "events.csv")
    formed = next(json.loads(row["json"]) for row in events if row["event_type"] == "match_formed")
    assert [person["subject_id"] for person in formed["participants"]] == json.loads(match["subjects"])
    assert (formed["game_id"], formed["group_id"], formed["scene_id"]) == (
        match["game_id"], match["group_id"], match["scene_id"],
    )  # fmt: skip
    assert {row["run_id"] for row in events} == {"run_1"}


def test_numbers_and_own_words_stay(tmp_path):
    run = small_run.write(tmp_path / "run_a")
    for place, redacted in (("plain", False), ("redacted", True)):
        export_runs([run], tmp_path / place, Wanted("csv", redacted=redacted))
    same = {
        "participants": ["joined_s", "state", "left_reason", "waited_s", "why_never_played", "p2p_rtt_ms_median"],
        "probes": ["outcome", "reason", "phase", "rtt_ms", "path", "loss", "max_p2p_rtt_ms", "duration_s"],
        "waits": ["entered_s", "reason", "tries"],
        "matches": ["matchmaker", "game_end_reason", "forced"],
        "events": ["event_type", "elapsed_s", "seq"],
        "runs": ["thresholds", "duration_s", "waited_s_median", "matchmaker"],
    }
    for table, columns in same.items():
        plain, redacted = (read_csv(tmp_path / place / f"{table}.csv") for place in ("plain", "redacted"))
        for column in columns:
            assert [row[column] for row in plain] == [row[column] for row in redacted], (table, column)


def test_an_events_measurements_stay_in_its_json(tmp_path):
    export_runs([small_run.write(tmp_path / "run_a")], tmp_path / "out", Wanted("csv", redacted=True))
    events = [json.loads(row["json"]) for row in read_csv(tmp_path / "out" / "events.csv")]
    measured = next(event for event in events if event["event_type"] == "probe_completed")
    assert (measured["rtt_ms"], measured["path"], measured["max_p2p_rtt_ms"]) == (121.0, "host", 100)
    assert measured["peers"][0]["samples_ms"] == [118.0, 122.0]
    changed = next(event for event in events if event["event_type"] == "threshold_changed")
    assert (changed["new_max_p2p_rtt_ms"], changed["reason"]) == (150, OTHER)


@pytest.mark.parametrize("redacted", [False, True])
def test_no_type_of_event_stops_an_export(tmp_path, redacted):
    clock = VirtualClock()
    with EventLogger(logs_dir=tmp_path, run_id="run_a", clock=clock) as logger:
        written = stories.write(logger, clock)
    export_runs([tmp_path / "run_a"], tmp_path / "out", Wanted("csv", redacted=redacted))
    rows = read_csv(tmp_path / "out" / "events.csv")
    assert [row["event_type"] for row in rows] == [type(event).__struct_config__.tag for event in written]
    (fell_silent,) = (json.loads(row["json"]) for row in rows if row["event_type"] == "liveness_changed")
    assert (fell_silent["silent"], fell_silent["subject_id"] == "ana") == (True, not redacted)


def test_who_takes_part_in_two_runs_is_one_person_in_an_export_of_both(tmp_path):
    runs = [small_run.write(tmp_path / name) for name in ("run_a", "run_b")]
    exported = export_runs(runs, tmp_path / "out", Wanted("csv", redacted=True))
    people = read_csv(tmp_path / "out" / "participants.csv")
    assert len(people) == 10
    assert len({row["subject_id"] for row in people}) == 5
    assert exported.names == {str(runs[0]): "run_1", str(runs[1]): "run_2"}


def test_a_word_of_nobody_knows_whose_becomes_other():
    redactor = Redactor()
    assert json.loads(redactor.event_json(ev.UnknownEvent(name="coffee"))) == {"event_type": OTHER}
    assert not {word for word in OWN_WORDS if "secret" in word}


def test_every_column_of_text_is_decided_on():
    """A column that somebody adds is left out until it is told to stay: none but these is left out today."""
    redactor, left_out = Redactor(), set()
    for table, columns in {**COLUMNS, "runs": RUN_COLUMNS}.items():
        row = ["{}" if column.kind == "json" else "complete" if column.kind == "text" else None for column in columns]
        told = redactor.row(table, row)
        left_out |= {column.name for column, value in zip(columns, told, strict=True) if value == ""}
    assert left_out == {"folder", "started_utc", "program_version", "problems", "data"}


def test_the_engines_own_words_are_all_known(tmp_path):
    run = load_run(small_run.write(tmp_path / "run_a"))
    words = {row.why_never_played for row in run.participants} | {row.state for row in run.participants}
    words |= {row.reason for row in run.waits} | {row.matchmaker for row in run.matches}
    assert words - {""} <= OWN_WORDS
