"""One run as columns of numbers: what figures and distributions are taken from.

Owns the two ways to them, straight from what was counted (`columns_of_fold`: no row is made) and from the rows
(`columns_of`); tests/analysis/test_run_columns.py holds them to each other. Must not compute a figure. Imports numpy:
only for modules imported late.

In a column of numbers, nan stands for what the log does not say. `who` are places in `people`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from struct import Struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core import events as ev
from core.analysis.summary import percentile
from core.analysis.tables.fold import Person, TableFold
from core.analysis.tables.rows import ProbeRow
from core.analysis.tables.run_tables import RunHead, RunTables

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]

NOBODY: Final = -1
OUTCOMES: Final = ("accepted", "rejected", "failed")
FAILED: Final = OUTCOMES.index("failed")


@dataclass(frozen=True)
class PeopleColumns:
    """Everybody, in order of joining."""

    simulated: Flags
    finished: Flags
    waits: Ints
    waited_s: Floats
    matches: Ints
    time_to_match_s: Floats
    server_rtt_ms: Floats  # each one's median


@dataclass(frozen=True)
class StayColumns:
    """Stays in a waitroom, in order of entering."""

    who: Ints
    entered_s: Floats
    left_s: Floats  # the log's end where it did not end
    waited_s: Floats
    matched: Flags


@dataclass(frozen=True)
class ProbeColumns:
    """Probes that ended, in that order. `outcome` is a place in OUTCOMES, `failures` says why each that failed did."""

    ended_s: Floats
    outcome: NDArray[np.int8]
    rtt_ms: Floats
    loss: Floats
    duration_s: Floats
    who: Ints  # of two columns
    failures: list[str]

    @cached_property
    def completed(self) -> Flags:
        """Which came to a measurement."""
        return np.not_equal(self.outcome, FAILED)

    @cached_property
    def pairs(self) -> NDArray[np.int64]:
        """Of each probe the number of its pair, in whichever order the two were named, by first appearance."""
        low, high = self.who.min(axis=1).astype(np.int64), self.who.max(axis=1).astype(np.int64)
        _, first, pair = np.unique(low * (int(high.max(initial=0)) + 1) + high, return_index=True, return_inverse=True)
        number = np.empty(len(first), np.int64)
        number[np.argsort(first)] = np.arange(len(first))
        return number[pair]


@dataclass(frozen=True)
class GameColumns:
    """Matches and the games that came of them."""

    started: Flags
    finished: Flags


@dataclass(frozen=True)
class RunColumns:
    """All of a run that figures and distributions are taken from. `names` are the people's ids."""

    head: RunHead
    names: tuple[str, ...]
    people: PeopleColumns
    stays: StayColumns
    probes: ProbeColumns
    games: GameColumns


_PACKED: Final = Struct("=ddddbii").pack
_PROBE: Final = np.dtype([
    ("ended_s", "=f8"), ("rtt_ms", "=f8"), ("loss", "=f8"), ("duration_s", "=f8"), ("outcome", "i1"),
    ("who", "=i4", 2),
])  # fmt: skip


class ProbeNumbers:
    """Takes of each probe that ended what its columns need, and lets it go."""

    def __init__(self) -> None:
        self._packed = bytearray()
        self._failures: list[str] = []

    def completed(self, event: ev.ProbeCompleted, _run_id: str, _began_s: float | None, a: Person, b: Person) -> None:
        """A measurement."""
        loss = math.nan if event.loss is None else event.loss
        lasted_s = event.prepare_s + event.connect_s + event.measure_s
        self._packed += _PACKED(event.elapsed_s, event.rtt_ms, loss, lasted_s, not event.accepted, a.place, b.place)

    def failed(self, event: ev.ProbeFailed, _run_id: str, _began_s: float | None, a: Person, b: Person) -> None:
        """No measurement."""
        lasted_s = event.prepare_s + event.connect_s + event.measure_s
        self._packed += _PACKED(event.elapsed_s, math.nan, math.nan, lasted_s, FAILED, a.place, b.place)
        self._failures.append(event.reason)

    def columns(self) -> ProbeColumns:
        """All that came."""
        probes = np.frombuffer(bytes(self._packed), _PROBE)
        return ProbeColumns(**{name: probes[name].copy() for name in _PROBE.names or ()}, failures=self._failures)


