"""A finished (or running) run in a page of figures: for `main.py summary` and the list of runs.

Owns counting over a run's events. Must not read files, judge matches anew or print.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core import events as ev
from core.projections import words
from core.projections.base import Projection

SIMULATED = " (simulated: nobody took part)"


@dataclass(frozen=True)
class ThresholdStep:
    """The threshold from `elapsed_s` on; None means none. `by` is empty for the one the run began with."""

    elapsed_s: float
    max_p2p_rtt_ms: int | None
    by: str = ""


@dataclass(frozen=True)
class RunSummaryFigures:
    """What came of a run. Percentiles are None without a single value to take them from.

    `waited_s_*` are over the waits that ended in a match; those that did not are counted in `waits_ended_otherwise` by
    reason. `probes_*` count tries, each retry as one. `p2p_rtt_ms_median` is over every completed probe, accepted or
    not. `never_played` counts who joined and was in no game, by why they were not matched when their wait ended.
    `ended_reason` None: the log does not say that the run ended. `duration_s` reaches to the last event.
    """

    run_id: str = ""
    experiment: str = ""
    started_at: float | None = None
    duration_s: float = 0.0
    ended_reason: str | None = None
    joined: int = 0
    simulated: int = 0
    simulated_run: bool = False
    finished: int = 0
    left_by_reason: dict[str, int] = field(default_factory=dict)
    games: int = 0
    games_by_reason: dict[str, int] = field(default_factory=dict)
    matches: int = 0
    waited_s_median: float | None = None
    waited_s_p90: float | None = None
    waited_s_p95: float | None = None
    waits_ended_otherwise: dict[str, int] = field(default_factory=dict)
    probes_accepted: int = 0
    probes_rejected: int = 0
    probes_failed: int = 0
    probe_failures_by_reason: dict[str, int] = field(default_factory=dict)
    p2p_rtt_ms_median: float | None = None
    server_rtt_ms_median: float | None = None
    threshold_history: list[ThresholdStep] = field(default_factory=list)
    never_played: dict[str, int] = field(default_factory=dict)
    messages_refused: int = 0
    events: int = 0
    unknown_events: int = 0


def summarise(events: Iterable[ev.Event]) -> RunSummaryFigures:
    """Count a run's events, in one pass and whatever order they come in."""
    from core.analysis.never_played import NeverPlayed  # brings half of the projections

    tally, never_played = _Tally(), NeverPlayed()
    last_elapsed_s = 0.0
    for event in events:
        tally.apply(event)
        never_played.apply(event)
        tally.counts["events"] += 1
        tally.counts["unknown_events"] += isinstance(event, ev.UnknownEvent)
        last_elapsed_s = max(last_elapsed_s, event.elapsed_s)
    return tally.figures(last_elapsed_s, never_played.counts())


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which `share` (0 to 1) of the values lie, interpolated linearly; None without values.

    Type 7 of Hyndman and Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996): numpy's
    default, and at 0.5 the ordinary median.
    """
    if len(values) < 2:
        return values[0] if values else None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def as_text(figures: RunSummaryFigures, bad_lines: int = 0) -> str:
    """The figures as lines for a terminal; text that came from people cannot steer the terminal."""
    rows = [*_run_rows(figures), *_people_rows(figures), *_probe_rows(figures)]
    if figures.unknown_events:
        rows.append(("events of unknown type", str(figures.unknown_events)))
    if bad_lines:
        rows.append(("unreadable lines", f"{bad_lines} (left out above)"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in rows)


def _run_rows(figures: RunSummaryFigures) -> list[tuple[str, str]]:
    ended = figures.ended_reason
    return [
        ("run", (words.plain(figures.run_id) or "without a name") + (SIMULATED if figures.simulated_run else "")),
        ("experiment", words.plain(figures.experiment) or "unknown"),
        ("started", _date(figures.started_at)),
        ("lasted", words.clock_text(figures.duration_s)),
        ("ended", words.RUN_ENDS.get(ended, ended) if ended else "the log does not say (still on, or it broke off)"),
    ]


def _people_rows(figures: RunSummaryFigures) -> list[tuple[str, str]]:
    simulated = f" ({figures.simulated} simulated)" if figures.simulated else ""
    rows = [
        ("joined", f"{figures.joined}{simulated}"),
        ("finished", str(figures.finished)),
        *((f"  {words.LEFT_REASONS.get(reason, reason)}", str(n)) for reason, n in figures.left_by_reason.items()),
        *_never_played_rows(figures),
        ("matches", str(figures.matches)),
        ("games", str(figures.games)),
        *((f"  {words.GAME_ENDS.get(reason, reason)}", str(n)) for reason, n in figures.games_by_reason.items()),
        ("matched in", _waits(figures)),
    ]
    if figures.messages_refused:
        rows.append(("messages refused", str(figures.messages_refused)))
    return rows


def _waits(figures: RunSummaryFigures) -> str:
    p90, p95 = _seconds(figures.waited_s_p90), _seconds(figures.waited_s_p95)
    return f"median {_seconds(figures.waited_s_median)}, 90 % under {p90}, 95 % under {p95}"


def _never_played_rows(figures: RunSummaryFigures) -> list[tuple[str, str]]:
    total = sum(figures.never_played.values())
    if not total:
        return []
    return [("never played", str(total)), *((f"  {why}", str(n)) for why, n in figures.never_played.items())]


def _probe_rows(figures: RunSummaryFigures) -> list[tuple[str, str]]:
    return [
        ("probes accepted", str(figures.probes_accepted)),
        ("probes rejected", str(figures.probes_rejected)),
        ("probes failed", str(figures.probes_failed)),
        *((f"  {words.PROBE_FAILURES.get(why, why)}", str(n)) for why, n in figures.probe_failures_by_reason.items()),
        ("P2P RTT, median", words.ms(figures.p2p_rtt_ms_median)),
        ("server RTT, median", words.ms(figures.server_rtt_ms_median)),
        *(_threshold_row(step) for step in figures.threshold_history),
    ]


def _threshold_row(step: ThresholdStep) -> tuple[str, str]:
    by = f", by {words.name(step.by)}" if step.by else ""
    return (f"threshold from {words.clock_text(step.elapsed_s)}", f"{words.limit_text(step.max_p2p_rtt_ms)}{by}")


def _date(unix_s: float | None) -> str:
    return "unknown" if unix_s is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(unix_s))


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"


def _by_size(counts: Mapping[str, int]) -> dict[str, int]:
    """Most frequent first, then by name: the same figures always read the same."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


