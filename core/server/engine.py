"""One live run: its parts put together, its rules moved, its end.

Owns what concerns the run as a whole and what the operator may do to it. Must not know of sockets, HTTP or processes:
it is a plain object on a clock, and `send` is its only way out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from core import events as ev
from core.clock import Clock
from core.experiment.experiment import Experiment, GameScene, PageScene
from core.matching.custom import MatchmakerFile
from core.matching.game_manager import GameManager
from core.matching.game_parts import GameSettings
from core.matching.games import EndReason, Game, GameTable
from core.matching.pairing import MemorySpans, PairMemory
from core.matching.probe_coordinator import ProbeCoordinator, ProbeSettings
from core.matching.roll_call import Presence
from core.projections.alerts import AlertsProjection
from core.runlog.event_logger import EventLogger
from core.runlog.match_logger import MatchAssignmentLogger
from core.server.alerts import AlertWatch
from core.server.ice import ice_servers
from core.server.journey import NO_RUN, Journey, scene_kind
from core.server.matchmakers import matchmaker_for, matchmaker_name
from core.server.operator import Operator
from core.server.play import Play
from core.server.recorder import RecordedMatches, Recorder
from core.server.resumption import Resumption
from core.server.views import STOPPED, PageTexts, Stage, view_of
from core.server.wire import Refused


class Engine:
    """A run under way. `journey` and `play` take what participants say, `operator` what is done to them; that and the
    methods here raise Refused for the operator. `people` and `run` are everybody and the run, as recorded.

    `rng` is where tokens, completion codes and games' seeds come from: the system's own unless given, and only a test
    or a simulation, whose tokens guard nothing, may give one. `staffs_matchmaker` is what `read_staffs_matchmaker`
    returned. `presence` None: everybody counts as heard from.
    """

    def __init__(
        self,
        experiment: Experiment,
        texts: PageTexts,
        logger: EventLogger,
        *,
        run_id: str,
        clock: Clock,
        send: Callable[[str, str, dict[str, Any]], None],
        folds: Iterable[Any] = (),
        match_logger: MatchAssignmentLogger | None = None,
        on_over: Callable[[], None] = lambda: None,
        loop_lag_ms: Callable[[], float | None] = lambda: None,
        rng: random.Random | None = None,
        staffs_matchmaker: MatchmakerFile | None = None,
        presence: Presence | None = None,
    ) -> None:
        self.experiment, self.run_id, self.clock = experiment, run_id, clock
        self._send, self._on_over, self._rng = send, on_over, rng or random.SystemRandom()
        self._staffs_matchmaker, self._presence = staffs_matchmaker, presence
        self.alerts = AlertsProjection()
        self.recorder = Recorder(logger, self.clock, [self.alerts, *folds], self.show, self._on_stop)
        self.record, self.people, self.run = self.recorder.record, self.recorder.people, self.recorder.run
        self.recorder.fold(AlertWatch(experiment.alerts, self.alerts, self.recorder.run, self.record, self.clock))
        self.games = GameTable(self.record, self.clock, self._on_game_ended)
        self.probes = ProbeCoordinator(
            send,
            self.record,
            self._accepts,
            settings=self._probe_settings(),
            clock=self.clock,
            max_p2p_rtt_ms=lambda: self.run.max_p2p_rtt_ms,
            whereabouts=self._whereabouts,
            loop_lag_ms=loop_lag_ms,
            ice_servers=self._ice_servers,
        )
        timeouts = experiment.timeouts
        spans = MemorySpans(timeouts.slow_fresh_s, timeouts.unreachable_cooldown_s, timeouts.timeout_cooldown_s)
        self.memory = PairMemory(spans)  # one for all scenes: a pair measured in one need not be measured in the next
        matches = RecordedMatches(match_logger, self.recorder.stop) if match_logger is not None else None
        self._managers = {
            scene.id: self._game_manager(scene, matches) for scene in experiment.scenes if isinstance(scene, GameScene)
        }
        self.journey = Journey(
            experiment, self.recorder, self.clock, self._managers, self.games, send, self._on_gone, self._rng
        )
        self.play = Play(self.recorder, self.journey, self.probes, self.games, send)
        self.operator = Operator(experiment, self.recorder, self.journey, self._managers, self.games, self.alerts, send)
        self._stage = Stage(
            experiment,
            texts,
            lambda person: self.games.get(person.game_id),
            self.games.remaining_s,
            self.journey.waited_s,
            self._ice_servers,
        )

    @property
    def problem(self) -> str:
        """Why the run had to stop; empty if it had not."""
        return self.recorder.problem

    @property
    def over(self) -> bool:
        """Ended, in order or not."""
        return self.recorder.over

    def _on_game_ended(self, game: Game, reason: EndReason) -> None:
        self.journey.on_game_ended(game, reason)

    def show(self, subject_id: str) -> None:
        """Send a participant's page its whole view."""
        person = self.people.people[subject_id]
        self._send(subject_id, "view", STOPPED if self.recorder.problem else view_of(person, self._stage))

    def _on_stop(self) -> None:
        """The log cannot be written: no more groups, and everybody is told."""
        for manager in self._managers.values():
            manager.set_open(False)
        for person in self.people.people.values():
            if person.present:
                self.show(person.subject_id)
        self._on_over()

    # --- the run ------------------------------------------------------------------------------------------------------

    def start(self, *, links: list[str], by: str, program_version: str, simulated: bool = False) -> ev.Event:
        """The first events of the log: the run starts with its doors open. `simulated`: nobody real will take part."""
        matching = self.experiment.matching
        started = self.record(
            ev.RunStarted(
                run_id=self.run_id,
                program_version=program_version,
                experiment=self.experiment.name,
                group_size=matching.group_size,
                matchmaker=matchmaker_name(matching, self._staffs_matchmaker),
                max_p2p_rtt_ms=matching.max_p2p_rtt_ms,
                scenes=[_summary(scene) for scene in self.experiment.scenes],
                links=links,
                by=by,
                simulated=simulated,
                max_server_rtt_ms=matching.max_server_rtt_ms if matching.matchmaker == "latency_fifo" else None,
                group_hidden_tabs=matching.group_hidden_tabs,
                measured_fresh_s=self.experiment.timeouts.slow_fresh_s,
                no_partner=self.experiment.no_partner.outcome,
            )
        )
        self.record(ev.IntakeChanged(open=True, by=by))
        return started

    def resume(self, log: Sequence[ev.Event], *, links: list[str], by: str, program_version: str) -> ev.Event:
        """Go on with a run whose engine was ended in the midst of it. `log`: what that one wrote, from the first event
        on. Raises UNFOLDABLE if it is not of an engine's making.
        """
        resumption = Resumption(
            self.experiment, self.recorder, self.journey, self._managers, self.games, self.probes, self.play,
            self.memory, self.clock,
        )  # fmt: skip
        resumption.take_up(log)
        resumed = resumption.go_on(by=by, program_version=program_version, links=links)
        if resumption.was_ending:
            self.end_now(by=by)
        elif self.run.state == "draining":
            self._let_go(by)
        return resumed

    @property
    def waiting(self) -> int:
        """How many are in a waitroom, by the matcher's own book."""
        return sum(len(manager.waitroom) for manager in self._managers.values())

    def set_threshold(self, max_p2p_rtt_ms: int | None, *, by: str, reason: str = "") -> ev.Event:
        """Judge by this from now on; None: no limit, no probes."""
        self._must_be_on()
        event = self.record(
            ev.ThresholdChanged(
                old_max_p2p_rtt_ms=self.run.max_p2p_rtt_ms, new_max_p2p_rtt_ms=max_p2p_rtt_ms, by=by, reason=reason
            )
        )
        for manager in self._managers.values():
            manager.set_threshold(max_p2p_rtt_ms)
        return event

    def set_intake(self, is_open: bool, *, by: str, reason: str = "") -> ev.Event:
        """Open or close the doors."""
        self._must_be_on()
        if self.run.state == "draining":
            raise Refused("the run is ending, so its doors stay closed")
        return self.record(ev.IntakeChanged(open=is_open, by=by, reason=reason))

    def pause_matching(self, paused: bool, *, by: str, reason: str = "") -> ev.Event:
        """Form no groups until taken up again."""
        self._must_be_on()
        event = self.record(ev.MatchingPaused(paused=paused, by=by, reason=reason))
        for manager in self._managers.values():
            manager.set_open(not paused and self.run.state != "draining")
        return event

    def drain(self, *, by: str, reason: str = "") -> ev.Event:
        """End, but let games under way finish. Whoever would still have to be matched is let go now."""
        self._must_be_on()
        if self.run.state == "draining":
            raise Refused("the run is ending already")
        event = self.record(ev.RunEnding(by=by, reason=reason))
        self._let_go(by)
        return event

    def _let_go(self, by: str) -> None:
        """Nobody will be matched any more."""
        for manager in self._managers.values():
            manager.set_open(False)
        for person in list(self.people.people.values()):
            if person.present and self.journey.game_ahead(person):
                self.journey.remove(person, "run_ended", by=by)
        self._on_gone()

    def end_now(self, reason: Any = "ended_now", *, by: str) -> ev.Event:
        """End at once, games included."""
        self._must_be_on()
        self.games.end_all("run_ended", by)
        for person in list(self.people.people.values()):
            if person.present:
                self.journey.remove(person, "run_ended", by=by)
        return self._end(reason, by)

    def _end(self, reason: Any, by: str) -> ev.Event:
        people = self.people.people.values()
        event = self.record(
            ev.RunEnded(
                reason=reason, by=by, joined=len(people), finished=sum(person.state == "done" for person in people),
                games=self.games.started,
            )
        )  # fmt: skip
        self.journey.stop_waiting()
        self._on_over()
        return event

    def _on_gone(self) -> None:
        """One fewer to wait for, if the run is only waiting for them."""
        if self.run.state == "draining":
            self.clock.call_later(0, self._end_if_drained)

    def _end_if_drained(self) -> None:
        if self.run.state == "draining" and self.people.present == 0 and not self.over:
            self._end("drained", by="")

    def _must_be_on(self) -> None:
        if self.over:
            raise Refused(NO_RUN)

    # --- the parts ----------------------------------------------------------------------------------------------------

    def _whereabouts(self, subject_id: str) -> tuple[str, str]:
        """The scene somebody waits in, and the group they are being probed with."""
        scene_id = self.people.people[subject_id].scene_id or ""
        waiter = self._managers[scene_id].waitroom.get(subject_id)
        return scene_id, (waiter.group_id or "") if waiter is not None else ""

    def _accepts(self, scene_id: str, rtt_ms: float) -> bool:
        return not self._managers[scene_id].matchmaker.should_reject_for_rtt(rtt_ms)

    def _have_played(self, a: str, b: str) -> bool:
        return b in self.people.people[a].partners

    def _ice_servers(self, subject_id: str) -> list[dict[str, Any]]:
        return ice_servers(self.experiment, subject_id, self.clock.time())

    def _on_wait_timeout(self, subject_id: str) -> None:
        self.journey.waited_in_vain(subject_id)

    def _on_matchmaker_failure(self, sentence: str) -> None:
        self.record(ev.AlertRaised(alert="matchmaker_failed", text=sentence))

    def _probe_settings(self) -> ProbeSettings:
        probe, timeouts = self.experiment.probe, self.experiment.timeouts
        return ProbeSettings(
            pings=probe.pings,
            warmup=probe.warmup,
            interval_ms=probe.interval_ms,
            min_answered=probe.min_answered,
            retries=probe.retries,
            prepare_s=timeouts.prepare_s,
            connect_s=timeouts.connect_s,
            measure_s=timeouts.measure_s,
            ice_transport_policy=self.experiment.ice_transport_policy,
        )

    def _game_manager(self, scene: GameScene, matches: RecordedMatches | None) -> GameManager:
        timeouts, matching = self.experiment.timeouts, self.experiment.matching
        return GameManager(
            matchmaker_for(scene, self.experiment, self._staffs_matchmaker, self._on_matchmaker_failure),
            self.probes,
            matches,
            scene_id=scene.id,
            group_size=matching.group_size,
            settings=GameSettings(
                scene.game,
                scene.duration_s,
                timeouts.game_grace_s,
                timeouts.wait_s,
                timeouts.reunion_s,
                timeouts.heard_within_s,
                timeouts.answer_within_s,
            ),
            memory=self.memory,
            games=self.games,
            record=self.record,
            clock=self.clock,
            rng=self._rng,
            on_wait_timeout=self._on_wait_timeout,
            ruled_out=self._have_played if scene.partners == "new" else lambda _a, _b: False,
            may_still_come=lambda subject_id: self.journey.may_still_come(subject_id, scene.id),
            presence=self._presence,
            on_silent=lambda subject_id: self.journey.set_silent(subject_id, True),
        )


def _summary(scene: PageScene | GameScene) -> ev.SceneSummary:
    """As the log names it."""
    partners = scene.partners if isinstance(scene, GameScene) else "any"
    return ev.SceneSummary(scene.id, scene_kind(scene), scene.title, partners)
