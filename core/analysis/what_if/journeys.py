"""Everybody's way through a re-enacted run: pages, waitrooms, games, and out.

Owns the game managers of the scenes and the moves between them; the rules are those of core/server/journey.py. Must not
decide who plays with whom (the game managers do) or how long anybody stays (stays.py). Nothing is written anywhere.
"""

from __future__ import annotations

import random
from functools import partial
from typing import Any, Final

import msgspec

from core import events as ev
from core.analysis.what_if.parts import Group, Stay
from core.analysis.what_if.script import Script
from core.analysis.what_if.stays import Stays
from core.analysis.what_if.worlds import Prober, World
from core.clock import VirtualClock
from core.experiment.experiment import Matching, NoPartner, Timeouts
from core.matching.game_manager import GameManager
from core.matching.game_parts import GameSettings
from core.matching.games import EndReason, Game, GameTable
from core.matching.matchmaker import GroupHistory, MatchCandidate, Matchmaker
from core.matching.pairing import MemorySpans, PairMemory

USUAL_GAME_S: Final = 60.0


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What of the run's settings matters here, as `config.yaml` has it."""

    matching: Matching = Matching()
    timeouts: Timeouts = Timeouts()
    no_partner: NoPartner = NoPartner()
    game_s: dict[str, float] = {}  # by scene


class Person:
    """Somebody taking part. `step` counts their moves, so that what was to happen on one page cannot on the next."""

    __slots__ = (
        "at", "connected", "excluded", "game_id", "gone_for", "hidden", "index", "partners", "previous",
        "server_rtt_ms", "silent", "step", "subject_id",
    )  # fmt: skip

    def __init__(self, subject_id: str) -> None:
        self.subject_id = subject_id
        self.at = ""  # page, wait, game; "": not taking part
        self.index, self.step = -1, 0
        self.connected, self.hidden, self.silent, self.excluded = True, False, False, False
        self.server_rtt_ms: float | None = None
        self.game_id: str | None = None
        self.gone_for = ""
        self.partners: set[str] = set()
        self.previous: tuple[list[str], str, str] | None = None


