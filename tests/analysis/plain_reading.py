"""A comparison's figures as anybody would work them out from the exported tables, and the places that show them.

Owns the plain readings by pandas and by DuckDB, without a line of ours, and what it is for every place to agree. Must
not make runs.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pytest

from app import exits
from core.analysis.comparing.metrics import METRIC, METRICS
from main import main
from widgets.compare_page import ComparePage

TABLES = ("runs", "participants", "probes", "matches")
DUCKDB_FIGURES = ("p2p_rtt_ms_median", "p2p_rtt_ms_p95", "rejected_pct", "failed_pct")


def by_pandas(runs: Sequence[Path], folder: Path) -> list[dict[str, float]]:
    """Every figure of each run, from the CSV files that `export` writes into this new folder."""
    assert main(["export", *map(str, runs), "--to", str(folder)]) == exits.FINE
    tables = {name: pandas.read_csv(folder / f"{name}.csv") for name in TABLES}
    return [_figures({name: table[table.run_id == run.name] for name, table in tables.items()}) for run in runs]


def _figures(tables: dict[str, Any]) -> dict[str, float]:
    people, probes, matches = tables["participants"], tables["probes"], tables["matches"]
    waited, measured = people[people.waits > 0], probes[probes.outcome != "failed"]
    games = matches[matches.game_started_s.notna()]
    return {
        "participants": len(people),
        "finished_pct": 100 * people.finished.mean(),
        "never_matched_pct": 100 * (waited.matches == 0).mean(),
        "matches": len(matches),
        "matches_per_min": len(matches) / (tables["runs"].duration_s.iloc[0] / 60),
        "waited_s_median": waited.waited_s.median(),
        "waited_s_p95": waited.waited_s.quantile(0.95),
        "time_to_match_s_median": people.time_to_match_s.median(),
        "p2p_rtt_ms_median": measured.rtt_ms.median(),
        "p2p_rtt_ms_p95": measured.rtt_ms.quantile(0.95),
        "rejected_pct": 100 * (probes.outcome == "rejected").mean(),
        "failed_pct": 100 * (probes.outcome == "failed").mean(),
        "probe_duration_s_median": measured.duration_s.median(),
        "loss_pct": 100 * measured.loss.mean(),
        "server_rtt_ms_median": people.server_rtt_ms_median.median(),
        "games_completed_pct": 100 * (games.game_end_reason == "finished").mean(),
    }


def assert_duckdb_finds(plain: Sequence[dict[str, float]], runs: Sequence[Path], folder: Path) -> None:
    """The same as pandas did, in the Parquet data set that `export` writes into this new folder."""
    assert main(["export", *map(str, runs), "--to", str(folder), "--format", "parquet"]) == exits.FINE
    probes = duckdb.read_parquet(f"{folder}/probes/**/*.parquet", hive_partitioning=True)
    shares = (f"100.0 * avg((outcome = '{outcome}')::int)" for outcome in ("rejected", "failed"))
    quantiles = (f"quantile_cont(rtt_ms, {share}) filter (outcome <> 'failed')" for share in (0.5, 0.95))
    found = probes.aggregate(f"run_id, {', '.join((*quantiles, *shares))}").fetchall()
    of_run = {run_id: figures for run_id, *figures in found}
    assert of_run.keys() == {run.name for run in runs}
    for run, expected in zip(runs, plain, strict=True):
        assert of_run[run.name] == pytest.approx([expected[name] for name in DUCKDB_FIGURES]), run.name


def assert_csv_finds(plain: Sequence[dict[str, float]], csv_path: Path, printed: str) -> None:
    """The same as pandas did, in the comparison's own CSV file; and rounded in what the command printed."""
    found = pandas.read_csv(csv_path)
    assert len(found) == len(METRICS) * len(plain)
    for line in found.itertuples():
        expected = plain["ABCDEFGHIJKL".index(line.run)][line.metric]
        assert line.value == pytest.approx(expected, rel=1e-9, abs=1e-9), line.metric
        assert METRIC[line.metric].text(line.value) in printed


def assert_all_show_the_same(paths: dict[str, Path], page: ComparePage) -> None:
    """The window, and the files of `compare` by kind (html, json, csv): figures, how many, and intervals."""
    page_text = html.unescape(re.sub(r"<[^>]+>", " ", paths["html"].read_text(encoding="utf-8")))
    in_json = {(line["metric"], line["run"]): line for line in json.loads(paths["json"].read_bytes())["figures"]}
    in_csv = list(csv.DictReader(io.StringIO(paths["csv"].read_text(encoding="utf-8-sig"))))
    model = page.figures.model()
    assert len(in_csv) == model.rowCount() * (model.columnCount() - 1)
    for line in in_csv:
        row = next(place for place, metric in enumerate(METRICS) if metric.name == line["metric"])
        figure = in_json[line["metric"], line["run"]]
        assert float(line["value"]) == figure["value"]
        shown = model.index(row, 1 + "ABCDEFGHIJKL".index(line["run"])).data()
        value = METRICS[row].text(figure["value"])
        assert shown.startswith(f"{value}, n = {line['n']}")
        assert f"{value} n = {line['n']}" in " ".join(page_text.split())
        if line["ci_low"]:
            interval = shown.rpartition(", ")[0].rpartition(", ")[2] + ", " + shown.rpartition(", ")[2]
            assert interval in page_text
            assert float(line["ci_low"]) == figure["ci_low"]
