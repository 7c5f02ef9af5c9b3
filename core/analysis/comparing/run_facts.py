"""One run, boiled down to what a comparison needs: figures, distributions, probes over time, settings.

Owns the boiling down, which is most of a comparison's work and can be done for each run in a process of its own: facts
are plain arrays and texts, and pickle well. Must not know any other run. Imports numpy: only for modules imported late.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analysis.comparing import run_columns
from core.analysis.comparing.config_diff import flatten, threshold_text
from core.analysis.comparing.differences import Figure, figure_of
from core.analysis.comparing.metrics import METRICS
from core.analysis.comparing.run_columns import (
    NOBODY,
    Flags,
    Floats,
    Ints,
    PeopleColumns,
    ProbeColumns,
    ProbeNumbers,
    RunColumns,
    StayColumns,
    columns_of,
    columns_of_fold,
)
from core.analysis.summary import ThresholdStep
from core.analysis.tables.counted_events import decode_counted
from core.analysis.tables.run_tables import RunHead, RunTables, read_run
from core.projections import words

OUTCOMES: Final = run_columns.OUTCOMES
CURVES: Final = ("p2p_rtt_ms", "waited_s", "time_to_match_s", "probe_duration_s")


@dataclass(frozen=True)
class Curve:
    """Values in ascending order; `observed` False where it never came to the event. `who` has two columns of people."""

    values: Floats
    observed: Flags
    who: Ints

    @property
    def censored(self) -> int:
        """How many never came to the event."""
        return int(len(self.values) - self.observed.sum())


@dataclass(frozen=True)
class ProbePoints:
    """Every probe that ended, in order of time. `outcome` is a place in OUTCOMES, `reason` one in `reasons`."""

    ended_s: Floats
    rtt_ms: Floats  # nan where nothing was measured
    outcome: NDArray[np.int8]
    reason: NDArray[np.int16]
    reasons: tuple[str, ...]
    who: Ints


@dataclass(frozen=True)
class Stays:
    """Every stay in a waitroom: from, to (the log's end where it did not end), whose."""

    entered_s: Floats
    left_s: Floats
    who: Ints


@dataclass(frozen=True)
class RunFacts:
    """All of one run that is compared. `people` are the subject ids that the places in `who` stand for."""

    path: str
    run_id: str
    experiment: str
    started_at: float | None
    duration_s: float
    status: str
    simulated: bool
    program_version: str
    event_count: int
    bad_lines: int
    problems: tuple[str, ...]
    config: dict[str, str]
    about: dict[str, str]
    thresholds: tuple[ThresholdStep, ...]
    people: tuple[str, ...]
    figures: dict[str, Figure]
    curves: dict[str, Curve]
    probes: ProbePoints
    stays: Stays
    waiting: tuple[Floats, Ints]

    def limits(self) -> list[tuple[float, float, int]]:
        """`(from, to, limit in ms)` of each stretch of the run with a limit."""
        ends_s = [*(step.elapsed_s for step in self.thresholds[1:]), self.duration_s]
        return [
            (step.elapsed_s, end_s, step.max_p2p_rtt_ms)
            for step, end_s in zip(self.thresholds, ends_s, strict=False)
            if step.max_p2p_rtt_ms is not None
        ]

    def names(self, places: Iterable[int]) -> list[str]:
        """The people at these places, each once, nobody left out."""
        return list(dict.fromkeys(self.people[place] for place in places if place != NOBODY))


def load_facts(path: str | os.PathLike[str], place: int) -> RunFacts:
    """Of a run's directory or log; `place` is its number among those compared. Raises as `load_run`."""
    probes = ProbeNumbers()
    head, fold = read_run(path, probes, decode_counted, reasons=False)
    return boiled_down(columns_of_fold(head, fold, probes.columns()), str(path), place)


def facts_of(tables: RunTables, path: str, place: int = 0) -> RunFacts:
    """Of a run's tables."""
    return boiled_down(columns_of(tables), path, place)


def boiled_down(run: RunColumns, path: str, place: int) -> RunFacts:
    """What is kept of a run's columns."""
    head, stays, probes = run.head, run.stays, _probe_points(run.probes)
    return RunFacts(
        path=path, run_id=head.run_id, experiment=head.experiment, started_at=head.started_at,
        duration_s=head.duration_s, status=head.status, simulated=head.simulated,
        program_version=head.program_version, event_count=head.event_count, bad_lines=head.bad_lines,
        problems=tuple(head.problems), config=flatten(head.config), about=_about(head, run.people),
        thresholds=tuple(head.thresholds), people=run.names,
        figures=_figures(run, place), curves=_curves(run, probes),
        probes=probes, stays=Stays(stays.entered_s, stays.left_s, stays.who), waiting=_waiting(head),
    )  # fmt: skip


def _figures(run: RunColumns, place: int) -> dict[str, Figure]:
    figures = {}
    for metric in METRICS:
        sample = metric.observe(run)
        value = metric.of_sample(sample, run.head.duration_s)
        figures[metric.name] = figure_of(metric.name, metric.statistic, sample, value, place)
    return figures


def _about(head: RunHead, people: PeopleColumns) -> dict[str, str]:
    """What the log itself says of the set-up, beside config.yaml."""
    return {
        "RTT limit over time": threshold_text(head.thresholds),
        "matchmaker in the log": words.plain(head.matchmaker) or "not recorded",
        "group size in the log": str(head.group_size),
        "program version": words.plain(head.program_version) or "not recorded",
        "people": "simulated" if head.simulated else _people_text(people),
    }


def _people_text(people: PeopleColumns) -> str:
    made_up = int(people.simulated.sum())
    if not made_up:
        return "real"
    return "bots" if made_up == len(people.simulated) else f"{made_up} bots among them"


def _waiting(head: RunHead) -> tuple[Floats, Ints]:
    times, counts = zip(*head.waiting, strict=True) if head.waiting else ((), ())
    return np.array(times, np.float64), np.array(counts, np.int32)


def _curve(values: Floats, observed: Flags, who: Ints) -> Curve:
    order = np.argsort(values, kind="stable")
    return Curve(values[order], observed[order], who[order])


def _curve_alone(values: Floats, observed: Flags, who: Ints) -> Curve:
    """Of values that belong to one person each."""
    return _curve(values, observed, np.stack([who, np.full(len(who), NOBODY, np.int32)], axis=1))


def _curves(run: RunColumns, probes: ProbePoints) -> dict[str, Curve]:
    completed = run.probes.completed
    measured = completed & ~np.isnan(probes.rtt_ms)
    return {
        "p2p_rtt_ms": _curve(probes.rtt_ms[measured], np.ones(measured.sum(), bool), probes.who[measured]),
        "waited_s": _curve_alone(run.stays.waited_s, run.stays.matched, run.stays.who),
        "time_to_match_s": _times_to_match(run.people, run.stays),
        "probe_duration_s": _curve(
            run.probes.duration_s[completed], np.ones(completed.sum(), bool), probes.who[completed]
        ),
    }


def _times_to_match(people: PeopleColumns, stays: StayColumns) -> Curve:
    """Who was never matched counts from first entering a waitroom to last leaving one."""
    first_s, last_s = np.full(len(people.waits), np.nan), np.full(len(people.waits), np.nan)
    known = stays.who != NOBODY
    first_s[stays.who[known][::-1]] = stays.entered_s[known][::-1]  # of several values, the last put there stays
    last_s[stays.who[known]] = stays.left_s[known]
    matched = ~np.isnan(people.time_to_match_s)
    waited_in_vain = ~matched & ~np.isnan(first_s) & (people.matches == 0)
    there = matched | waited_in_vain
    values = np.where(matched, people.time_to_match_s, np.maximum(0.0, last_s - first_s))
    return _curve_alone(values[there], matched[there], np.flatnonzero(there).astype(np.int32))


def _probe_points(probes: ProbeColumns) -> ProbePoints:
    """Reasons are numbered in the order in which they first came."""
    failures = iter(probes.failures)
    reasons: dict[str, int] = {}
    numbers = [
        reasons.setdefault(_OUTCOME_TEXTS[outcome] or _failure_text(next(failures)), len(reasons))
        for outcome in probes.outcome.tolist()
    ]
    return ProbePoints(
        probes.ended_s, probes.rtt_ms, probes.outcome, np.array(numbers, np.int16), tuple(reasons), probes.who
    )


_OUTCOME_TEXTS: Final = ("accepted", "rejected: above the limit", "")


def _failure_text(reason: str) -> str:
    return f"failed: {words.PROBE_FAILURES.get(reason, words.plain(reason) or 'no reason given')}"
