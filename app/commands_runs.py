"""Commands for what was recorded: `runs`, `summary`.

Owns their words. Must not do the work: each imports the module that does, only when it is run.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from app.command_line import Command, Commands, add_logs_dir, command_parser


def _runs_parser() -> Command:
    parser = command_parser("runs", "List the runs in a logs folder, newest first.", "example:\n  python main.py runs")
    add_logs_dir(parser)
    return parser, _runs


def _runs(options: argparse.Namespace) -> int:
    from app import reports

    return reports.print_runs(options.logs_dir)


def _summary_parser() -> Command:
    parser = command_parser(
        "summary",
        "Print what came of a run: people, games, probes, thresholds.",
        "example:\n  python main.py summary logs/latest",
    )
    parser.add_argument("run", metavar="RUN", type=Path, help="the run's directory")
    return parser, _summary


def _summary(options: argparse.Namespace) -> int:
    from app import reports

    return reports.print_summary(options.run)


COMMANDS: Commands = {
    "runs": ("list the runs in a logs folder", _runs_parser),
    "summary": ("print what came of a run", _summary_parser),
}
