"""How long somebody stays on a page, in a game, or in a waitroom before giving up, when their run is re-enacted.

Owns these times. Must not move anybody. People stay on a page or in a game as long as they stayed each time; those of
whom that is not known, as long as the others did (median); a group, as long as its slowest player. Who left of
themselves leaves after the same time. Who had not given up waiting may do so after the time they had waited, at the
rate at which the run's people gave up.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from typing import Final

from core.analysis.what_if.parts import Span, Spans, lasts_s
from core.analysis.what_if.script import Script
from core.analysis.what_if.worlds import World
from core.matching.games import Game

MOMENT_S: Final = 0.05


class Stays:
    """Asked once for each time somebody is somewhere."""

    def __init__(self, script: Script, world: World) -> None:
        self._script, self._world = script, world
        self._usual_s = {"page": _medians(script.pages), "game": _medians(script.games)}
        self._visits: dict[tuple[str, str, str], int] = defaultdict(int)

    def on_page(self, subject_id: str, scene_id: str, now_s: float) -> tuple[float, bool]:
        """How long they read from now on, and whether they leave then."""
        span = self._next("page", self._script.pages, subject_id, scene_id)
        return (self._usual_s["page"].get(scene_id, 0.0), False) if span is None else (lasts_s(span, now_s), span.left)

    def in_game(self, game: Game, now_s: float) -> tuple[float, list[str]]:
        """How long they play from now on, and who of them leaves then."""
        known = {
            subject_id: self._next("game", self._script.games, subject_id, game.scene_id)
            for subject_id in game.subjects
        }
        spans = {subject_id: span for subject_id, span in known.items() if span is not None}
        leaving_s = [lasts_s(span, now_s) for span in spans.values() if span.left]
        if leaving_s:
            first_s = min(leaving_s)
            return first_s, [
                subject_id for subject_id, span in spans.items() if span.left and lasts_s(span, now_s) == first_s
            ]
        usual_s = self._usual_s["game"].get(game.scene_id, game.duration_s)
        return max((lasts_s(span, now_s) for span in spans.values()), default=usual_s), []

    def patience_s(self, subject_id: str, scene_id: str, now_s: float) -> float | None:
        """From now until they give up waiting; None: they do not."""
        time, spans = self._time("wait", subject_id, scene_id), self._script.waits.get((subject_id, scene_id), ())
        span = spans[time] if time < len(spans) else Span(0.0)
        if span.left:
            return lasts_s(span, now_s)
        rate = self._world.knowledge.giving_up_per_s
        if rate <= 0:
            return None
        return span.lasted_s + self._world.draw("patience", subject_id, scene_id, time).expovariate(rate)

    def _next(self, at: str, of: Spans, subject_id: str, scene_id: str) -> Span | None:
        """As it was this time. Where that was cut short: as the next time, else as the others, but no shorter than it
        was. None: the log has nothing.
        """
        time, spans = self._time(at, subject_id, scene_id), of.get((subject_id, scene_id), ())
        if time >= len(spans) or not spans[time].cut_short:
            return spans[time] if time < len(spans) else None
        whole = next((span for span in spans[time:] if not span.cut_short), None)
        usual = whole or Span(self._usual_s[at].get(scene_id, 0.0))
        return Span(max(usual.lasted_s, spans[time].lasted_s + MOMENT_S), usual.left)

    def _time(self, at: str, subject_id: str, scene_id: str) -> int:
        """Which time it is that they are there, from 0."""
        self._visits[at, subject_id, scene_id] += 1
        return self._visits[at, subject_id, scene_id] - 1


def _medians(spans: Spans) -> dict[str, float]:
    """By scene, how long those were there who were there to its end."""
    by_scene: dict[str, list[float]] = defaultdict(list)
    for (_, scene_id), each in spans.items():
        by_scene[scene_id] += [span.lasted_s for span in each if not (span.left or span.cut_short)]
    return {scene_id: statistics.median(lasted) for scene_id, lasted in by_scene.items() if lasted}
