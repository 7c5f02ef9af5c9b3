"""Which games are under way, since when, and how long they may last.

Owns the games that have begun and not ended. Must not guess when one ends (core/analysis/forecast.py).
"""

from __future__ import annotations

import msgspec

from core import events as ev
from core.projections.base import Projection


class RunningGame(msgspec.Struct, frozen=True):
    """`duration_s` is what the experiment gives it; 0 if the log does not say."""

    game_id: str
    scene_id: str
    subjects: tuple[str, ...]
    started_s: float
    duration_s: float


class GamesProjection(Projection):
    """`running` by game id, oldest first."""

    def __init__(self) -> None:
        super().__init__()
        self.running: dict[str, RunningGame] = {}

    def on_game_started(self, event: ev.GameStarted) -> None:
        """One more."""
        self.running[event.game_id] = RunningGame(
            event.game_id, event.scene_id, tuple(event.subjects), event.elapsed_s, event.duration_s
        )

    def on_game_ended(self, event: ev.GameEnded) -> None:
        """One less."""
        self.running.pop(event.game_id, None)

    def on_run_ended(self, event: ev.RunEnded) -> None:
        """None goes on without its run."""
        self.running.clear()
