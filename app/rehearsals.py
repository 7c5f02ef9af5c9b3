"""`main.py simulate`, `bots`, `rehearse`: what is checked before, said meanwhile, and what their failures are called.

Owns progress on the terminal and exit codes. Must not import Qt, nor make up anybody: core/rehearsal does.
"""

from __future__ import annotations

import secrets
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import ctrl_c, exits, preflight
from app.exits import Failure
from app.version import program_version
from core.projections import words

if TYPE_CHECKING:
    from core.rehearsal.simulate import Progress

TOLD_EVERY_S = 0.5


def simulate(
    experiment: str,
    *,
    logs_dir: Path | None,
    participants: int,
    arrivals_per_min: float,
    rtt_range_ms: tuple[float, float],
    threshold_ms: int | str | None,
    seed: int | None,
    **people: Any,
) -> int:
    """Simulate a session, and print what came of it. Raises Failure.

    `threshold_ms` "file": the experiment file's; `people`: fields of CrowdSettings.
    """
    from core.rehearsal.crowd import CrowdSettings, RttRange
    from core.rehearsal.simulate import Plan, Simulation, with_threshold
    from core.server import event_loop

    loaded = preflight.load(experiment)
    if not isinstance(threshold_ms, str):
        loaded = with_threshold(loaded, threshold_ms)
    crowd = CrowdSettings(rtt_ms=RttRange(*rtt_range_ms), **people)
    plan = Plan(participants, arrivals_per_min, crowd, _chosen(seed))
    try:
        folder = Path(loaded.experiment.logging.logs_dir) if logs_dir is None else logs_dir
        simulation = Simulation(loaded, folder, plan, program_version())
        event_loop.tune_collector()
        began_s = time.monotonic()
        with _interrupts() as interrupted, _Teller(participants) as teller:
            simulation.run(lambda: bool(interrupted), teller.tell)
    except OSError as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error
    exits.say(
        f"simulated {simulation.progress.arrived} participants in {time.monotonic() - began_s:.1f} s"
        f"{', stopped before the end' if interrupted else ''} (--seed {plan.seed}): {simulation.files.directory.path}"
    )
    print(_summary(simulation.files.directory.events_path))
    return exits.INTERRUPTED if interrupted else exits.FINE


def bots(
    number: int,
    url: str,
    *,
    real: bool,
    rtt_range_ms: tuple[float, float] | None,
    arrivals_per_min: float | None,
    seed: int | None,
    at_once: int = 0,
    until_eof: bool = False,
    **people: Any,
) -> int:
    """Let bots take part until they are through, or Ctrl-C (or, with `until_eof`, the end of standard input).

    Raises Failure. `people`: fields of CrowdSettings.
    """
    from app.until_eof import call_at_eof
    from core.rehearsal.bots import BotsError, BotSettings, run
    from core.rehearsal.crowd import CrowdSettings, RttRange

    if rtt_range_ms is not None:
        people["rtt_ms"] = RttRange(*rtt_range_ms)
    elif real:
        people["rtt_ms"] = None  # as long as the network takes
    settings = BotSettings(number, url, real, arrivals_per_min, CrowdSettings(**people), _chosen(seed), at_once)
    ctrl_c.as_usual()
    try:
        outcome = run(settings, exits.say, call_at_eof if until_eof else None)
    except BotsError as error:
        raise Failure(exits.UNEXPECTED, str(error)) from error
    print(outcome.as_text())
    return exits.FINE


def rehearse(
    experiment: str, *, logs_dir: Path | None, threshold_ms: int | str | None, seed: int | None, **plan: Any
) -> int:
    """Hold a session with bots, and print the verdict. Raises Failure.

    `threshold_ms` "file": the experiment file's; `plan`: fields of rehearse.Plan.
    """
    others = plan["slow"] + plan["no_webrtc"] + plan["silent"]
    if others > plan["bots"]:
        raise Failure(
            exits.COMMAND_LINE,
            f"--slow, --no-webrtc and --silent are {others} bots together, which is more than --bots {plan['bots']}.",
        )
    loaded = preflight.load(experiment)
    folder = Path(loaded.experiment.logging.logs_dir) if logs_dir is None else logs_dir
    preflight.check_no_other_engine(folder, program_version())
    from core.analysis.verdict import as_text, faults_text, kinds_text
    from core.experiment.problems import ExperimentError
    from core.rehearsal import rehearse as rehearsal
    from core.rehearsal.bots import BotsError
    from core.rehearsal.simulate import with_threshold
    from core.server.wire import Refused

    if not isinstance(threshold_ms, str):  # the people stay those of the file's limit
        plan["people_by_ms"] = loaded.experiment.matching.max_p2p_rtt_ms or rehearsal.USUAL_LIMIT_MS
        loaded = with_threshold(loaded, threshold_ms)
    ctrl_c.as_usual()
    try:
        held = rehearsal.run(loaded, folder, rehearsal.Plan(seed=_chosen(seed), **plan), program_version(), exits.say)
    except ExperimentError as error:
        raise Failure(exits.EXPERIMENT, str(error)) from error
    except OSError as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error
    except (BotsError, Refused) as error:
        raise Failure(exits.UNEXPECTED, str(error)) from error
    exits.say(f"it took {held.lasted_s:.0f} s: {held.run_dir}")
    print(kinds_text(held.fates, rehearsal.KINDS))
    print(f"{as_text(held.verdict)}\n\n{faults_text(held.faults)}")
    for sentence in held.outcome.sentences:
        print(f"  {sentence}")
    if held.stopped:
        return exits.INTERRUPTED
    return exits.UNEXPECTED if held.faults else exits.FINE


def _chosen(seed: int | None) -> int:
    """Every rehearsal can be done again: a seed that was not given is chosen, and told."""
    return secrets.randbelow(999_999) + 1 if seed is None else seed


def _summary(events_path: Path) -> str:
    """The figures of a run, read piece by piece: a simulated log may be longer than the memory."""
    from core.analysis.summary import as_text, summarise
    from core.events import Event
    from core.runlog.follower import Follower

    follower = Follower(events_path)

    def events() -> Iterator[Event]:
        while not follower.caught_up:
            yield from follower.poll(budget_s=0.1)

    figures = summarise(events())
    return as_text(figures, bad_lines=follower.bad_line_count)


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Ctrl-C puts something into the list instead of breaking off wherever the program stands; again, it breaks off."""
    interrupted: list[int] = []

    def note(number: int, _frame: object) -> None:
        if interrupted:
            raise KeyboardInterrupt
        interrupted.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


class _Teller:
    """One line on stderr that is written anew; nothing where stderr is no terminal."""

    def __init__(self, participants: int) -> None:
        self._participants = participants
        self._next_s = 0.0
        self._width = 0
        self._shown = sys.stderr.isatty()

    def tell(self, progress: Progress) -> None:
        """Show how far it is, twice a second."""
        now_s = time.monotonic()
        if not self._shown or now_s < self._next_s:
            return
        self._next_s = now_s + TOLD_EVERY_S
        self._write(
            f"{progress.arrived} of {self._participants} arrived, {progress.present} present, {progress.waiting} "
            f"waiting, {words.clock_text(progress.elapsed_s)} into the session (Ctrl-C ends it)"
        )

    def _write(self, line: str) -> None:
        print(f"\r{line:<{self._width}}", end="", file=sys.stderr, flush=True)
        self._width = len(line)

    def __enter__(self) -> _Teller:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._width:
            self._write("")
            print("\r", end="", file=sys.stderr, flush=True)
