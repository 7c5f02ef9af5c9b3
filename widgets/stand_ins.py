"""Stand-ins: test pages and bots that take part in a run from this computer, as an operator asks for them.

Owns what can be asked for, what is told of those who take part, and the ready-made crowds. Must not start anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

USUAL_LIMIT_MS: Final = 150  # a run without an RTT limit has crowds as if this were it
MOST_PAGES: Final = 24
MOST_BOTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Pages:
    """Real participant pages in windows; `by_themselves`: they press Continue and play."""

    number: int
    by_themselves: bool = False


@dataclass(frozen=True, slots=True)
class Bots:
    """Made-up participants without a window. Shares are from 0 to 1.

    `real`: they measure over WebRTC, with the RTTs added to the network's; else their answers to probes are made up.
    90 % of the pairs' RTTs lie between `low_ms` and `high_ms`. `arrivals_per_min` None: all at once; else `at_once` are
    there from the beginning. `seed` None: other people each time.
    """

    number: int
    real: bool = False
    low_ms: int = 20
    high_ms: int = 100
    loss: float = 0.0
    no_webrtc: float = 0.0
    drops: float = 0.0
    hidden: float = 0.0
    silent: float = 0.0
    arrivals_per_min: int | None = 30
    at_once: int = 0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class StandIn:
    """Some that were asked for together: `key` names them, `wish` is what was asked, `stopping` whether they leave."""

    key: int
    wish: Pages | Bots
    stopping: bool = False


def _of(limit_ms: int, share: float) -> int:
    """That part of the limit, in steps of 5 ms."""
    return max(5, round(limit_ms * share / 5) * 5)


def good_crowd(limit_ms: int) -> Bots:
    """Nearly every pair is quick enough."""
    return Bots(20, low_ms=_of(limit_ms, 0.15), high_ms=_of(limit_ms, 0.75))


def third_slow(limit_ms: int) -> Bots:
    """A third of the pairs are over the limit: its logarithm lies 0.43 standard deviations above the middle."""
    return Bots(30, low_ms=_of(limit_ms, 0.27), high_ms=_of(limit_ms, 2.13))


def bad_networks(limit_ms: int) -> Bots:
    """Everything that goes wrong in the field, more often than there."""
    return Bots(
        30, low_ms=_of(limit_ms, 0.3), high_ms=_of(limit_ms, 2.5), loss=0.08, no_webrtc=0.15, drops=0.2, hidden=0.1,
        silent=0.07,
    )  # fmt: skip


def rush(limit_ms: int) -> Bots:
    """A class that opens the link in the same second."""
    return Bots(100, low_ms=_of(limit_ms, 0.15), high_ms=_of(limit_ms, 1.2), arrivals_per_min=None)


PRESETS: Final[dict[str, Callable[[int], Bots]]] = {
    "good": good_crowd,
    "slow": third_slow,
    "bad": bad_networks,
    "rush": rush,
}
