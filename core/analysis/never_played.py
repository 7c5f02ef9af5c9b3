"""Why did some people never play? Each one's answer when their wait ended, counted.

Owns the counting. Must not find reasons: they are the answers that the waitroom showed (core/projections/why_not.py).
"""

from __future__ import annotations

from collections import Counter

from core import events as ev
from core.projections import why_words
from core.projections.pairs import PairsProjection
from core.projections.run import RunProjection
from core.projections.waitroom import WaitroomProjection
from core.projections.why_not import WhyNot

NEVER_WAITED = "never reached a waitroom"


class NeverPlayed:
    """Give it a run's events in order; `counts` says how many never played, by reason in words."""

    def __init__(self) -> None:
        self._waitroom, self._pairs, self._run = WaitroomProjection(), PairsProjection(), RunProjection()
        self._why_not = WhyNot(self._waitroom, self._pairs, self._run)
        self._reasons: dict[str, str] = {}  # of everybody who joined and has not played

    def apply(self, event: ev.Event) -> None:
        """An answer is asked for before the event that ends the wait is folded."""
        if isinstance(event, ev.ParticipantJoined):
            self._reasons[event.subject_id] = NEVER_WAITED
        elif isinstance(event, ev.GameStarted):
            for subject_id in event.subjects:
                self._reasons.pop(subject_id, None)
        elif isinstance(event, ev.ParticipantLeft | ev.WaitroomLeft):
            self._note(event.subject_id, event.elapsed_s)
        for fold in (self._waitroom, self._pairs, self._run):
            fold.apply(event)

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
