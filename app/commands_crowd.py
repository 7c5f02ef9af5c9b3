"""Commands that bring people: `participants`, `bots`, `rehearse`, `simulate`.

Owns their words. Must not do the work: each imports the module that does, only when it is run.
"""

from __future__ import annotations

import argparse

from app import typed
from app.command_line import Command, Commands, add_logs_dir, add_until_eof, command_parser

PEOPLE = ("loss", "no_webrtc_rate", "drop_rate", "reading_s")  # what `_add_people` asks for, but the seed


def _participants_parser() -> Command:
    parser = command_parser(
        "participants",
        "Open N real participant pages side by side, to try a session alone.",
        "example:\n  python main.py participants 2 --url http://localhost:8765/",
    )
    parser.add_argument("number", metavar="N", type=typed.windows, help="how many, from 1 to 24")
    parser.add_argument("--url", metavar="U", type=typed.link, required=True, help="the participants' link")
    parser.add_argument("--autoplay", action="store_true", help="the pages press Continue and play by themselves")
    add_until_eof(parser)
    return parser, _participants


def _participants(options: argparse.Namespace) -> int:
    from app.display import need_display

    need_display("")
    from app import test_participants

    return test_participants.run(options.number, options.url, options.autoplay, options.until_eof)


def _bots_parser() -> Command:
    parser = command_parser(
        "bots",
        "Have N simulated participants take part in a running session, through real sockets. The log marks them as "
        "simulated. Ctrl-C lets them all leave.",
        "examples:\n"
        "  python main.py bots 60 --url http://localhost:8765/ --no-webrtc-rate 0.1 --silent-rate 0.05\n"
        "  python main.py bots 2 --url http://localhost:8765/ --webrtc real",
    )
    parser.add_argument("number", metavar="N", type=typed.bots, help="how many, from 1 to 10000")
    parser.add_argument("--url", metavar="U", type=typed.link, required=True, help="the participants' link")
    parser.add_argument(
        "--webrtc",
        choices=("real", "simulated"),
        default="simulated",
        help="real: measure over WebRTC (needs more to be installed: see README); simulated, if not given: "
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
    add_until_eof(parser)
    return parser, _bots


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


def _rehearse_parser() -> Command:
    parser = command_parser(
        "rehearse",
        "Hold a whole session with bots on this computer: start an engine, let them arrive, wait to the end, and say "
        "who played, who did not and why, from the log alone. Ends in 1 if a group that could play did not, "
        "somebody is stuck, or the log does not explain somebody. The run is kept, marked as simulated.",
        "examples:\n"
        "  python main.py rehearse quick_start\n"
        "  python main.py rehearse my_study.yaml --bots 200 --slow 40 --logs-dir rehearsals\n"
        "  python main.py rehearse quick_start --threshold 100 --seed 7\n"
        "The same seed brings the same people, so two thresholds can be compared.",
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="a bundled name, a file or a folder")
    parser.add_argument("--bots", metavar="N", type=typed.bots, default=60, help="how many, from 1 to 10000 (60)")
    parser.add_argument("--slow", metavar="N", type=typed.some, help="how many are too slow for anybody (a third)")
    parser.add_argument("--no-webrtc", metavar="N", type=typed.some, help="how many cannot reach peers (a tenth)")
    parser.add_argument(
        "--silent", metavar="N", type=typed.some, help="how many are silent in probes (2; of under 6 bots, none)"
    )
    parser.add_argument(
        "--arrivals-per-min", metavar="R", type=typed.rate, default=120.0, help="how fast they come (120)"
    )
    _add_threshold(parser)
    parser.add_argument(
        "--within", metavar="S", type=typed.seconds, default=900.0, help="end it after S seconds, whatever is (900)"
    )
    parser.add_argument("--seed", metavar="K", type=typed.seed, help="draw the same people again (others each time)")
    add_logs_dir(parser)
    return parser, _rehearse


def _rehearse(options: argparse.Namespace) -> int:
    from app import rehearsals

    number = options.bots
    return rehearsals.rehearse(
        options.experiment,
        logs_dir=options.logs_dir,
        bots=number,
        slow=number // 3 if options.slow is None else options.slow,
        no_webrtc=number // 10 if options.no_webrtc is None else options.no_webrtc,
        silent=(2 if number >= 6 else 0) if options.silent is None else options.silent,
        threshold_ms=options.threshold,
        seed=options.seed,
        arrivals_per_min=options.arrivals_per_min,
        within_s=options.within,
    )


def _simulate_parser() -> Command:
    parser = command_parser(
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
    _add_threshold(parser)
    parser.add_argument(
        "--patience-s", metavar="S", type=typed.seconds, help="mean wait after which somebody gives up (nobody does)"
    )
    _add_people(parser, reading_s=20.0)
    add_logs_dir(parser)
    return parser, _simulate


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


def _add_threshold(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threshold", metavar="MS", type=typed.threshold, default="file", help="RTT limit in ms, or off (by the file)"
    )


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


COMMANDS: Commands = {
    "participants": ("open test participants' pages in windows of their own", _participants_parser),
    "bots": ("have simulated participants take part in a running session", _bots_parser),
    "rehearse": ("hold a whole session with bots, and say whether all went well", _rehearse_parser),
    "simulate": ("simulate a whole session, to see how a crowd would fare", _simulate_parser),
}
