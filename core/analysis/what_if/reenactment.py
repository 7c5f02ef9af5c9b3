"""A run once more, on a virtual clock: the real game managers, with the run's own people and measurements.

Owns what happens at its time whatever the matchmaker does: people come when they came, lines are lost and tabs hidden
when they were, and the operator does what they did. Must not decide who plays with whom: the game managers do.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from core.analysis.what_if.journeys import Journeys, Person, Rules
from core.analysis.what_if.parts import Act, Stay
from core.analysis.what_if.script import Script
from core.analysis.what_if.worlds import World
from core.matching.matchmaker import Matchmaker

LONGER_S: Final = 3600.0  # after the end of a run that ended because nobody waited any more


class Reenactment(Journeys):
    """One, with these matchmakers by scene. `own`: their limit moves when the run's did."""

    def __init__(
        self, script: Script, rules: Rules, world: World, matchmakers: dict[str, Matchmaker], *, own: bool
    ) -> None:
        super().__init__(script, rules, world, matchmakers)
        self._own = own
        self._paused = False

    def play(self) -> None:
        """From the first to the last event; longer where the run was over only because nobody waited any more."""
        script = self._script
        open_end = script.ended and not script.cut_off
        uses_server_rtt = any(hasattr(manager.matchmaker, "max_server_rtt_ms") for manager in self._managers.values())
        for act in script.acts:
            if act.deed == "server_rtt" and not uses_server_rtt:
                continue
            if (act.deed == "drain" and open_end) or (act.deed == "threshold" and not self._own):
                continue
            self._clock.call_later(act.at_s, partial(self._do, act))
        self._clock.advance(script.end_s + (LONGER_S if open_end else 0.0))
        now_s = self._clock.monotonic()
        for manager in self._managers.values():
            for subject_id in manager.waitroom:
                waiter = manager.waitroom.get(subject_id)
                assert waiter is not None
                self.stays.append(Stay(subject_id, now_s - waiter.since_s, ""))

    # --- what happens whatever the matchmaker does --------------------------------------------------------------------

    def _do(self, act: Act) -> None:
        if act.deed == "join":
            person = self._people[act.subject_id] = Person(act.subject_id)
            self._enter(person, 0)
        elif act.deed == "threshold":
            for manager in self._managers.values():
                manager.set_threshold(act.value)
        elif act.deed == "paused":
            self._paused = act.value
            self._set_open()
        elif act.deed == "drain":
            self._drain()
        elif act.deed == "force":
            self._force(*act.value)
        elif act.deed == "extend":
            for manager in self._managers.values():
                for subject_id in [act.subject_id] if act.subject_id else list(manager.waitroom):
                    manager.extend_wait(subject_id, act.value)
        elif act.subject_id in self._people:
            self._do_to(self._people[act.subject_id], act)

    def _do_to(self, person: Person, act: Act) -> None:
        deed, value = act.deed, act.value
        manager = self._waited_in(person)
        if deed == "server_rtt":
            person.server_rtt_ms = value
            if manager is not None:
                manager.waitroom.set_server_rtt(person.subject_id, value)
        elif deed == "hidden":
            person.hidden = value
            self._review_attention(person)
        elif deed == "silent":
            person.silent = value
            self._review_attention(person)
        elif deed == "excluded":
            person.excluded = value
            if manager is not None:
                manager.set_excluded(person.subject_id, value)
        elif deed == "lost":
            person.connected = False
            if manager is not None:
                manager.lost(person.subject_id)
        elif deed in ("back", "replaced"):
            self._come_back(person, replaced=deed == "replaced")
        elif deed == "return":
            if not person.at and person.gone_for == "reconnect_timeout":
                person.connected = True
                played = person.previous is not None and person.previous[1] == self._scene_of(person).scene_id
                self._enter(person, max(0, person.index) + played)
        elif deed == "gone":
            self._remove(person, value)
        elif deed == "send" and person.at:
            self._send(person, value)

    def _come_back(self, person: Person, *, replaced: bool) -> None:
        manager, person.connected = self._waited_in(person), True
        if manager is not None:
            if replaced:
                manager.lost(person.subject_id)
            self._review_attention(person)
            manager.back(person.subject_id)

    def _send(self, person: Person, scene_id: str) -> None:
        if scene_id not in self._index_of:
            return
        game_id, manager = person.game_id, self._managers.get(self._scene_of(person).scene_id)
        if manager is not None:
            manager.leave(person.subject_id, "sent")
        self._enter(person, self._index_of[scene_id])
        self._tell_those_who_wait(person.subject_id)
        if game_id is not None:
            self._games.end(game_id, "partner_left")

    def _force(self, scene_id: str, subjects: list[str]) -> None:
        """The operator's own group, if all of them wait this time, too."""
        manager = self._managers[scene_id]
        try:
            manager.check_force(subjects)
        except ValueError:
            return
        manager.force_match(subjects)

    def _set_open(self) -> None:
        for manager in self._managers.values():
            manager.set_open(not (self._paused or self._draining))

    def _drain(self) -> None:
        self._draining = True
        self._set_open()
        for person in self._people.values():
            ahead = any(scene.kind == "game" for scene in self._scenes[max(0, person.index) :])
            if person.at in ("page", "wait") and ahead:
                self._remove(person, "run_ended")
