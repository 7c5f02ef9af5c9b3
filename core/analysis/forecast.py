"""What ending the run would mean: when the last game is over, and who would be sent home.

Owns the reckoning, from projections alone. Must not promise more than the log says: a game whose length the log does
not hold has no forecast.
"""

from __future__ import annotations

import msgspec

from core.projections.games import GamesProjection
from core.projections.participants import ParticipantsProjection, Person
from core.projections.run import RunProjection


class EndForecast(msgspec.Struct, frozen=True):
    """If the run were to end at `now`: `games` under way with `playing` people in them, the last over in `last_game_s`
    seconds at the latest (None: none under way, or the log does not say how long they may last). `left_over` would be
    sent home, as they still have a game ahead and are in none; `finishing` are past their last game and may finish.
    """

    games: int
    playing: int
    last_game_s: float | None
    left_over: tuple[str, ...]
    finishing: int


def forecast_end(
    run: RunProjection, participants: ParticipantsProjection, games: GamesProjection, now_elapsed_s: float
) -> EndForecast:
    """Reckon it; `now_elapsed_s` is seconds since the run started."""
    last_game_index = max((index for index, scene in enumerate(run.scenes) if scene.kind == "game"), default=-1)
    present = [person for person in participants.people.values() if person.present]
    idle = [person for person in present if person.state != "playing"]
    left_over = tuple(person.subject_id for person in idle if _has_game_ahead(person, last_game_index))
    running = games.running.values()
    known = bool(running) and all(game.duration_s > 0 for game in running)
    ends_s = max((game.started_s + game.duration_s for game in running), default=0.0)
    return EndForecast(
        games=len(running),
        playing=len(present) - len(idle),
        last_game_s=max(0.0, ends_s - now_elapsed_s) if known else None,
        left_over=left_over,
        finishing=len(idle) - len(left_over),
    )


def _has_game_ahead(person: Person, last_game_index: int) -> bool:
    return person.state in ("waiting", "probing") or person.scene_index < last_game_index
