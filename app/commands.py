"""All commands, and what is made of what was typed.

Owns which of them it names, and what is said of a slip; the words of each stand in app/commands_*.py. Must not do the
work: each command imports the room that does when it is run, so that `serve` never loads Qt and the console paints
before anything slow is loaded.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app import commands_crowd, commands_runs, commands_session, ctrl_c, exits
from app.command_line import Commands

COMMANDS: Commands = {**commands_session.COMMANDS, **commands_crowd.COMMANDS, **commands_runs.COMMANDS}
AS_WORDS = ("help", "version")  # what many programs know as commands, and are options here


def run(typed: Sequence[str] | None) -> int:
    """Do what was typed (None: what this process was started with, which is all ours); returns the exit code."""
    ctrl_c.now_if_ever()
    exits.print_whatever_comes()
    given = _as_options(sys.argv[1:] if typed is None else typed)
    if typed is None and given[:1] == ["serve"]:
        from core.server import memory  # brings asyncio, which half of the commands can do without

        ctrl_c.now_if_ever()
        memory.start_again_by_the_page()
    if given and given[0] in COMMANDS:
        _, make_parser = COMMANDS[given[0]]
        (parser, do), given = make_parser(), given[1:]
    else:
        if slip := _slip_in(given):
            exits.say(slip)
            return exits.COMMAND_LINE
        parser, do = commands_session.console_parser({name: what for name, (what, _) in COMMANDS.items()})
    options = parser.parse_args(given)
    return exits.code_of(lambda: do(options))


def _as_options(typed: Sequence[str]) -> list[str]:
    """`help`, `help COMMAND` and `version` say what `--help`, `COMMAND --help` and `--version` say."""
    first, rest = (typed[0], list(typed[1:])) if typed else ("", [])
    if first == "version":
        return ["--version", *rest]
    if first == "help":
        return [*(word for word in rest[:1] if word not in AS_WORDS), "--help"]
    return list(typed)


def _slip_in(given: Sequence[str]) -> str:
    """What is no command is taken for an experiment: a word to those who meant a command, or a recorded run."""
    first = given[0] if given else ""
    if first.startswith("-"):
        return ""
    meant = difflib.get_close_matches(first, [*COMMANDS, *AS_WORDS], n=1, cutoff=0.75)
    if os.path.lexists(first):
        is_run = os.path.lexists(Path(first) / "events.jsonl")
        return f"{first} is a recorded run. 'python main.py --open {first}' shows it." if is_run else ""
    return f"There is no command {first!r}, nor a file of that name. Did you mean {meant[0]!r}?" if meant else ""
