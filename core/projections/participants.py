"""Who is in the run and where: the fold that the console shows and that the engine itself goes by.

Owns each participant's recorded state. Must not hold anything that is not in the log (sockets, timers): a rebuilt
engine starts from exactly this.

Texts that many have in common (a scene, a browser) are kept once (`intern`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from sys import intern
from typing import Any, Literal

import msgspec

from core import events as ev
from core.projections.base import Block, Folds, Projection
from core.projections.shelf import Shelf

PersonState = Literal["page", "waiting", "probing", "playing", "done", "gone"]
STATES: tuple[PersonState, ...] = ("page", "waiting", "probing", "playing", "done", "gone")
PRESENT: frozenset[PersonState] = frozenset(("page", "waiting", "probing", "playing"))


class Person(msgspec.Struct, array_like=True, gc=False):
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
    partners: tuple[str, ...] = ()
    last_partners: list[str] = []
    last_game_id: str | None = None
    last_game_scene_id: str | None = None
    completion_code: str | None = None
    left_reason: str | None = None
    excluded: bool = False

    @property
    def present(self) -> bool:
        """Still on the way through the scenes (connected or not)."""
        return self.state in PRESENT


class People:
    """Everybody by subject id, in order of joining; those put away come last.

    Whoever was put away is at hand again once they are asked for, so that what is changed in them is kept.
    """

    def __init__(self) -> None:
        self._at_hand: dict[str, Person] = {}
        self._subject_of: dict[str, str] = {}  # by token_sha256, of those at hand
        self._away = Shelf()

    def add(self, person: Person) -> None:
        """Somebody who is to be found from now on."""
        self._at_hand[person.subject_id] = person
        if person.token_sha256:
            self._subject_of[person.token_sha256] = person.subject_id

    def give_token(self, person: Person, token_sha256: str) -> None:
        """Know them by the token with this digest and by no other."""
        self._subject_of.pop(person.token_sha256, None)
        person.token_sha256 = token_sha256
        self.add(person)

    def of_token(self, token_sha256: str) -> Person | None:
        """Whose token has this digest; None: nobody's."""
        subject_id = self._subject_of.get(token_sha256)
        return self._at_hand[subject_id] if subject_id is not None else self._fetch(_by_token(token_sha256))

    def get(self, subject_id: str) -> Person | None:
        """Who has this subject id; None: nobody."""
        return self._at_hand.get(subject_id) or self._fetch(_by_id(subject_id))

    def __getitem__(self, subject_id: str) -> Person:
        try:
            return self._at_hand[subject_id]
        except KeyError:
            person = self._fetch(_by_id(subject_id))
            if person is None:
                raise
            return person

    def __contains__(self, subject_id: str) -> bool:
        return self.get(subject_id) is not None

    def __len__(self) -> int:
        return len(self._at_hand) + len(self._away)

    def __iter__(self) -> Iterator[str]:
        return (person.subject_id for person in self.values())

    def values(self) -> list[Person]:
        """Everybody; what is changed in somebody who is away is lost."""
        return [*self._at_hand.values(), *map(_decoder.decode, self._away)]

    def items(self) -> list[tuple[str, Person]]:
        """As `values`, with the subject ids."""
        return [(person.subject_id, person) for person in self.values()]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, People) and dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment]  # they change

    def __repr__(self) -> str:
        return f"People({self.values()!r})"

    def put_away(self) -> None:
        """Keep those who are gone and not connected in little memory."""
        gone = [person for person in self._at_hand.values() if not person.present and not person.connected]
        for person in gone:
            self._away.put(_names(person), _encoder.encode(person))
            del self._at_hand[person.subject_id]
            self._subject_of.pop(person.token_sha256, None)
        self._at_hand, self._subject_of = dict(self._at_hand), dict(self._subject_of)  # no dict shrinks by itself

    def at_hand(self) -> dict[str, Person]:
        """Those not put away, by subject id."""
        return self._at_hand

    def take(self, at_hand: dict[str, Person]) -> None:
        """Be these and nobody else."""
        self._at_hand, self._away = at_hand, Shelf()
        self._subject_of = {person.token_sha256: name for name, person in at_hand.items() if person.token_sha256}

    def _fetch(self, name: str) -> Person | None:
        for record in self._away.find(name):
            person = _decoder.decode(record)
            if name in _names(person):
                self._away.take(_names(person), record)
                self.add(person)
                return person
        return None


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Person)


def _by_id(subject_id: str) -> str:
    return f"id {subject_id}"


def _by_token(token_sha256: str) -> str:
    return f"token {token_sha256}"


def _names(person: Person) -> list[str]:
    by_token = [_by_token(person.token_sha256)] if person.token_sha256 else []
    return [_by_id(person.subject_id), *by_token]


