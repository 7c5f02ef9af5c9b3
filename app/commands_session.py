"""Commands that hold a session, or look at what it needs: the console, `demo`, `serve`, `check`.

Owns their words. Must not do the work: each imports the module that does, only when it is run.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from app import exits, typed
from app.command_line import Command, Commands, add_logs_dir, add_port, command_parser
from app.options import Options


def console_parser(commands: Mapping[str, str]) -> Command:
    """`commands`: all the others, by name, with what they do."""
    listed = "\n".join(f"  {name:<14}{what}" for name, what in commands.items())
    parser = command_parser(
        "",
        "Open the operator's console. EXPERIMENT is the name of a bundled experiment, an experiment file (YAML) or its "
        "folder; without one, the console opens on the experiment used last, at first quick_start.",
        f"commands (each has its own --help):\n{listed}\n\n"
        "examples:\n"
        "  python main.py\n"
        "  python main.py quick_start --start --logs-dir study_1\n"
        "  python main.py --open logs/latest",
    )
    parser.add_argument("experiment", nargs="?", metavar="EXPERIMENT", help="a bundled name, a file or a folder")
    add_logs_dir(parser)
    add_port(parser)
    parser.add_argument("--start", action="store_true", help="start a run at once")
    parser.add_argument("--open", metavar="RUN", type=Path, help="show this recorded run, to look at only")
    parser.add_argument(
        "--screenshot",
        metavar="FILE",
        type=Path,
        help="save a picture of the window, then end the run that --start began, and exit",
    )
    parser.add_argument("--after", metavar="S", type=typed.seconds, help="seconds before the picture is taken (3)")
    parser.add_argument(
        "--in-process",
        action="store_true",
        help="run the engine inside the window's process: for machines that allow no second one; drawing then adds to "
        "the measured server RTTs, and the session ends with the window",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")

    def run(options: argparse.Namespace) -> int:
        _check_console(parser, options, commands)
        return _console(options)

    return parser, run


def _check_console(parser: argparse.ArgumentParser, options: argparse.Namespace, commands: Mapping[str, str]) -> None:
    """What argparse itself cannot see."""
    if options.experiment in commands:
        parser.error(f"put the command first: main.py {options.experiment} …")
    if options.start and options.open:
        parser.error("--start and --open cannot be given together: a recorded run cannot be started")
    if options.after is not None and options.screenshot is None:
        parser.error("--after says when --screenshot takes its picture; give both")


def _console(options: argparse.Namespace) -> int:
    from app.version import program_version

    if options.version:
        print(f"Greenroom {program_version()}")
        return exits.FINE
    from app import console

    return console.run(
        Options(
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


def _demo_parser() -> Command:
    parser = command_parser(
        "demo",
        "Open the console on a session of its own: an engine that only this computer can reach, and a crowd of bots "
        "with made-up connections that come, wait, are measured and play. Nothing to set up; closing the window ends "
        "all of it. The run is an ordinary one, marked as simulated people, and kept in a folder apart from studies: "
        "logs/demo under the folder you start it in, unless --logs-dir names another. Delete it whenever you like. A "
        "second one at the same time is kept in logs/demo_2; a run that is on is never touched.",
        "examples:\n  python main.py demo\n  python main.py demo --minutes 30 --logs-dir try_out",
    )
    parser.add_argument(
        "--minutes", metavar="M", type=typed.minutes, default=10.0, help="for how long newcomers arrive (10)"
    )
    parser.add_argument("--logs-dir", metavar="D", type=Path, help="where its runs are kept (logs/demo)")
    parser.add_argument("--port", metavar="N", type=typed.port, help="the port to listen on (any free one)")
    parser.add_argument("--screenshot", metavar="FILE", type=Path, help="save a picture of the window, end all, exit")
    parser.add_argument(
        "--after", metavar="S", type=typed.seconds, default=30.0, help="seconds before the picture is taken (30)"
    )
    return parser, _demo


def _demo(options: argparse.Namespace) -> int:
    from app import demo

    given = Options(logs_dir=options.logs_dir, port=options.port, screenshot=options.screenshot, after_s=options.after)
    return demo.run(given, options.minutes)


def _serve_parser() -> Command:
    parser = command_parser(
        "serve",
        "Run the engine without a window. A console started on the same logs folder takes it up. If an engine was "
        "killed in the midst of a run, or the computer was, --resume goes on with that run: everybody's page comes "
        "back by itself to where it was.",
        "examples:\n"
        "  python main.py serve quick_start --start --duration 3600 --port 8765\n"
        "  python main.py serve quick_start --resume logs/latest",
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a bundled name, a file or a folder")
    parser.add_argument("--start", action="store_true", help="start a run at once; without it a console has to")
    parser.add_argument(
        "--resume", metavar="RUN", type=Path, help="go on with this run, behind the same port, instead of a new one"
    )
    parser.add_argument(
        "--duration", metavar="S", type=typed.seconds, help="end the run, and the engine, after S seconds"
    )
    parser.add_argument("--host", metavar="H", help="the address to listen on (by the experiment file, all: 0.0.0.0)")
    add_port(parser)
    add_logs_dir(parser)

    def run(options: argparse.Namespace) -> int:
        if options.start and options.resume is not None:
            parser.error("--start begins a new run and --resume goes on with an old one; give one of the two")
        return _serve(options)

    return parser, run


def _serve(options: argparse.Namespace) -> int:
    from app import engine_alone

    return engine_alone.run(
        options.experiment,
        logs_dir=options.logs_dir,
        host=options.host,
        port=options.port,
        start=options.start,
        duration_s=options.duration,
        resume=options.resume,
    )


def _check_parser() -> Command:
    parser = command_parser(
        "check",
        "Look at what could stand in the way of a session on this computer: the experiment's files, port, addresses, "
        "network, STUN and TURN servers, logs folder, disk, clock. Says of each whether it is fine, and ends in 9 if "
        "something has to be mended before the doors open.",
        "example:\n  python main.py check my_study.yaml --logs-dir study_1",
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a bundled name, a file or a folder")
    parser.add_argument("--host", metavar="H", help="the address to listen on (by the experiment file, all: 0.0.0.0)")
    add_port(parser)
    add_logs_dir(parser)
    return parser, _check


def _check(options: argparse.Namespace) -> int:
    from app import check

    return check.run(options.experiment, logs_dir=options.logs_dir, host=options.host, port=options.port)


COMMANDS: Commands = {
    "demo": ("show the console at work: a session of its own with bots (start here)", _demo_parser),
    "serve": ("run the engine alone, without a window", _serve_parser),
    "check": ("look at everything that could stand in the way before the doors open", _check_parser),
}
