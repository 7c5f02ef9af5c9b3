"""What a game manager works with: the shapes of its partners, its settings, and a group on its way to a verdict.

Owns these shapes. Must not do anything with them: game_manager.py does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from core import events as ev
from core.matching.matchmaker import MatchCandidate


class Prober(Protocol):
    """What a game manager needs of a probe coordinator."""

    def create_probe(
        self, subject_a: str, subject_b: str, on_complete: Callable[[str, str, float | None], None], /
    ) -> str:
        """Measure a pair; `on_complete` may be called before this returns. Returns the probe session's id."""


@runtime_checkable
class Recallable(Protocol):
    """A prober that can also be called off, and says why a probe has no RTT, as `ProbeCoordinator` does.

    `at_fault`: whose own page did not answer or (True) cannot be measured at all.
    """

    failure: ev.ProbeFailure | None
    at_fault: dict[str, bool]

    def cancel(self, subject_id: str, reason: ev.ProbeFailure = "left") -> None:
        """End every probe this participant is in."""


class MatchLog(Protocol):
    """What a game manager needs of `MatchAssignmentLogger`."""

    def log_match(
        self,
        scene_id: str,
        game_id: str,
        matched_candidates: Sequence[MatchCandidate],
        matchmaker_class: str,
        *,
        p2p_rtt_ms: float | None = None,
        max_p2p_rtt_ms: int | None = None,
        forced: bool = False,
    ) -> object:
        """Append one match."""


@dataclass(frozen=True, slots=True)
class GameSettings:
    """What a scene says of its game. Times in seconds; `wait_s` None: nobody is sent away for waiting.

    `reunion_s` is how long earlier partners are waited for, where they are wanted again; the last two are the roll
    call's.
    """

    game: str = ""
    duration_s: float = 60.0
    grace_s: float = 10.0
    wait_s: float | None = None
    reunion_s: float = 60.0
    heard_within_s: float = 3.0
    answer_within_s: float = 1.5


@dataclass(slots=True)
class PendingMatch:
    """A proposed group while its pairs are probed."""

    group_id: str
    candidates: list[MatchCandidate]
    subjects: list[str]  # the candidates' ids, in the order of the proposal
    matchmaker_class: str
    forced: bool = False
    open_pairs: set[frozenset[str]] = field(default_factory=set)
    rtt_ms: dict[frozenset[str], float] = field(default_factory=dict)
    probe_session_ids: list[str] = field(default_factory=list)
    measured: set[frozenset[str]] = field(default_factory=set)
