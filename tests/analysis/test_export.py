"""What is exported is what is in the tables, as csv, pandas, pyarrow and DuckDB read it; whole or not at all."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import duckdb
import msgspec
import pandas as pd
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from core.analysis import load_run
from core.analysis.comparing.metrics import METRICS
from core.analysis.comparing.run_columns import columns_of
from core.analysis.exporting.export import FORMATS, TABLES, Wanted, columns_in_files, export_runs
from core.analysis.exporting.export_folder import MARK, ExportError
from core.analysis.tables.csv_tables import text_of
from core.runlog import archive
from core.runlog.run_directory import RunDirectoryError
from main import main
from tests.analysis import hostile_run, small_run

PLACE = ["experiment", "run_id"]


@pytest.fixture
def small(tmp_path) -> Path:
    return small_run.write(tmp_path / "logs" / "run_a")


@pytest.fixture
def hostile(tmp_path) -> Path:
    return hostile_run.write(tmp_path / "logs" / "run_b")


def rows_of(run, table):
    """A table's rows without their first column, from memory."""
    found = getattr(run, table)() if table in ("events", "samples") else getattr(run, table)
    return [list(msgspec.structs.astuple(row))[1:] for row in found]


def parsed(row: dict[str, str], columns) -> list:
    """A row of a CSV file as the values it stands for."""
    of_kind = {
        "text": text_of,
        "json": str,
        "number": lambda cell: float(cell) if cell else None,
        "whole": lambda cell: int(cell) if cell else None,
        "yes_no": {"true": True, "false": False}.get,
        "list": json.loads,
    }
    return [of_kind[column.kind](row[column.name]) for column in columns]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# --- CSV --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES[1:])
def test_csv_read_again_is_the_table(small, tmp_path, table):
    export_runs([small], tmp_path / "out", Wanted("csv"))
    rows = read_csv(tmp_path / "out" / f"{table}.csv")
    assert [*rows[0]] == [*PLACE, *(column.name for column in columns_in_files(table))]
    assert {(row["experiment"], row["run_id"]) for row in rows} == {("small_study", small_run.RUN_ID)}
    assert [parsed(row, columns_in_files(table)) for row in rows] == rows_of(load_run(small), table)


def test_hostile_texts_come_back_from_csv_too(hostile, tmp_path):
    export_runs([hostile], tmp_path / "out", Wanted("csv"))
    run = load_run(hostile)
    for table in ("participants", "probes", "matches"):
        rows = [parsed(row, columns_in_files(table)) for row in read_csv(tmp_path / "out" / f"{table}.csv")]
        expected = json.loads(json.dumps(rows_of(run, table)).replace("\\u0000", "\\ufffd"))
        assert rows == expected
    for row, event in zip(read_csv(tmp_path / "out" / "events.csv"), run.events(), strict=True):
        assert json.loads(row["json"]) == json.loads(event.json)
        assert json.loads(row["subjects"]) == event.subjects


def test_no_cell_is_a_formula_wherever_a_spreadsheet_cuts(hostile, tmp_path):
    export_runs([hostile], tmp_path / "out", Wanted("csv"))
    checked = 0
    for path in (tmp_path / "out").glob("*.csv"):
        content = path.read_text(encoding="utf-8-sig")
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        for delimiter in ";\t":  # what spreadsheets of other countries, or a paste, would cut at
            cells += [cell for line in content.splitlines() for cell in line.split(delimiter)]
        for cell in cells:
            assert is_number(cell) or not cell.startswith(tuple("=+-@\t\r＝＋－＠")), (path.name, cell)
            checked += 1
    assert checked > 500


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("ana", "ana"),
        ("", ""),
        ("a=b, c-d @e", "a=b, c-d @e"),
        ("=1+1", "'=1+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("+49 30", "'+49 30"),
        ("\t=x", "'\t'=x"),
        ("\rx", "'\rx"),
        ("'quoted'", "''quoted'"),
        ("a;=1", "a;'=1"),
        ("a\n-b", "a\n'-b"),
        ("＝1", "'＝1"),
    ],
)
def test_the_rule_for_text(text, cell):
    from core.analysis.tables.csv_tables import CELLS

    assert CELLS["text"](text) == cell
    assert text_of(cell) == text


