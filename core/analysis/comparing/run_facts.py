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

from core.analysis.comparing.config_diff import flatten, threshold_text
from core.analysis.comparing.differences import Figure, figure_of
from core.analysis.comparing.metrics import METRICS, Observed
from core.analysis.summary import ThresholdStep
from core.analysis.tables.run_tables import RunTables, load_run
from core.projections import words

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

NOBODY: Final = -1
OUTCOMES: Final = ("accepted", "rejected", "failed")
CURVES: Final = ("p2p_rtt_ms", "waited_s", "time_to_match_s", "probe_duration_s")


@dataclass(frozen=True)
class Curve:
    """Values in ascending order; `observed` False where it never came to the event. `who` has two columns of people."""

    values: Floats
    observed: NDArray[np.bool_]
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
    return facts_of(load_run(path, reasons=False), str(path), place)


def facts_of(tables: RunTables, path: str, place: int = 0) -> RunFacts:
    """Boil a run down."""
    people = {person.subject_id: number for number, person in enumerate(tables.participants)}
    steps = tables.waiting
    probes = _probes(tables, people)
    return RunFacts(
        path=path, run_id=tables.run_id, experiment=tables.experiment, started_at=tables.started_at,
        duration_s=tables.duration_s, status=tables.status, simulated=tables.simulated,
        program_version=tables.program_version, event_count=tables.event_count, bad_lines=tables.bad_lines,
        problems=tuple(tables.problems), config=flatten(tables.config), about=_about(tables),
        thresholds=tuple(tables.thresholds), people=tuple(people),
        figures=_figures(tables, place), curves=_curves(tables, people, probes),
        probes=probes, stays=_stays(tables, people),
        waiting=(np.array([at for at, _ in steps], np.float64), np.array([count for _, count in steps], np.int32)),
    )  # fmt: skip


def _figures(tables: RunTables, place: int) -> dict[str, Figure]:
    observed = Observed(tables)
    figures = {}
    for metric in METRICS:
        sample = metric.observe(observed)
        value = metric.of_sample(sample, tables.duration_s)
        figures[metric.name] = figure_of(metric.name, metric.statistic, sample, value, place)
    return figures


def _about(tables: RunTables) -> dict[str, str]:
    """What the log itself says of the set-up, beside config.yaml."""
    return {
        "RTT limit over time": threshold_text(tables.thresholds),
        "matchmaker in the log": words.plain(tables.matchmaker) or "not recorded",
        "group size in the log": str(tables.group_size),
        "program version": words.plain(tables.program_version) or "not recorded",
        "people": "simulated" if tables.simulated else _people_text(tables),
    }


def _people_text(tables: RunTables) -> str:
    made_up = sum(person.simulated for person in tables.participants)
    if not made_up:
        return "real"
    return "bots" if made_up == len(tables.participants) else f"{made_up} bots among them"


def _column(who: Iterable[int]) -> Ints:
    return np.array(list(who), np.int32)


def _curve(values: Floats, observed: NDArray[np.bool_], who: Ints) -> Curve:
    order = np.argsort(values, kind="stable")
    return Curve(values[order], observed[order], who[order])


def _curve_of(found: Iterable[tuple[float, bool, int]]) -> Curve:
    """Of values that belong to one person each."""
    kept = list(found)
    return _curve(
        np.array([value for value, _, _ in kept], np.float64),
        np.array([observed for _, observed, _ in kept], bool),
        np.stack([_column(who for _, _, who in kept), np.full(len(kept), NOBODY, np.int32)], axis=1),
    )


def _curves(tables: RunTables, people: dict[str, int], probes: ProbePoints) -> dict[str, Curve]:
    completed = probes.outcome != OUTCOMES.index("failed")
    measured = completed & ~np.isnan(probes.rtt_ms)
    durations_s = np.array([probe.duration_s for probe in tables.probes], np.float64)
    waits = ((wait.waited_s, wait.reason == "matched", people.get(wait.subject_id, NOBODY)) for wait in tables.waits)
    return {
        "p2p_rtt_ms": _curve(probes.rtt_ms[measured], np.ones(measured.sum(), bool), probes.who[measured]),
        "waited_s": _curve_of(waits),
        "time_to_match_s": _curve_of(_times_to_match(tables, people)),
        "probe_duration_s": _curve(durations_s[completed], np.ones(completed.sum(), bool), probes.who[completed]),
    }


def _times_to_match(tables: RunTables, people: dict[str, int]) -> Iterable[tuple[float, bool, int]]:
    """Who was never matched counts from first entering a waitroom to last leaving one."""
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    for wait in tables.waits:
        first.setdefault(wait.subject_id, wait.entered_s)
        last[wait.subject_id] = tables.duration_s if wait.left_s is None else wait.left_s
    for person in tables.participants:
        place = people[person.subject_id]
        if person.time_to_match_s is not None:
            yield person.time_to_match_s, True, place
        elif person.subject_id in first and not person.matches:
            yield max(0.0, last[person.subject_id] - first[person.subject_id]), False, place


def _probes(tables: RunTables, people: dict[str, int]) -> ProbePoints:
    reasons: dict[str, int] = {}
    texts = [_reason(probe.outcome, probe.reason) for probe in tables.probes]
    return ProbePoints(
        np.array([probe.ended_s for probe in tables.probes], np.float64),
        np.array([np.nan if probe.rtt_ms is None else probe.rtt_ms for probe in tables.probes], np.float64),
        np.array([OUTCOMES.index(probe.outcome) for probe in tables.probes], np.int8),
        np.array([reasons.setdefault(text, len(reasons)) for text in texts], np.int16),
        tuple(reasons),
        np.stack(
            [
                _column(people.get(probe.subject_a, NOBODY) for probe in tables.probes),
                _column(people.get(probe.subject_b, NOBODY) for probe in tables.probes),
            ],
            axis=1,
        ),
    )


def _reason(outcome: str, reason: str) -> str:
    if outcome == "accepted":
        return "accepted"
    if outcome == "rejected":
        return "rejected: above the limit"
    return f"failed: {words.PROBE_FAILURES.get(reason, words.plain(reason) or 'no reason given')}"


def _stays(tables: RunTables, people: dict[str, int]) -> Stays:
    return Stays(
        np.array([wait.entered_s for wait in tables.waits], np.float64),
        np.array([tables.duration_s if wait.left_s is None else wait.left_s for wait in tables.waits], np.float64),
        _column(people.get(wait.subject_id, NOBODY) for wait in tables.waits),
    )
