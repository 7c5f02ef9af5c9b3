"""`main.py export`: what it says, and what it ends in."""

from __future__ import annotations

import pytest

from app import exits
from core.analysis.exporting.export_folder import MARK
from main import main
from tests.analysis import small_run


@pytest.fixture
def run(tmp_path):
    return small_run.write(tmp_path / "logs" / "run_a")


def test_it_says_what_lies_where(run, tmp_path, capsys):
    assert main(["export", str(run), "--to", str(tmp_path / "out"), "--tables", "waits, probes"]) == exits.FINE
    told = capsys.readouterr()
    assert told.out.splitlines() == [f"Exported to {tmp_path / 'out'}:", *_rows("waits", 4), *_rows("probes", 3)]
    assert told.err == ""
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"waits.csv", "probes.csv", MARK}


def _rows(table: str, number: int) -> list[str]:
    return [f"  {table:<6}  {number:>9,} rows"]


def test_only_the_terminal_is_told_which_run_is_which(run, tmp_path, capsys):
    assert main(["export", str(run), "--to", str(tmp_path / "out"), "--redacted"]) == exits.FINE
    assert f"run_1  {run}" in capsys.readouterr().out
    assert not any("run_a" in path.read_text("utf-8-sig") for path in (tmp_path / "out").iterdir())


def test_what_a_log_lacks_is_a_warning(run, tmp_path, capsys):
    (run / "events.jsonl").write_bytes((run / "events.jsonl").read_bytes()[:-9])
    assert main(["export", str(run), "--to", str(tmp_path / "out")]) == exits.FINE
    assert "warning: run_small: the last line is torn" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["no run", "no folder", "an earlier export"])
def test_what_cannot_be_done_is_said_in_a_sentence(run, tmp_path, capsys, what):
    source, target = run, tmp_path / "out"
    if what == "no run":
        source = tmp_path / "nothing"
    elif what == "no folder":
        (tmp_path / "file").write_text("")
        target = tmp_path / "file" / "out"
    else:
        assert main(["export", str(run), "--to", str(target)]) == exits.FINE
    capsys.readouterr()
    assert main(["export", str(source), "--to", str(target)]) == exits.LOGS_FOLDER
    said = capsys.readouterr().err
    assert {"no run": "does not exist", "no folder": "Could not write", "an earlier export": "--replace"}[what] in said
    assert said.count("\n") == 1


def test_a_table_that_is_none_is_named(run, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["export", str(run), "--to", str(tmp_path / "out"), "--tables", "probes,cats"])
    assert ended.value.code == exits.COMMAND_LINE
    assert "there is no table 'cats': choose from runs, participants" in capsys.readouterr().err
