"""Greenroom's command line.

Owns the words that can be typed and the exit codes they end in. Must not do the work: each command calls the room that
does, imported only then, so that `serve` never loads Qt and the console paints before anything slow is loaded.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from app import exits, typed
from core.server import memory

COMMANDS = {
    "demo": "show the console at work: a session of its own with bots (start here)",
    "serve": "run the engine alone, without a window",
    "check": "look at everything that could stand in the way before the doors open",
    "participants": "open test participants' pages in windows of their own",
    "bots": "have simulated participants take part in a running session",
    "rehearse": "hold a whole session with bots, and say whether all went well",
    "simulate": "simulate a whole session, to see how a crowd would fare",
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
    parser.add_argument("--after", metavar="S", type=typed.seconds, help="seconds before the picture is taken (3)")
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


def _demo_parser() -> Command:
    parser = _parser(
        "demo",
        "Open the console on a session of its own: an engine that only this computer can reach, and a crowd of bots "
        "with made-up connections that come, wait, are measured and play. Nothing to set up; closing the window ends "
        "all of it. The run is an ordinary one, marked as simulated people, and kept in a folder apart from studies: "
        "logs/demo under the folder you start it in, unless --logs-dir names another. Delete it whenever you like.",
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


def _serve_parser() -> Command:
    parser = _parser(
        "serve",
        "Run the engine without a window. A console started on the same logs folder takes it up.",
        "example:\n  python main.py serve quick_start --start --duration 3600 --port 8765",
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a bundled name, a file or a folder")
    parser.add_argument("--start", action="store_true", help="start a run at once; without it a console has to")
    parser.add_argument(
        "--duration", metavar="S", type=typed.seconds, help="end the run, and the engine, after S seconds"
    )
    parser.add_argument("--host", metavar="H", help="the address to listen on (by the experiment file, all: 0.0.0.0)")
    _add_port(parser)
    _add_logs_dir(parser)
    return parser, _serve


def _check_parser() -> Command:
    parser = _parser(
        "check",
        "Look at what could stand in the way of a session on this computer: the experiment's files, port, addresses, "
        "network, STUN and TURN servers, logs folder, disk, clock. Says of each whether it is fine, and ends in 9 if "
        "something has to be mended before the doors open.",
        "example:\n  python main.py check my_study.yaml --logs-dir study_1",
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a bundled name, a file or a folder")
    parser.add_argument("--host", metavar="H", help="the address to listen on (by the experiment file, all: 0.0.0.0)")
    _add_port(parser)
    _add_logs_dir(parser)
    return parser, _check


def _participants_parser() -> Command:
    parser = _parser(
        "participants",
        "Open N real participant pages side by side, to try a session alone.",
        "example:\n  python main.py participants 2 --url http://localhost:8765/",
    )
    parser.add_argument("number", metavar="N", type=typed.windows, help="how many, from 1 to 24")
    parser.add_argument("--url", metavar="U", required=True, help="the participants' link")
    parser.add_argument("--autoplay", action="store_true", help="the pages press Continue and play by themselves")
    _add_until_eof(parser)
    return parser, _participants


def _bots_parser() -> Command:
    parser = _parser(
        "bots",
        "Have N simulated participants take part in a running session, through real sockets. The log marks them as "
        "simulated. Ctrl-C lets them all leave.",
        "examples:\n"
        "  python main.py bots 60 --url http://localhost:8765/ --no-webrtc-rate 0.1 --silent-rate 0.05\n"
        "  python main.py bots 2 --url http://localhost:8765/ --webrtc real",
    )
    parser.add_argument("number", metavar="N", type=typed.bots, help="how many, from 1 to 10000")
    parser.add_argument("--url", metavar="U", required=True, help="the participants' link")
    parser.add_argument(
        "--webrtc",
        choices=("real", "simulated"),
        default="simulated",
        help="real: measure over WebRTC (needs the extra: pip install 'greenroom[bots]'); simulated, if not given: "
        "answers to probes are made up, and the log says so",
    )
    parser.add_argument(
        "--rtt-ms",
        metavar="LOW:HIGH",
        type=typed.rtt_range,
        help="where 90 %% of the pairs' RTTs lie (simulated: 20:200; real: this is added to what the network takes)",
    )
    parser.add_argument("--silent-rate", metavar="P", type=typed.share, default=0.0, help="share silent in every probe")
    parser.add_argument("--hidden-rate", metavar="P", type=typed.share, default=0.0, help="share with their tab hidden")
    parser.add_argument("--arrivals-per-min", metavar="R", type=typed.rate, help="how fast they come (all at once)")
    parser.add_argument(
        "--at-once", metavar="N", type=typed.some, default=0, help="with a rate: how many are there from the start (0)"
    )
    _add_people(parser, reading_s=2.0)
    _add_until_eof(parser)
    return parser, _bots


def _rehearse_parser() -> Command:
    parser = _parser(
        "rehearse",
        "Hold a whole session with bots on this computer: start an engine, let them arrive, wait to the end, and say "
        "who played, who did not and why, from the log alone. Ends in 1 if a group that could play did not, "
        "somebody is stuck, or the log does not explain somebody. The run is kept, marked as simulated.",
        "examples:\n"
        "  python main.py rehearse quick_start\n"
        "  python main.py rehearse my_study.yaml --bots 200 --slow 40 --arrivals-per-min 30 --logs-dir rehearsals",
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a bundled name, a file or a folder")
    parser.add_argument("--bots", metavar="N", type=typed.bots, default=60, help="how many, from 1 to 10000 (60)")
    parser.add_argument("--slow", metavar="N", type=typed.some, help="how many are too slow for anybody (a third)")
    parser.add_argument("--no-webrtc", metavar="N", type=typed.some, help="how many cannot reach peers (a tenth)")
    parser.add_argument("--silent", metavar="N", type=typed.some, default=2, help="how many are silent in probes (2)")
    parser.add_argument(
        "--arrivals-per-min", metavar="R", type=typed.rate, default=120.0, help="how fast they come (120)"
    )
    parser.add_argument(
        "--within", metavar="S", type=typed.seconds, default=900.0, help="end it after S seconds, whatever is (900)"
    )
    parser.add_argument("--seed", metavar="K", type=typed.seed, help="draw the same people again (others each time)")
    _add_logs_dir(parser)
    return parser, _rehearse


def _simulate_parser() -> Command:
    parser = _parser(
        "simulate",
        "Simulate a whole session on a virtual clock: the engine and its rules are the real ones, participants and "
        "their connections are made up. Writes an ordinary run, marked as simulated, and prints its summary.",
        "examples:\n"
        "  python main.py simulate quick_start --participants 200 --arrivals-per-min 5 --patience-s 240\n"
        "  python main.py simulate quick_start --threshold 100 --rtt 20:200 --seed 7\n"
        "The same seed brings the same people, so two thresholds can be compared.",
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a bundled name, a file or a folder")
    parser.add_argument("--participants", metavar="N", type=typed.crowd, default=1000, help="how many come (1000)")
    parser.add_argument("--arrivals-per-min", metavar="R", type=typed.rate, default=20.0, help="how fast (20)")
    parser.add_argument(
        "--rtt", metavar="LOW:HIGH", type=typed.rtt_range, default="20:200", help="where 90 %% of the pairs' RTTs lie"
    )
    parser.add_argument(
        "--threshold", metavar="MS", type=typed.threshold, default="file", help="RTT limit in ms, or off (by the file)"
    )
    parser.add_argument(
        "--patience-s", metavar="S", type=typed.seconds, help="mean wait after which somebody gives up (nobody does)"
    )
    _add_people(parser, reading_s=20.0)
    _add_logs_dir(parser)
    return parser, _simulate


def _add_people(parser: argparse.ArgumentParser, *, reading_s: float) -> None:
    parser.add_argument("--loss", metavar="P", type=typed.share, default=0.0, help="share of pings lost, each way")
    parser.add_argument("--no-webrtc-rate", metavar="P", type=typed.share, default=0.0, help="share without WebRTC")
    parser.add_argument(
        "--drop-rate", metavar="P", type=typed.share, default=0.0, help="share whose line breaks once, for seconds"
    )
    parser.add_argument(
        "--reading-s", metavar="S", type=typed.seconds, default=reading_s, help=f"mean time on a page ({reading_s:g})"
    )
    parser.add_argument("--seed", metavar="K", type=typed.seed, help="draw the same people again (others each time)")


def _add_until_eof(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--until-eof", action="store_true", help="leave once standard input is closed: for programs that start this one"
    )


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
        "--port",
        metavar="N",
        type=typed.port,
        help="the port to listen on (by the experiment file, 8765); 0: any free one",
    )


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


def _demo(options: argparse.Namespace) -> int:
    from app import console, demo

    given = console.Options(
        logs_dir=options.logs_dir, port=options.port, screenshot=options.screenshot, after_s=options.after
    )
    return demo.run(given, options.minutes)


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


def _check(options: argparse.Namespace) -> int:
    from app import check

    return check.run(options.experiment, logs_dir=options.logs_dir, host=options.host, port=options.port)


def _participants(options: argparse.Namespace) -> int:
    from app.display import need_display

    need_display("")
    from app import test_participants

    return test_participants.run(options.number, options.url, options.autoplay, options.until_eof)


PEOPLE = ("loss", "no_webrtc_rate", "drop_rate", "reading_s")


def _bots(options: argparse.Namespace) -> int:
    from app import rehearsals

    return rehearsals.bots(
        options.number,
        options.url,
        real=options.webrtc == "real",
        rtt_range_ms=options.rtt_ms,
        arrivals_per_min=options.arrivals_per_min,
        at_once=options.at_once,
        seed=options.seed,
        until_eof=options.until_eof,
        **{name: getattr(options, name) for name in (*PEOPLE, "silent_rate", "hidden_rate")},
    )


def _rehearse(options: argparse.Namespace) -> int:
    from app import rehearsals

    number = options.bots
    return rehearsals.rehearse(
        options.experiment,
        logs_dir=options.logs_dir,
        bots=number,
        slow=number // 3 if options.slow is None else options.slow,
        no_webrtc=number // 10 if options.no_webrtc is None else options.no_webrtc,
        silent=options.silent,
        seed=options.seed,
        arrivals_per_min=options.arrivals_per_min,
        within_s=options.within,
    )


def _simulate(options: argparse.Namespace) -> int:
    from app import rehearsals

    return rehearsals.simulate(
        options.experiment,
        logs_dir=options.logs_dir,
        participants=options.participants,
        arrivals_per_min=options.arrivals_per_min,
        rtt_range_ms=options.rtt,
        threshold_ms=options.threshold,
        seed=options.seed,
        **{name: getattr(options, name) for name in (*PEOPLE, "patience_s")},
    )


def _runs(options: argparse.Namespace) -> int:
    from app import reports

    return reports.print_runs(options.logs_dir)


def _summary(options: argparse.Namespace) -> int:
    from app import reports

    return reports.print_summary(options.run)


_PARSERS: dict[str, Callable[[], Command]] = {
    "console": _console_parser,
    "demo": _demo_parser,
    "serve": _serve_parser,
    "check": _check_parser,
    "participants": _participants_parser,
    "bots": _bots_parser,
    "rehearse": _rehearse_parser,
    "simulate": _simulate_parser,
    "runs": _runs_parser,
    "summary": _summary_parser,
}


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        memory.start_again_by_the_page()
    sys.exit(main())
