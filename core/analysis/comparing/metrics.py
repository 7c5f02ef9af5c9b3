"""The figures by which runs are compared: what each counts, over whom, in which unit, and what it means in a sentence.

Owns names, definitions and the values behind each figure. Must not compare (differences.py does) or draw anything.
A figure is a statistic over values, each of which belongs to a unit that is independent of the others as far as anybody
knows: a participant, a pair (which may be probed more than once) or a game.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, cast

from core.analysis.summary import percentile
from core.analysis.tables.rows import ProbeRow
from core.analysis.tables.run_tables import RunTables

Statistic = Literal["count", "rate", "share", "mean", "median", "p95"]
Unit = Literal["", "participant", "pair", "game"]

QUANTILES: Final = {"median": 0.5, "p95": 0.95}


@dataclass(frozen=True)
class Sample:
    """The values behind a figure, and for each the unit it belongs to."""

    values: list[float]
    units: Sequence[Hashable]


class Observed:
    """A run's tables, with what several figures need of them worked out once."""

    def __init__(self, tables: RunTables) -> None:
        self.tables = tables

    @cached_property
    def pairs(self) -> list[int]:
        """Of each probe the number of its pair, in whichever order the two were named."""
        numbers: dict[tuple[str, str], int] = {}
        both = ((probe.subject_a, probe.subject_b) for probe in self.tables.probes)
        return [numbers.setdefault((a, b) if a < b else (b, a), len(numbers)) for a, b in both]

    @cached_property
    def completed(self) -> list[ProbeRow]:
        """The probes that came to a measurement."""
        return [probe for probe in self.tables.probes if probe.outcome != "failed"]

    @cached_property
    def completed_pairs(self) -> list[int]:
        """As `pairs`, of the completed probes alone."""
        return [pair for pair, probe in zip(self.pairs, self.tables.probes, strict=True) if probe.outcome != "failed"]


@dataclass(frozen=True)
class Metric:
    """One figure. `unit` is what the value is in ("" for a plain number), `resampled` whom an interval draws anew."""

    name: str
    title: str
    unit: str
    statistic: Statistic
    resampled: Unit
    definition: str
    observe: Callable[[Observed], Sample]

    def of(self, tables: RunTables) -> float | None:
        """The value; None where there is nothing to take it from."""
        return self.of_sample(self.observe(Observed(tables)), tables.duration_s)

    def of_sample(self, sample: Sample, duration_s: float) -> float | None:
        """As `of`, of what was observed in a run that lasted so long."""
        if self.statistic == "rate":
            return len(sample.values) / (duration_s / 60) if duration_s > 0 else None
        return statistic_of(self.statistic, sample.values)

    def n(self, tables: RunTables) -> int:
        """Over how many values."""
        return len(self.observe(Observed(tables)).values)

    def values(self, tables: RunTables) -> list[float] | None:
        """The values themselves; None for shares, counts and rates."""
        return self.observe(Observed(tables)).values if self.statistic in ("mean", "median", "p95") else None

    def text(self, value: float | None, *, signed: bool = False) -> str:
        """The value for people, with its unit: `152 ms`, `–` for None; `signed` for a difference: `+4.1 pp`."""
        return shown(value, self.difference_unit if signed else self.unit, signed=signed)

    @property
    def difference_unit(self) -> str:
        """What a difference is in: shares differ by percentage points."""
        return "pp" if self.unit == "%" else self.unit


def statistic_of(statistic: Statistic, values: list[float]) -> float | None:
    """Of values; shares are in percent, quantiles interpolated as in `summary.percentile`."""
    if statistic == "count":
        return float(len(values))
    if not values:
        return None
    if statistic in QUANTILES:
        return percentile(values, QUANTILES[statistic])
    return statistics.fmean(values) * (100 if statistic == "share" else 1)


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


def _joined(observed: Observed) -> Sample:
    people = [person.subject_id for person in observed.tables.participants]
    return Sample([1.0] * len(people), list(people))


def _finished(observed: Observed) -> Sample:
    people = observed.tables.participants
    return Sample([float(person.finished) for person in people], [person.subject_id for person in people])


def _never_matched(observed: Observed) -> Sample:
    people = [person for person in observed.tables.participants if person.waits]
    return Sample([float(not person.matches) for person in people], [person.subject_id for person in people])


def _matches(observed: Observed) -> Sample:
    return Sample([1.0] * len(observed.tables.matches), [match.game_id for match in observed.tables.matches])


def _waited(observed: Observed) -> Sample:
    people = [person for person in observed.tables.participants if person.waits]
    return Sample([person.waited_s for person in people], [person.subject_id for person in people])


def _time_to_match(observed: Observed) -> Sample:
    found = [
        (one.time_to_match_s, one.subject_id) for one in observed.tables.participants if one.time_to_match_s is not None
    ]
    return Sample([value for value, _ in found], [who for _, who in found])


def _server_rtt(observed: Observed) -> Sample:
    people = observed.tables.participants
    found = [(one.server_rtt_ms_median, one.subject_id) for one in people if one.server_rtt_ms_median is not None]
    return Sample([value for value, _ in found], [who for _, who in found])


def _games_completed(observed: Observed) -> Sample:
    games = [match for match in observed.tables.matches if match.game_started_s is not None]
    return Sample([float(game.game_end_reason == "finished") for game in games], [game.game_id for game in games])


def _p2p_rtt(observed: Observed) -> Sample:
    return _known([probe.rtt_ms for probe in observed.completed], observed.completed_pairs)


def _duration(observed: Observed) -> Sample:
    return Sample([probe.duration_s for probe in observed.completed], observed.completed_pairs)


def _loss(observed: Observed) -> Sample:
    found = _known([probe.loss for probe in observed.completed], observed.completed_pairs)
    return Sample([100 * value for value in found.values], found.units)


def _rejected(observed: Observed) -> Sample:
    return Sample([float(probe.outcome == "rejected") for probe in observed.tables.probes], observed.pairs)


def _failed(observed: Observed) -> Sample:
    return Sample([float(probe.outcome == "failed") for probe in observed.tables.probes], observed.pairs)


def _known(values: list[float | None], units: list[int]) -> Sample:
    if None not in values:
        return Sample(cast("list[float]", values), units)
    found = [(value, unit) for value, unit in zip(values, units, strict=True) if value is not None]
    return Sample([value for value, _ in found], [unit for _, unit in found])


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
        "waited_s_median", "Waited, median", "s", "median", "participant",
        "Time in waitrooms, added up for each participant who entered one; those who were never matched count with the "
        "time they waited.", _waited,
    ),
    Metric(
        "waited_s_p95", "Waited, 95 % under", "s", "p95", "participant",
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
