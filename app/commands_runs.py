"""Commands for what was recorded: `runs`, `summary`, `compare`, `what-if`, `report`, `export`, `archive`, `unarchive`.

Owns their words. Must not do the work: each imports the module that does, only when it is run.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from app import typed
from app.command_line import Command, Commands, add_logs_dir, command_parser

RUN = "a run's directory, its archive (.zip) or its events file"


def _runs_parser() -> Command:
    parser = command_parser(
        "runs",
        "List the runs in a logs folder and below it, newest first, with what came of each and what is wrong with it. "
        "What has not changed since the last time is taken from .greenroom_index.sqlite in that folder, which may be "
        "deleted at any time.",
        "examples:\n  python main.py runs\n  python main.py runs --logs-dir study_1 --csv > runs.csv",
    )
    add_logs_dir(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", dest="form", action="store_const", const="csv", help="print a table for spreadsheets")
    form.add_argument("--json", dest="form", action="store_const", const="json", help="print it for programs")
    return parser, _runs


def _runs(options: argparse.Namespace) -> int:
    from app import reports, run_lists

    return run_lists.print_runs(options.logs_dir or reports.default_logs_dir(), options.form or "text")


def _archive_parser() -> Command:
    parser = command_parser(
        "archive",
        "Put a run into one .zip file, which every system opens without tools; then read it again and compare every "
        "byte with the run. The run stays where it is.",
        "examples:\n"
        "  python main.py archive logs/run_20260131_142500\n"
        "  python main.py archive logs/latest /backup/pilot.zip",
    )
    parser.add_argument("run", metavar="RUN", type=Path, help="the run's directory")
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="the new file (beside the run, of its name)")
    return parser, _archive


def _archive(options: argparse.Namespace) -> int:
    from app import archive_command

    return archive_command.archive(options.run, options.file)


def _unarchive_parser() -> Command:
    parser = command_parser(
        "unarchive",
        "Take a run out of the file that 'archive' made, with its files' times, and check every byte of it. A run that "
        "is there already is never touched, and nothing that is no run is ever unpacked.",
        "example:\n  python main.py unarchive /backup/pilot.zip --logs-dir study_1",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="the archived run")
    add_logs_dir(parser)
    return parser, _unarchive


def _unarchive(options: argparse.Namespace) -> int:
    from app import archive_command, reports

    return archive_command.unarchive(options.file, options.logs_dir or reports.default_logs_dir())


def _summary_parser() -> Command:
    parser = command_parser(
        "summary",
        "Print what came of a run: people, games, probes, thresholds.",
        "example:\n  python main.py summary logs/latest",
    )
    parser.add_argument("run", metavar="RUN", type=Path, help=RUN)
    return parser, _summary


def _summary(options: argparse.Namespace) -> int:
    from app import reports

    return reports.print_summary(options.run)


def _compare_parser() -> Command:
    parser = command_parser(
        "compare",
        "Set 2 to 12 runs beside each other: what differs in their set-up, and every figure with its n and, for each "
        "run, the difference to a baseline with a 95 % confidence interval. Prints tables; the HTML file has figures, "
        "distributions, timelines and the methods in words, and needs nothing beside it.",
        "examples:\n"
        "  python main.py compare logs/run_20260131_142500 logs/run_20260201_100000\n"
        "  python main.py compare logs/run_* --baseline logs/run_20260131_142500 --html out.html",
    )
    parser.add_argument("runs", metavar="RUN", nargs="+", type=Path, help=RUN)
    parser.add_argument("--baseline", metavar="RUN", type=Path, help="the run to which the others differ (the first)")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write the figures, one line a figure and run")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write everything as one self-contained page")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write figures, set-up and methods for programs")
    _add_report_options(parser)
    return parser, _compare


def _compare(options: argparse.Namespace) -> int:
    from app import compare_command

    return compare_command.print_comparison(
        options.runs,
        options.baseline,
        every_setting=options.all,
        redacted=options.redacted,
        csv_file=options.csv,
        html_file=options.html,
        json_file=options.json,
    )


def _what_if_parser() -> Command:
    parser = command_parser(
        "what-if",
        "Re-enact runs under other RTT limits: the people of a run come again when they came, and the real matchmaker "
        "groups them by what was measured. Pairs that were never measured are estimated from those that were; how many "
        "these are, how far off such estimates are, and an interval over several draws stand beside each figure. "
        "Nothing that was recorded is changed.",
        "examples:\n"
        "  python main.py what-if logs/latest\n"
        "  python main.py what-if logs/run_* --thresholds 60:200:20,none --csv what_if.csv\n"
        "  python main.py what-if logs/latest --matchmaker latency_fifo --max-server-rtt 120 --html out.html",
    )
    parser.add_argument("runs", metavar="RUN", nargs="+", type=Path, help=RUN)
    parser.add_argument(
        "--thresholds", metavar="T", type=typed.limits, default=typed.limits("50:300:25,none"),
        help="RTT limits in ms: LOW:HIGH:STEP, single ones, none; commas between them (50:300:25,none). The limits "
        "that were in force in a run are added",
    )  # fmt: skip
    parser.add_argument("--matchmaker", choices=("fifo", "latency_fifo"), default="", help="another one than the run's")
    parser.add_argument(
        "--max-server-rtt",
        metavar="MS",
        type=typed.milliseconds,
        help="for latency_fifo: the most two server RTTs add up to",
    )
    parser.add_argument("--seeds", metavar="N", type=typed.draws, default=10, help="draws of what is not known (10)")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write the figures, one line a run and limit")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write everything for programs")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write tables and curves as one self-contained page")
    parser.add_argument("--stream", action="store_true", help=argparse.SUPPRESS)  # for the console's page

    def run(options: argparse.Namespace) -> int:
        if options.matchmaker == "fifo" and options.max_server_rtt is not None:
            parser.error("--max-server-rtt is for latency_fifo; fifo knows no such limit")
        return _what_if(options)

    return parser, run


def _what_if(options: argparse.Namespace) -> int:
    from app import what_if_command
    from app.runs_meant import runs_meant
    from core.analysis.what_if.answer import Question

    question = Question(
        paths=[str(path) for path in runs_meant(options.runs)],
        limits=options.thresholds,
        matchmaker=options.matchmaker,
        max_server_rtt_ms=options.max_server_rtt,
        seeds=options.seeds,
    )
    if options.stream:
        return what_if_command.stream(question)
    return what_if_command.run(question, csv_file=options.csv, json_file=options.json, html_file=options.html)


def _report_parser() -> Command:
    parser = command_parser(
        "report",
        "Write one run, or several beside each other, as one HTML file that needs nothing beside it: figures with "
        "their definitions, distributions, reasons, timelines, set-up, and where all of it comes from. It prints well.",
        "examples:\n"
        "  python main.py report logs/latest --html report.html\n"
        "  python main.py report logs/run_* --html shared.html --redacted",
    )
    parser.add_argument("runs", metavar="RUN", nargs="+", type=Path, help=f"{RUN}; up to 12")
    parser.add_argument("--html", metavar="FILE", type=Path, required=True, help="the file to write")
    _add_report_options(parser)
    return parser, _report


def _add_report_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="every setting, not only those that differ")
    parser.add_argument(
        "--redacted", action="store_true", help="no free text, paths, dates or names of runs in the HTML file"
    )


def _report(options: argparse.Namespace) -> int:
    from app import compare_command

    return compare_command.write_report(
        options.runs, options.html, every_setting=options.all, redacted=options.redacted
    )


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
    parser.add_argument("runs", metavar="RUN", nargs="+", type=Path, help=f"{RUN}; several for one export")
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
    from core.analysis.exporting.export import TABLES, Wanted

    wanted = Wanted(options.format, options.tables or TABLES, options.redacted, options.replace)
    return exports.run(options.runs, options.to, wanted)


COMMANDS: Commands = {
    "runs": ("list the runs in a logs folder", _runs_parser),
    "summary": ("print what came of a run", _summary_parser),
    "compare": ("set runs beside each other, with differences and intervals", _compare_parser),
    "what-if": ("re-enact runs under other limits or another matchmaker", _what_if_parser),
    "report": ("write a run or a comparison as one HTML file", _report_parser),
    "export": ("write runs as tables, CSV or Parquet", _export_parser),
    "archive": ("put a run into one file", _archive_parser),
    "unarchive": ("take a run out of its file", _unarchive_parser),
}
