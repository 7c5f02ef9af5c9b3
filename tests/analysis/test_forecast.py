"""What ending the run would mean, reckoned from a log."""

from __future__ import annotations

from core import events as ev
from core.analysis.forecast import forecast_end
from core.projections.shown import ShownRun

SCENES = [
    ev.SceneSummary("welcome", "page"),
    ev.SceneSummary("game", "game"),
    ev.SceneSummary("questions", "page"),
]


def forecast_of(*events: ev.Event, now_s: float):
    shown = ShownRun()
    shown.replay([ev.RunStarted(run_id="r", scenes=SCENES), *events])
    return forecast_end(shown.run, shown.participants, shown.games, now_s)


def at(subject_id: str, index: int) -> list[ev.Event]:
    scene = SCENES[index]
    entered = ev.SceneEntered(subject_id=subject_id, scene_id=scene.scene_id, kind=scene.kind, index=index)
    return [ev.ParticipantJoined(subject_id=subject_id), entered]


def game(game_id: str, started_s: float, *subjects: str, duration_s: float = 60.0) -> ev.Event:
    return ev.GameStarted(
        game_id=game_id, scene_id="game", subjects=list(subjects), duration_s=duration_s, elapsed_s=started_s
    )


def test_the_last_game_decides_and_those_without_one_are_left_over():
    events = [event for name, index in (("A", 1), ("B", 1), ("C", 1), ("D", 1), ("E", 1), ("F", 0), ("G", 2))
              for event in at(name, index)]  # fmt: skip
    waiting = ev.WaitroomEntered(subject_id="E", scene_id="game")
    found = forecast_of(*events, waiting, game("g1", 100, "A", "B"), game("g2", 130, "C", "D"), now_s=140)
    assert (found.games, found.playing, found.last_game_s) == (2, 4, 50)
    assert found.left_over == ("E", "F")
    assert found.finishing == 1  # G is past the game


def test_a_game_that_is_over_counts_no_more_and_one_that_is_late_ends_any_moment():
    events = [*at("A", 1), *at("B", 1), game("g1", 0, "A", "B")]
    assert forecast_of(*events, now_s=75).last_game_s == 0
    ended = ev.GameEnded(game_id="g1", scene_id="game", subjects=["A", "B"], reason="finished", elapsed_s=50)
    found = forecast_of(*events, ended, now_s=60)
    assert (found.games, found.last_game_s) == (0, None)


def test_a_log_that_does_not_say_how_long_games_last_gives_no_forecast():
    assert forecast_of(*at("A", 1), game("g1", 0, "A", duration_s=0.0), now_s=10).last_game_s is None