class ParticipantsProjection(Projection):
    """`people` by subject id, in order of joining."""

    TABLES = ("people",)

    def __init__(self) -> None:
        super().__init__()
        self.people = People()
        self._counts: dict[str, int] = dict.fromkeys((*STATES, "away"), 0)

    def _tables(self) -> dict[str, dict[str, Any]]:
        return {"people": self.people.at_hand()}

    def _take_tables(self, tables: Mapping[str, dict[str, Any]]) -> None:
        self.people = People()
        self.people.take(tables["people"])

    def _own(self, subject_id: str) -> None:
        self._own_in("people", self.people.at_hand(), subject_id)

    def of_token(self, token_sha256: str) -> Person | None:
        """Whose token has this digest; None: nobody's."""
        return self.people.of_token(token_sha256)

    @property
    def present(self) -> int:
        """How many are still on the way through the scenes, connected or not."""
        return sum(map(self._counts.__getitem__, PRESENT))

    def counts(self) -> dict[str, int]:
        """How many are in each state, and `away`: present but not connected (also counted under their state)."""
        return dict(self._counts)

    def _count(self, person: Person, by: int) -> None:
        """Taken out (-1) before a change and put in (1) after it: a look at everybody would cost 10 ms at 10,000."""
        self._counts[person.state] += by
        if person.present and not person.connected:
            self._counts["away"] += by

    def fold_block(self, block: Block, folds: Folds) -> None:
        """Nobody changes whom the event does not name."""
        self._touch_all(block)
        super().fold_block(block, folds)

    def _person(self, subject_id: str) -> Person:
        """Theirs, to be changed."""
        return self.people._at_hand.get(subject_id) or self.people[subject_id]

    def _move(self, subject_id: str, state: PersonState, at_s: float) -> Person:
        person = self._person(subject_id)
        self._enter(person, state, at_s)
        return person

    def _enter(self, person: Person, state: PersonState, at_s: float) -> None:
        before = person.state
        if before != state:
            counts = self._counts
            counts[before] -= 1
            counts[state] += 1
            if not person.connected:
                counts["away"] += (state in PRESENT) - (before in PRESENT)
            person.state = state
        person.state_since_s = at_s

    def on_participant_joined(self, event: ev.ParticipantJoined) -> None:
        """A new line in the list."""
        person = Person(
            event.subject_id, event.elapsed_s, event.token_sha256, user_agent=intern(event.user_agent),
            simulated=event.simulated, state_since_s=event.elapsed_s,
        )  # fmt: skip
        self.people.add(person)
        self._count(person, 1)

    def on_participant_disconnected(self, event: ev.ParticipantDisconnected) -> None:
        """Away; the state they were in is kept."""
        person = self._person(event.subject_id)
        self._count(person, -1)
        person.connected, person.away_since_s = False, event.elapsed_s
        self._count(person, 1)

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """Back where they were."""
        person = self._person(event.subject_id)
        self._count(person, -1)
        person.connected, person.away_since_s, person.hidden, person.silent = True, None, False, False
        self._count(person, 1)
        if event.token_sha256:
            self.people.give_token(person, event.token_sha256)

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
        person.scene_id, person.scene_index, person.game_id = intern(event.scene_id), event.index, None

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """Waiting for partners from now on."""
        self._move(event.subject_id, "waiting", event.elapsed_s).waiting_since_s = event.elapsed_s

    def on_waitroom_left(self, event: ev.WaitroomLeft) -> None:
        """Waits no more."""
        self._person(event.subject_id).waiting_since_s = None

    def on_visibility_changed(self, event: ev.VisibilityChanged) -> None:
        """Tab in the background or not."""
        self._person(event.subject_id).hidden = event.hidden

    def on_liveness_changed(self, event: ev.LivenessChanged) -> None:
        """Answers the server's pings or not."""
        self._person(event.subject_id).silent = event.silent

    def on_participant_excluded(self, event: ev.ParticipantExcluded) -> None:
        """Kept out of matching by the operator, or not any more."""
        self._person(event.subject_id).excluded = event.excluded

    def on_server_rtt_measured(self, event: ev.ServerRttMeasured) -> None:
        """Newest median."""
        self._person(event.subject_id).server_rtt_ms = event.rtt_ms

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """Both are being measured; a first attempt counts as a try."""
        is_try, at_s = event.attempt == 1, event.elapsed_s
        for subject_id in (event.subject_a, event.subject_b):
            person = self._person(subject_id)
            self._enter(person, "probing", at_s)
            person.tries += is_try

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Back to waiting."""
        for subject_id in event.subjects:
            person = self._person(subject_id)
            if person.state == "probing":
                self._enter(person, "waiting", event.elapsed_s)

    def on_game_started(self, event: ev.GameStarted) -> None:
        """Playing, with these partners."""
        for subject_id in event.subjects:
            person = self._move(subject_id, "playing", event.elapsed_s)
            person.game_id = person.last_game_id = event.game_id
            person.last_game_scene_id = intern(event.scene_id)
            person.last_partners = partners = [other for other in event.subjects if other != subject_id]
            known = person.partners
            person.partners += tuple([other for other in partners if other not in known] if known else partners)
