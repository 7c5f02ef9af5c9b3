"""What became of everybody, and why did those who did not play not?

Owns, for each person, their games and the answer that stood when they stopped waiting; and whether anybody who waits
could still be grouped. Must not run the matchmaker: a pair is out because a rejection was recorded, not because it is
judged here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core import events as ev
from core.projections import words
from core.projections.base import Projection
from core.projections.participants import ParticipantsProjection, Person
from core.projections.run import RunProjection

QUIET_S = 45.0  # without a proposal, a verdict or an arrival: whoever is not tried by then is not about to be
FAULTS = 3  # probes in a row in which somebody's own page did not answer: before, it may have been the other's fault
NO_WEBRTC = "no_webrtc"
OWN_DOING = ("left", "removed", "reconnect_timeout")


class FatesProjection(Projection):
    """`people` and `run` are the folds of that name; `games` counts each person's games.

    `answers[subject_id]` is a sentence on why they were not matched, taken when they stopped waiting or when the run
    went to its end; `passed_over[subject_id]` names the group they could have played in then by all that is recorded.
    `picky`: the experiment's matchmaker refuses people by rules of its own, so that being passed over tells nothing.
    """

    def __init__(self, *, picky: bool = False, hidden_too: bool = False) -> None:
        super().__init__()
        self.people, self.run = ParticipantsProjection(), RunProjection()
        self.games: Counter[str] = Counter()
        self.answers: dict[str, str] = {}
        self.passed_over: dict[str, list[str]] = {}
        self._picky, self._hidden_too = picky, hidden_too
        self._verdicts: dict[str, dict[str, tuple[str, float | None]]] = {}  # (reason, rtt_ms) by pair, for ever
        self._faults: Counter[str] = Counter()
        self._unable: set[str] = set()
        self._moved_s = 0.0

    def apply(self, event: ev.Event) -> None:
        """Note the answers of those who stop waiting before they are gone from the other folds."""
        if isinstance(event, ev.RunEnding):
            for person in self._waiting():
                self._note(person)
        elif isinstance(event, ev.WaitroomLeft):
            self._on_waitroom_left(event)
        self.people.apply(event)
        self.run.apply(event)
        super().apply(event)

    # --- does anybody still have a chance? ----------------------------------------------------------------------------

    def at_rest(self, expected: int) -> bool:
        """Whether `expected` people came, nobody can come into a waitroom any more, and nobody there can be grouped."""
        if len(self.people.people) < expected or any(self._may_come(person) for person in self.people.people.values()):
            return False
        if self.run.last_elapsed_s - self._moved_s > QUIET_S:
            return True
        return not any(self.could_play_with(person.subject_id) for person in self._waiting())

    def could_play_with(self, subject_id: str) -> list[str]:
        """A whole group around this waiting person, none of whose pairs was refused; empty if there is none."""
        me = self.people.people[subject_id]
        if not self._takes_part(me):
            return []
        others = [p.subject_id for p in self._waiting() if p.scene_id == me.scene_id and self._takes_part(p)]
        partners = [other for other in others if other != subject_id and self.is_open(subject_id, other)]
        return self._complete([subject_id], partners)

    def is_open(self, a: str, b: str) -> bool:
        """Whether nothing recorded keeps these two apart: a cool-down that is over does not make strangers of them."""
        reason, rtt_ms = self._verdicts.get(a, {}).get(b, ("", None))
        limit_ms = self.run.max_p2p_rtt_ms
        if limit_ms is None or reason in ("", "left"):
            return True
        return rtt_ms is not None and rtt_ms <= limit_ms

    def _complete(self, group: list[str], candidates: Sequence[str]) -> list[str]:
        if len(group) == self.run.group_size:
            return group
        for number, candidate in enumerate(candidates):
            rest = [other for other in candidates[number + 1 :] if self.is_open(candidate, other)]
            found = self._complete([*group, candidate], rest)
            if found:
                return found
        return []

    def _waiting(self) -> list[Person]:
        return [person for person in self.people.people.values() if person.state in ("waiting", "probing")]

    def _takes_part(self, person: Person) -> bool:
        return not self._own_obstacle(person)

    def _own_obstacle(self, person: Person) -> str:
        """What keeps this person from playing with anybody; "" if nothing does."""
        if not person.connected:
            return "the connection was lost"
        if person.silent:
            return "the page did not answer"
        if person.hidden and not self._hidden_too:
            return "the tab was in the background"
        if self.run.max_p2p_rtt_ms is None:
            return ""
        if person.subject_id in self._unable:
            return "the browser allows no WebRTC"
        faults = self._faults[person.subject_id]
        return f"the page was silent in {faults} probes" if faults >= FAULTS else ""

    def _may_come(self, person: Person) -> bool:
        """Whether they are away from a waitroom they may yet stand in."""
        if not person.present:
            return False
        if person.state in ("waiting", "probing"):
            return not person.connected
        last_game = max((i for i, scene in enumerate(self.run.scenes) if scene.kind == "game"), default=-1)
        return person.scene_index < last_game or (person.state == "page" and person.scene_index == last_game)

    # --- why not ------------------------------------------------------------------------------------------------------

    def _on_waitroom_left(self, event: ev.WaitroomLeft) -> None:
        if event.reason in OWN_DOING:
            waited = f"waited {event.waited_s:.0f} s, then {words.LEFT_REASONS[event.reason]}"
            self.answers[event.subject_id] = f"{waited}; {self._tried(event.subject_id)}"
        elif event.reason != "matched" and self.run.state != "draining":
            self._note(self.people.people[event.subject_id])

    def _note(self, person: Person) -> None:
        subject_id = person.subject_id
        waited_s = self.run.last_elapsed_s - (person.waiting_since_s or 0.0)
        parts = [f"waited {waited_s:.0f} s", self._tried(subject_id)]
        group = self.could_play_with(subject_id)
        if obstacle := self._own_obstacle(person):
            parts.append(obstacle)
        elif group and self._picky:
            parts.append(f"the matchmaker ({words.plain(self.run.matchmaker)}) chose no group for them")
        elif group:
            self.passed_over[subject_id] = group[1:]
            parts.append(f"could have played with {words.names(group[1:])}")
        else:
            parts.append("nobody was left to play with")
        self.answers[subject_id] = "; ".join(parts)

    def _tried(self, subject_id: str) -> str:
        """With how many, and what came of it."""
        limit_ms = self.run.max_p2p_rtt_ms
        verdicts = [v for v in self._verdicts.get(subject_id, {}).values() if v[0]]
        if not verdicts:
            return "tried with nobody"
        slow = sorted(rtt_ms for _, rtt_ms in verdicts if rtt_ms is not None and limit_ms and rtt_ms > limit_ms)
        counts = Counter(reason for reason, rtt_ms in verdicts if rtt_ms is None)
        told = [f"{len(slow)} over {limit_ms} ms (nearest {words.ms(slow[0])})"] if slow else []
        told += [f"{counts[reason]} {word}" for reason, word in _UNMEASURED.items() if counts[reason]]
        near = len(verdicts) - len(slow) - counts.total()
        told += [f"{near} near enough"] if near else []
        return f"tried with {len(verdicts)}: {', '.join(told)}"

    # --- folds --------------------------------------------------------------------------------------------------------

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """Another chance for those who wait."""
        self._moved_s = event.elapsed_s

    def on_match_proposed(self, event: ev.MatchProposed) -> None:
        """Matching is at work."""
        self._moved_s = event.elapsed_s

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        """A measurement: both answered."""
        self._clear(event.subject_a)
        self._clear(event.subject_b)
        self._learn(event.subject_a, event.subject_b, "measured", event.rtt_ms)

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        """Whose browser cannot connect to anybody."""
        self._unable.update(peer.subject_id for peer in event.peers if peer.error == NO_WEBRTC)

    def on_participant_reconnected(self, event: ev.ParticipantReconnected) -> None:
        """A new page is a new chance."""
        self._clear(event.subject_id)

    def _clear(self, subject_id: str) -> None:
        self._faults[subject_id] = 0
        self._unable.discard(subject_id)

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """A verdict, on the worst pair, and on whoever did not answer."""
        self._moved_s = event.elapsed_s
        if event.reason != "slow":
            self._faults.update(event.rests_s.keys())
        if len(event.worst) == 2:
            a, b = event.worst
            self._learn(a, b, event.reason, event.rtt_ms)

    def _learn(self, a: str, b: str, reason: str, rtt_ms: float | None) -> None:
        self._verdicts.setdefault(a, {})[b] = self._verdicts.setdefault(b, {})[a] = (reason, rtt_ms)

    def on_game_started(self, event: ev.GameStarted) -> None:
        """They play."""
        self._moved_s = event.elapsed_s
        for subject_id in event.subjects:
            self.games[subject_id] += 1
            self.answers.pop(subject_id, None)


_UNMEASURED = {
    "unreachable": "could not be reached",
    "timeout": "did not answer in time",
    "left": "went before it was measured",
}
