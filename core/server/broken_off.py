"""What was under way when a run's log broke off, because its engine was ended in the midst of it.

Owns this fold of the log: open waits, groups, probes and games, steps that were begun and not finished, and what is
remembered of pairs. Must not decide what becomes of any of it: resumption.py does.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from core import events as ev
from core.matching.pairing import PairMemory
from core.projections.base import Projection
from core.server.play import MOST_UNANSWERED


@dataclass(slots=True)
class Wait:
    """Times are `elapsed_s`; `until_s` None: without limit."""

    scene_id: str
    since_s: float
    until_s: float | None


@dataclass(slots=True)
class Numbers:
    """The newest that was given to a group (by scene), a probe and a game."""

    groups: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    probe: int = 0
    game: int = 0


class BrokenOff(Projection):
    """Fed with the whole log. `memory` takes what it says of pairs; `monotonic_s` turns `elapsed_s` into its times.

    `waits` by subject id, in order of entering; `groups` by scene and id, `probes` and `games` by id, are open ones;
    `formed` are matches whose game has not begun. `played` are all games, oldest first, `finished` who is through with
    theirs; `completed` is the page that somebody completed and has not left, `record_ids` are their newest records.
    `ending`: everybody was being sent away.
    """

    def __init__(self, memory: PairMemory, monotonic_s: Callable[[float], float]) -> None:
        super().__init__()
        self._memory, self._monotonic_s = memory, monotonic_s
        self._measured: dict[tuple[str, str], list[ev.ProbeCompleted]] = {}
        self._draining = False
        self.waits: dict[str, Wait] = {}
        self.groups: dict[tuple[str, str], ev.MatchProposed] = {}
        self.probes: dict[str, ev.ProbeStarted] = {}
        self.formed: dict[str, ev.MatchFormed] = {}
        self.games: dict[str, ev.GameStarted] = {}
        self.played: list[ev.GameStarted] = []
        self.finished: dict[str, set[str]] = defaultdict(set)
        self.completed: dict[str, str] = {}
        self.record_ids: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=MOST_UNANSWERED))
        self.numbers = Numbers()
        self.ending = False

    # --- people -------------------------------------------------------------------------------------------------------

    def on_run_ending(self, _: ev.RunEnding) -> None:
        """People without a game are sent away; those who play may finish."""
        self._draining = True

    def on_participant_left(self, event: ev.ParticipantLeft) -> None:
        """Nobody asks for their pairs any more."""
        self._memory.forget(event.subject_id)
        self.ending |= event.reason == "run_ended" and not self._draining

    def on_participant_finished(self, event: ev.ParticipantFinished) -> None:
        """As one who left."""
        self._memory.forget(event.subject_id)

    def on_page_completed(self, event: ev.PageCompleted) -> None:
        """The next scene follows."""
        self.completed[event.subject_id] = event.scene_id

    def on_scene_entered(self, event: ev.SceneEntered) -> None:
        """There it is."""
        self.completed.pop(event.subject_id, None)

    # --- waits --------------------------------------------------------------------------------------------------------

    def on_waitroom_entered(self, event: ev.WaitroomEntered) -> None:
        """In order of entering."""
        until_s = None if event.wait_s is None else event.elapsed_s + event.wait_s
        self.waits[event.subject_id] = Wait(event.scene_id, event.elapsed_s, until_s)

    def on_waitroom_left(self, event: ev.WaitroomLeft) -> None:
        """Whoever did not find a group and goes on leaves their pairs behind."""
        self.waits.pop(event.subject_id, None)
        if event.reason != "matched":
            self._memory.forget(event.subject_id)

    def on_waiting_extended(self, event: ev.WaitingExtended) -> None:
        """From where the end is, or from now."""
        for wait in map(self.waits.get, event.subjects):
            if wait is not None and wait.until_s is not None:
                wait.until_s = max(wait.until_s, event.elapsed_s) + event.by_s

    # --- groups -------------------------------------------------------------------------------------------------------

    def on_match_proposed(self, event: ev.MatchProposed) -> None:
        """No verdict yet."""
        self.groups[event.scene_id, event.group_id] = event
        self.numbers.groups[event.scene_id] = _number(event.group_id)

    def on_probe_started(self, event: ev.ProbeStarted) -> None:
        """No result yet."""
        self.probes[event.probe_session_id] = event
        self.numbers.probe = max(self.numbers.probe, _number(event.probe_session_id))

    def on_probe_failed(self, event: ev.ProbeFailed) -> None:
        """None will come."""
        self.probes.pop(event.probe_session_id, None)

    def on_probe_completed(self, event: ev.ProbeCompleted) -> None:
        """What is remembered of it goes by the verdict on its group."""
        self.probes.pop(event.probe_session_id, None)
        self._measured.setdefault((event.scene_id, event.group_id), []).append(event)

    def on_match_rejected(self, event: ev.MatchRejected) -> None:
        """Two who could not be measured are not put together for a while."""
        self._verdict(event.scene_id, event.group_id)
        if len(event.worst) == 2 and event.rtt_ms is None:
            self._remember(event.worst, event.reason, event)

    def on_match_formed(self, event: ev.MatchFormed) -> None:
        """A game follows."""
        self._verdict(event.scene_id, event.group_id)
        self.formed[event.game_id] = event
        self.numbers.game = max(self.numbers.game, _number(event.game_id))

    def _verdict(self, scene_id: str, group_id: str) -> None:
        self.groups.pop((scene_id, group_id), None)
        for probe in self._measured.pop((scene_id, group_id), ()):
            self._remember((probe.subject_a, probe.subject_b), "accepted" if probe.accepted else "slow", probe)

    def _remember(self, pair: Collection[str], reason: Any, event: ev.ProbeCompleted | ev.MatchRejected) -> None:
        a, b = sorted(pair)
        at_s = self._monotonic_s(event.elapsed_s)
        self._memory.remember(a, b, reason, at_s, event.rtt_ms, event.max_p2p_rtt_ms)

    # --- games --------------------------------------------------------------------------------------------------------

    def on_game_started(self, event: ev.GameStarted) -> None:
        """Until it ends."""
        self.formed.pop(event.game_id, None)
        self.games[event.game_id] = event
        self.played.append(event)

    def on_player_finished(self, event: ev.PlayerFinished) -> None:
        """The others still play."""
        self.finished[event.game_id].add(event.subject_id)

    def on_game_data(self, event: ev.GameData) -> None:
        """A page that did not hear that it was recorded says it again."""
        if event.record_id:
            self.record_ids[event.subject_id].append(event.record_id)

    def on_game_ended(self, event: ev.GameEnded) -> None:
        """Over."""
        self.games.pop(event.game_id, None)
        self.ending |= event.reason == "run_ended"


def _number(name: str) -> int:
    """Of `group-12`, 12; of a name that is none of ours, 0."""
    digits = name.rpartition("-")[2]
    return int(digits) if digits.isascii() and digits.isdigit() else 0
