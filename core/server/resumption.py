"""Going on with a run whose engine was ended in the midst of it: what its log tells becomes what the parts hold.

Owns the order in which that is done, and what becomes of whatever was half done. Must not read the log (service.py
does), nor decide when it may be gone on with. Nobody is connected at first: everybody's connection was lost with the
engine, and their pages come back by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core import events as ev
from core.clock import AGAIN_AFTER_SLEEP_S, Clock, rounded
from core.experiment.experiment import Experiment, GameScene
from core.matching.game_manager import GameManager
from core.matching.games import Game, GameTable
from core.matching.pairing import PairMemory
from core.matching.probe_coordinator import ProbeCoordinator
from core.projections.participants import Person
from core.server.broken_off import BrokenOff, Wait
from core.server.journey import Journey
from core.server.play import Play
from core.server.recorder import Recorder

ENGINE_ENDED: Final = "the engine was ended"
WAITING: Final = ("waiting", "probing")


class Resumption:
    """The parts of an engine that has done nothing yet. `take_up` folds what the one before wrote, `go_on` goes on."""

    def __init__(
        self,
        experiment: Experiment,
        recorder: Recorder,
        journey: Journey,
        managers: Mapping[str, GameManager],
        games: GameTable,
        probes: ProbeCoordinator,
        play: Play,
        memory: PairMemory,
        clock: Clock,
    ) -> None:
        self._experiment, self._recorder, self._journey, self._managers = experiment, recorder, journey, managers
        self._games, self._probes, self._play, self._clock = games, probes, play, clock
        self._record, self._people = recorder.record, recorder.people.people
        self._began_s = clock.monotonic() - recorder.elapsed_s
        self._log = BrokenOff(memory, self._monotonic_s)
        self._last_s = 0.0

    @property
    def was_ending(self) -> bool:
        """Whether the run was being ended, games included, and only its last events are missing."""
        return self._log.ending

    def take_up(self, events: Sequence[ev.Event]) -> None:
        """Fold them. Raises UNFOLDABLE for a log that is not of this engine's making."""
        self._recorder.take_up(events)
        self._log.replay(events)
        self._last_s = events[-1].elapsed_s

    def go_on(self, *, by: str, program_version: str, links: list[str]) -> ev.Event:
        """Write that it goes on, and be as the engine before was, but for what cannot be: connections and probes."""
        away_s = rounded(self._recorder.elapsed_s - self._last_s, 1000)
        resumed = self._record(ev.RunResumed(by=by, program_version=program_version, away_s=away_s, links=links))
        self._go_on_counting()
        self._take_up_games()
        self._take_up_waits(away_s, by)
        self._end_probes()
        for event in self._log.formed.values():
            self._managers[event.scene_id].play(event.game_id, [one.subject_id for one in event.participants])
        for person in self._people.values():
            self._lose(person)
        for person in self._people.values():
            if person.present:
                self._finish_step(person)
        return resumed

    def _monotonic_s(self, elapsed_s: float) -> float:
        return self._began_s + elapsed_s

    def _go_on_counting(self) -> None:
        numbers, run = self._log.numbers, self._recorder.run
        self._probes.numbered, self._games.numbered = numbers.probe, numbers.game
        for scene_id, manager in self._managers.items():
            manager.numbered = numbers.groups[scene_id]
            manager.set_threshold(run.max_p2p_rtt_ms)
            manager.set_open(not run.matching_paused and run.state != "draining")

    # --- games --------------------------------------------------------------------------------------------------------

    def _take_up_games(self) -> None:
        """Their time went on; whoever comes back to one that should be over by now still gets to its end."""
        for subject_id, record_ids in self._log.record_ids.items():
            for record_id in record_ids:
                self._play.remember(subject_id, record_id)
        for started in self._log.played:
            game = Game(
                started.game_id, started.scene_id, started.subjects, started.seed,
                self._monotonic_s(started.elapsed_s), started.duration_s, self._log.finished[started.game_id],
            )  # fmt: skip
            self._games.remember(game)
            if started.game_id in self._log.games:
                over_s = game.began_s + game.duration_s + self._experiment.timeouts.game_grace_s
                self._games.take_up(game, self._left_s(over_s))

    def _left_s(self, due_s: float) -> float:
        """Nobody was heard from meanwhile, so what fell due gets some time more."""
        return max(due_s - self._clock.monotonic(), AGAIN_AFTER_SLEEP_S)

    # --- waits --------------------------------------------------------------------------------------------------------

    def _take_up_waits(self, away_s: float, by: str) -> None:
        """In order of entering; the time without an engine is not counted against anybody."""
        open_ones = {subject_id: wait for subject_id, wait in self._log.waits.items() if self._still(subject_id, wait)}
        for subject_id in self._log.waits.keys() - open_ones.keys():
            self._leave(subject_id, self._log.waits[subject_id])
        limited = [subject_id for subject_id, wait in open_ones.items() if wait.until_s is not None]
        if limited and away_s > 0:
            self._record(ev.WaitingExtended(by_s=away_s, subjects=limited, by=by, reason=ENGINE_ENDED))
        for subject_id, wait in open_ones.items():
            until_s = None if wait.until_s is None else self._monotonic_s(wait.until_s + away_s)
            self._take_up_wait(self._people[subject_id], wait, until_s)
        for manager in self._managers.values():
            manager.await_expiries()

    def _still(self, subject_id: str, wait: Wait) -> bool:
        person = self._people[subject_id]
        return person.state in WAITING and person.scene_id == wait.scene_id

    def _leave(self, subject_id: str, wait: Wait) -> None:
        """They were on their way out."""
        person = self._people[subject_id]
        reason: Any = person.left_reason or ("matched" if person.state == "playing" else "sent")
        waited_s = rounded(self._last_s - wait.since_s, 1000)
        self._record(ev.WaitroomLeft(subject_id=subject_id, scene_id=wait.scene_id, reason=reason, waited_s=waited_s))

    def _take_up_wait(self, person: Person, wait: Wait, until_s: float | None) -> None:
        manager, scene = self._managers[wait.scene_id], self._experiment.scenes[person.scene_index]
        assert isinstance(scene, GameScene)
        manager.take_up(self._journey.candidate(person, scene), self._monotonic_s(wait.since_s), until_s)
        if person.excluded:
            manager.set_excluded(person.subject_id, True)

    # --- groups -------------------------------------------------------------------------------------------------------

    def _end_probes(self) -> None:
        """Their pages lost the engine in the midst of it."""
        for probe in self._log.probes.values():
            self._record(
                ev.ProbeFailed(
                    probe_session_id=probe.probe_session_id, subject_a=probe.subject_a, subject_b=probe.subject_b,
                    reason="cancelled", scene_id=probe.scene_id, group_id=probe.group_id,
                    max_p2p_rtt_ms=probe.max_p2p_rtt_ms, attempt=probe.attempt,
                )
            )  # fmt: skip
        for group in self._log.groups.values():
            self._record(
                ev.MatchRejected(
                    group_id=group.group_id, scene_id=group.scene_id, subjects=group.subjects, reason="left",
                    max_p2p_rtt_ms=self._recorder.run.max_p2p_rtt_ms,
                )
            )  # fmt: skip

    # --- people -------------------------------------------------------------------------------------------------------

    def _lose(self, person: Person) -> None:
        """Whoever was away already keeps the rest of their time to come back."""
        if person.connected:
            self._journey.disconnected(person.subject_id, ENGINE_ENDED)
        elif person.present and person.away_since_s is not None:
            until_s = self._monotonic_s(person.away_since_s + self._experiment.timeouts.reconnect_s)
            self._journey.keep_place(person.subject_id, self._left_s(until_s))

    def _finish_step(self, person: Person) -> None:
        """The log may break off between two events that belong together: here the second follows."""
        game = self._games.get(person.game_id)
        if person.state == "playing" and game is None:
            self._journey.enter_scene(person, person.scene_index + 1)
        elif game is not None and not all(self._plays(subject_id, game) for subject_id in game.subjects):
            self._games.end(game.game_id, "partner_left")
        elif person.state == "page" and self._log.completed.get(person.subject_id) == person.scene_id:
            self._journey.enter_scene(person, person.scene_index + 1)
        elif person.state == "page" and (person.scene_index < 0 or person.scene_id in self._managers):
            self._journey.enter_scene(person, max(person.scene_index, 0))
        elif person.state in WAITING and person.subject_id not in self._managers[person.scene_id or ""].waitroom:
            self._journey.enter_scene(person, person.scene_index)

    def _plays(self, subject_id: str, game: Game) -> bool:
        return self._people[subject_id].game_id == game.game_id
