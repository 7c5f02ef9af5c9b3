"""Games under way: who plays which, until when, and why it ended.

Owns a game's end: everybody finished, its time is up, a player is gone, or the operator said so. Must not form groups
or look inside what players send.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from core import events as ev
from core.clock import Clock, Timer, rounded

EndReason = Literal["finished", "deadline", "partner_left", "ended_by_operator", "run_ended"]


@dataclass(slots=True)
class Game:
    """One game. `subjects` is in player order; times are monotonic seconds."""

    game_id: str
    scene_id: str
    subjects: list[str]
    seed: int
    began_s: float
    duration_s: float
    finished: set[str] = field(default_factory=set)
    deadline: Timer | None = None


class GameTable:
    """The games of a run. `on_ended(game)` is called once for each, after its end is in the log.

    `started` counts them, `numbered` is the number of the newest id.
    """

    def __init__(
        self,
        record: Callable[[ev.Event], object],
        clock: Clock,
        on_ended: Callable[[Game, EndReason], None] = lambda _game, _reason: None,
    ) -> None:
        self._record, self._clock, self._on_ended = record, clock, on_ended
        self._games: dict[str, Game] = {}
        self._last_of: dict[str, Game] = {}
        self.numbered = self.started = 0

    def new_game_id(self) -> str:
        """An id no other game of this run has."""
        self.numbered += 1
        return f"game-{self.numbered}"

    def get(self, game_id: str | None) -> Game | None:
        """The game under way with this id, or None."""
        return None if game_id is None else self._games.get(game_id)

    def last_of(self, subject_id: str) -> Game | None:
        """The game this participant plays, or played last; None before their first one."""
        return self._last_of.get(subject_id)

    def start(
        self,
        game_id: str,
        scene_id: str,
        subjects: list[str],
        *,
        game: str,
        duration_s: float,
        grace_s: float,
        seed: int,
    ) -> Game:
        """Start it; its deadline is `duration_s + grace_s` from now."""
        started = Game(game_id, scene_id, subjects, seed, self._clock.monotonic(), duration_s)
        self.remember(started)
        self._record(
            ev.GameStarted(
                game_id=game_id, scene_id=scene_id, subjects=subjects, game=game, duration_s=duration_s, seed=seed
            )
        )
        self.take_up(started, duration_s + grace_s)
        return started

    def remember(self, game: Game) -> None:
        """One that was started, by this engine or by one before it: its players go by it."""
        self._last_of.update(dict.fromkeys(game.subjects, game))
        self.started += 1

    def take_up(self, game: Game, within_s: float) -> None:
        """A game under way, for so many seconds at most."""
        self._games[game.game_id] = game
        game.deadline = self._clock.call_later(within_s, lambda: self.end(game.game_id, "deadline"))

    def remaining_s(self, game: Game) -> float:
        """Playing time left, in seconds, 0 or more."""
        return max(0.0, game.began_s + game.duration_s - self._clock.monotonic())

    def player_finished(self, game_id: str, subject_id: str) -> None:
        """A player's page says the game is over for it; when all say so, it ends."""
        game = self._games.get(game_id)
        if game is None or subject_id not in game.subjects or subject_id in game.finished:
            return
        game.finished.add(subject_id)
        if game.finished == set(game.subjects):
            self.end(game_id, "finished")
        else:
            self._record(ev.PlayerFinished(game_id=game_id, scene_id=game.scene_id, subject_id=subject_id))

    def end(self, game_id: str, reason: EndReason, by: str = "") -> None:
        """End it for everybody; nothing if it has ended."""
        game = self._games.pop(game_id, None)
        if game is None:
            return
        if game.deadline is not None:
            game.deadline.cancel()
            game.deadline = None
        self._record(
            ev.GameEnded(
                game_id=game_id,
                scene_id=game.scene_id,
                subjects=game.subjects,
                reason=reason,
                duration_s=rounded(self._clock.monotonic() - game.began_s, 1000),
                by=by,
            )
        )
        self._on_ended(game, reason)

    def end_all(self, reason: EndReason, by: str = "") -> None:
        """End every game."""
        for game_id in list(self._games):
            self.end(game_id, reason, by)
