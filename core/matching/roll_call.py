"""The roll call: before a group is proposed, everybody in it must have been heard from lately, or is asked once more.

Owns the groups that are held while somebody in them is asked, and the deadline for the answer. Must not choose groups
nor judge a pair. A group held costs its members nothing but that time: they keep their places, and whatever becomes of
it, a matching pass follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.clock import Clock, Timer
from core.matching.matchmaker import MatchCandidate
from core.matching.waitroom import Waitroom

HELD = "roll call"  # stands for the group of those who are held


class Presence(Protocol):
    """What is known of participants' pages."""

    def heard_at_s(self, subject_id: str) -> float:
        """When anything last came from their page, in monotonic seconds; -inf if nothing ever did."""

    def ask(self, subject_id: str, on_answer: Callable[[], None], /) -> None:
        """Send something that is answered at once."""


@dataclass(slots=True)
class _Held:
    subjects: list[str]
    asked_s: float
    awaited: set[str]
    deadline: Timer | None = None


class RollCall:
    """One waitroom's. Times in seconds; `try_again(subjects)` asks for a matching pass, `on_silent(subject_id)` hears
    who did not answer.
    """

    def __init__(
        self,
        presence: Presence,
        waitroom: Waitroom,
        clock: Clock,
        *,
        heard_within_s: float,
        answer_within_s: float,
        try_again: Callable[[Iterable[str]], None],
        on_silent: Callable[[str], None],
    ) -> None:
        self._presence, self._waitroom, self._clock = presence, waitroom, clock
        self._heard_within_s, self._answer_within_s = heard_within_s, answer_within_s
        self._try_again, self._on_silent = try_again, on_silent
        self._held: dict[str, _Held] = {}  # by each of its members

    def holds(self, candidates: Sequence[MatchCandidate]) -> bool:
        """Whether this group must wait: whoever was not heard from lately is being asked from now on."""
        since_s = self._clock.monotonic() - self._heard_within_s
        subjects = [candidate.subject_id for candidate in candidates]
        quiet = [subject_id for subject_id in subjects if self._presence.heard_at_s(subject_id) < since_s]
        if quiet:
            self._hold(subjects, quiet)
        return bool(quiet)

    def release(self, subject_id: str) -> None:
        """Somebody will not be in the group that is held for them (left, lost, hidden, forced into another)."""
        held = self._held.get(subject_id)
        if held is not None:
            self._let_go(held)

    def _hold(self, subjects: list[str], quiet: list[str]) -> None:
        held = _Held(subjects, self._clock.monotonic(), set(quiet))
        for subject_id in subjects:
            self._held[subject_id] = held
            self._set_group(subject_id, HELD)
        held.deadline = self._clock.call_later(self._answer_within_s, lambda: self._on_deadline(held))
        for subject_id in quiet:
            self._presence.ask(subject_id, lambda who=subject_id: self._on_answer(held, who))  # type: ignore[misc]

    def _on_answer(self, held: _Held, subject_id: str) -> None:
        held.awaited.discard(subject_id)
        if not held.awaited and self._held.get(subject_id) is held:
            self._let_go(held)

    def _on_deadline(self, held: _Held) -> None:
        """Any other message since the question is an answer, too."""
        silent = [s for s in held.subjects if s in held.awaited and self._presence.heard_at_s(s) < held.asked_s]
        self._let_go(held)
        for subject_id in silent:
            self._on_silent(subject_id)

    def _let_go(self, held: _Held) -> None:
        """Everybody is free again, in their old places; the next pass decides anew, with who is there then."""
        if held.deadline is not None:
            held.deadline.cancel()
        for subject_id in held.subjects:
            del self._held[subject_id]
            self._set_group(subject_id, None)
        self._try_again([subject_id for subject_id in held.subjects if subject_id in self._waitroom])

    def _set_group(self, subject_id: str, group_id: str | None) -> None:
        waiter = self._waitroom.get(subject_id)
        if waiter is not None:
            self._waitroom.set_group(waiter, group_id)
