"""The figures by which runs are compared: what each counts, over whom, in which unit, and what it means in a sentence.

Owns names, definitions and the values behind each figure. Must not compare (differences.py does) or draw anything, nor
import numpy: the columns it picks from bring it.
A figure is a statistic over values, each of which belongs to a unit that is independent of the others as far as anybody
knows: a participant, a pair (which may be probed more than once) or a game.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.analysis.comparing.run_columns import RunColumns

Statistic = Literal["count", "rate", "share", "mean", "median", "p95"]
Unit = Literal["", "participant", "pair", "game"]

QUANTILES: Final = {"median": 0.5, "p95": 0.95}
_REJECTED: Final = 1  # as in run_columns.OUTCOMES


@dataclass(frozen=True)
class Sample:
    """The values behind a figure, and for each the number of the unit it belongs to (None: each is a unit)."""

    values: NDArray[Any]
    units: NDArray[Any] | None = None


@dataclass(frozen=True)
class Metric:
    """One figure. `unit` is what the value is in ("" for a plain number), `resampled` whom an interval draws anew."""

    name: str
    title: str
    unit: str
    statistic: Statistic
    resampled: Unit
    definition: str
    observe: Callable[[RunColumns], Sample]

    def of(self, run: RunColumns) -> float | None:
        """The value; None where there is nothing to take it from."""
        return self.of_sample(self.observe(run), run.head.duration_s)

    def of_sample(self, sample: Sample, duration_s: float) -> float | None:
        """As `of`, of what was observed in a run that lasted so long."""
        if self.statistic == "rate":
            return len(sample.values) / (duration_s / 60) if duration_s > 0 else None
        return statistic_of(self.statistic, sample.values)

    def n(self, run: RunColumns) -> int:
        """Over how many values."""
        return len(self.observe(run).values)

    def values(self, run: RunColumns) -> list[float] | None:
        """The values themselves; None for shares, counts and rates."""
        return self.observe(run).values.tolist() if self.statistic in ("mean", "median", "p95") else None

    def text(self, value: float | None, *, signed: bool = False) -> str:
        """The value for people, with its unit: `152 ms`, `–` for None; `signed` for a difference: `+4.1 pp`."""
        return shown(value, self.difference_unit if signed else self.unit, signed=signed)

    @property
    def difference_unit(self) -> str:
        """What a difference is in: shares differ by percentage points."""
        return "pp" if self.unit == "%" else self.unit


def statistic_of(statistic: Statistic, values: NDArray[Any]) -> float | None:
    """Of values; shares are in percent, quantiles interpolated as in `summary.percentile`."""
    if statistic == "count":
        return float(len(values))
    if not len(values):
        return None
    if statistic in QUANTILES:
        return quantile_of(sorted_copy(values), QUANTILES[statistic])
    return math.fsum(values.tolist()) / len(values) * (100 if statistic == "share" else 1)


def sorted_copy(values: NDArray[Any]) -> NDArray[Any]:
    """In ascending order."""
    ordered = values.copy()
    ordered.sort()
    return ordered


def quantile_of(ordered: Sequence[float] | NDArray[Any], share: float) -> float:
    """As `summary.percentile`, of one or more values in ascending order."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))


def shown(value: float | None, unit: str, *, signed: bool = False) -> str:
    """Three significant digits at most behind the point, none where they would be noise."""
    if value is None:
        return "–"
    size = abs(value)
    whole = unit == "" and value == int(value)
    digits = 0 if whole or value == 0 or size >= 99.5 else 1 if size >= 9.95 else 2
    rounded = round(value, digits) or 0.0  # no "−0"
    text = f"{rounded:+.{digits}f}" if signed and rounded else f"{rounded:.{digits}f}"
    return f"{text.replace('-', '−')} {unit}".rstrip()


# --- the values behind the figures ------------------------------------------------------------------------------------


def _joined(run: RunColumns) -> Sample:
    return Sample(run.people.finished)


def _finished(run: RunColumns) -> Sample:
    return Sample(run.people.finished)


def _never_matched(run: RunColumns) -> Sample:
    return Sample(run.people.matches[run.people.waits > 0] == 0)


def _matches(run: RunColumns) -> Sample:
    return Sample(run.games.started)


def _waited(run: RunColumns) -> Sample:
    return Sample(run.people.waited_s[run.people.waits > 0])


