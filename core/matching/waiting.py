"""Who waits in one scene, and when they are tried: coming, going, lost, back, kept out, and the end of their patience.

Owns the waitroom, its deadlines and the one coalesced matching pass; DESIGN §4, rules 1 to 3. Must not choose groups,
probe or judge: the game manager, which builds on this, does.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from core import events as ev
from core.clock import Clock, Timer, rounded
from core.matching.game_parts import GameSettings
from core.matching.matchmaker import MatchCandidate, Matchmaker
from core.matching.pairing import PairMemory
from core.matching.rests import Rests
from core.matching.reunions import Reunions
from core.matching.roll_call import Presence, RollCall
from core.matching.waitroom import Waiter, Waitroom

BY_PLACE = operator.attrgetter("place")


class WaitingSide(ABC):
    """The waitroom's half of a game manager."""

    def __init__(
        self,
        matchmaker: Matchmaker,
        scene_id: str,
        settings: GameSettings,
        memory: PairMemory,
        record: Callable[[ev.Event], object],
        clock: Clock,
        on_wait_timeout: Callable[[str], None],
        may_still_come: Callable[[str], bool],
        presence: Presence | None,
        on_silent: Callable[[str], None],
    ) -> None:
        self.matchmaker, self.scene_id, self.memory, self.clock = matchmaker, scene_id, memory, clock
        self.waitroom, self.rests = Waitroom(), Rests()
        self._settings, self._record, self._on_wait_timeout = settings, record, on_wait_timeout
        self._reunions = Reunions(lambda: self.matchmaker, self.waitroom, settings.reunion_s, may_still_come)
        self._roll_call = None if presence is None else self._make_roll_call(presence, on_silent)
        self._untried: dict[str, None] = {}  # who has something new to be tried for, in order
        self._pass_due: Timer | None = None
        self._open = True

    def _make_roll_call(self, presence: Presence, on_silent: Callable[[str], None]) -> RollCall:
        return RollCall(
            presence, self.waitroom, self.clock, heard_within_s=self._settings.heard_within_s,
            answer_within_s=self._settings.answer_within_s, try_again=self._try_again, on_silent=on_silent,
        )  # fmt: skip

    # --- who waits ----------------------------------------------------------------------------------------------------

    def enter(self, candidate: MatchCandidate) -> None:
        """Somebody arrives in the waitroom."""
        now_s, wait_s = self.clock.monotonic(), self._settings.wait_s
        waiter = self.waitroom.add(candidate, now_s)
        self._record(self._entered(candidate))
        self._admit(waiter, None if wait_s is None else now_s + wait_s)

    def take_up(self, candidate: MatchCandidate, since_s: float, deadline_s: float | None) -> None:
        """Somebody who waited here when the engine before this one was ended, in order of entering: they keep place and
        time, and are not connected until they are `back`. Times are monotonic seconds.
        """
        waiter = self.waitroom.add(candidate, since_s)
        self.waitroom.set_connected(waiter, False)
        self._admit(waiter, deadline_s)

    def _admit(self, waiter: Waiter, deadline_s: float | None) -> None:
        now_s, subject_id = self.clock.monotonic(), waiter.candidate.subject_id
        if deadline_s is not None:
            waiter.deadline_s = deadline_s
            self._watch_deadline(waiter, deadline_s - now_s)
        if self._reunions.note(waiter.candidate):
            alone_s = waiter.since_s + self._settings.reunion_s - now_s
            self.clock.call_later(alone_s, lambda: self._try_again([subject_id]))
        self._try_again([subject_id])

    def _entered(self, candidate: MatchCandidate) -> ev.WaitroomEntered:
        """With the deadlines that this wait has."""
        expected = self._reunions.expected_by(candidate)
        return ev.WaitroomEntered(
            subject_id=candidate.subject_id, scene_id=self.scene_id, wait_s=self._settings.wait_s,
            partners_wanted=expected, partners_wait_s=self._settings.reunion_s if expected else 0.0,
        )  # fmt: skip

    def leave(self, subject_id: str, reason: Any) -> None:
        """Somebody goes for good; whoever was being probed with them is free again."""
        self._drop_probes(subject_id)
        self._take_out(subject_id, reason)
        self.memory.forget(subject_id)
        self._untried.pop(subject_id, None)

    def lost(self, subject_id: str) -> None:
        """A waiter's connection is gone: place and time are kept, but they cannot be grouped until `back`."""
        waiter = self.waitroom.get(subject_id)
        if waiter is not None:
            self.waitroom.set_connected(waiter, False)
            self._drop_probes(subject_id)

    def back(self, subject_id: str) -> None:
        """A waiter is connected again."""
        waiter = self.waitroom.get(subject_id)
        if waiter is not None:
            self.rests.forget(subject_id)
            self.waitroom.set_connected(waiter, True)
            self._try_again([subject_id])

    def set_attentive(self, subject_id: str, attentive: bool) -> None:
        """Whether a waiter would take part if they were chosen: if not, they keep their place and are not grouped.

        A probe under way goes on: a page in the background measures as well as any.
        """
        waiter = self.waitroom.get(subject_id)
        if waiter is None or waiter.attentive == attentive:
            return
        self.waitroom.set_attentive(waiter, attentive)
        if attentive:
            self._try_again([subject_id])
        elif self._roll_call is not None:
            self._roll_call.release(subject_id)

    def _take_out(self, subject_id: str, reason: Any) -> None:
        waiter = self.waitroom.remove(subject_id)
        if waiter is not None:
            self._reunions.forget(waiter.candidate)
            self.rests.forget(subject_id)
            waited_s = rounded(self.clock.monotonic() - waiter.since_s, 1000)
            self._record(
                ev.WaitroomLeft(subject_id=subject_id, scene_id=self.scene_id, reason=reason, waited_s=waited_s)
            )

    def _watch_deadline(self, waiter: Waiter, delay_s: float) -> None:
        waiter.deadline = self.clock.call_later(delay_s, lambda: self._on_wait_deadline(waiter))

    def _on_wait_deadline(self, waiter: Waiter) -> None:
        if waiter.group_id is not None:  # a verdict is seconds away; it would be unkind to leave it unheard
            self._watch_deadline(waiter, 1.0)
        else:
            self._on_wait_timeout(waiter.candidate.subject_id)

    # --- the operator's hand ------------------------------------------------------------------------------------------

    @property
    def wait_s(self) -> float | None:
        """How long a wait may last here, unless it is extended; None: no limit."""
        return self._settings.wait_s

    def set_excluded(self, subject_id: str, excluded: bool) -> None:
        """Keep a waiter out of matching, in their place, or take them in again: then they are tried at once."""
        waiter = self.waitroom.get(subject_id)
        if waiter is None or waiter.excluded == excluded:
            return
        self.waitroom.set_excluded(waiter, excluded)
        if excluded:
            self._call_off(subject_id)
        else:
            self._try_again([subject_id])

    def extend_wait(self, subject_id: str, by_s: float) -> None:
        """Let a waiter wait so much longer than they might have; nothing if their wait has no limit."""
        waiter = self.waitroom.get(subject_id)
        if waiter is None or waiter.deadline_s is None or waiter.deadline is None:
            return
        now_s = self.clock.monotonic()
        waiter.deadline.cancel()
        waiter.deadline_s = max(now_s, waiter.deadline_s) + by_s
        self._watch_deadline(waiter, waiter.deadline_s - now_s)

    # --- the pass -----------------------------------------------------------------------------------------------------

    def _try_again(self, subjects: Any) -> None:
        """Note who has a new chance and ask for one pass, however many ask before it runs."""
        self._untried.update(dict.fromkeys(subjects))
        if self._pass_due is None:
            self._pass_due = self.clock.call_later(0, self._run_pass)

    def _run_pass(self) -> None:
        """Try everybody with a new chance, longest wait first; those tried before have met each other already."""
        self._pass_due = None
        if not self._open:
            return
        untried, self._untried = self._untried, {}
        known = [waiter for subject_id in untried if (waiter := self.waitroom.get(subject_id)) is not None]
        known.sort(key=BY_PLACE)
        for waiter in known:
            if waiter.free:
                self._try_to_match(waiter)

    # --- earlier partners ---------------------------------------------------------------------------------------------

    def partner_gone(self, subject_id: str) -> None:
        """Somebody will not come (any more): whoever waited for just them has a new chance with others."""
        waiting = self._reunions.waiting_for(subject_id)
        if waiting:
            self._try_again(waiting)

    # --- what the other half does -------------------------------------------------------------------------------------

    @abstractmethod
    def _try_to_match(self, waiter: Waiter) -> None:
        """Look for a group for somebody who is free, and propose it."""

    @abstractmethod
    def _drop_probes(self, subject_id: str) -> None:
        """Somebody has gone out of reach: end what is being measured with them."""

    @abstractmethod
    def _call_off(self, subject_id: str) -> None:
        """Free everybody of the group that somebody is about to be in."""
