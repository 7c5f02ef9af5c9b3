"""`main.py runs`, `archive` and `unarchive`, as they are typed."""

from __future__ import annotations

import csv
import io
import json

import pytest

import main
from core.runlog.run_notes import write_notes
from tests.analysis.run_folders import log_of, make_run, small_story


@pytest.fixture
def logs(tmp_path):
    logs = tmp_path / "logs"
    make_run(logs, "run_20261121_140302")
    make_run(logs / "pilot", "run_20261101_090000", log_of(small_story(ended=False))[:-9], started_at=1_790_000_000.0)
    write_notes(logs / "run_20261121_140302", ["=cmd()", "pilot"], 'one\n"two"')
    return logs


def test_the_list_says_what_came_of_each_run_and_what_is_wrong(logs, capsys):
    assert main.main(["runs", "--logs-dir", str(logs)]) == 0
    head, first, second, *problems, total = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["run", "started", "experiment", "status"]
    assert first.startswith("run_20261121_140302")
    for cell in (
        "complete (all games had finished)",
        "1:00",
        " 33 % ",
        "3.0 s",
        "3.9 s",
        "190 ms",
        "150 → 80",
        "=cmd()",
    ):
        assert cell in first
    assert second.startswith("run_20261101_090000")
    assert "half a line" in problems[0]
    assert total.startswith("2 runs, ")


def test_the_list_for_programs(logs, capsys):
    assert main.main(["runs", "--logs-dir", str(logs), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["matches"], first["thresholds"], first["tags"]) == (1, [150, 80], ["=cmd()", "pilot"])
    assert second["state"] == "interrupted"
    assert main.main(["runs", "--logs-dir", str(logs), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["run_id"] for row in rows] == ["run_20261121_140302", "run_20261101_090000"]
    assert rows[0]["tags"] == "'=cmd(); pilot"
    assert rows[0]["thresholds"] == "150; 80"
    assert float(rows[0]["waited_s_median"]) == 3.0
    assert rows[0]["note"] == 'one\n"two"'


def test_a_folder_without_runs(tmp_path, capsys):
    assert main.main(["runs", "--logs-dir", str(tmp_path)]) == 0
    assert "No runs in" in capsys.readouterr().out


def test_a_run_goes_into_a_file_and_comes_back(logs, tmp_path, capsys):
    run = logs / "run_20261121_140302"
    assert main.main(["archive", str(run)]) == 0
    assert "byte by byte" in capsys.readouterr().out
    assert main.main(["unarchive", f"{run}.zip", "--logs-dir", str(tmp_path / "back")]) == 0
    back = tmp_path / "back" / run.name
    assert capsys.readouterr().out == f"{back}\n"
    assert (back / "events.jsonl").read_bytes() == (run / "events.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["archive", "{logs}/run_20261121_140302", "{logs}/pilot"], "there already"),
        (["archive", "{logs}/nothing"], "does not exist"),
        (["archive", "{logs}"], "is not a run"),
        (["unarchive", "{logs}/nothing.zip"], "no file"),
        (["unarchive", "{logs}/run_20261121_140302/run.json"], "damaged"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(logs, tmp_path, monkeypatch, capsys, typed, said):
    monkeypatch.chdir(tmp_path)
    assert main.main([word.format(logs=logs) for word in typed]) == 5
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_run_that_is_on_is_not_archived(logs, monkeypatch, capsys):
    run = logs / "run_20261121_140302"
    monkeypatch.setattr("app.archive_command.runs_on", lambda _folder: [run])
    assert main.main(["archive", str(run)]) == 5
    assert "is on. End it first" in capsys.readouterr().err


def test_a_summary_of_what_load_run_opens_and_what_is_wrong_with_it(logs, capsys):
    run, torn = logs / "run_20261121_140302", logs / "pilot" / "run_20261101_090000"
    assert main.main(["summary", str(run)]) == 0
    told = capsys.readouterr().out
    assert main.main(["archive", str(run)]) == 0
    capsys.readouterr()
    assert main.main(["summary", f"{run}.zip"]) == 0
    assert capsys.readouterr() == (told, "")
    assert main.main(["summary", str(torn)]) == 0
    assert "warning: the last line is torn" in capsys.readouterr().err
    (torn / "events.jsonl").unlink()
    assert main.main(["summary", str(torn)]) == 5
    assert "There is no log at" in capsys.readouterr().err


def test_a_folder_that_is_not_there_or_none_is_said(tmp_path, capsys):
    assert main.main(["runs", "--json", "--logs-dir", str(tmp_path / "nowhere")]) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out), f"there is no folder {tmp_path / 'nowhere'}" in err) == ([], True)
    (tmp_path / "file").touch()
    assert main.main(["runs", "--logs-dir", str(tmp_path / "file")]) == 5
    assert "is a file. Give the folder of the runs" in capsys.readouterr().err


def test_the_list_in_a_file_is_utf_8_whatever_the_system_writes(logs, monkeypatch):
    write_notes(logs / "run_20261121_140302", ["Prüfung"], "漢")
    for form, encoding in (("--csv", "utf-8-sig"), ("--json", "utf-8")):
        file = io.BytesIO()
        monkeypatch.setattr("sys.stdout", io.TextIOWrapper(file, encoding="cp1252"))
        assert main.main(["runs", "--logs-dir", str(logs), form]) == 0
        text = file.getvalue().decode(encoding)
        assert "Prüfung" in text
        assert "漢" in text
        assert text.lstrip()[0] in "p["


def test_a_run_that_cannot_be_read_is_not_called_a_file_that_cannot_be_written(logs, monkeypatch, capsys):
    run = logs / "run_20261121_140302"
    opened = type(run).open

    def locked(path, *given, **named):
        if path.name == "events.jsonl":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *given, **named)

    monkeypatch.setattr(type(run), "open", locked)
    assert main.main(["archive", str(run)]) == 5
    assert f"Could not read {run / 'events.jsonl'}: Permission denied" in capsys.readouterr().err
