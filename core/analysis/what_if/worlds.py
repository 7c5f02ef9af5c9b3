"""What every probe of a re-enacted run comes to: as it was measured, else as it is estimated.

Owns the answer for each pair, and giving it to the game manager in its time. Must not choose pairs or judge them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any, Final

from core import events as ev
from core.analysis.what_if.failure_model import FailureModel
from core.analysis.what_if.pair_model import LEAST_MS, PairModel, fit
from core.analysis.what_if.parts import Session, lasts_s, pair_of
from core.analysis.what_if.script import Script
from core.clock import Clock, Timer

CUT_OFF_AFTER_S: Final = 0.05  # how much longer a probe takes at least than one that was cut short


class Knowledge:
    """What a run's probes say of its pairs: `recorded`, each pair's, in order; `model` and `failures` of the others."""

    def __init__(self, script: Script) -> None:
        self.recorded: Mapping[tuple[str, str], list[Session]] = script.sessions
        self._server_rtt_ms = script.server_rtt_ms
        waits = [span for spans in script.waits.values() for span in spans]
        waited_s = sum(span.lasted_s for span in waits)
        # Those who were matched, or met the end, had not given up until then: the rate of an exponential time by
        # maximum likelihood is what was seen of it over the time it could have been.
        self.giving_up_per_s = sum(span.left for span in waits) / waited_s if waited_s > 0 else 0.0

    @cached_property
    def known(self) -> frozenset[tuple[str, str]]:
        """The pairs of which at least one probe was not cut short."""
        return frozenset(
            pair for pair, sessions in self.recorded.items() if any(not session.cut_short for session in sessions)
        )

    @cached_property
    def measured(self) -> list[tuple[str, str, float]]:
        """Every pair with a measurement, and the median of its measurements, ms."""
        pairs = []
        for (a, b), sessions in self.recorded.items():
            values = sorted(session.rtt_ms for session in sessions if session.rtt_ms is not None)
            if values:
                pairs.append((a, b, (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2))
        return pairs

    @cached_property
    def model(self) -> PairModel:
        """Of RTTs. ValueError if nothing was measured."""
        return fit(self.measured, self._server_rtt_ms)

    @cached_property
    def failures(self) -> FailureModel:
        """Of failures."""
        return FailureModel(
            (a, b, session)
            for (a, b), sessions in self.recorded.items()
            for session in sessions
            if not session.cut_short
        )

    @cached_property
    def lasts(self) -> tuple[float, float, list[float]]:
        """How long a probe takes: seconds, seconds more for each ms of RTT (least squares), and what each was off."""
        done = [
            (session.rtt_ms, session.lasted_s)
            for sessions in self.recorded.values()
            for session in sessions
            if session.rtt_ms is not None
        ]
        if not done:
            return 1.0, 0.006, [0.0]
        mean_ms = sum(rtt_ms for rtt_ms, _ in done) / len(done)
        mean_s = sum(lasted_s for _, lasted_s in done) / len(done)
        varies = sum((rtt_ms - mean_ms) ** 2 for rtt_ms, _ in done)
        both = sum((rtt_ms - mean_ms) * (lasted_s - mean_s) for rtt_ms, lasted_s in done)
        slope = max(0.0, both / varies) if varies > 0 else 0.0
        start_s = mean_s - slope * mean_ms
        return start_s, slope, [lasted_s - start_s - slope * rtt_ms for rtt_ms, lasted_s in done]

    def share_ms(self, subject_id: str, draw: random.Random) -> float:
        """Somebody's share of every round trip, as far as it is known: drawn."""
        estimate = self.model.of(subject_id, self._server_rtt_ms.get(subject_id))
        return draw.gauss(estimate.share_ms, estimate.sd_ms)


