"""`main.py what-if` as it is typed: tables, files, refusals, Ctrl-C, and the stream that the page listens to."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import main
from app import exits, typed
from core.analysis.what_if import answer as wi
from core.analysis.what_if import sweep as what_if_sweep
from tests.analysis.what_if_runs import simulated
from tests.json_process import ROOT
from tests.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulated(tmp_path_factory.mktemp("run"), participants=40)


def test_it_prints_a_table_and_writes_what_was_asked_for(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {kind: tmp_path / f"out.{kind}" for kind in ("csv", "json", "html")}
    given = [part for kind, file in files.items() for part in (f"--{kind}", str(file))]
    assert main.main(["what-if", str(run), "--thresholds", "80,none", "--seeds", "2", *given]) == exits.FINE
    out, err = capsys.readouterr()
    assert err.splitlines() == [f"greenroom: wrote {file}" for file in files.values()]
    assert [line.split()[0] for line in out.splitlines()[2:6]] == ["happened:", "80", "100", "none"]
    rows = list(csv.DictReader(files["csv"].read_text("utf-8-sig").splitlines()))
    [answer] = json.loads(files["json"].read_bytes())
    assert [float(row["matches"]) for row in rows[1:]] == [one["matches"]["mid"] for one in answer["points"]]
    assert f"{answer['happened']['matches']}" in out.splitlines()[2]
    assert files["html"].read_text().startswith("<!DOCTYPE html>")


def test_one_run_that_cannot_be_asked_does_not_keep_the_others_from_it(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main.main(["what-if", str(tmp_path / "nowhere"), str(run), "--thresholds", "none", "--seeds", "1"])
    out, err = capsys.readouterr()
    assert code == exits.LOGS_FOLDER
    assert "does not exist" in err
    assert "happened: 100 ms" in out


def test_no_run_that_can_be_asked_is_a_failure_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["what-if", str(tmp_path / "nowhere")]) == exits.LOGS_FOLDER
    assert capsys.readouterr().err.count("does not exist") == 1


def test_a_file_that_cannot_be_written_is_named(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "not there" / "out.csv"
    code = main.main(["what-if", str(run), "--thresholds", "none", "--seeds", "1", "--csv", str(file)])
    assert code == exits.LOGS_FOLDER
    assert f"Could not write {file}" in capsys.readouterr().err


def test_ctrl_c_leaves_what_is_there_and_a_clear_word(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    point = what_if_sweep.point
    reached: list[int | None] = []

    def interrupted(*given: object) -> wi.Point:
        if reached:
            raise KeyboardInterrupt
        reached.append(0)
        return point(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(what_if_sweep, "point", interrupted)
    file = tmp_path / "out.csv"
    code = main.main(["what-if", str(run), "--thresholds", "80,none", "--seeds", "1", "--csv", str(file)])
    out, err = capsys.readouterr()
    assert code == exits.INTERRUPTED
    assert "80 ms" in out
    assert "no file was written" in err
    assert not file.exists()


def test_the_stream_ends_with_whoever_started_it(run: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "what-if", str(run), "--stream", "--seeds", "1000"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    started = msgspec.json.decode(process.stdout.readline(), type=wi.News)
    assert isinstance(started, wi.Started)
    assert started.answer.path == str(run)
    process.stdin.close()
    assert process.wait(timeout=PATIENCE_S) == exits.FINE
    process.stdout.close()


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("50:100:25", [50, 75, 100]),
        ("80", [80]),
        ("80, 120,none", [80, 120, None]),
        ("80,60:80:10", [80, 60, 70]),
    ],
)
def test_limits_as_they_are_typed(text: str, limits: list[int | None]) -> None:
    assert typed.limits(text) == limits


@pytest.mark.parametrize("text", ["", "fast", "50:100", "50:100:0", "-5", "1:10000:1", "100:50:10", "100:50:10,none"])
def test_what_is_no_limit_is_told_so(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main(["what-if", "run", f"--thresholds={text}"])
    assert "limit" in capsys.readouterr().err
