"""One live run: whoever takes part, from the door to the completion code.

Owns the order of things: something happens, `record` writes it, folds it and only then tells the pages. Everything that lasts is in
the two projections it folds; the rest (timers, groups being probed) belongs to `core/matching`. Must not know of sockets, HTTP or
processes: it is a plain object on a clock, and `send` is its only way out.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import random
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from core import events as ev
from core.clock import Clock, Timer
from core.experiment.experiment import Experiment, GameScene
from core.matching.evidence import check_report
from core.matching.game_manager import GameManager, GameSettings
from core.matching.games import EndReason, Game, GameTable
from core.matching.matchmaker import FIFOMatchmaker, MatchCandidate, Matchmaker
from core.matching.pairing import MemorySpans
from core.matching.probe_coordinator import ProbeCoordinator, ProbeError, ProbeSettings
from core.projections.participants import ParticipantsProjection, Person
from core.projections.run import RunProjection
from core.runlog.event_logger import EventLogger, LogWriteError
from core.runlog.match_logger import MatchAssignmentLogger
from core.server import wire
from core.server.views import STOPPED, PageTexts, Stage, ended_view, ice_servers, view_of
from core.server.wire import Refused

log = logging.getLogger(__name__)

CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that are read as another
LeftReason = Any  # ParticipantLeft.reason and WaitroomLeft.reason share these values


class RunStopped(Exception):
    """The log could not be written, so the run is over and nothing more is done in its name."""


def token_digest(token: str) -> str:
    """What the log keeps of a participant's token."""
    return hashlib.sha256(token.encode()).hexdigest()


class _GuardedClock:
    """The engine's clock for its parts: a deadline that meets a stopped run ends quietly; the stop was reported."""

    def __init__(self, clock: Clock) -> None:
        self.time, self.monotonic = clock.time, clock.monotonic
        self._clock = clock

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """As `Clock.call_later`."""

        def guarded() -> None:
            try:
                callback()
            except RunStopped:
                log.debug("a deadline came after the run had stopped")

        return self._clock.call_later(delay_s, guarded)


class _MatchLog:
    """The match logger, with a failed write stopping the run as a failed event does."""

    def __init__(self, logger: MatchAssignmentLogger, stop: Callable[[str], None]) -> None:
        self._logger, self._stop = logger, stop

    def log_match(self, *args: Any, **kwargs: Any) -> object:
        """As `MatchAssignmentLogger.log_match`."""
        try:
            return self._logger.log_match(*args, **kwargs)
        except LogWriteError as problem:
            self._stop(str(problem))
            raise RunStopped(str(problem)) from problem


