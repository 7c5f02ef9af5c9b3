"""Who is in the run and where: the fold that the console shows and that the engine itself goes by.

Owns each participant's recorded state. Must not hold anything that is not in the log (sockets, timers): a rebuilt
engine starts from exactly this.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from core import events as ev
from core.projections.base import Projection

PersonState = Literal["page", "waiting", "probing", "playing", "done", "gone"]
STATES: tuple[PersonState, ...] = ("page", "waiting", "probing", "playing", "done", "gone")
PRESENT: frozenset[PersonState] = frozenset(("page", "waiting", "probing", "playing"))


class Person(msgspec.Struct):
    """One participant. Times are `elapsed_s` of the run.

    `partners` holds everybody they have played with, `last_partners` those of the game they play or played last, in
    player order.
    """

    subject_id: str
    joined_s: float
    token_sha256: str = ""
    user_agent: str = ""
    simulated: bool = False
    state: PersonState = "page"
    state_since_s: float = 0.0
    connected: bool = True
    away_since_s: float | None = None
    hidden: bool = False
    silent: bool = False
    scene_id: str | None = None
    scene_index: int = -1
    waiting_since_s: float | None = None
    tries: int = 0
    server_rtt_ms: float | None = None
    game_id: str | None = None
    partners: set[str] = set()
    last_partners: list[str] = []
    last_game_id: str | None = None
    last_game_scene_id: str | None = None
    completion_code: str | None = None
    left_reason: str | None = None

    @property
    def present(self) -> bool:
        """Still on the way through the scenes (connected or not)."""
        return self.state in PRESENT


class ParticipantsProjection(Projection):
    """`people` by subject id, in order of joining; `present` counts those still on the way through the scenes."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, Person] = {}
        self.present = 0
        self._subject_of: dict[str, str] = {}  # by token_sha256

    def of_token(self, token_sha256: str) -> Person | None:
        """Whose token has this digest; None: nobody's."""
        return self.people.get(self._subject_of.get(token_sha256, ""))

    def _give_token(self, person: Person, token_sha256: str) -> None:
        if not token_sha256:
            return
        self._subject_of.pop(person.token_sha256, None)
        person.token_sha256 = token_sha256
        self._subject_of[token_sha256] = person.subject_id

    def counts(self) -> dict[str, int]:
        """How many are in each state, and `away`: present but not connected (also counted under their state)."""
        counts: dict[str, int] = dict.fromkeys((*STATES, "away"), 0)
        for person in self.people.values():
            counts[person.state] += 1
            counts["away"] += person.present and not person.connected
        return counts

    def _move(self, subject_id: str, state: PersonState, at_s: float) -> Person:
        person = self.people[subject_id]
        self.present += (state in PRESENT) - person.present
        person.state, person.state_since_s = state, at_s
        return person

    def _back_to_wait(self, subjects: list[str] | tuple[str, ...], at_s: float) -> None:
        for subject_id in subjects:
            if self.people[subject_id].state == "probing":
                self._move(subject_id, "waiting", at_s)

    def on_participant_joined(self, event: ev.ParticipantJoined) -> None:
        """A new line in the list."""
        person = self.people[event.subject_id] = Person(
            event.subject_id, event.elapsed_s, user_agent=event.user_agent, simulated=event.simulated,
            state_since_s=event.elapsed_s,
        )  # fmt: skip
        self._give_token(person, event.token_sha256)
        self.present += 1

    def on_participant_disconnected(self, event: ev.ParticipantDisconnected) -> None:
        """Away; the state they were in is kept."""
        person = self.people[event.subject_id]
        person.connected, person.away_since_s = False, event.elapsed_s

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """Back where they were."""
        person = self.people[event.subject_id]
        person.connected, person.away_since_s, person.hidden, person.silent = True, None, False, False
        self._give_token(person, event.token_sha256)

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """Gone for good."""
        person = self._move(event.subject_id, "gone", event.elapsed_s)
        person.left_reason, person.waiting_since_s, person.game_id = event.reason, None, None
        person.completion_code = event.completion_code or None

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """Through every scene."""
        self._move(event.subject_id, "done", event.elapsed_s).completion_code = event.completion_code

    def on_scene_entered(self, event: ev.SceneEntered) -> None:
        """In another scene; a game scene begins in its waitroom, which has an event of its own."""
        person = self._move(event.subject_id, "page", event.elapsed_s)
        person.scene_id, person.scene_index, person.game_id = event.scene_id, event.index, None

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """Waiting for partners from now on."""
        self._move(event.subject_id, "waiting", event.elapsed_s).waiting_since_s = event.elapsed_s

    def on_waitroom_left(self, event: ev.WaitroomLeft) -> None:
        """Waits no more."""
        self.people[event.subject_id].waiting_since_s = None

    def on_visibility_changed(self, event: ev.VisibilityChanged) -> None:
        """Tab in the background or not."""
        self.people[event.subject_id].hidden = event.hidden

    def on_liveness_changed(self, event: ev.LivenessChanged) -> None:
        """Answers the server's pings or not."""
        self.people[event.subject_id].silent = event.silent

    def on_server_rtt_measured(self, event: ev.ServerRttMeasured) -> None:
        """Newest median."""
        self.people[event.subject_id].server_rtt_ms = event.rtt_ms

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """Both are being measured; a first attempt counts as a try."""
        for subject_id in (event.subject_a, event.subject_b):
            person = self._move(subject_id, "probing", event.elapsed_s)
            person.tries += event.attempt == 1

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Back to waiting."""
        self._back_to_wait(event.subjects, event.elapsed_s)

    def on_game_started(self, event: ev.GameStarted) -> None:
        """Playing, with these partners."""
        for subject_id in event.subjects:
            person = self._move(subject_id, "playing", event.elapsed_s)
            person.game_id = person.last_game_id = event.game_id
            person.last_game_scene_id = event.scene_id
            person.last_partners = [other for other in event.subjects if other != subject_id]
            person.partners.update(person.last_partners)
