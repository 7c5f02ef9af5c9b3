"""A whole session with a simulated crowd: engine, matching, measuring rules and log are the real ones; time is virtual.

Owns the crowd's arrivals, the way between engine and pages, and the end. Must not decide anything that the engine
decides. What it writes is an ordinary run directory, marked as simulated.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from core.clock import Clock, VirtualClock
from core.experiment.loader import LoadedExperiment
from core.rehearsal.crowd import Crowd, CrowdSettings
from core.rehearsal.page import Ways
from core.rehearsal.virtual_line import VirtualLine
from core.server.engine import Engine
from core.server.matchmakers import read_staffs_matchmaker
from core.server.page_texts import render_texts
from core.server.recorder import RunStopped
from core.server.run_files import RunFiles

SLICE_S = 5.0  # of virtual time between two looks at whether the doors are to close
SLICES = 10  # between two looks at whether to stop
CLOSING_AFTER_S = 3600.0  # after the last arrival: whoever is not matched by then would wait for ever
BY = "simulation"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated. The same plan gives the same log but for the run's id.

    `start_unix_s`: when the session begins, Unix seconds.
    """

    participants: int = 1000
    arrivals_per_min: float = 20.0
    crowd: CrowdSettings = field(default_factory=CrowdSettings)
    seed: int = 1
    start_unix_s: float = field(default_factory=time.time)

    def in_words(self) -> str:
        """For the log, so that it can be done again."""
        crowd = self.crowd
        rtt = "" if crowd.rtt_ms is None else f", RTT {crowd.rtt_ms.low_ms:g}:{crowd.rtt_ms.high_ms:g} ms"
        rates = (
            f", {name} {value:g}"
            for name in ("loss", "no_webrtc_rate", "drop_rate", "silent_rate", "hidden_rate", "patience_s")
            if (value := getattr(crowd, name))
        )
        return (
            f"simulation: {self.participants} participants, {self.arrivals_per_min:g} a minute{rtt}{''.join(rates)}, "
            f"reading_s {crowd.reading_s:g}, seed {self.seed}"
        )


class Progress(NamedTuple):
    """How far a simulation is: people, and virtual seconds since it began."""

    arrived: int
    present: int
    waiting: int
    elapsed_s: float


def with_threshold(loaded: LoadedExperiment, max_p2p_rtt_ms: int | None) -> LoadedExperiment:
    """The same experiment with another RTT limit."""
    matching = msgspec.structs.replace(loaded.experiment.matching, max_p2p_rtt_ms=max_p2p_rtt_ms)
    return replace(loaded, experiment=msgspec.structs.replace(loaded.experiment, matching=matching))


class Simulation:
    """One simulated session. `files` and `engine` are those of an ordinary run; `run` plays it to its end.

    Raises OSError, with a sentence, if the run's directory cannot be written; ExperimentError.
    """

    def __init__(self, loaded: LoadedExperiment, logs_dir: Path, plan: Plan, program_version: str) -> None:
        self._virtual = VirtualClock(plan.start_unix_s)
        self.clock: Clock = self._virtual
        self.crowd = Crowd(plan.crowd, plan.seed)
        self._plan = plan
        self.lines: dict[str, VirtualLine] = {}
        self.ways = Ways()
        self._arrived = 0
        self._last_arrival_s = 0.0
        texts = render_texts(loaded)
        self.files = RunFiles.create(
            loaded, logs_dir, clock=self.clock, program_version=program_version, simulated=True, gathered=True
        )
        self.engine = Engine(
            loaded.experiment,
            texts,
            self.files.logger,
            run_id=self.files.run_id,
            clock=self.clock,
            send=self._send,
            folds=[self.files.scene_data],
            match_logger=self.files.match_logger,
            rng=random.Random(f"engine {plan.seed}"),  # noqa: S311 -- these tokens guard nothing
            staffs_matchmaker=read_staffs_matchmaker(loaded),
        )
        self.engine.start(links=[], by=plan.in_words(), program_version=program_version, simulated=True)

    def run(
        self,
        should_stop: Callable[[], bool] = lambda: False,
        on_progress: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        """Play it to its end, or until `should_stop()`; either way the run directory is complete afterwards.

        `on_progress` is called many times a second. Raises OSError if the log could not be written.
        """
        try:
            with contextlib.suppress(RunStopped):  # which is told at the end, wherever it was met
                self._play(should_stop, on_progress)
        finally:
            self._complete()
        if self.engine.problem:
            raise OSError(self.engine.problem)

    def _play(self, should_stop: Callable[[], bool], on_progress: Callable[[Progress], None]) -> None:
        self._arrive_later()
        while not self.engine.over:
            if should_stop():
                self.engine.end_now("stopped", by=BY)
                return
            for _ in range(SLICES):
                if not self.engine.over:
                    self._advance()
            on_progress(self.progress)

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return Progress(self._arrived, self.engine.people.present, self.engine.waiting, self.clock.monotonic())

    def _advance(self) -> None:
        """A slice of time, or to the next thing that happens; the doors close behind the last one."""
        next_s = self._virtual.next_due_s()
        self._virtual.advance(SLICE_S if next_s is None else max(SLICE_S, next_s - self.clock.monotonic()))
        if self._arrived < self._plan.participants:
            return
        closing_s = self._last_arrival_s + CLOSING_AFTER_S
        at_an_end = self.engine.people.present == 0 or self.clock.monotonic() >= closing_s
        if at_an_end and self.engine.run.state == "open":
            self.engine.drain(by=BY)

    def _complete(self) -> None:
        engine = self.engine
        self.files.complete(reason=engine.problem or engine.run.ended_reason or "", failed=bool(engine.problem))

    # --- the crowd ----------------------------------------------------------------------------------------------------

    def _arrive_later(self) -> None:
        if self._arrived < self._plan.participants and not self.engine.over:
            self.clock.call_later(self.crowd.arrival_gap_s(self._plan.arrivals_per_min), self._arrive)

    def _arrive(self) -> None:
        self._arrived += 1
        self._last_arrival_s = self.clock.monotonic()
        VirtualLine(self.crowd.next_member(), self).join()
        self._arrive_later()

    def _send(self, subject_id: str, name: str, payload: dict[str, Any]) -> None:
        line = self.lines.get(subject_id)
        if line is not None:
            line.page.take(name, payload)
