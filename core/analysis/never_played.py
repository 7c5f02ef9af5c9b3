"""Why did some people never play? Each one's answer when their wait ended, counted.

Owns the counting. Must not find reasons: they are the answers that the waitroom showed (core/projections/why_not.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from core import events as ev
from core.projections import why_words
from core.projections.base import Projection
from core.projections.pairs import PairsProjection
from core.projections.run import RunProjection
from core.projections.waitroom import WaitroomProjection
from core.projections.why_not import WhyNot

NEVER_WAITED = "never reached a waitroom"
NO_GAME = "was matched, but no game began"


class NeverPlayed:
    """Give it a run's events in order; `counts` says how many never played, by reason in words."""

    def __init__(self) -> None:
        self._waitroom, self._pairs, self._run = WaitroomProjection(), PairsProjection(), RunProjection()
        self._why_not = WhyNot(self._waitroom, self._pairs, self._run)
        self._reasons: dict[str, str] = {}  # of everybody who joined and has not played
        self._steps: dict[type[ev.Event], list[Callable[[Any], None]]] = {}

    def apply(self, event: ev.Event) -> None:
        """An answer is asked for before the event that ends the wait is folded."""
        if event.elapsed_s > self._run.last_elapsed_s:
            self._run.last_elapsed_s = event.elapsed_s
        for step in self._steps_of(type(event)):
            step(event)

    def _steps_of(self, kind: type[ev.Event]) -> list[Callable[[Any], None]]:
        """What is done with an event of this type: most types ask for little or nothing."""
        steps = self._steps.get(kind)
        if steps is None:
            own: dict[type[ev.Event], Callable[[Any], None]] = {
                ev.ParticipantJoined: self._joined,
                ev.GameStarted: self._plays,
                ev.ParticipantLeft: self._left,
                ev.WaitroomLeft: self._waits_no_more,
            }
            steps = self._steps[kind] = [own[kind]] if kind in own else []
            for projection in (self._waitroom, self._pairs, self._run):
                if projection.folds_of(kind) is not None:
                    steps.append(partial(Projection.apply, projection))
        return steps

    def _joined(self, event: ev.ParticipantJoined) -> None:
        self._reasons[event.subject_id] = NEVER_WAITED

    def _plays(self, event: ev.GameStarted) -> None:
        for subject_id in event.subjects:
            self._reasons.pop(subject_id, None)

    def _left(self, event: ev.ParticipantLeft) -> None:
        self._note(event.subject_id, event.elapsed_s)

    def _waits_no_more(self, event: ev.WaitroomLeft) -> None:
        if event.reason != "matched":
            self._note(event.subject_id, event.elapsed_s)
        elif event.subject_id in self._reasons:
            self._reasons[event.subject_id] = NO_GAME

    def reasons(self) -> dict[str, str]:
        """By subject id, in words; those who wait still are answered for as things stand."""
        for subject_id in list(self._waitroom.rows):
            self._note(subject_id, self._run.last_elapsed_s)
        return self._reasons

    def counts(self) -> dict[str, int]:
        """Most frequent first."""
        found = Counter(self.reasons().values())
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def _note(self, subject_id: str, elapsed_s: float) -> None:
        if subject_id in self._waitroom.rows and subject_id in self._reasons:
            answer = self._why_not.answer(subject_id, elapsed_s)
            self._reasons[subject_id] = why_words.MAIN_REASONS[answer.main_reason]
