"""A run once more, on a virtual clock: the real game managers, with the run's own people and measurements.

Owns everybody's way through the scenes as it follows from what is known of them; the rules are those of
core/server/journey.py. Must not decide who plays with whom: the game managers do. Nothing is written anywhere.

People come when they came, and stay where they are as long as stays.py says. Lost lines, hidden tabs and what the
operator did happen when they happened.
"""

from __future__ import annotations

import random
from functools import partial
from typing import Any, Final

import msgspec

from core import events as ev
from core.analysis.stays import Stays
from core.analysis.what_if_parts import Act, Group, Stay
from core.analysis.what_if_script import Script
from core.analysis.worlds import Prober, World
from core.clock import VirtualClock
from core.experiment.experiment import Matching, NoPartner, Timeouts
from core.matching.game_manager import GameManager
from core.matching.game_parts import GameSettings
from core.matching.games import EndReason, Game, GameTable
from core.matching.matchmaker import GroupHistory, MatchCandidate, Matchmaker
from core.matching.pairing import MemorySpans, PairMemory

USUAL_GAME_S: Final = 60.0
LONGER_S: Final = 3600.0  # after the end of a run that ended because nobody waited any more


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


class Reenactment:
    """One, with these matchmakers by scene. `own`: their limit moves when the run's did.

    After `play`: `groups`, `stays` and `prober` tell what came of it.
    """

    def __init__(
        self, script: Script, rules: Rules, world: World, matchmakers: dict[str, Matchmaker], *, own: bool
    ) -> None:
        self._script, self._rules, self._own = script, rules, own
        assert script.started is not None
        self._scenes = script.started.scenes
        self._index_of = {scene.scene_id: index for index, scene in enumerate(self._scenes)}
        self._clock = VirtualClock(0.0)
        self.prober = Prober(world, self._clock)
        self.groups: list[Group] = []
        self.stays: list[Stay] = []
        self._people: dict[str, Person] = {}
        self._draining = self._paused = False
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

    def _record(self, event: ev.Event) -> None:
        if isinstance(event, ev.MatchFormed):
            subjects = frozenset(one.subject_id for one in event.participants)
            self.groups.append(Group(self._clock.monotonic(), event.scene_id, subjects))
        elif isinstance(event, ev.WaitroomLeft):
            self.stays.append(Stay(event.subject_id, event.waited_s, event.reason))

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
        span = self._lasting.on_page(person.subject_id, scene.scene_id)
        self._then(person, span.lasted_s, partial(self._leave if span.left else self._go_on, person))

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
        patience_s = self._lasting.patience_s(subject_id, scene.scene_id)
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
        after_s, leavers = self._lasting.in_game(game)
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
