"""Who takes part in a rehearsal: made-up people, and what a measurement between two of them would say.

Owns every random draw that stands for a person or a network. Must not know what time it is, nor of sockets or the
engine. The same seed gives the same people, whatever the rates are: two rehearsals that differ in one setting face the
same crowd.
"""

from __future__ import annotations

import math
import random
import statistics
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from core.clock import rounded
from core.server import wire

Z_95 = 1.6449  # how many standard deviations the 95th percentile of a normal distribution lies above its mean
SHARE_OF_JITTER = 0.02  # of the RTT: mean of what queues on the way add to a sample
FLOOR_OF_JITTER_MS = 0.2
ROUNDS_TO_CONNECT = 5  # peer-to-peer round trips until a data channel is open: descriptions, ICE check, DTLS, SCTP
QUEUES = 20_000
DROPS_WITHIN_S = 120.0
AWAY_S = (2.0, 20.0)


@lru_cache
def _access_of(low_ms: float, high_ms: float) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm of access latencies, of pairs within these percentiles."""
    pair_mu = (math.log(low_ms) + math.log(high_ms)) / 2
    pair_variance = ((math.log(high_ms) - math.log(low_ms)) / (2 * Z_95)) ** 2
    variance = math.log(1 + 2 * (math.exp(pair_variance) - 1))
    return pair_mu - math.log(2) + (pair_variance - variance) / 2, math.sqrt(variance)


@dataclass(frozen=True, slots=True)
class RttRange:
    """Where 90 % of the pairs' peer-to-peer RTTs lie, ms; 5 % are below, 5 % above."""

    low_ms: float
    high_ms: float

    def access_ms(self, normal: float) -> float:
        """The access latency, in ms, of somebody `normal` standard deviations off the middle.

        A pair's RTT is the sum of two of them. They are log-normal, so that the sum is nearly log-normal, with the
        range's percentiles: Fenton, "The sum of log-normal probability distributions in scatter transmission
        systems", IRE Transactions on Communications Systems 8 (1960).
        """
        mu, sigma = _access_of(self.low_ms, self.high_ms)
        return math.exp(mu + normal * sigma)


@dataclass(frozen=True, slots=True)
class CrowdSettings:
    """What kind of people take part. Rates are shares from 0 to 1.

    `rtt_ms` None: they add nothing to the network there is. `loss`: share of the messages lost, each way.
    `patience_s`: mean waiting time (exponential) after which somebody gives up; None: nobody does. `reading_s`: mean
    time spent on a page.
    """

    rtt_ms: RttRange | None = RttRange(20, 200)
    loss: float = 0.0
    no_webrtc_rate: float = 0.0
    drop_rate: float = 0.0
    silent_rate: float = 0.0
    hidden_rate: float = 0.0
    patience_s: float | None = None
    reading_s: float = 20.0


class Member(msgspec.Struct, frozen=True):
    """One made-up person. `access_ms` is their share of every RTT; `drops_after_s` None: the line holds.

    `silent`: ready for every probe, and never heard of again in it. `slowness`: 1 is the mean reading time.
    `subject_id`: the id they join with; None: the engine gives them one.
    """

    access_ms: float
    webrtc: bool
    silent: bool
    hidden: bool
    drops_after_s: float | None
    away_s: float
    patience_s: float | None
    slowness: float
    subject_id: str | None = None


class Crowd:
    """Draws people one after the other, and their measurements."""

    def __init__(self, settings: CrowdSettings, seed: int) -> None:
        self.settings = settings
        self._people = random.Random(f"people {seed}")  # noqa: S311 -- made-up people, no secrets
        self._network = random.Random(f"network {seed}")  # noqa: S311
        # Drawn once, and read from a random place on: a draw for each ping would be most of what a simulation does.
        self._queues = [self._network.expovariate(1) for _ in range(QUEUES)]

    def arrival_gap_s(self, arrivals_per_min: float) -> float:
        """Until the next one arrives: exponential, as of people who know nothing of each other."""
        return self._people.expovariate(arrivals_per_min / 60)

    def next_member(self) -> Member:
        """The next one. Everything is drawn of everybody, so that one rate moves nothing but what it is for."""
        draw, settings = self._people, self.settings
        normal = draw.gauss(0, 1)
        no_webrtc, silent, hidden, drops = draw.random(), draw.random(), draw.random(), draw.random()
        drops_after_s, away_s = draw.uniform(0, DROPS_WITHIN_S), draw.uniform(*AWAY_S)
        patience, slowness = draw.expovariate(1), draw.uniform(0.5, 1.5)
        return Member(
            access_ms=settings.rtt_ms.access_ms(normal) if settings.rtt_ms is not None else 0.0,
            webrtc=no_webrtc >= settings.no_webrtc_rate,
            silent=silent < settings.silent_rate,
            hidden=hidden < settings.hidden_rate,
            drops_after_s=drops_after_s if drops < settings.drop_rate else None,
            away_s=away_s,
            patience_s=None if settings.patience_s is None else patience * settings.patience_s,
            slowness=slowness,
        )

    def samples_ms(self, rtt_ms: float, count: int) -> list[float]:
        """Measured round trips on a way of `rtt_ms`: queues only ever add, each time something else (exponential)."""
        jitter_ms = SHARE_OF_JITTER * rtt_ms + FLOOR_OF_JITTER_MS
        first = int(self._network.random() * (len(self._queues) - count))
        return [rtt_ms + jitter_ms * queue for queue in self._queues[first : first + count]]

    def lost(self) -> bool:
        """Whether a message is lost on its way."""
        loss = self.settings.loss
        return loss > 0 and self._network.random() < loss

    def probe_result(self, probe_session_id: str, rtt_ms: float, pings: int, hidden: bool) -> wire.ProbeResult:
        """What a page would report of a way of `rtt_ms`, marked as made up."""
        answered = sum(not self.lost() and not self.lost() for _ in range(pings)) if self.settings.loss else pings
        samples_ms = self.samples_ms(rtt_ms, answered)
        return wire.ProbeResult(
            probe_session_id=probe_session_id,
            success=bool(samples_ms),
            rtt_ms=statistics.median(samples_ms) if samples_ms else None,
            samples_ms=samples_ms,
            sent=pings,
            path=None,
            hidden=hidden,
            error=None if samples_ms else "no_answers",
            marks=wire.ProbeMarks(open_ms=rounded(ROUNDS_TO_CONNECT * rtt_ms, 1000)),
            simulated=True,
        )


def no_webrtc_result(probe_session_id: str, hidden: bool) -> wire.ProbeResult:
    """What a page reports whose browser allows no peer connections."""
    return wire.ProbeResult(
        probe_session_id=probe_session_id, success=False, sent=0, hidden=hidden, error="no_webrtc", simulated=True
    )


def probe_lasts_s(rtt_ms: float, pings: int, warmup: int, interval_ms: float) -> float:
    """From both being ready to the last answer, in seconds: connecting, then a ping every interval."""
    return ((ROUNDS_TO_CONNECT + 1) * rtt_ms + (warmup + pings - 1) * interval_ms) / 1000
