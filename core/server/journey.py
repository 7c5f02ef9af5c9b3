"""A participant's way: in at the door, through the scenes, out with a completion code; and back after a lost
connection.

Owns who comes, goes and moves on. Must not know of sockets, nor of what happens inside a probe or a game.
"""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable, Mapping
from typing import Any

from core import events as ev
from core.clock import Clock, Timer, rounded
from core.experiment.experiment import Experiment, GameScene, PageScene
from core.matching.game_manager import GameManager
from core.matching.games import EndReason, Game, GameTable
from core.matching.matchmaker import GroupHistory, MatchCandidate
from core.projections.participants import Person
from core.server import wire
from core.server.recorder import Recorder
from core.server.wire import Refused

CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that are read as another
NO_RUN = "there is no run under way"
LeftReason = Any  # ParticipantLeft.reason and WaitroomLeft.reason share these values


def token_digest(token: str) -> str:
    """What the log keeps of a participant's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def scene_kind(scene: PageScene | GameScene) -> ev.SceneKind:
    """As the log names it."""
    return "game" if isinstance(scene, GameScene) else "page"


class Journey:
    """Everybody's way through the experiment. `on_gone()` is called when somebody has left or finished."""

    def __init__(
        self,
        experiment: Experiment,
        recorder: Recorder,
        clock: Clock,
        managers: Mapping[str, GameManager],
        games: GameTable,
        send: Callable[[str, str, dict[str, Any]], None],
        on_gone: Callable[[], None],
        rng: random.Random,
    ) -> None:
        self._experiment, self._recorder, self._clock = experiment, recorder, clock
        self._managers, self._games, self._send, self._on_gone = managers, games, send, on_gone
        self._rng = rng
        self._record = recorder.record
        self._index_of = {scene.id: index for index, scene in enumerate(experiment.scenes)}
        self._grace: dict[str, Timer] = {}

    # --- coming and going ---------------------------------------------------------------------------------------------

    def join(self, message: wire.Join) -> tuple[str, str]:
        """Let somebody in, or back to where they were. Returns (subject_id, token)."""
        known = self._recognise(message)
        if known is not None:
            return known
        if self._recorder.over:
            raise Refused(NO_RUN)
        if not self._recorder.run.intake_open:
            raise Refused("this session takes no new participants at the moment")
        subject_id = wire.check_subject_id(message.subject_id) if message.subject_id else self._new_subject_id()
        token = self._new_token()
        self._record(
            ev.ParticipantJoined(
                subject_id=subject_id, token_sha256=token_digest(token),
                user_agent=message.user_agent[:300], simulated=message.simulated,
            )
        )  # fmt: skip
        self._note_visibility(subject_id, message.hidden)
        self.enter_scene(self._recorder.people.people[subject_id], 0)
        return subject_id, token

    def _recognise(self, message: wire.Join) -> tuple[str, str] | None:
        """Somebody who was here before: by token, or by subject id while nobody is connected under it."""
        by_token = self._recorder.people.of_token(token_digest(message.token)) if message.token else None
        if by_token is not None and message.token is not None:
            self._come_back(by_token, message.hidden)
            return by_token.subject_id, message.token
        person = self._recorder.people.people.get(message.subject_id) if message.subject_id else None
        if person is None:
            return None
        if person.connected:
            raise Refused(
                f"{person.subject_id} is taking part in another window or on another device already; "
                "close it there first, then reload this page"
            )
        token = self._new_token()
        self._come_back(person, message.hidden, token_digest(token))
        return person.subject_id, token

    def _new_token(self) -> str:
        return base64.urlsafe_b64encode(self._rng.randbytes(24)).decode()

    def _come_back(self, person: Person, hidden: bool | None, token_sha256: str = "") -> None:
        if self._recorder.over:
            return
        away_s = 0.0 if person.away_since_s is None else self._recorder.elapsed_s - person.away_since_s
        replaced = person.connected
        if replaced and person.state in ("waiting", "probing"):
            self._manager_of(person).lost(person.subject_id)  # the other tab's peer connection is of no use here
        self._record(
            ev.ParticipantReconnected(
                subject_id=person.subject_id, away_s=rounded(max(0.0, away_s), 1000), replaced=replaced,
                token_sha256=token_sha256,
            )
        )  # fmt: skip
        self._note_visibility(person.subject_id, hidden)
        grace = self._grace.pop(person.subject_id, None)
        if grace is not None:
            grace.cancel()
        if person.state in ("waiting", "probing"):
            self._review_attention(person)
            self._manager_of(person).back(person.subject_id)
        elif person.state == "playing" and not replaced:
            self._tell_partners(person, "Your partner is back.")
        elif person.left_reason == "reconnect_timeout" and person.state == "gone":
            played = self._games.last_of(person.subject_id)
            over = played is not None and played.scene_id == person.scene_id  # it went on without them
            self.enter_scene(person, person.scene_index + over)

    def disconnected(self, subject_id: str, reason: str = "") -> None:
        """The connection is lost: their place is kept for `reconnect_s`."""
        person = self._recorder.people.people.get(subject_id)
        if person is None or not person.connected or self._recorder.over:
            return
        grace_s = self._experiment.timeouts.reconnect_s if person.present else 0.0
        self._record(ev.ParticipantDisconnected(subject_id=subject_id, reason=reason[:100], grace_s=grace_s))
        if not person.present:
            return
        self.keep_place(subject_id, grace_s)
        if person.state in ("waiting", "probing"):
            self._manager_of(person).lost(subject_id)
        elif person.state == "playing":
            self._tell_partners(person, f"Your partner lost the connection. They have {grace_s:.0f} s to come back.")

    def keep_place(self, subject_id: str, for_s: float) -> None:
        """Wait so long for somebody who is away."""
        self._grace[subject_id] = self._clock.call_later(for_s, lambda: self._on_grace_over(subject_id))

    def _on_grace_over(self, subject_id: str) -> None:
        self._grace.pop(subject_id, None)
        person = self._recorder.people.people[subject_id]
        if person.present and not person.connected:
            self.remove(person, "reconnect_timeout")

    def leave(self, subject_id: str) -> None:
        """A participant stops taking part."""
        self.remove(self.present(subject_id), "left")

    def waited_in_vain(self, subject_id: str) -> None:
        """Their time in the waitroom is up: the experiment says how they go on."""
        person, no_partner = self.present(subject_id), self._experiment.no_partner
        if no_partner.outcome == "scene":
            self._manager_of(person).leave(subject_id, "wait_timeout")
            self.enter_scene(person, self._index_of[no_partner.scene])
            self._tell_those_who_wait(subject_id)
            return
        code = no_partner.code or (self._new_code() if no_partner.outcome == "page" else "")
        self.remove(person, "wait_timeout", completion_code=code)

    def send_to(self, person: Person, index: int, *, by: str) -> None:
        """Somebody goes on from this scene, wherever they were; whoever was grouped with them is released."""
        subject_id, game_id = person.subject_id, person.game_id
        manager = self._managers.get(person.scene_id or "")
        if manager is not None:
            manager.leave(subject_id, "sent")
        self.enter_scene(person, index)
        self._tell_those_who_wait(subject_id)
        if game_id is not None:
            self._games.end(game_id, "partner_left", by)

    def remove(
        self, person: Person, reason: LeftReason, *, by: str = "", text: str = "", completion_code: str = ""
    ) -> None:
        """Somebody is out for good; whoever was grouped with them is released."""
        subject_id, game_id = person.subject_id, person.game_id
        manager = self._managers.get(person.scene_id or "")
        self._record(
            ev.ParticipantLeft(subject_id=subject_id, reason=reason, by=by, text=text, completion_code=completion_code)
        )
        grace = self._grace.pop(subject_id, None)
        if grace is not None:
            grace.cancel()
        if manager is not None:
            manager.leave(subject_id, reason)
        self._tell_those_who_wait(subject_id)
        if game_id is not None:
            self._games.end(game_id, "partner_left")
        self._on_gone()

    def _tell_those_who_wait(self, subject_id: str) -> None:
        """Whoever waits for this one in particular need not wait any longer."""
        for manager in self._managers.values():
            manager.partner_gone(subject_id)

    def set_visibility(self, subject_id: str, hidden: bool) -> None:
        """The tab went to the background or came back."""
        if self.present(subject_id).hidden != hidden:
            self._record(ev.VisibilityChanged(subject_id=subject_id, hidden=hidden))
            self._review_attention(self.present(subject_id))

    def _note_visibility(self, subject_id: str, hidden: bool | None) -> None:
        """As said while joining, before anything is decided on it; None: not said."""
        if hidden is not None and self._recorder.people.people[subject_id].hidden != hidden:
            self._record(ev.VisibilityChanged(subject_id=subject_id, hidden=hidden))

    def set_silent(self, subject_id: str, silent: bool) -> None:
        """The page stopped answering the server's pings, or answers again."""
        person = self._recorder.people.people.get(subject_id)
        if person is None or not person.present or person.silent == silent or self._recorder.over:
            return
        self._record(ev.LivenessChanged(subject_id=subject_id, silent=silent))
        self._review_attention(person)

    def _review_attention(self, person: Person) -> None:
        manager = self._managers.get(person.scene_id or "")
        if manager is not None:
            overlooked = person.hidden and not self._experiment.matching.group_hidden_tabs
            manager.set_attentive(person.subject_id, not (overlooked or person.silent))

    def measured_server_rtt(self, subject_id: str, rtt_ms: float, sample_ms: float) -> None:
        """What the server's pings say of this participant's connection."""
        person = self._recorder.people.people.get(subject_id)
        if person is None or not person.present or self._recorder.over:
            return
        self._record(
            ev.ServerRttMeasured(
                subject_id=subject_id, rtt_ms=rounded(rtt_ms, 1000), sample_ms=rounded(sample_ms, 1000)
            )
        )
        manager = self._managers.get(person.scene_id or "")
        if manager is not None:
            manager.waitroom.set_server_rtt(subject_id, rtt_ms)

    def advance(self, subject_id: str, scene_id: str, data: Any = None) -> None:
        """Done with a page. Said again for a scene that is behind them, it counts once."""
        person = self.present(subject_id)
        index = self._index_of.get(scene_id)
        if index is None:
            raise Refused(f"there is no scene {scene_id[:40]!r}")
        if index < person.scene_index:
            return
        if scene_id != person.scene_id or person.state != "page":
            raise Refused(f"you are not on page {scene_id[:40]!r}")
        self._record(ev.PageCompleted(subject_id=subject_id, scene_id=scene_id, data=wire.without_nan(data)))
        self.enter_scene(person, person.scene_index + 1)

    def enter_scene(self, person: Person, index: int) -> None:
        """The next scene of somebody's way, whatever brought them there; beyond the last they have finished."""
        subject_id = person.subject_id
        if index >= len(self._experiment.scenes):
            self._record(ev.ParticipantFinished(subject_id=subject_id, completion_code=self._completion_code()))
            for manager in self._managers.values():
                manager.memory.forget(subject_id)
            self._tell_those_who_wait(subject_id)
            self._on_gone()
            return
        scene = self._experiment.scenes[index]
        self._record(ev.SceneEntered(subject_id=subject_id, scene_id=scene.id, kind=scene_kind(scene), index=index))
        if not isinstance(scene, GameScene):
            return
        if self._recorder.run.state == "draining":
            self.remove(person, "run_ended")
            return
        manager = self._managers[scene.id]
        manager.enter(self.candidate(person, scene))
        self._review_attention(person)
        if person.excluded:
            manager.set_excluded(subject_id, True)
        if not person.connected:
            manager.lost(subject_id)

    def _completion_code(self) -> str:
        fixed = self._experiment.completion.code
        return fixed if fixed is not None else self._new_code()

    def _new_code(self) -> str:
        return "".join(self._rng.choices(CODE_LETTERS, k=8))

    def _new_subject_id(self) -> str:
        people = self._recorder.people.people
        number = len(people) + 1
        while (subject_id := f"P{number:03d}") in people:
            number += 1
        return subject_id

    def on_game_ended(self, game: Game, reason: EndReason) -> None:
        """Everybody who was in it goes on to the next scene."""
        for subject_id in game.subjects:
            person = self._recorder.people.people[subject_id]
            if person.game_id != game.game_id or reason == "run_ended":
                continue
            if reason == "partner_left":
                self._send(subject_id, "notice", {"text": "Your partner has left, so the game ended early."})
            self.enter_scene(person, person.scene_index + 1)

    def _tell_partners(self, person: Person, text: str) -> None:
        """How it is with one player; their pages keep the newest of it, for as long as the game lasts."""
        game = self._games.get(person.game_id)
        if game is None:
            return
        about = f"player-{game.subjects.index(person.subject_id)}"
        for subject_id in game.subjects:
            if subject_id != person.subject_id:
                self._send(subject_id, "notice", {"text": text, "about": about})

    # --- asked by the other parts -------------------------------------------------------------------------------------

    def present(self, subject_id: str) -> Person:
        """Somebody who takes part. Raises Refused if they do not (any more)."""
        person = self._recorder.people.people.get(subject_id)
        if person is None or not person.present or self._recorder.over:
            raise Refused(f"{subject_id[:64]} does not take part any more")
        return person

    def may_still_come(self, subject_id: str, scene_id: str) -> bool:
        """Whether they are on their way to this scene."""
        person = self._recorder.people.people.get(subject_id)
        return person is not None and person.present and person.scene_index < self._index_of[scene_id]

    def candidate(self, person: Person, scene: GameScene) -> MatchCandidate:
        """Somebody as the matchmaker of a scene sees them: with their last partners, if it wants the same again."""
        history = None
        if scene.partners == "same" and person.last_game_id is not None:
            history = GroupHistory(person.last_partners, person.last_game_scene_id or "", person.last_game_id)
        return MatchCandidate(person.subject_id, person.server_rtt_ms, history)

    def waited_s(self, person: Person) -> float:
        """How long they have waited, in seconds; 0 for somebody who does not wait."""
        waiter = self._manager_of(person).waitroom.get(person.subject_id)
        return 0.0 if waiter is None else self._clock.monotonic() - waiter.since_s

    def game_ahead(self, person: Person) -> bool:
        """Whether they would still have to be matched."""
        ahead = self._experiment.scenes[max(person.scene_index, 0) :]
        return person.state != "playing" and any(isinstance(scene, GameScene) for scene in ahead)

    def stop_waiting(self) -> None:
        """Wait for nobody's return any more."""
        for timer in self._grace.values():
            timer.cancel()

    def _manager_of(self, person: Person) -> GameManager:
        return self._managers[person.scene_id or ""]