class _Tally(Projection):
    """What is counted on the way through the events."""

    def __init__(self) -> None:
        super().__init__()
        self.run: dict[str, Any] = {}
        self.counts: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.games: Counter[str] = Counter()
        self.waits: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.waited_s: list[float] = []
        self.p2p_rtt_ms: list[float] = []
        self.server_rtt_ms: list[float] = []
        self.thresholds: list[ThresholdStep] = []

    def on_run_started(self, event: ev.RunStarted) -> None:
        self.run |= {"run_id": event.run_id, "experiment": event.experiment, "started_at": event.timestamp}
        self.run["simulated_run"] = event.simulated
        self.thresholds.append(ThresholdStep(event.elapsed_s, event.max_p2p_rtt_ms))

    def on_run_ended(self, event: ev.RunEnded) -> None:
        self.run["ended_reason"] = event.reason

    def on_threshold_changed(self, event: ev.ThresholdChanged) -> None:
        self.thresholds.append(ThresholdStep(event.elapsed_s, event.new_max_p2p_rtt_ms, event.by))

    def on_participant_joined(self, event: ev.ParticipantJoined) -> None:
        self.counts["joined"] += 1
        self.counts["simulated"] += event.simulated

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        self.left[event.reason] += 1

    def on_waitroom_left(self, event: ev.WaitroomLeft) -> None:
        if event.reason == "matched":
            self.waited_s.append(event.waited_s)
        else:
            self.waits[event.reason] += 1

    def on_server_rtt_measured(self, event: ev.ServerRttMeasured) -> None:
        self.server_rtt_ms.append(event.sample_ms)

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        self.counts["probes_accepted" if event.accepted else "probes_rejected"] += 1
        self.p2p_rtt_ms.append(event.rtt_ms)

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        self.failures[event.reason] += 1

    def on_game_ended(self, event: ev.GameEnded) -> None:
        self.games[event.reason] += 1

    def on_participant_finished(self, _: ev.ParticipantFinished) -> None:
        self.counts["finished"] += 1

    def on_match_formed(self, _: ev.MatchFormed) -> None:
        self.counts["matches"] += 1

    def on_game_started(self, _: ev.GameStarted) -> None:
        self.counts["games"] += 1

    def on_client_message_refused(self, _: ev.ClientMessageRefused) -> None:
        self.counts["messages_refused"] += 1

    def figures(self, duration_s: float, never_played: dict[str, int]) -> RunSummaryFigures:
        found: dict[str, Any] = {**self.run, **self.counts}
        return RunSummaryFigures(
            **found,
            duration_s=duration_s,
            never_played=never_played,
            left_by_reason=_by_size(self.left),
            games_by_reason=_by_size(self.games),
            waits_ended_otherwise=_by_size(self.waits),
            probe_failures_by_reason=_by_size(self.failures),
            probes_failed=self.failures.total(),
            waited_s_median=percentile(self.waited_s, 0.5),
            waited_s_p90=percentile(self.waited_s, 0.9),
            waited_s_p95=percentile(self.waited_s, 0.95),
            p2p_rtt_ms_median=percentile(self.p2p_rtt_ms, 0.5),
            server_rtt_ms_median=percentile(self.server_rtt_ms, 0.5),
            threshold_history=self.thresholds,
        )