@pytest.mark.parametrize("value", ['{"a;=1":"b;@c"}', "-5", '"=1"', "[-1.5,null]", "", '{"a":\t-5}'])
def test_the_rule_for_json(value):
    from core.analysis.tables.csv_tables import CELLS

    cell = CELLS["json"](value)
    assert (json.loads(cell) == json.loads(value)) if value else cell == ""
    assert ";=" not in cell
    assert ";@" not in cell
    assert "\t" not in cell


def test_pandas_and_duckdb_read_the_csv_and_find_what_is_in_the_tables(small, hostile, tmp_path):
    export_runs([small, hostile], tmp_path / "out", Wanted("csv"))
    runs = [load_run(small), load_run(hostile)]
    for table in ("participants", "probes", "events", "samples"):
        path = tmp_path / "out" / f"{table}.csv"
        expected = sum(len(rows_of(run, table)) for run in runs)
        frame = pd.read_csv(path, dtype={"subject_id": str}, keep_default_na=False)
        assert [*frame.columns] == [*PLACE, *(column.name for column in columns_in_files(table))]
        assert len(frame) == expected
        assert duckdb.sql(f"SELECT count(*) FROM read_csv('{path}')").fetchall() == [(expected,)]
    probes = pd.read_csv(tmp_path / "out" / "probes.csv")
    assert probes["rtt_ms"].dropna().tolist() == [121.0, 119.0, 80.5]
    assert probes["ended_early"].tolist() == [False, True, False, False, False]
    people = duckdb.sql(f"SELECT subject_id, waited_s FROM read_csv('{tmp_path / 'out' / 'participants.csv'}')")
    assert ("ana", 25.0) in people.fetchall()


# --- Parquet ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES[1:])
def test_parquet_read_again_is_the_table_exactly(hostile, tmp_path, table):
    export_runs([hostile], tmp_path / "out", Wanted("parquet"))
    (part,) = (tmp_path / "out" / table).rglob("*.parquet")
    found = pq.ParquetFile(part).read()
    assert found.column_names == [column.name for column in columns_in_files(table)]
    assert [list(row.values()) for row in found.to_pylist()] == rows_of(load_run(hostile), table)


