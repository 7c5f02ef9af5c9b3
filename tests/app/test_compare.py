"""`main.py compare` and `report`: two simulated runs, whose figures agree wherever they are shown, and odd input.

The plain reading is that of the exported tables, by pandas and by DuckDB, without a line of ours.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pandas
import pytest

from app import exits
from core.analysis.comparing.comparison import Comparison, compare
from core.analysis.comparing.run_facts import load_facts
from main import main
from tests.analysis import plain_reading
from tests.analysis.comparable import story, write_run
from tests.projections.stories import Story
from widgets.compare_page import ComparePage

LIMITS = (80, 200)


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> list[Path]:
    """Two runs of the same people, under two limits."""
    logs_dir = tmp_path_factory.mktemp("logs")
    for limit in LIMITS:
        arguments = f"simulate quick_start --participants 60 --seed 5 --threshold {limit}".split()
        assert main([*arguments, "--logs-dir", str(logs_dir)]) == exits.FINE
    return sorted(logs_dir.glob("run_*"))


@pytest.fixture(scope="module")
def comparison(runs) -> Comparison:
    return compare([load_facts(path, place) for place, path in enumerate(runs)])


@pytest.fixture(scope="module")
def plain(runs, tmp_path_factory) -> list[dict[str, float]]:
    """Every figure of each run, from the exported CSV files with pandas."""
    return plain_reading.by_pandas(runs, tmp_path_factory.mktemp("export") / "tables")


def test_the_command_says_what_pandas_finds_in_the_exported_tables(runs, plain, tmp_path, capsys):
    assert main(["compare", *map(str, runs), "--csv", str(tmp_path / "out.csv")]) == exits.FINE
    printed = capsys.readouterr().out
    plain_reading.assert_csv_finds(plain, tmp_path / "out.csv", printed)
    found = pandas.read_csv(tmp_path / "out.csv")
    difference = found[(found.metric == "p2p_rtt_ms_median") & (found.run == "B")].iloc[0]
    assert difference.difference == pytest.approx(plain[1]["p2p_rtt_ms_median"] - plain[0]["p2p_rtt_ms_median"])
    assert difference.ci_low < difference.difference < difference.ci_high < 0
    assert "RTT limit over time 80 ms 200 ms" in " ".join(printed.split())


def test_duckdb_reads_the_same_from_the_parquet_data_set(runs, plain, tmp_path):
    plain_reading.assert_duckdb_finds(plain, runs, tmp_path / "set")


def test_page_json_csv_and_window_show_the_same_figures(runs, comparison, tmp_path, qtbot):
    paths = {kind: tmp_path / f"out.{kind}" for kind in ("html", "json", "csv")}
    options = [word for kind, path in paths.items() for word in (f"--{kind}", str(path))]
    assert main(["compare", *map(str, runs), *options]) == exits.FINE
    page = ComparePage()
    qtbot.addWidget(page)
    page.show_comparison(comparison)
    plain_reading.assert_all_show_the_same(paths, page)


def test_the_page_needs_nothing_beside_it_and_says_what_was_simulated(runs, tmp_path):
    assert main(["compare", *map(str, runs), "--html", str(tmp_path / "out.html")]) == exits.FINE
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|https?://", text)
    assert "A and B were simulated: nobody took part." in text
    assert "SIMULATED: nobody took part" in text
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) > 20
    for drawing in drawings:
        ElementTree.fromstring(drawing)
        assert "nan" not in drawing
    assert all(run.name in text for run in runs)
    assert "Newcombe" in text
    assert "p-value" in text


NASTY = "<script>alert('x')</script>\u202egnp.\u0007"


@pytest.fixture
def nasty(tmp_path) -> list[Path]:
    """Two runs full of what people could write."""
    config = f'name: "{NASTY}"\nnote: "=HYPERLINK()"\nscenes: [{{id: "a<b", text: "secret words"}}]\n'.replace(
        "\u0007", ""
    )
    other = config.replace("secret", "other").replace("=HYPER", "=OTHER")
    return [
        write_run(tmp_path / "logs" / f"run_{letter}", story(), text, experiment=NASTY)
        for letter, text in (("a", config), ("b", other))
    ]


def test_what_people_wrote_is_escaped(nasty, tmp_path, capsys):
    files = [str(tmp_path / "out.html"), str(tmp_path / "out.csv")]
    assert main(["compare", *map(str, nasty), "--all", "--html", files[0], "--csv", files[1]]) == exits.FINE
    page = Path(files[0]).read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page
    printed = capsys.readouterr().out
    assert "\u0007" not in printed
    assert "\u202e" not in printed
    assert "secret words" in page


def test_a_redacted_page_has_no_words_names_dates_or_paths(nasty, tmp_path):
    file = tmp_path / "out.html"
    assert main(["compare", *map(str, nasty), "--all", "--redacted", "--html", str(file)]) == exits.FINE
    page = file.read_text(encoding="utf-8")
    for secret in ("secret words", "HYPERLINK", "script", "run_a", str(tmp_path), "2026-09"):
        assert secret not in page, secret
    assert "(withheld)" in page
    assert "150 ms" in page


def test_what_differs_is_listed_and_all_on_request(nasty, tmp_path, capsys):
    assert main(["compare", *map(str, nasty)]) == exits.FINE
    few = capsys.readouterr().out
    assert main(["compare", *map(str, nasty), "--all"]) == exits.FINE
    every = capsys.readouterr().out
    assert "scenes[a<b].text" in few
    assert "group size in the log" not in few
    assert "group size in the log" in every


# --- odd input --------------------------------------------------------------------------------------------------------


def refused(capsys, *arguments: object) -> str:
    assert main(["compare", *map(str, arguments)]) in (exits.COMMAND_LINE, exits.LOGS_FOLDER)
    words = capsys.readouterr().err
    assert words.startswith("greenroom: ")
    assert "Traceback" not in words
    return words


def test_one_run_or_thirteen_cannot_be_compared(tmp_path, capsys):
    made = [write_run(tmp_path / f"run_{number}", story()) for number in range(13)]
    assert "1 run given: compare 2 to 12" in refused(capsys, made[0])
    assert "13 runs given: compare 2 to 12" in refused(capsys, *made)
    assert main(["compare", *map(str, made[:12])]) == exits.FINE
    assert "L (n)" in capsys.readouterr().out


def test_the_same_run_twice_is_taken_once(tmp_path, capsys):
    one, other = (write_run(tmp_path / f"run_{number}", story()) for number in range(2))
    (tmp_path / "latest").symlink_to(one.name)
    assert main(["compare", str(one), str(other), str(tmp_path / "latest")]) == exits.FINE
    said = capsys.readouterr()
    assert "was given twice" in said.err
    assert "C (n)" not in said.out
    assert "1 run given" in refused(capsys, one, tmp_path / "latest", one / "events.jsonl").splitlines()[-1]


def test_an_archive_and_a_log_of_another_name_are_runs_too(tmp_path, capsys):
    one, other = (write_run(tmp_path / f"run_{number}", story(), f"name: study {number}\n") for number in range(2))
    renamed = (other / "events.jsonl").rename(tmp_path / "old log.jsonl")
    archive = tmp_path / "kept.zip"
    assert main(["archive", str(one), str(archive)]) == exits.FINE
    assert main(["compare", str(archive), str(renamed), "--baseline", str(renamed)]) == exits.FINE
    printed = capsys.readouterr().out
    assert re.search(r"^B  run_1 .*baseline$", printed, re.MULTILINE)
    assert "study 0" in printed


def test_a_baseline_that_is_not_there_and_runs_that_are_none(tmp_path, capsys):
    one, other, third = (write_run(tmp_path / f"run_{number}", story()) for number in range(3))
    assert "is not one of the runs given" in refused(capsys, one, other, "--baseline", third)
    assert "does not exist" in refused(capsys, one, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "is not a run" in refused(capsys, one, tmp_path / "empty")
    (tmp_path / "broken.zip").write_bytes(b"PK no archive")
    assert "broken.zip" in refused(capsys, one, tmp_path / "broken.zip")
    assert main(["compare", str(one), str(other), "--baseline", str(other)]) == exits.FINE
    assert re.search(r"^B .*baseline$", capsys.readouterr().out, re.MULTILINE)


def test_a_damaged_run_and_one_without_probes_are_compared_as_far_as_they_go(tmp_path, capsys):
    whole = write_run(tmp_path / "whole", story())
    torn = tmp_path / "torn"
    shutil.copytree(whole, torn)
    lines = (torn / "events.jsonl").read_bytes().splitlines(keepends=True)
    lines[8] = b'{"event_type": "participant_joined", "subject_id": 7}\n'
    (torn / "events.jsonl").write_bytes(b"".join(lines)[:-30])
    without = write_run(tmp_path / "without", Story().begin(None).at(5).join("a", "b").wait("a", "b").matched("a", "b"))
    file = tmp_path / "out.html"
    assert main(["compare", str(whole), str(torn), str(without), "--html", str(file)]) == exits.FINE
    printed = capsys.readouterr().out
    assert "1 unreadable line" in printed
    assert "– (0)" in printed
    page = file.read_text(encoding="utf-8")
    assert "B: 1 unreadable line left out" in page
    assert "C: nothing recorded" in page


def test_a_report_of_one_run(tmp_path, capsys):
    run = write_run(tmp_path / "run", story(), "name: x\n")
    file = tmp_path / "report.html"
    assert main(["report", str(run), "--html", str(file)]) == exits.FINE
    page = file.read_text(encoding="utf-8")
    assert "Report of run" in page
    assert "baseline" not in page
    assert "no file" not in page
    assert main(["report", str(run), "--html", str(tmp_path / "nowhere" / "x.html")]) == exits.LOGS_FOLDER
    assert "Could not write" in capsys.readouterr().err


def test_paper_has_no_scroll_bar_so_that_every_column_is_on_the_sheet(tmp_path):
    made = [str(write_run(tmp_path / f"run_{number}", story())) for number in range(4)]
    pages = []
    for number in (3, 4):
        assert main(["report", *made[:number], "--html", str(tmp_path / "out.html")]) == exits.FINE
        pages.append((tmp_path / "out.html").read_text(encoding="utf-8"))
    assert ["size: landscape" in page for page in pages] == [False, True]
    assert ['<body class="wide">' in page for page in pages] == [False, True]
    style = pages[1].partition("<style>")[2].partition("</style>")[0]
    on_paper = style.rindex("@media print")
    for screen_only in (".scroll { overflow-x: auto", ".interval { white-space: nowrap", "padding: 28px"):
        assert style.index(screen_only) < on_paper, "what comes later would win on paper, too"
    assert ".scroll { overflow: visible" in style[on_paper:]
