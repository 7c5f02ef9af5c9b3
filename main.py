"""Greenroom's command line: the first lines that run.

Owns that Ctrl-C, however early, ends any command in one line. So nothing is imported before that holds; what can be
typed stands in app/commands.py.
"""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Do what `arguments` (None: those of the process, which is all ours) say; returns the exit code."""
    try:
        from app import ctrl_c

        with ctrl_c.once_loaded():
            from app import commands

            return commands.run(arguments)
    except KeyboardInterrupt:
        from app import ctrl_c, exits

        exits.say(ctrl_c.STOPPED)
        return exits.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