def test_many_runs_are_one_data_set(small, hostile, tmp_path):
    second = tmp_path / "logs" / "run_c"
    shutil.copytree(small, second)
    (second / "events.jsonl").write_bytes((small / "events.jsonl").read_bytes().replace(b"run_small", b"run_other"))
    export_runs([small, second, hostile], tmp_path / "out", Wanted("parquet"))
    places = {("small_study", "run_small"), ("small_study", "run_other"), (hostile_run.EXPERIMENT, hostile_run.RUN_ID)}

    glob = f"{tmp_path}/out/probes/**/*.parquet"
    read = f"read_parquet('{glob}', hive_partitioning = true, hive_types_autocast = false)"
    assert set(duckdb.sql(f"SELECT DISTINCT experiment, run_id FROM {read}").fetchall()) == places
    medians = duckdb.sql(
        f"SELECT run_id, median(rtt_ms), avg((outcome = 'rejected')::int) FROM {read} "
        "WHERE experiment = 'small_study' GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert medians == [("run_other", 120.0, pytest.approx(1 / 3)), ("run_small", 120.0, pytest.approx(1 / 3))]

    table = ds.dataset(tmp_path / "out" / "probes", partitioning="hive").to_table()
    assert set(zip(*(table[column].to_pylist() for column in PLACE), strict=True)) == places
    frame = pd.read_parquet(tmp_path / "out" / "participants")
    assert set(zip(frame["experiment"], frame["run_id"], strict=True)) == places
    assert frame[frame["run_id"] == "run_small"]["waited_s"].tolist() == [25.0, 22.0, 28.0, 30.0, 0.0]


def test_names_of_folders_are_fit_for_every_system(hostile, tmp_path):
    export_runs([hostile], tmp_path / "out", Wanted("parquet"))
    for path in (tmp_path / "out").rglob("*"):
        assert not set('<>:"/\\|?*; \t') & set(path.name)
        assert len(path.name) < 255


def test_a_very_long_name_is_cut_and_stays_its_own(tmp_path):
    from core.analysis.exporting.parquet_tables import folder_name

    names = {folder_name("ü" * 500), folder_name("ü" * 501), folder_name("x" * 300)}
    assert len(names) == 3
    assert all(len(name) <= 180 for name in names)
    assert folder_name("a.b ~ü") == "a%2Eb%20%7E%C3%BC"


# --- the table of runs ------------------------------------------------------------------------------------------------


def test_a_run_is_one_row_with_its_configuration_and_figures(small, tmp_path):
    export_runs([small], tmp_path / "out", Wanted("csv"))
    (row,) = read_csv(tmp_path / "out" / "runs.csv")
    assert (row["experiment"], row["run_id"], row["folder"]) == ("small_study", "run_small", "run_a")
    assert (row["started_at"], row["started_utc"]) == (repr(small_run.START_UNIX_S), "2026-11-18T11:06:40Z")
    assert (row["duration_s"], row["status"], row["max_p2p_rtt_ms"]) == ("100.0", "unfinished", "100")
    assert json.loads(row["thresholds"]) == [[0.0, 100], [20.0, 150]]
    assert (row["events"], row["bad_lines"], row["problems"]) == (str(len(small_run.story())), "0", "[]")
    config = json.loads(row["config"])
    assert config["matching"] == {"group_size": 2, "max_p2p_rtt_ms": 100}
    assert "open-sesame" not in row["config"]
    tables = load_run(small)
    figures = {metric.name: metric.of(columns_of(tables)) for metric in METRICS}
    assert {name: float(row[name]) if row[name] else None for name in figures} == figures
    assert (row["participants"], row["matches"], float(row["rejected_pct"])) == ("5", "1", pytest.approx(100 / 3))


# --- which runs -------------------------------------------------------------------------------------------------------


def test_a_run_given_twice_is_exported_once(small, tmp_path):
    (tmp_path / "latest").symlink_to(small)
    exported = export_runs([small, tmp_path / "latest", small / "events.jsonl"], tmp_path / "out", Wanted())
    assert exported.rows["runs"] == 1
    assert exported.names == {str(small): "run_small"}


@pytest.mark.parametrize("form", FORMATS)
def test_two_runs_of_one_name_stay_apart(small, tmp_path, form):
    shutil.copytree(small, tmp_path / "other_lab")
    exported = export_runs([small, tmp_path / "other_lab"], tmp_path / "out", Wanted(form))
    assert [*exported.names.values()] == ["run_small", "run_small~2"]
    assert exported.renamed == [str(tmp_path / "other_lab")]
    assert exported.rows["participants"] == 10


def test_runs_of_one_second_but_two_experiments_have_an_id_each(small, tmp_path, capsys):
    other = shutil.copytree(small, tmp_path / "other_lab")
    log = (other / "events.jsonl").read_bytes().replace(b"small_study", b"other_study")
    (other / "events.jsonl").write_bytes(log.replace(b'"rtt_ms":121.0', b'"rtt_ms":171.0'))
    assert main(["export", str(small), str(other), "--to", str(tmp_path / "out")]) == 0
    assert f"run_small~2  {other}" in capsys.readouterr().out
    probes = pd.read_csv(tmp_path / "out" / "probes.csv")
    medians = probes[probes.outcome != "failed"].groupby("run_id").rtt_ms.median().to_dict()
    assert medians == {"run_small": 120.0, "run_small~2": 145.0}
    assert main(["compare", str(small), str(other), "--csv", str(tmp_path / "out.csv")]) == 0
    figures = pd.read_csv(tmp_path / "out.csv").query("metric == 'p2p_rtt_ms_median'")
    assert dict(zip(figures.run_id, figures.value, strict=True)) == medians


def test_an_archive_is_a_run(small, tmp_path):
    archive.archive(small, tmp_path / "kept.zip")
    for place, source in (("from_archive", tmp_path / "kept.zip"), ("from_folder", small)):
        export_runs([source], tmp_path / place, Wanted("csv", tables=("probes", "events", "samples")))
    for table in ("probes", "events", "samples"):
        archived, kept = ((tmp_path / place / f"{table}.csv").read_bytes() for place in ("from_archive", "from_folder"))
        assert archived == kept
    assert load_run(tmp_path / "kept.zip").config == load_run(small).config


def test_a_log_that_grows_meanwhile_is_told_up_to_where_it_was(small, tmp_path):
    log = small / "events.jsonl"
    line = log.read_bytes().splitlines(keepends=True)[1]
    grown = []

    def grow(_share, _run):
        with log.open("ab") as file:
            file.write(line)
        grown.append(line)

    exported = export_runs([small], tmp_path / "out", Wanted(), grow)
    assert grown
    (row,) = read_csv(tmp_path / "out" / "runs.csv")
    assert int(row["events"]) == exported.rows["events"] < load_run(small).event_count


def test_only_the_tables_that_are_wanted(small, tmp_path):
    export_runs([small], tmp_path / "out", Wanted("csv", tables=("waits", "samples")))
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"waits.csv", "samples.csv", MARK}