def columns_of_fold(head: RunHead, fold: TableFold, probes: ProbeColumns) -> RunColumns:
    """Of what a run's events came to."""
    people, stays, games = fold.people.values(), fold.stays, fold.matches.values()
    return RunColumns(
        head,
        tuple(fold.people),
        PeopleColumns(
            simulated=_column(people, "simulated", np.bool_),
            finished=_column(people, "finished", np.bool_),
            waits=_column(people, "waits", np.int32),
            waited_s=_numbers(map(fold.waited_s, people)),
            matches=_column(people, "matches", np.int32),
            time_to_match_s=_column(people, "time_to_match_s", np.float64),
            server_rtt_ms=_numbers(percentile(person.server_rtt_ms, 0.5) for person in people),
        ),
        _stays(head, stays, _column(stays, "place", np.int32), list(map(fold.stayed_s, stays))),
        probes,
        GameColumns(
            started=np.array([game.started_s is not None for game in games], np.bool_),
            finished=np.array([game.ended is not None and game.ended.reason == "finished" for game in games], np.bool_),
        ),
    )


def columns_of(tables: RunTables) -> RunColumns:
    """Of a run's rows."""
    people, stays, probes, games = tables.participants, tables.waits, tables.probes, tables.matches
    place = {person.subject_id: number for number, person in enumerate(people)}
    return RunColumns(
        tables,
        tuple(place),
        PeopleColumns(
            simulated=_column(people, "simulated", np.bool_),
            finished=_column(people, "finished", np.bool_),
            waits=_column(people, "waits", np.int32),
            waited_s=_column(people, "waited_s", np.float64),
            matches=_column(people, "matches", np.int32),
            time_to_match_s=_column(people, "time_to_match_s", np.float64),
            server_rtt_ms=_column(people, "server_rtt_ms_median", np.float64),
        ),
        _stays(tables, stays, _who(stays, "subject_id", place), [stay.waited_s for stay in stays]),
        _probes_of_rows(probes, place),
        GameColumns(
            started=np.array([game.game_started_s is not None for game in games], np.bool_),
            finished=np.array([game.game_end_reason == "finished" for game in games], np.bool_),
        ),
    )


def _stays(head: RunHead, stays: Sequence[Any], who: Ints, waited_s: list[float]) -> StayColumns:
    left_s = _column(stays, "left_s", np.float64)
    return StayColumns(
        who=who,
        entered_s=_column(stays, "entered_s", np.float64),
        left_s=np.where(np.isnan(left_s), head.duration_s, left_s),
        waited_s=_numbers(waited_s),
        matched=np.array([stay.reason == "matched" for stay in stays], np.bool_),
    )


def _probes_of_rows(probes: Sequence[ProbeRow], place: dict[str, int]) -> ProbeColumns:
    return ProbeColumns(
        ended_s=_column(probes, "ended_s", np.float64),
        outcome=np.array([OUTCOMES.index(probe.outcome) for probe in probes], np.int8),
        rtt_ms=_column(probes, "rtt_ms", np.float64),
        loss=_column(probes, "loss", np.float64),
        duration_s=_column(probes, "duration_s", np.float64),
        who=np.stack([_who(probes, "subject_a", place), _who(probes, "subject_b", place)], axis=1),
        failures=[probe.reason for probe in probes if probe.outcome == "failed"],
    )


def _column(things: Collection[Any], name: str, kind: type[Any]) -> NDArray[Any]:
    """One attribute of all; as a number, None becomes nan."""
    return np.array(list(map(attrgetter(name), things)), kind)


def _numbers(values: Iterable[float | None]) -> Floats:
    return np.array(list(values), np.float64)


def _who(things: Collection[Any], name: str, place: dict[str, int]) -> Ints:
    return np.array([place.get(subject_id, NOBODY) for subject_id in map(attrgetter(name), things)], np.int32)
