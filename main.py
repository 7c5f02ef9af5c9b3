"""Greenroom's command line.

Owns that there is one, and the exit codes it ends in; what can be typed stands in app/commands_*.py. Must not do the
work: each command imports the room that does when it is run, so that `serve` never loads Qt and the console paints
before anything slow is loaded.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app import commands_crowd, commands_runs, commands_session, exits
from app.command_line import Commands

COMMANDS: Commands = {**commands_session.COMMANDS, **commands_crowd.COMMANDS, **commands_runs.COMMANDS}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what `arguments` (default: those of the process) say; returns the exit code."""
    exits.print_whatever_comes()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in COMMANDS:
        _, make_parser = COMMANDS[given[0]]
        (parser, run), given = make_parser(), given[1:]
    else:
        if slip := _slip_in(given):
            exits.say(slip)
            return exits.COMMAND_LINE
        parser, run = commands_session.console_parser({name: what for name, (what, _) in COMMANDS.items()})
    options = parser.parse_args(given)
    return exits.code_of(lambda: run(options))


def _slip_in(given: Sequence[str]) -> str:
    """What is no command is taken for an experiment: a word to those who meant a command, or a recorded run."""
    first = given[0] if given else ""
    meant = difflib.get_close_matches(first, COMMANDS, n=1, cutoff=0.75)
    if os.path.lexists(first):
        is_run = os.path.lexists(Path(first) / "events.jsonl")
        return f"{first} is a recorded run. 'python main.py --open {first}' shows it." if is_run else ""
    return f"There is no command {first!r}, nor a file of that name. Did you mean {meant[0]!r}?" if meant else ""


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        from core.server import memory  # brings asyncio, which half of the commands can do without

        memory.start_again_by_the_page()
    sys.exit(main())