def _time_to_match(run: RunColumns) -> Sample:
    return _known(run.people.time_to_match_s)


def _server_rtt(run: RunColumns) -> Sample:
    return _known(run.people.server_rtt_ms)


def _games_completed(run: RunColumns) -> Sample:
    return Sample(run.games.finished[run.games.started])


def _p2p_rtt(run: RunColumns) -> Sample:
    return _of_completed(run, run.probes.rtt_ms)


def _duration(run: RunColumns) -> Sample:
    return _of_completed(run, run.probes.duration_s)


def _loss(run: RunColumns) -> Sample:
    return _of_completed(run, 100 * run.probes.loss)


def _rejected(run: RunColumns) -> Sample:
    return Sample(run.probes.outcome == _REJECTED, run.probes.pairs)


def _failed(run: RunColumns) -> Sample:
    return Sample(~run.probes.completed, run.probes.pairs)


def _of_completed(run: RunColumns, values: NDArray[Any]) -> Sample:
    return _known(values[run.probes.completed], run.probes.pairs[run.probes.completed])


def _known(values: NDArray[Any], units: NDArray[Any] | None = None) -> Sample:
    """Without those that the log does not say."""
    there = values == values  # nan alone differs from itself
    return Sample(values[there], None if units is None else units[there])


METRICS: Final[tuple[Metric, ...]] = (
    Metric("participants", "Participants", "", "count", "", "Everybody who joined.", _joined),
    Metric(
        "finished_pct", "Finished", "%", "share", "participant",
        "Of everybody who joined, the share who went through every scene.", _finished,
    ),
    Metric(
        "never_matched_pct", "Never matched", "%", "share", "participant",
        "Of everybody who entered a waitroom, the share who were in no match.", _never_matched,
    ),
    Metric("matches", "Matches", "", "count", "", "Groups that were formed.", _matches),
    Metric(
        "matches_per_min", "Matches a minute", "/min", "rate", "",
        "Groups that were formed, over the minutes from the run's start to its last event.", _matches,
    ),
    Metric(
        "waited_s_median", "Waited (all), median", "s", "median", "participant",
        "Time in waitrooms, added up for each participant who entered one; those who were never matched count with the "
        "time they waited.", _waited,
    ),
    Metric(
        "waited_s_p95", "Waited (all), 95 % under", "s", "p95", "participant",
        "As the median: 95 in 100 of those who entered a waitroom waited no longer than this.", _waited,
    ),
    Metric(
        "time_to_match_s_median", "Time to match, median", "s", "median", "participant",
        "From first entering a waitroom to the first match, over those who were matched; who never was is not in it "
        "(see “Never matched”, and the curve that counts them).", _time_to_match,
    ),
    Metric(
        "p2p_rtt_ms_median", "P2P RTT, median", "ms", "median", "pair",
        "Round trip between two peers, over every completed probe, accepted or rejected.", _p2p_rtt,
    ),
    Metric(
        "p2p_rtt_ms_p95", "P2P RTT, 95 % under", "ms", "p95", "pair",
        "As the median: 95 in 100 completed probes measured no more than this.", _p2p_rtt,
    ),
    Metric(
        "rejected_pct", "Probes rejected", "%", "share", "pair",
        "Of all probes that ended, the share that measured more than the limit in force.",
        _rejected,
    ),
    Metric(
        "failed_pct", "Probes failed", "%", "share", "pair",
        "Of all probes that ended, the share that came to no measurement; each retry counts as a probe.",
        _failed,
    ),
    Metric(
        "probe_duration_s_median", "Probe duration, median", "s", "median", "pair",
        "From telling both pages to prepare to the verdict, over completed probes.", _duration,
    ),
    Metric(
        "loss_pct", "Pings lost, mean", "%", "mean", "pair",
        "Share of a probe's pings that nobody had answered when it ended, averaged over completed probes.",
        _loss,
    ),
    Metric(
        "server_rtt_ms_median", "Server RTT, median", "ms", "median", "participant",
        "Round trip between server and page: each participant's median, and the median of those.", _server_rtt,
    ),
    Metric(
        "games_completed_pct", "Games completed", "%", "share", "game",
        "Of the games that were started, the share that their players finished.", _games_completed,
    ),
)  # fmt: skip
METRIC: Final = {metric.name: metric for metric in METRICS}
