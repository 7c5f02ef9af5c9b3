"""What docs/analysis.md shows works as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from app.commands_runs import COMMANDS
from core.analysis.comparing.metrics import METRIC
from core.analysis.exporting.export import TABLES, Wanted, export_runs
from tests.analysis import small_run

DOCS = Path(__file__).resolve().parents[2] / "docs" / "analysis.md"
TEXT = DOCS.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)


@pytest.fixture
def lab(tmp_path, monkeypatch) -> Path:
    """A folder with a run under `logs`, and its exports where the docs have theirs."""
    run = small_run.write(tmp_path / "logs" / "run_small")
    (tmp_path / "logs" / "latest").symlink_to(run.name)
    export_runs([run], tmp_path / "tables", Wanted("csv"))
    export_runs([run], tmp_path / "study_1", Wanted("parquet"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_python_examples_run(lab, capsys):
    first, second, third = blocks("python")
    exec(first, {})
    assert "run_small small_study {'group_size': 2, 'max_p2p_rtt_ms': 100} 5" in capsys.readouterr().out
    found: dict = {}
    exec(second, found)
    people = found["people"]
    assert people["time_to_match_s"].isna().sum() == 3
    assert people["subject_id"].tolist() == ["ana", "bo", "cy", "di", "ed"]
    exec(third.splitlines()[0], {"pd": pd})


def test_the_query_runs(lab):
    (query,) = blocks("sql")
    rows = duckdb.sql(query.replace("'quick_start'", "'small_study'")).fetchall()
    assert rows == [("run_small", 3, 120.0, pytest.approx(100 / 3))]


def test_the_commands_are_understood():
    _, make_parser = COMMANDS["export"]
    parser, _ = make_parser()
    commands = re.findall(r"^    python main\.py export (.*)$", TEXT, re.M)
    assert commands
    for command in commands:
        parser.parse_args(command.split())


def test_every_table_and_figure_it_names_is_there():
    named = re.findall(r"^\| `(\w+)` \|", TEXT, re.M)
    assert named == list(TABLES)
    for figure in ("waited_s_median", "rejected_pct"):
        assert figure in METRIC
        assert figure in TEXT
