"""Greenroom's command line.

Owns the words that can be typed and the exit codes they end in. Must not do the work: each command calls the room that
does, imported only then, so that `serve` never loads Qt and the console paints before anything slow is loaded.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from app import exits

COMMANDS = {
    "serve": "run the engine alone, without a window",
    "participants": "open test participants' pages in windows of their own",
    "runs": "list the runs in a logs folder",
    "summary": "print what came of a run",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what `arguments` (default: those of the process) say; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in COMMANDS:
        command, given = given[0], given[1:]
    else:
        command = "console"
    parser, run = _PARSERS[command]()
    options = parser.parse_args(given)
    if command == "console":
        _check_console(parser, options)
    return exits.code_of(lambda: run(options))


# --- what can be typed ------------------------------------------------------------------------------------------------

Command = tuple[argparse.ArgumentParser, Callable[[argparse.Namespace], int]]


def _console_parser() -> Command:
    commands = "\n".join(f"  {name:<14}{what}" for name, what in COMMANDS.items())
    parser = _parser(
        "",
        "Open the operator's console. EXPERIMENT is the name of a bundled experiment, an experiment file (YAML) or its "
        "folder; without one, the console opens on the experiment used last, at first quick_start.",
        f"commands (each has its own --help):\n{commands}\n\n"
        "examples:\n"
        "  python main.py\n"
        "  python main.py quick_start --start --logs-dir study_1\n"
        "  python main.py --open logs/latest",
    )
    parser.add_argument("experiment", nargs="?", metavar="EXPERIMENT", help="a bundled name, a file or a folder")
    _add_logs_dir(parser)
    _add_port(parser)
    parser.add_argument("--start", action="store_true", help="start a run at once")
    parser.add_argument("--open", metavar="RUN", type=Path, help="show this recorded run, to look at only")
    parser.add_argument(
        "--screenshot",
        metavar="FILE",
        type=Path,
        help="save a picture of the window, then end the run that --start began, and exit",
    )
    parser.add_argument("--after", metavar="S", type=_seconds, help="seconds before the picture is taken (3)")
    parser.add_argument(
        "--in-process",
        action="store_true",
        help="run the engine inside the window's process: for machines that allow no second one; drawing then adds to "
        "the measured server RTTs, and the session ends with the window",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    return parser, _console


def _check_console(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """What argparse itself cannot see."""
    if options.experiment in COMMANDS:
        parser.error(f"put the command first: main.py {options.experiment} …")
    if options.start and options.open:
        parser.error("--start and --open cannot be given together: a recorded run cannot be started")
    if options.after is not None and options.screenshot is None:
        parser.error("--after says when --screenshot takes its picture; give both")


def _serve_parser() -> Command:
    parser = _parser(
        "serve",
        "Run the engine without a window. A console started on the same logs folder takes it up.",
        "example:\n  python main.py serve quick_start --start --duration 3600 --port 8765",
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a bundled name, a file or a folder")
    parser.add_argument("--start", action="store_true", help="start a run at once; without it a console has to")
    parser.add_argument("--duration", metavar="S", type=_seconds, help="end the run, and the engine, after S seconds")
    parser.add_argument("--host", metavar="H", help="the address to listen on (by the experiment file, all: 0.0.0.0)")
    _add_port(parser)
    _add_logs_dir(parser)
    return parser, _serve


def _participants_parser() -> Command:
    parser = _parser(
        "participants",
        "Open N real participant pages side by side, to try a session alone.",
        "example:\n  python main.py participants 2 --url http://localhost:8765/",
    )
    parser.add_argument("number", metavar="N", type=_number, help="how many, from 1 to 24")
    parser.add_argument("--url", metavar="U", required=True, help="the participants' link")
    parser.add_argument("--autoplay", action="store_true", help="the pages press Continue and play by themselves")
    return parser, _participants


def _runs_parser() -> Command:
    parser = _parser("runs", "List the runs in a logs folder, newest first.", "example:\n  python main.py runs")
    _add_logs_dir(parser)
    return parser, _runs


def _summary_parser() -> Command:
    parser = _parser(
        "summary",
        "Print what came of a run: people, games, probes, thresholds.",
        "example:\n  python main.py summary logs/latest",
    )
    parser.add_argument("run", metavar="RUN", type=Path, help="the run's directory")
    return parser, _summary


def _parser(command: str, description: str, epilog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=f"main.py {command}".strip(),
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _add_logs_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--logs-dir", metavar="D", type=Path, help="where runs are kept (by the experiment file, logs)")


def _add_port(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", metavar="N", type=_port, help="the port to listen on (by the experiment file, 8765); 0: any free one"
    )


def _port(text: str) -> int:
    return _whole(text, 0, 65_535, "a port is a number from 0 to 65535")


def _number(text: str) -> int:
    return _whole(text, 1, 24, "give a number from 1 to 24")


def _whole(text: str, lowest: int, highest: int, advice: str) -> int:
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise argparse.ArgumentTypeError(f"{advice}, not {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 1_000_000:
        raise argparse.ArgumentTypeError(f"give a number of seconds above 0, not {text!r}")
    return seconds


# --- what is done -----------------------------------------------------------------------------------------------------


def _console(options: argparse.Namespace) -> int:
    from app.version import program_version

    if options.version:
        print(f"Greenroom {program_version()}")
        return exits.FINE
    from app import console

    return console.run(
        console.Options(
            experiment=options.experiment,
            logs_dir=options.logs_dir,
            port=options.port,
            start=options.start,
            open_run=options.open,
            screenshot=options.screenshot,
            after_s=3.0 if options.after is None else options.after,
            in_process=options.in_process,
        )
    )


def _serve(options: argparse.Namespace) -> int:
    from app import engine_alone

    return engine_alone.run(
        options.experiment,
        logs_dir=options.logs_dir,
        host=options.host,
        port=options.port,
        start=options.start,
        duration_s=options.duration,
    )


def _participants(options: argparse.Namespace) -> int:
    from app.display import need_display

    need_display("")
    from app import test_participants

    return test_participants.run(options.number, options.url, options.autoplay)


def _runs(options: argparse.Namespace) -> int:
    from app import reports

    return reports.print_runs(options.logs_dir)


def _summary(options: argparse.Namespace) -> int:
    from app import reports

    return reports.print_summary(options.run)


_PARSERS: dict[str, Callable[[], Command]] = {
    "console": _console_parser,
    "serve": _serve_parser,
    "participants": _participants_parser,
    "runs": _runs_parser,
    "summary": _summary_parser,
}


if __name__ == "__main__":
    sys.exit(main())
