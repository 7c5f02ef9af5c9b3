"""What the commands' parsers share.

Owns the shape of a command, the words of its `--help`, and the options that several commands have. Must not know any
command, nor import what does the work.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from pathlib import Path

from app import typed

Command = tuple[argparse.ArgumentParser, Callable[[argparse.Namespace], int]]  # run with what was typed: the exit code
Commands = dict[str, tuple[str, Callable[[], Command]]]  # by name: what it does, as `main.py --help` lists it

WIDTH = 79  # the epilog is kept as written, so that nothing else wraps the description


def command_parser(command: str, description: str, epilog: str) -> argparse.ArgumentParser:
    """The frame of a command's parser; `command` is "" for the console's, `epilog` the examples, kept as they are."""
    return argparse.ArgumentParser(
        prog=f"main.py {command}".strip(),
        description=textwrap.fill(description, WIDTH),
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_logs_dir(parser: argparse.ArgumentParser) -> None:
    """For whatever reads or writes runs."""
    parser.add_argument("--logs-dir", metavar="D", type=Path, help="where runs are kept (by the experiment file, logs)")


def add_port(parser: argparse.ArgumentParser) -> None:
    """For whatever runs an engine."""
    parser.add_argument(
        "--port",
        metavar="N",
        type=typed.port,
        help="the port to listen on (by the experiment file, 8765); 0: any free one",
    )


def add_until_eof(parser: argparse.ArgumentParser) -> None:
    """For what another program starts."""
    parser.add_argument(
        "--until-eof", action="store_true", help="leave once standard input is closed: for programs that start this one"
    )
