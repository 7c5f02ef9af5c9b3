"""What is typed for runs: wildcards that no shell resolved, a run beside its archive, links, and what is not there."""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from app import exits
from app.runs_meant import runs_meant
from main import main
from tests.analysis.comparable import story, write_run


@pytest.fixture
def logs(tmp_path) -> Path:
    for number in range(2):
        write_run(tmp_path / "logs" / f"run_{number}", story(), f"name: study {number}\n")
    assert main(["archive", str(tmp_path / "logs" / "run_0")]) == exits.FINE
    return tmp_path / "logs"


def test_a_run_and_its_archive_count_once_in_everything(logs, tmp_path, capsys):
    named = [str(path) for path in sorted(logs.glob("run_*"))]
    assert len(named) == 3
    assert main(["export", *named, "--to", str(tmp_path / "tables"), "--tables", "runs"]) == exits.FINE
    said = capsys.readouterr()
    assert "runs          2 rows" in said.out
    assert f"{named[1]} holds the same run as {named[0]} and is left out" in said.err
    assert main(["compare", *named, "--baseline", named[2]]) == exits.FINE
    assert "C (n)" not in capsys.readouterr().out


def test_an_archive_of_another_run_stays(logs, tmp_path):
    other = tmp_path / "elsewhere" / "run_0"
    write_run(other, story().at(101).join("late"))
    archive = logs / "run_0.zip"
    assert runs_meant([archive, other]) == [archive, other]


def test_wildcards_that_the_shell_left_alone(logs, tmp_path):
    assert runs_meant([logs / "run_*"]) == [logs / "run_0", logs / "run_1"]
    assert runs_meant([logs / "no_*"]) == [logs / "no_*"]
    (tmp_path / "odd [1]").mkdir()
    assert runs_meant([tmp_path / "odd [1]"]) == [tmp_path / "odd [1]"]


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no Unicode are there on Linux only")
def test_a_name_that_is_no_unicode_stands_in_no_ones_way(logs, tmp_path, capsys):
    odd = (logs / "run_1").rename(logs / os.fsdecode(b"r\xfcn"))
    files = [f"--{kind}={tmp_path / kind}" for kind in ("csv", "json", "html")]
    assert main(["compare", str(logs / "run_0"), str(odd), *files]) == exits.FINE
    capsys.readouterr()
    for form in ("--json", "--csv"):
        file = io.BytesIO()
        with redirect_stdout(io.TextIOWrapper(file, encoding="ascii")) as out:
            assert main(["runs", form, "--logs-dir", str(logs)]) == exits.FINE
            out.flush()
            if form == "--json":
                assert str(odd) in [run["path"] for run in json.loads(file.getvalue())]