class Journeys:
    """People in scenes. `groups`, `stays` and `prober` tell what came of it; `matchmakers` has one for each game."""

    def __init__(self, script: Script, rules: Rules, world: World, matchmakers: dict[str, Matchmaker]) -> None:
        self._script, self._rules = script, rules
        assert script.started is not None
        self._scenes = script.started.scenes
        self._index_of = {scene.scene_id: index for index, scene in enumerate(self._scenes)}
        self._clock = VirtualClock(0.0)
        self.prober = Prober(world, self._clock)
        self.groups: list[Group] = []
        self.stays: list[Stay] = []
        self._people: dict[str, Person] = {}
        self._draining = False
        self._games = GameTable(_drop, self._clock, self._on_game_ended)
        timeouts = rules.timeouts
        memory = PairMemory(
            MemorySpans(timeouts.slow_fresh_s, timeouts.unreachable_cooldown_s, timeouts.timeout_cooldown_s)
        )
        self._managers = {
            scene.scene_id: self._manager(scene, matchmakers[scene.scene_id], memory)
            for scene in self._scenes
            if scene.kind == "game"
        }
        self._lasting = Stays(script, world)

    def _manager(self, scene: ev.SceneSummary, matchmaker: Matchmaker, memory: PairMemory) -> GameManager:
        timeouts, started = self._rules.timeouts, self._script.started
        assert started is not None
        return GameManager(
            matchmaker,
            self.prober,
            scene_id=scene.scene_id,
            group_size=started.group_size,
            settings=GameSettings(
                duration_s=self._rules.game_s.get(scene.scene_id, USUAL_GAME_S),
                grace_s=timeouts.game_grace_s,
                wait_s=timeouts.wait_s,
                reunion_s=timeouts.reunion_s,
            ),
            memory=memory,
            games=self._games,
            record=self._record,
            clock=self._clock,
            rng=random.Random(1),  # noqa: S311 -- seeds of games that nobody plays
            on_matched=self._on_matched,
            on_wait_timeout=self._on_wait_timeout,
            ruled_out=self._have_played if scene.partners == "new" else lambda _a, _b: False,
            may_still_come=partial(self._may_still_come, self._index_of[scene.scene_id]),
        )

    def _record(self, event: ev.Event) -> None:
        if isinstance(event, ev.MatchFormed):
            subjects = frozenset(one.subject_id for one in event.participants)
            self.groups.append(Group(self._clock.monotonic(), event.scene_id, subjects))
        elif isinstance(event, ev.WaitroomLeft):
            self.stays.append(Stay(event.subject_id, event.waited_s, event.reason))

    # --- everybody's way ----------------------------------------------------------------------------------------------

    def _enter(self, person: Person, index: int) -> None:
        person.step += 1
        person.index, person.game_id = index, None
        if index >= len(self._scenes):
            person.at = ""
            self._tell_those_who_wait(person.subject_id)
            return
        scene = self._scenes[index]
        if scene.kind == "game":
            self._wait(person, scene)
            return
        person.at = "page"
        after_s, leaves = self._lasting.on_page(person.subject_id, scene.scene_id, self._clock.monotonic())
        self._then(person, after_s, partial(self._leave if leaves else self._go_on, person))

    def _then(self, person: Person, after_s: float, act: Any) -> None:
        step = person.step

        def if_still_there() -> None:
            if person.step == step and person.at:
                act()

        self._clock.call_later(after_s, if_still_there)

    def _go_on(self, person: Person) -> None:
        self._enter(person, person.index + 1)

    def _leave(self, person: Person) -> None:
        self._remove(person, "left")

    def _wait(self, person: Person, scene: ev.SceneSummary) -> None:
        subject_id, manager = person.subject_id, self._managers[scene.scene_id]
        if self._draining:
            person.at = ""
            return
        person.at = "wait"
        history = None
        if scene.partners == "same" and person.previous is not None:
            history = GroupHistory(*person.previous)
        manager.enter(MatchCandidate(subject_id, person.server_rtt_ms, history))
        self._review_attention(person)
        if person.excluded:
            manager.set_excluded(subject_id, True)
        if not person.connected:
            manager.lost(subject_id)
        patience_s = self._lasting.patience_s(subject_id, scene.scene_id, self._clock.monotonic())
        if patience_s is not None:
            self._then(person, patience_s, partial(self._leave, person))

    def _on_matched(self, game: Game) -> None:
        people = [self._people[subject_id] for subject_id in game.subjects]
        for person in people:
            others = [other for other in game.subjects if other != person.subject_id]
            person.at, person.game_id = "game", game.game_id
            person.step += 1
            person.partners.update(others)
            person.previous = (others, game.scene_id, game.game_id)
        after_s, leavers = self._lasting.in_game(game, self._clock.monotonic())
        self._clock.call_later(after_s, partial(self._end_game, game.game_id, leavers))

    def _end_game(self, game_id: str, leavers: list[str]) -> None:
        if self._games.get(game_id) is None:
            return
        for subject_id in leavers:
            self._remove(self._people[subject_id], "left")
        self._games.end(game_id, "finished")

    def _on_game_ended(self, game: Game, reason: EndReason) -> None:
        del reason
        for subject_id in game.subjects:
            person = self._people[subject_id]
            if person.game_id == game.game_id and person.at == "game":
                self._go_on(person)

    def _on_wait_timeout(self, subject_id: str) -> None:
        person, no_partner = self._people[subject_id], self._rules.no_partner
        if no_partner.outcome == "scene" and no_partner.scene in self._index_of:
            self._managers[self._scene_of(person).scene_id].leave(subject_id, "wait_timeout")
            self._enter(person, self._index_of[no_partner.scene])
            self._tell_those_who_wait(subject_id)
        else:
            self._remove(person, "wait_timeout")

    def _remove(self, person: Person, reason: str) -> None:
        if not person.at:
            return
        manager, game_id = self._managers.get(self._scene_of(person).scene_id), person.game_id
        person.at, person.game_id, person.gone_for = "", None, reason
        person.step += 1
        if manager is not None:
            manager.leave(person.subject_id, reason)
        self._tell_those_who_wait(person.subject_id)
        if game_id is not None:
            self._games.end(game_id, "partner_left")

    # --- asked by the parts -------------------------------------------------------------------------------------------

    def _review_attention(self, person: Person) -> None:
        manager = self._waited_in(person)
        if manager is not None:
            assert self._script.started is not None
            overlooked = person.hidden and not self._script.started.group_hidden_tabs
            manager.set_attentive(person.subject_id, not (overlooked or person.silent))

    def _waited_in(self, person: Person) -> GameManager | None:
        return self._managers.get(self._scene_of(person).scene_id) if person.at == "wait" else None

    def _scene_of(self, person: Person) -> ev.SceneSummary:
        return self._scenes[min(max(0, person.index), len(self._scenes) - 1)]

    def _tell_those_who_wait(self, subject_id: str) -> None:
        for manager in self._managers.values():
            manager.partner_gone(subject_id)

    def _have_played(self, a: str, b: str) -> bool:
        return b in self._people[a].partners

    def _may_still_come(self, index: int, subject_id: str) -> bool:
        person = self._people.get(subject_id)
        return person is not None and bool(person.at) and person.index < index


def _drop(_event: ev.Event) -> None:
    """Nothing is written."""
