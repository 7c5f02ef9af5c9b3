"""The rows of a run's tables, made of what its events came to (fold.py).

Owns which count becomes which column. Must not count anything that events tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from core import events as ev
from core.analysis.summary import percentile
from core.analysis.tables import probe_rows
from core.analysis.tables.fold import Match, Person, TableFold
from core.analysis.tables.rows import MatchRow, ParticipantRow, ProbeRow, WaitRow


class ProbeRows:
    """A row for each probe."""

    def __init__(self) -> None:
        self.rows: list[ProbeRow] = []

    def completed(self, event: ev.ProbeCompleted, run_id: str, began_s: float | None, _a: Person, _b: Person) -> None:
        """A measurement."""
        self.rows.append(probe_rows.completed(event, run_id, began_s))

    def failed(self, event: ev.ProbeFailed, run_id: str, began_s: float | None, a: Person, b: Person) -> None:
        """No measurement."""
        self.rows.append(probe_rows.failed(event, run_id, began_s, simulated=a.simulated or b.simulated))


@dataclass
class _Measured:
    """The probes somebody was in."""

    probes: int = 0
    failed: int = 0
    p2p_rtt_ms: list[float] = field(default_factory=list)


def participants(fold: TableFold, probes: Iterable[ProbeRow]) -> list[ParticipantRow]:
    """In order of joining."""
    reasons, measured = fold.why_never_played(), _measured(probes)
    return [
        _participant(fold, name, person, measured[name], reasons.get(name, "")) for name, person in fold.people.items()
    ]


def _measured(probes: Iterable[ProbeRow]) -> defaultdict[str, _Measured]:
    found: defaultdict[str, _Measured] = defaultdict(_Measured)
    for probe in probes:
        for subject_id in (probe.subject_a, probe.subject_b):
            of_one = found[subject_id]
            of_one.probes += 1
            if probe.rtt_ms is None:
                of_one.failed += 1
            else:
                of_one.p2p_rtt_ms.append(probe.rtt_ms)
    return found


def _participant(fold: TableFold, subject_id: str, person: Person, measured: _Measured, why: str) -> ParticipantRow:
    return ParticipantRow(
        run_id=fold.run_id,
        subject_id=subject_id,
        joined_s=person.joined_s,
        left_s=person.left_s,
        left_reason=person.left_reason,
        finished=person.finished,
        state=person.state,
        waits=person.waits,
        waited_s=fold.waited_s(person),
        time_to_match_s=person.time_to_match_s,
        matches=person.matches,
        games=person.games,
        probes=measured.probes,
        probes_failed=measured.failed,
        server_rtt_ms_median=percentile(person.server_rtt_ms, 0.5),
        p2p_rtt_ms_median=percentile(measured.p2p_rtt_ms, 0.5),
        why_never_played="" if person.games else why,
        simulated=person.simulated,
    )


def waits(fold: TableFold) -> list[WaitRow]:
    """In order of entering."""
    return [
        WaitRow(
            run_id=fold.run_id,
            subject_id=stay.subject_id,
            scene_id=stay.scene_id,
            entered_s=stay.entered_s,
            left_s=stay.left_s,
            waited_s=fold.stayed_s(stay),
            reason=stay.reason,
            tries=stay.tries,
        )
        for stay in fold.stays
    ]


def matches(fold: TableFold) -> list[MatchRow]:
    """In order of forming."""
    return [_match(match, fold.run_id) for match in fold.matches.values()]


def _match(match: Match, run_id: str) -> MatchRow:
    event, ended = match.event, match.ended
    return MatchRow(
        run_id=run_id,
        game_id=event.game_id,
        group_id=event.group_id,
        scene_id=event.scene_id,
        formed_s=event.elapsed_s,
        subjects=[person.subject_id for person in event.participants],
        p2p_rtt_ms=event.p2p_rtt_ms,
        max_p2p_rtt_ms=event.max_p2p_rtt_ms,
        matchmaker=event.matchmaker_class,
        forced=event.forced,
        remeasured=event.remeasured,
        proposed_s=match.proposed_s,
        game_started_s=match.started_s,
        game_ended_s=None if ended is None else ended.elapsed_s,
        game_duration_s=None if ended is None else ended.duration_s,
        game_end_reason="" if ended is None else ended.reason,
    )
