"""Files a command was told to write: refused before the work where that can be known, written whole, and never lost
because nobody read the text.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app import exits, output_files
from main import main
from tests.analysis.comparable import story, write_run
from tests.json_process import ROOT
from tests.waiting import PATIENCE_S


@pytest.fixture
def runs(tmp_path) -> list[str]:
    return [str(write_run(tmp_path / f"run_{number}", story())) for number in range(2)]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--csv", "{dir}/none/out.csv"], exits.LOGS_FOLDER, "/none does not exist. Make it"),
        (["--html", "{dir}"], exits.LOGS_FOLDER, "is a folder. Give the name of a file"),
        (["--json", "{dir}/file/out.json"], exits.LOGS_FOLDER, "file is no folder"),
        (["--csv", "{dir}/out", "--json", "{dir}/../{name}/out"], exits.COMMAND_LINE, "--csv and --json name the same"),
    ],
)
def test_a_file_that_cannot_be_written_is_told_before_the_work(tmp_path, runs, capsys, options, code, said):
    (tmp_path / "file").touch()
    assert main(["compare", *runs, *(word.format(dir=tmp_path, name=tmp_path.name) for word in options)]) == code
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert not printed.out


def test_the_files_are_written_although_nobody_reads_the_text(tmp_path, runs, monkeypatch):
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Gone())  # not pytest's own, which is the terminal under -s
    assert main(["compare", *runs, "--csv", str(tmp_path / "out.csv")]) == exits.FINE
    assert (tmp_path / "out.csv").stat().st_size > 1000


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_what_is_no_plain_file_is_written_into_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    output_files.write(pipe, b"figures")
    reader.join()
    assert (read, pipe.is_fifo()) == ([b"figures"], True)


def test_a_file_on_windows_has_no_place_for_some_characters_and_gets_their_like(monkeypatch):
    file = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(file, encoding="cp1252", newline="\n"))
    exits.print_whatever_comes()
    print("−3.20 [−6.40, +1.30] 漢 é\udcff")
    sys.stdout.flush()
    assert file.getvalue().decode("cp1252") == "-3.20 [-6.40, +1.30] ? é?\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_an_output_that_is_full_is_a_sentence(tmp_path, runs):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, ROOT / "main.py", "summary", runs[0]],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE_S,
        )  # fmt: skip
    assert done.returncode == exits.UNEXPECTED
    assert done.stderr.startswith("greenroom: The system refused: ")
    assert done.stderr.count("\n") == 1
