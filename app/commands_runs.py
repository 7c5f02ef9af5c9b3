"""Commands for what was recorded: `runs`, `summary`, `export`.

Owns their words. Must not do the work: each imports the module that does, only when it is run.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from app import typed
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


def _export_parser() -> Command:
    parser = command_parser(
        "export",
        "Write runs as tables into a new folder: runs, participants, waits, probes, samples (every answer to a ping), "
        "matches, events. CSV opens in spreadsheets, in which no text can become a formula; Parquet holds everything "
        "exactly, many runs as one data set for DuckDB, Spark or pandas. docs/analysis.md explains the columns.",
        "examples:\n"
        "  python main.py export logs/latest --to tables\n"
        "  python main.py export logs/run_* --to study_1 --format parquet\n"
        "  python main.py export logs/latest --to shared --redacted",
    )
    parser.add_argument("runs", metavar="RUN", nargs="+", type=Path, help="a run's directory; several for one export")
    parser.add_argument("--to", metavar="FOLDER", type=Path, required=True, help="the new folder")
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv", help="csv, if not given")
    parser.add_argument(
        "--tables", metavar="T,…", type=typed.tables, default=None, help="only these, such as participants,probes (all)"
    )
    parser.add_argument(
        "--redacted",
        action="store_true",
        help="numbered names for people, and nothing that anybody wrote: no ids, notes, messages, data, texts, dates",
    )
    parser.add_argument("--replace", action="store_true", help="take the place of an earlier export in that folder")
    return parser, _export


def _export(options: argparse.Namespace) -> int:
    from app import exports
    from core.analysis.export import TABLES, Wanted

    wanted = Wanted(options.format, options.tables or TABLES, options.redacted, options.replace)
    return exports.run(options.runs, options.to, wanted)


COMMANDS: Commands = {
    "runs": ("list the runs in a logs folder", _runs_parser),
    "summary": ("print what came of a run", _summary_parser),
    "export": ("write runs as tables, CSV or Parquet", _export_parser),
}