class Engine:
    """A run under way. Made by `core/server/service.py`; methods raise Refused with a sentence for the one who asked."""

    def __init__(  # noqa: PLR0913 -- the parts of a run, each given by name
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
    ) -> None:
        self.experiment, self.run_id, self.clock = experiment, run_id, _GuardedClock(clock)
        self.people = ParticipantsProjection()
        self.run = RunProjection()
        self.problem = ""  # why the run stopped, if it had to
        self._logger, self._send, self._on_over = logger, send, on_over
        self._folds = (self.people, self.run, *folds)
        self._began_s = clock.monotonic()
        self._grace: dict[str, Timer] = {}
        self._touched: dict[str, None] = {}
        self._rng = rng or random.Random()
        self.games = GameTable(self.record, self.clock, self._on_game_ended)
        self.probes = ProbeCoordinator(
            send,
            self.record,
            self._accepts,
            settings=self._probe_settings(),
            clock=self.clock,
            max_p2p_rtt_ms=lambda: self.run.max_p2p_rtt_ms,
            loop_lag_ms=loop_lag_ms,
        )
        self._managers = {
            scene.id: self._game_manager(scene, match_logger)
            for scene in experiment.scenes
            if isinstance(scene, GameScene)
        }
        self._stage = Stage(experiment, texts, self._game_of, self.games.remaining_s, self._waited_s)

    # --- one way through ------------------------------------------------------------------------------------------------

    def record(self, event: ev.Event) -> ev.Event:
        """Write an event, fold it, and have the pages it concerns shown their new view in the next turn."""
        if self.problem:
            raise RunStopped(self.problem)
        try:
            self._logger.append(event)
            for fold in self._folds:
                fold.apply(event)
        except LogWriteError as problem:
            self._stop(str(problem))
            raise RunStopped(self.problem) from problem
        if isinstance(event, _SHOWN):
            self._touch(event)
        return event

    def _touch(self, event: ev.Event) -> None:
        subjects: list[str] = getattr(event, "subjects", [])
        pair = [getattr(event, name) for name in ("subject_id", "subject_a", "subject_b") if hasattr(event, name)]
        if not self._touched:
            self.clock.call_later(0, self._show_touched)
        self._touched.update(dict.fromkeys((*subjects, *pair)))

    def _show_touched(self) -> None:
        touched, self._touched = self._touched, {}
        for subject_id in touched:
            self.show(subject_id)

    def show(self, subject_id: str) -> None:
        """Send a participant's page its whole view."""
        person = self.people.people[subject_id]
        view = view_of(person, self._stage) if not self.problem else ended_view(*STOPPED)
        self._send(subject_id, "view", view)

    def _stop(self, problem: str) -> None:
        """The log cannot be written: nobody goes on unrecorded, and everybody is told."""
        self.problem = problem
        log.error("the run stops: %s", problem)
        for manager in self._managers.values():
            manager.set_open(False)
        for person in self.people.people.values():
            if person.present:
                self._send(person.subject_id, "view", ended_view(*STOPPED))
        self._on_over()

    # --- the run --------------------------------------------------------------------------------------------------------

    def start(self, *, links: list[str], by: str, program_version: str) -> ev.Event:
        """The first events of the log: the run starts with its doors open."""
        matching = self.experiment.matching
        started = self.record(
            ev.RunStarted(
                run_id=self.run_id,
                program_version=program_version,
                experiment=self.experiment.name,
                group_size=matching.group_size,
                matchmaker=type(self._new_matchmaker()).__name__,
                max_p2p_rtt_ms=matching.max_p2p_rtt_ms,
                scenes=[ev.SceneSummary(s.id, _kind(s), s.title) for s in self.experiment.scenes],
                links=links,
                by=by,
            )
        )
        self.record(ev.IntakeChanged(open=True, by=by))
        return started

    @property
    def over(self) -> bool:
        """Ended, in order or not."""
        return self.run.state == "ended" or bool(self.problem)

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
        for manager in self._managers.values():
            manager.set_open(False)
        for person in list(self.people.people.values()):
            if person.present and person.state != "playing" and self._game_ahead(person.scene_index):
                self._remove(person, "run_ended", by=by)
        self.clock.call_later(0, self._end_if_drained)
        return event

    def end_now(self, reason: Any = "ended_now", *, by: str) -> ev.Event:
        """End at once, games included."""
        self._must_be_on()
        self.games.end_all("run_ended", by)
        for person in list(self.people.people.values()):
            if person.present:
                self._remove(person, "run_ended", by=by)
        return self._end(reason, by)

    def _end(self, reason: Any, by: str) -> ev.Event:
        people = self.people.people.values()
        event = self.record(
            ev.RunEnded(
                reason=reason, by=by, joined=len(people), finished=sum(person.state == "done" for person in people),
                games=self.games.started,
            )
        )  # fmt: skip
        for timer in self._grace.values():
            timer.cancel()
        self._on_over()
        return event

    def _end_if_drained(self) -> None:
        present = any(person.present for person in self.people.people.values())
        if self.run.state == "draining" and not present and not self.over:
            self._end("drained", by="")

    def _must_be_on(self) -> None:
        if self.over:
            raise Refused("there is no run under way")

    def _game_ahead(self, index: int) -> bool:
        return any(isinstance(scene, GameScene) for scene in self.experiment.scenes[max(index, 0) :])

    # --- participants: coming and going ---------------------------------------------------------------------------------

    def join(self, message: wire.Join) -> tuple[str, str]:
        """Let somebody in, or back to where they were. Returns (subject_id, token)."""
        known = self._recognise(message)
        if known is not None:
            return known
        self._must_be_on()
        if not self.run.intake_open:
            raise Refused("this session takes no new participants at the moment")
        subject_id = message.subject_id or self._new_subject_id()
        token = secrets.token_urlsafe(24)
        self.record(
            ev.ParticipantJoined(
                subject_id=wire.check_subject_id(subject_id), token_sha256=token_digest(token),
                user_agent=message.user_agent[:300], simulated=message.simulated,
            )
        )  # fmt: skip
        self._enter_scene(self.people.people[subject_id], 0)
        return subject_id, token

    def _recognise(self, message: wire.Join) -> tuple[str, str] | None:
        """Somebody who was here before: by token, or by subject id while nobody is connected under it."""
        by_token = self._by_token(message.token)
        if by_token is not None and message.token is not None:
            self._come_back(by_token)
            return by_token.subject_id, message.token
        person = self.people.people.get(message.subject_id or "")
        if person is None:
            return None
        if person.connected:
            raise Refused(
                f"{person.subject_id} is taking part in another window or on another device already; "
                "close it there first, then reload this page"
            )
        token = secrets.token_urlsafe(24)
        self._come_back(person, token_digest(token))
        return person.subject_id, token

    def _by_token(self, token: str | None) -> Person | None:
        if not token:
            return None
        digest = token_digest(token)
        for person in self.people.people.values():
            if hmac.compare_digest(person.token_sha256, digest):
                return person
        return None

    def _come_back(self, person: Person, token_sha256: str = "") -> None:
        if self.over:
            return
        away_s = 0.0 if person.away_since_s is None else self._elapsed_s() - person.away_since_s
        replaced = person.connected
        if replaced and person.state in ("waiting", "probing"):
            self._manager_of(person).lost(person.subject_id)  # the other tab's peer connection is of no use here
        self.record(
            ev.ParticipantReconnected(
                subject_id=person.subject_id, away_s=round(max(0.0, away_s), 3), replaced=replaced,
                token_sha256=token_sha256,
            )
        )  # fmt: skip
        grace = self._grace.pop(person.subject_id, None)
        if grace is not None:
            grace.cancel()
        if person.state in ("waiting", "probing"):
            self._manager_of(person).back(person.subject_id)
        elif person.left_reason == "reconnect_timeout" and person.state == "gone":
            played = self.games.last_of(person.subject_id)
            over = played is not None and played.scene_id == person.scene_id  # it went on without them
            self._enter_scene(person, person.scene_index + over)

    def disconnected(self, subject_id: str, reason: str = "") -> None:
        """The connection is lost: their place is kept for `reconnect_s`."""
        person = self.people.people.get(subject_id)
        if person is None or not person.connected or self.over:
            return
        grace_s = self.experiment.timeouts.reconnect_s if person.present else 0.0
        self.record(ev.ParticipantDisconnected(subject_id=subject_id, reason=reason[:100], grace_s=grace_s))
        if not person.present:
            return
        self._grace[subject_id] = self.clock.call_later(grace_s, lambda: self._on_grace_over(subject_id))
        if person.state in ("waiting", "probing"):
            self._manager_of(person).lost(subject_id)
        elif person.state == "playing":
            self._tell_partners(person, f"Your partner lost the connection. They have {grace_s:.0f} s to come back.")

    def _on_grace_over(self, subject_id: str) -> None:
        self._grace.pop(subject_id, None)
        person = self.people.people[subject_id]
        if person.present and not person.connected:
            self._remove(person, "reconnect_timeout")

    def leave(self, subject_id: str) -> None:
        """A participant stops taking part."""
        self._remove(self._present(subject_id), "left")

    def _remove(self, person: Person, reason: LeftReason, *, by: str = "", text: str = "") -> None:
        subject_id, game_id = person.subject_id, person.game_id
        manager = self._managers.get(person.scene_id or "")
        self.record(ev.ParticipantLeft(subject_id=subject_id, reason=reason, by=by, text=text))
        grace = self._grace.pop(subject_id, None)
        if grace is not None:
            grace.cancel()
        if manager is not None:
            manager.leave(subject_id, reason)
        if game_id is not None:
            self.games.end(game_id, "partner_left")
        self.clock.call_later(0, self._end_if_drained)

    def set_visibility(self, subject_id: str, hidden: bool) -> None:
        """The tab went to the background or came back."""
        if self._present(subject_id).hidden != hidden:
            self.record(ev.VisibilityChanged(subject_id=subject_id, hidden=hidden))

    def measured_server_rtt(self, subject_id: str, rtt_ms: float, sample_ms: float) -> None:
        """What the server's pings say of this participant's connection."""
        person = self.people.people.get(subject_id)
        if person is None or not person.present or self.over:
            return
        self.record(
            ev.ServerRttMeasured(subject_id=subject_id, rtt_ms=round(rtt_ms, 3), sample_ms=round(sample_ms, 3))
        )
        if person.scene_id in self._managers:
            self._managers[person.scene_id].waitroom.set_server_rtt(subject_id, rtt_ms)

    # --- participants: through the scenes -------------------------------------------------------------------------------

    def advance(self, subject_id: str, scene_id: str, data: Any = None) -> None:
        """Done with a page. Said again for a scene that is behind them, it counts once."""
        person = self._present(subject_id)
        known = {scene.id: index for index, scene in enumerate(self.experiment.scenes)}
        if scene_id not in known:
            raise Refused(f"there is no scene {scene_id[:40]!r}")
        if known[scene_id] < person.scene_index:
            return
        if scene_id != person.scene_id or person.state != "page":
            raise Refused(f"you are not on page {scene_id[:40]!r}")
        self.record(ev.PageCompleted(subject_id=subject_id, scene_id=scene_id, data=wire.without_nan(data)))
        self._enter_scene(person, person.scene_index + 1)

    def _enter_scene(self, person: Person, index: int) -> None:
        subject_id = person.subject_id
        if index >= len(self.experiment.scenes):
            self.record(ev.ParticipantFinished(subject_id=subject_id, completion_code=self._completion_code()))
            self.clock.call_later(0, self._end_if_drained)
            return
        scene = self.experiment.scenes[index]
        self.record(ev.SceneEntered(subject_id=subject_id, scene_id=scene.id, kind=_kind(scene), index=index))
        if not isinstance(scene, GameScene):
            return
        if self.run.state == "draining":
            self._remove(person, "run_ended")
            return
        manager = self._managers[scene.id]
        manager.enter(MatchCandidate(subject_id, person.server_rtt_ms))
        if not person.connected:
            manager.lost(subject_id)

    def _completion_code(self) -> str:
        fixed = self.experiment.completion.code
        return fixed if fixed is not None else "".join(secrets.choice(CODE_LETTERS) for _ in range(8))

    def _new_subject_id(self) -> str:
        number = len(self.people.people) + 1
        while f"P{number:03d}" in self.people.people:
            number += 1
        return f"P{number:03d}"

    # --- participants: probes and games ---------------------------------------------------------------------------------

    def probe_ready(self, subject_id: str, message: wire.ProbeReady) -> None:
        """A page is ready to measure."""
        self._probe(lambda: self.probes.probe_ready(subject_id, message.probe_session_id))

    def probe_signal(self, subject_id: str, message: wire.ProbeSignal) -> None:
        """Session descriptions and candidates, for the partner only."""
        self._probe(
            lambda: self.probes.probe_signal(subject_id, message.probe_session_id, message.type, message.payload)
        )

    def probe_result(self, subject_id: str, message: wire.ProbeResult) -> None:
        """One side's measurement."""
        try:
            report = check_report(
                success=message.success, rtt_ms=message.rtt_ms, samples_ms=message.samples_ms[:1000], sent=message.sent,
                path=message.path, hidden=message.hidden, error=None if message.error is None else message.error[:200],
                connected_ms=None if message.marks is None else message.marks.open_ms,
            )  # fmt: skip
        except ValueError as problem:
            raise Refused(f"probe_result: {problem}") from problem
        self._probe(lambda: self.probes.probe_result(subject_id, message.probe_session_id, report))

    def _probe(self, act: Callable[[], None]) -> None:
        try:
            act()
        except ProbeError as problem:
            raise Refused(str(problem)) from problem

    def game_message(self, subject_id: str, message: wire.GameMessage) -> None:
        """Relay to the other players. Not recorded: it may hold addresses, and games record through game_data."""
        game = self._game(subject_id)
        sender = game.subjects.index(subject_id)
        if message.to is not None and not (0 <= message.to < len(game.subjects) and message.to != sender):
            raise Refused(f"there is no other player with index {message.to}")
        for index, other in enumerate(game.subjects):
            if index != sender and message.to in (None, index):
                self._send(other, "game_message", {"from": sender, "payload": message.payload})

    def game_data(self, subject_id: str, data: Any) -> None:
        """Record what a player's page measured; taken as long as the game's scene is the last one they played."""
        self._must_be_on()
        game = self.games.last_of(subject_id)
        if game is None:
            raise Refused("you are not in a game")
        self.record(
            ev.GameData(
                game_id=game.game_id, scene_id=game.scene_id, subject_id=subject_id, data=wire.without_nan(data)
            )
        )

    def game_finished(self, subject_id: str, data: Any = None) -> None:
        """A player's page says the game is over."""
        game = self._game(subject_id)
        if data is not None:
            self.game_data(subject_id, data)
        self.games.player_finished(game.game_id, subject_id)

    def _on_game_ended(self, game: Game, reason: EndReason) -> None:
        for subject_id in game.subjects:
            person = self.people.people[subject_id]
            if person.game_id != game.game_id or reason == "run_ended":
                continue
            if reason == "partner_left":
                self._send(subject_id, "notice", {"text": "Your partner has left, so the game ended early."})
            self._enter_scene(person, person.scene_index + 1)

    def _tell_partners(self, person: Person, text: str) -> None:
        game = self.games.get(person.game_id)
        for subject_id in game.subjects if game is not None else ():
            if subject_id != person.subject_id:
                self._send(subject_id, "notice", {"text": text})

    # --- the operator's hand --------------------------------------------------------------------------------------------

    def remove_participant(self, subject_id: str, *, by: str, reason: str = "") -> ev.Event:
        """Send somebody away."""
        person = self._present(subject_id)
        event = self._act("remove_participant", by, reason, [subject_id])
        self._remove(person, "removed", by=by, text=reason)
        return event

    def message_participant(self, subject_id: str | None, text: str, *, by: str) -> ev.Event:
        """Show one participant, or (None) everybody present, a text."""
        if not text.strip():
            raise Refused("there is no text to send")
        present = [person.subject_id for person in self.people.people.values() if person.present]
        subjects = present if subject_id is None else [self._present(subject_id).subject_id]
        event = self._act("message_participant", by, "", subjects, text[:2000])
        for receiver in subjects:
            self._send(receiver, "notice", {"text": text[:2000]})
        return event

    def force_match(self, subject_ids: list[str], *, by: str, reason: str = "") -> ev.Event:
        """Let these waiting people play now."""
        people = [self._present(subject_id) for subject_id in subject_ids]
        managers = {self._managers.get(person.scene_id or "") for person in people}
        manager = managers.pop() if len(managers) == 1 else None
        if manager is None:
            raise Refused("they must all be waiting in the same scene")
        try:
            manager.check_force(subject_ids)
        except ValueError as problem:
            raise Refused(str(problem)) from problem
        event = self._act("force_match", by, reason, subject_ids)
        manager.force_match(subject_ids)
        return event

    def end_game(self, game_id: str, *, by: str, reason: str = "") -> ev.Event:
        """End one game; its players go on to the next scene."""
        game = self.games.get(game_id)
        if game is None:
            raise Refused(f"there is no game {game_id[:40]!r} under way")
        event = self._act("end_game", by, reason, game.subjects)
        self.games.end(game_id, "ended_by_operator", by)
        return event

    def _act(self, action: str, by: str, reason: str, subjects: list[str], text: str = "") -> ev.Event:
        self._must_be_on()
        return self.record(ev.OperatorActed(action=action, by=by, reason=reason, subjects=subjects, text=text))

    # --- what parts ask of each other -----------------------------------------------------------------------------------

    def _present(self, subject_id: str) -> Person:
        person = self.people.people.get(subject_id)
        if person is None or not person.present or self.over:
            raise Refused(f"{subject_id[:64]} does not take part any more")
        return person

    def _game(self, subject_id: str) -> Game:
        game = self.games.get(self._present(subject_id).game_id)
        if game is None:
            raise Refused("you are not in a game")
        return game

    def _game_of(self, person: Person) -> Game | None:
        return self.games.get(person.game_id)

    def _manager_of(self, person: Person) -> GameManager:
        return self._managers[person.scene_id or ""]

    def _elapsed_s(self) -> float:
        return self.clock.monotonic() - self._began_s

    def _waited_s(self, person: Person) -> float:
        waiter = self._manager_of(person).waitroom.get(person.subject_id)
        return 0.0 if waiter is None else self.clock.monotonic() - waiter.since_s

    def _accepts(self, scene_id: str, rtt_ms: float) -> bool:
        return not self._managers[scene_id].matchmaker.should_reject_for_rtt(rtt_ms)

    def _new_matchmaker(self) -> Matchmaker:
        return FIFOMatchmaker(self.experiment.matching.max_p2p_rtt_ms)

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
            ice_servers=ice_servers(self.experiment),
        )

    def _game_manager(self, scene: GameScene, match_logger: MatchAssignmentLogger | None) -> GameManager:
        timeouts, matching = self.experiment.timeouts, self.experiment.matching
        return GameManager(
            self._new_matchmaker(),
            self.probes,
            _MatchLog(match_logger, self._stop) if match_logger is not None else None,
            scene_id=scene.id,
            group_size=matching.group_size,
            settings=GameSettings(scene.game, scene.duration_s, timeouts.game_grace_s, timeouts.wait_s),
            spans=MemorySpans(timeouts.slow_fresh_s, timeouts.unreachable_cooldown_s, timeouts.timeout_cooldown_s),
            games=self.games,
            record=self.record,
            clock=self.clock,
            rng=self._rng,
            on_wait_timeout=lambda subject_id: self._remove(self._present(subject_id), "wait_timeout"),
        )


_SHOWN = (
    ev.ParticipantReconnected,
    ev.SceneEntered,
    ev.WaitroomEntered,
    ev.ProbeStarted,
    ev.MatchRejected,
    ev.GameStarted,
    ev.ParticipantFinished,
    ev.ParticipantLeft,
)


def _kind(scene: Any) -> Any:
    return "game" if isinstance(scene, GameScene) else "page"
