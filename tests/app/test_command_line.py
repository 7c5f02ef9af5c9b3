"""What can be typed: every command explains itself, with examples that its own parser understands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import main
from app import demo, exits, stand_ins
from app.commands import COMMANDS
from app.commands_session import console_parser

PARSERS = {"": lambda: console_parser({}), **{name: make for name, (_, make) in COMMANDS.items()}}


def examples_of(help_text: str) -> list[list[str]]:
    """What follows `main.py` in each example."""
    _, _, examples = help_text.partition("\nexample")
    lines = [line for line in examples.splitlines() if line.startswith("  python main.py")]
    return [shlex.split(line.partition(" > ")[0])[2:] for line in lines]


@pytest.mark.parametrize("command", PARSERS)
def test_every_command_has_examples_that_it_understands(command):
    parser, _ = PARSERS[command]()
    examples = examples_of(parser.format_help())
    assert examples, "give command_parser() an epilog with an example"
    for words in examples:
        assert words[: bool(command)] == [command][: bool(command)]
        parser.parse_args(words[bool(command) :])  # exits if it cannot


@pytest.mark.parametrize("command", PARSERS)
def test_no_line_of_a_help_is_too_long_for_a_terminal(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    too_long = [line for line in PARSERS[command]()[0].format_help().splitlines() if len(line) > 100]
    assert not too_long


def test_the_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main.main(["--help"])
    listed = capsys.readouterr().out
    for command, (what, _) in COMMANDS.items():
        assert re.search(rf"^  {command} +{re.escape(what)}$", listed, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "options"),
    [("help", "--help"), ("help runs", "runs --help"), ("help help", "--help"), ("help none", "--help"),
     ("help --help", "--help"), ("version", "--version")],
)  # fmt: skip
def test_help_and_version_are_understood_as_words(capsys, words, options):
    assert said_by(words, capsys) == said_by(options, capsys)


def said_by(typed: str, capsys) -> str:
    try:
        assert main.main(typed.split()) == 0
    except SystemExit as ended:
        assert ended.code == 0
    said, complaint = capsys.readouterr()
    assert said and not complaint
    return said


def test_a_command_that_does_not_come_first_is_told_so(capsys):
    with pytest.raises(SystemExit) as ended:
        main.main(["--start", "serve"])
    assert ended.value.code == 2
    assert "put the command first: main.py serve" in capsys.readouterr().err


def test_the_demonstrations_crowd_is_one_that_bots_understands():
    _, script, command, *words = stand_ins.command_for(demo.crowd(minutes=2.0), "http://localhost:1/")
    assert Path(script).name == "main.py"
    given = PARSERS[command]()[0].parse_args(words)
    assert (given.number, given.at_once, given.arrivals_per_min) == (104, 8, 48)
    assert given.webrtc == "simulated" and given.until_eof


@pytest.mark.parametrize("typed", [["sumary", "logs/latest"], ["repot"], ["what_if", "logs/latest", "--seeds", "1"]])
def test_a_slip_in_a_command_is_told_the_nearest_one(tmp_path, monkeypatch, capsys, typed):
    monkeypatch.chdir(tmp_path)
    assert main.main(typed) == exits.COMMAND_LINE
    assert f"There is no command '{typed[0]}'" in (said := capsys.readouterr().err)
    assert "Did you mean 'summary'?" in said or "Did you mean 'report'?" in said or "Did you mean 'what-if'?" in said


def test_a_recorded_run_is_no_experiment_and_is_told_how_it_is_shown(tmp_path, capsys):
    (tmp_path / "events.jsonl").touch()
    assert main.main([str(tmp_path)]) == exits.COMMAND_LINE
    assert f"--open {tmp_path}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--thresholds 300:50:25", "the lower one first"),
        ("--max-server-rtt -3", "give a number of milliseconds above 0"),
        ("--max-server-rtt 90 --matchmaker fifo", "--max-server-rtt is for latency_fifo"),
    ],
)
def test_what_cannot_be_asked_of_a_run_is_told(capsys, typed, said):
    with pytest.raises(SystemExit) as ended:
        main.main(["what-if", "logs/latest", *typed.split()])
    assert ended.value.code == exits.COMMAND_LINE
    assert said in capsys.readouterr().err
