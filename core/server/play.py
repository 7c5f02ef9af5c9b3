"""What pages say while they measure and play, checked and passed on.

Owns that nobody speaks for somebody else here (a message counts for the participant whose socket it came from), and
that a record said twice counts once. Must not keep any other state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from core import events as ev
from core.matching.evidence import PeerReport, check_report
from core.matching.games import Game, GameTable
from core.matching.probe_coordinator import ProbeCoordinator, ProbeError, ProbeOverError
from core.server import wire
from core.server.journey import NO_RUN, Journey
from core.server.recorder import Recorder
from core.server.wire import Refused, TooLate

NO_MARKS = wire.ProbeMarks()
MOST_UNANSWERED: Final = 100  # records of one page that may be said again at once


class Play:
    """Probe and game messages. Every method raises Refused with a sentence for the page's author."""

    def __init__(
        self,
        recorder: Recorder,
        journey: Journey,
        probes: ProbeCoordinator,
        games: GameTable,
        send: Callable[[str, str, dict[str, Any]], None],
    ) -> None:
        self._recorder, self._journey, self._probes, self._games, self._send = recorder, journey, probes, games, send
        self._record = recorder.record
        self._record_ids: dict[str, tuple[str, ...]] = {}  # of each player's newest records; of most there are few

    def probe_ready(self, subject_id: str, message: wire.ProbeReady) -> None:
        """A page is ready to measure. Only somebody who joined as simulated may make answers up for both."""
        made_up = message.simulated and self._journey.present(subject_id).simulated
        try:
            self._probes.probe_ready(subject_id, message.probe_session_id, made_up=made_up)
        except ProbeError as problem:
            raise _refusal(problem) from problem

    def probe_signal(self, subject_id: str, message: wire.ProbeSignal) -> None:
        """Session descriptions and candidates, for the partner only."""
        try:
            self._probes.probe_signal(subject_id, message.probe_session_id, message.type, message.payload)
        except ProbeError as problem:
            raise _refusal(problem) from problem

    def probe_result(self, subject_id: str, message: wire.ProbeResult) -> None:
        """One side's measurement."""
        error = None if message.error is None else message.error[:200]
        report = _checked(
            message, success=message.success, rtt_ms=message.rtt_ms, error=error, simulated=message.simulated
        )
        try:
            self._probes.probe_result(subject_id, message.probe_session_id, report)
        except ProbeError as problem:
            raise _refusal(problem) from problem

    def probe_progress(self, subject_id: str, message: wire.ProbeProgress) -> None:
        """What one side knows so far."""
        report = _checked(message, success=False, so_far=True)
        try:
            self._probes.probe_progress(subject_id, message.probe_session_id, report)
        except ProbeError as problem:
            raise _refusal(problem) from problem

    def game_message(self, subject_id: str, message: wire.GameMessage) -> None:
        """Relay to the other players. Not recorded: it may hold addresses, and games record through game_data."""
        game = self._game(subject_id)
        sender = game.subjects.index(subject_id)
        if message.to is not None and not (0 <= message.to < len(game.subjects) and message.to != sender):
            raise Refused(f"there is no other player with index {message.to}")
        for index, other in enumerate(game.subjects):
            if index != sender and message.to in (None, index):
                self._send(other, "game_message", {"from": sender, "payload": message.payload})

    def game_data(self, subject_id: str, data: Any, record_id: str | None = None) -> None:
        """Record what a player's page measured; taken as long as the game's scene is the last one they played. Said
        again with the same id, it counts once.
        """
        if self._recorder.over:
            raise Refused(NO_RUN)
        known = self._record_ids.get(subject_id, ())
        if record_id is not None and record_id in known:
            return
        game = self._games.last_of(subject_id)
        if game is None:
            raise Refused("you are not in a game")
        self._record(
            ev.GameData(
                game_id=game.game_id, scene_id=game.scene_id, subject_id=subject_id, data=wire.without_nan(data),
                record_id=record_id or "",
            )
        )  # fmt: skip
        if record_id:
            self.remember(subject_id, record_id)

    def remember(self, subject_id: str, record_id: str) -> None:
        """This record of theirs is in the log."""
        known = self._record_ids.get(subject_id, ())
        self._record_ids[subject_id] = (*known[1 - MOST_UNANSWERED :], record_id)

    def game_finished(self, subject_id: str, data: Any = None, record_id: str | None = None) -> None:
        """A player's page says the game is over."""
        game = self._game(subject_id)
        if data is not None:
            self.game_data(subject_id, data, record_id)
        self._games.player_finished(game.game_id, subject_id)

    def _game(self, subject_id: str) -> Game:
        game = self._games.get(self._journey.present(subject_id).game_id)
        if game is not None:
            return game
        if self._games.last_of(subject_id) is not None:
            raise TooLate("your game is over")
        raise Refused("you are not in a game")


def _refusal(problem: ProbeError) -> Refused:
    return TooLate(str(problem)) if isinstance(problem, ProbeOverError) else Refused(str(problem))


def _checked(
    message: wire.ProbeResult | wire.ProbeProgress,
    *,
    success: bool,
    rtt_ms: float | None = None,
    error: str | None = None,
    simulated: bool = False,
    so_far: bool = False,
) -> PeerReport:
    """What a page says of a probe, with its numbers checked. Raises Refused."""
    marks, ice = message.marks or NO_MARKS, None
    if message.ice_state is not None or message.ice_errors:
        known_ms = {name: value for name, value in msgspec.structs.asdict(marks).items() if value is not None}
        ice = ev.IceEvidence(message.ice_state, sorted(set(message.ice_errors)), known_ms)
    try:
        return check_report(
            success=success, rtt_ms=rtt_ms, samples_ms=message.samples_ms, sent=message.sent, path=message.path,
            hidden=message.hidden, error=error, connected_ms=marks.open_ms, simulated=simulated, ice=ice, so_far=so_far,
        )  # fmt: skip
    except ValueError as problem:
        raise Refused(f"{'probe_progress' if so_far else 'probe_result'}: {problem}") from problem