# --- whole or not at all ----------------------------------------------------------------------------------------------


class Enough(Exception):
    pass


@pytest.mark.parametrize("form", FORMATS)
def test_what_ends_an_export_leaves_nothing(small, tmp_path, form):
    def stop(share, _run):
        if share > 0.4:
            raise Enough

    with pytest.raises(Enough):
        export_runs([small], tmp_path / "out" / "deep", Wanted(form), stop)
    assert [*(tmp_path / "out").iterdir()] == []


def test_it_tells_how_far_it_is(small, hostile, tmp_path):
    told = []
    export_runs([small, hostile], tmp_path / "out", Wanted(), lambda share, run: told.append((share, run)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert {run for _, run in told} == {"run_a", "run_b"}


def test_a_folder_with_something_in_it_is_left_alone(small, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    (target / "thesis.txt").write_text("years of work")
    for wanted in (Wanted(), Wanted(replace=True)):
        with pytest.raises(ExportError, match="holds something else"):
            export_runs([small], target, wanted)
    assert [path.name for path in target.iterdir()] == ["thesis.txt"]
    with pytest.raises(ExportError, match="no folder"):
        export_runs([small], target / "thesis.txt", Wanted(replace=True))


def test_an_empty_folder_may_be_filled(small, tmp_path):
    (tmp_path / "out").mkdir()
    export_runs([small], tmp_path / "out", Wanted())
    assert (tmp_path / "out" / MARK).exists()


def test_an_earlier_export_is_replaced_only_when_asked_and_only_if_it_is_nothing_else(small, tmp_path):
    target = tmp_path / "out"
    export_runs([small], target, Wanted("csv"))
    with pytest.raises(ExportError, match="--replace"):
        export_runs([small], target, Wanted("parquet"))
    export_runs([small], target, Wanted("parquet", replace=True))
    assert not [*target.glob("*.csv")]
    (target / "probes" / "mine.txt").write_text("a note")
    with pytest.raises(ExportError, match="something else"):
        export_runs([small], target, Wanted("csv", replace=True))
    assert (target / "probes" / "mine.txt").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["logs", "out"]


def test_the_mark_names_every_file(small, tmp_path):
    exported = export_runs([small], tmp_path / "out", Wanted("parquet"))
    mark = json.loads((tmp_path / "out" / MARK).read_text())
    assert mark["rows"] == exported.rows
    assert len(mark["files"]) == len(TABLES)
    assert all((tmp_path / "out" / name).is_file() for name in mark["files"])


def test_no_run_leaves_no_folder(tmp_path):
    with pytest.raises(RunDirectoryError, match="does not exist"):
        export_runs([tmp_path / "nothing"], tmp_path / "out", Wanted())
    assert not (tmp_path / "out").exists()


def test_an_empty_log_is_exported_as_empty_tables(tmp_path):
    run = tmp_path / "run_empty"
    run.mkdir()
    (run / "events.jsonl").write_bytes(b"")
    for form in FORMATS:
        assert export_runs([run], tmp_path / form, Wanted(form)).rows == {**dict.fromkeys(TABLES, 0), "runs": 1}
    assert duckdb.sql(f"SELECT * FROM read_parquet('{tmp_path}/parquet/probes/*/*/*.parquet')").fetchall() == []