class World:
    """One draw of all that is not known. The same seed gives the same, whatever the limit and the matchmaker."""

    def __init__(self, knowledge: Knowledge, seed: int) -> None:
        self.knowledge, self._seed = knowledge, seed
        self._estimates: dict[tuple[str, str], Session] = {}
        self._shares_ms: dict[str, float] = {}

    def draw(self, *of: object) -> random.Random:
        """Chance for one purpose, always the same."""
        return random.Random(f"{self._seed} {of}")  # noqa: S311 -- no secrets

    def known(self, a: str, b: str) -> bool:
        """Whether the run's log says what a probe of these two comes to."""
        return pair_of(a, b) in self.knowledge.known

    def outcome(self, a: str, b: str, time: int) -> Session:
        """What the pair's probe comes to, the `time`th (from 0): as in the run, and once that is used up as last."""
        recorded = self.knowledge.recorded.get(pair_of(a, b), ())
        here = recorded[time] if time < len(recorded) else None
        if here is not None and not here.cut_short:
            return here
        later = [session for session in recorded[time:] if not session.cut_short]
        before = [session for session in recorded[:time] if not session.cut_short]
        session = later[0] if later else before[-1] if before else self.estimate(a, b)
        longer_s = session.lasted_s if here is None else max(session.lasted_s, here.lasted_s + CUT_OFF_AFTER_S)
        return session._replace(lasted_s=longer_s, began_s=math.nan)

    def estimate(self, a: str, b: str) -> Session:
        """What it may come to, of a pair that the log says nothing of."""
        pair = pair_of(a, b)
        if pair not in self._estimates:
            self._estimates[pair] = self._drawn(pair)
        return self._estimates[pair]

    def _drawn(self, pair: tuple[str, str]) -> Session:
        draw = self.draw("pair", *pair)
        failure = self.knowledge.failures.draw(*pair, draw)
        if failure is not None:
            return failure
        rtt_ms = sum(map(self._share_ms, pair)) + self.knowledge.model.pair_error_ms(draw)
        rtt_ms = max(LEAST_MS, rtt_ms)
        start_s, slope, off_s = self.knowledge.lasts
        return Session(max(0.05, start_s + slope * rtt_ms + draw.choice(off_s)), rtt_ms)

    def _share_ms(self, subject_id: str) -> float:
        if subject_id not in self._shares_ms:
            self._shares_ms[subject_id] = self.knowledge.share_ms(subject_id, self.draw("person", subject_id))
        return self._shares_ms[subject_id]


class Prober:
    """Stands where the ProbeCoordinator stands in a run: a pair's answer comes after as long as its probe takes.

    `failure` and `at_fault` as the ProbeCoordinator has them. `asked` and `estimated` count probes, `pairs` holds each
    pair asked for and whether its answer is an estimate.
    """

    def __init__(self, world: World, clock: Clock) -> None:
        self._world, self._clock = world, clock
        self._times: dict[tuple[str, str], int] = {}
        self._open: dict[str, dict[str, _Open]] = {}
        self.failure: ev.ProbeFailure | None = None
        self.at_fault: dict[str, bool] = {}
        self.asked = self.estimated = 0
        self.pairs: dict[tuple[str, str], bool] = {}

    def create_probe(self, subject_a: str, subject_b: str, on_complete: Callable[..., None], /) -> str:
        """As the ProbeCoordinator's."""
        pair = pair_of(subject_a, subject_b)
        time = self._times.get(pair, 0)
        self._times[pair] = time + 1
        self.asked += 1
        estimated = self.pairs.setdefault(pair, not self._world.known(*pair))
        self.estimated += estimated
        session = self._world.outcome(*pair, time)
        probe = _Open(f"probe-{self.asked}", subject_a, subject_b, on_complete, session)
        for subject_id in pair:
            self._open.setdefault(subject_id, {})[probe.probe_session_id] = probe
        delay_s = lasts_s(session, self._clock.monotonic())
        probe.timer = self._clock.call_later(delay_s, partial(self._end, probe))
        return probe.probe_session_id

    def cancel(self, subject_id: str, reason: ev.ProbeFailure = "left") -> None:
        """As the ProbeCoordinator's."""
        for probe in list(self._open.get(subject_id, {}).values()):
            if probe.probe_session_id in self._open.get(subject_id, {}):
                self._report(probe, None, reason, {})

    def _end(self, probe: _Open) -> None:
        session = probe.session
        self._report(probe, session.rtt_ms, session.failure, session.at_fault)

    def _report(self, probe: _Open, rtt_ms: float | None, failure: Any, at_fault: dict[str, bool]) -> None:
        for subject_id in (probe.subject_a, probe.subject_b):
            del self._open[subject_id][probe.probe_session_id]
        if probe.timer is not None:
            probe.timer.cancel()
        self.failure, self.at_fault = (failure, at_fault) if rtt_ms is None else (None, {})
        try:
            probe.on_complete(probe.subject_a, probe.subject_b, rtt_ms)
        finally:
            self.failure, self.at_fault = None, {}


class _Open:
    """A probe under way."""

    __slots__ = ("on_complete", "probe_session_id", "session", "subject_a", "subject_b", "timer")

    def __init__(
        self, probe_session_id: str, a: str, b: str, on_complete: Callable[..., None], session: Session
    ) -> None:
        self.probe_session_id, self.subject_a, self.subject_b = probe_session_id, a, b
        self.on_complete, self.session = on_complete, session
        self.timer: Timer | None = None
