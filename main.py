"""Greenroom's command line.

Owns that there is one, and the exit codes it ends in; what can be typed stands in app/commands_*.py. Must not do the
work: each command imports the room that does when it is run, so that `serve` never loads Qt and the console paints
before anything slow is loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

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
        parser, run = commands_session.console_parser({name: what for name, (what, _) in COMMANDS.items()})
    options = parser.parse_args(given)
    return exits.code_of(lambda: run(options))


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        from core.server import memory  # brings asyncio, which half of the commands can do without

        memory.start_again_by_the_page()
    sys.exit(main())
