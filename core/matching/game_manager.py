"""One game scene's matching: from the waitroom over a proposal and its probes to a game, or back.

Owns the groups being probed and their verdicts; DESIGN §4 is its specification. Must not measure (ProbeCoordinator),
choose (Matchmaker), keep the waitroom (WaitingSide), talk to pages or know of other scenes. Everything runs in one
thread and one turn at a time; a pass is asked for, never run from inside whatever asked for it.
"""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

from core import events as ev
from core.clock import Clock, SystemClock, rounded
from core.matching.game_parts import GameSettings, MatchLog, PendingMatch, Prober, Recallable
from core.matching.games import Game, GameTable
from core.matching.group_finder import GroupFinder
from core.matching.matchmaker import GroupReunionMatchmaker, MatchCandidate, Matchmaker
from core.matching.pairing import PairMemory, PairVerdict
from core.matching.roll_call import Presence
from core.matching.waiting import WaitingSide
from core.matching.waitroom import Waiter

REUNION = "GroupReunion"  # how a reunited group's matchmaker is named in the log


class GameManager(WaitingSide):
    """Matches one scene's waitroom; `on_matched(game)` and `on_wait_timeout(subject_id)` say what came of it."""

    def __init__(
        self,
        matchmaker: Matchmaker,
        probe_coordinator: Prober | None = None,
        match_logger: MatchLog | None = None,
        *,
        scene_id: str = "game",
        group_size: int = 2,
        settings: GameSettings | None = None,
        memory: PairMemory | None = None,
        games: GameTable | None = None,
        record: Callable[[ev.Event], object] = lambda _event: None,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        on_matched: Callable[[Game], None] = lambda _game: None,
        on_wait_timeout: Callable[[str], None] = lambda _subject_id: None,
        ruled_out: Callable[[str, str], bool] = lambda _a, _b: False,
        may_still_come: Callable[[str], bool] = lambda _subject_id: False,
        presence: Presence | None = None,
        on_silent: Callable[[str], None] = lambda _subject_id: None,
    ) -> None:
        super().__init__(
            matchmaker, scene_id, settings or GameSettings(), memory if memory is not None else PairMemory(),
            record, clock or SystemClock(), on_wait_timeout, may_still_come, presence, on_silent,
        )  # fmt: skip
        self.probe_coordinator, self.match_logger, self.group_size = probe_coordinator, match_logger, group_size
        self._recallable = probe_coordinator if isinstance(probe_coordinator, Recallable) else None
        self.finder = GroupFinder(
            matchmaker, self.waitroom, self.memory, self.rests, self.clock, group_size, self._rules_out
        )
        self.games = games if games is not None else GameTable(record, self.clock)
        self._rng = rng or random.Random()  # noqa: S311 -- seeds of games, no secrets
        self._on_matched, self._ruled_out = on_matched, ruled_out
        self._pending_matches: dict[str, PendingMatch] = {}  # by probe session
        self._groups: dict[str, PendingMatch] = {}  # by group, from proposal to verdict
        self.numbered = 0  # the newest group

    # --- the waitroom's hooks -----------------------------------------------------------------------------------------

    def _drop_probes(self, subject_id: str) -> None:
        if self._roll_call is not None:
            self._roll_call.release(subject_id)
        waiter = self.waitroom.get(subject_id)
        if waiter is None or waiter.group_id is None:
            return
        if self._recallable is not None:
            self._recallable.cancel(subject_id, "left")
        group = self._groups.get(waiter.group_id)
        if group is not None:  # the coordinator knew nothing of this group
            self._finish_group(group, "left", None)

    def _call_off(self, subject_id: str) -> None:
        """Whatever group somebody is about to be in: they are free, and so is everybody in it."""
        if self._roll_call is not None:
            self._roll_call.release(subject_id)
        waiter = self.waitroom.get(subject_id)
        group = self._groups.get(waiter.group_id or "") if waiter is not None else None
        if group is not None:
            self._finish_group(group, "called_off", None)

    # --- rules that move ----------------------------------------------------------------------------------------------

    def set_threshold(self, max_p2p_rtt_ms: int | None) -> None:
        """Judge by this from now on, measured pairs included; None lets every proposed group play at once."""
        self.matchmaker.max_p2p_rtt_ms = max_p2p_rtt_ms
        self.rests.forget_refusals()
        if max_p2p_rtt_ms is None:
            for group in list(self._groups.values()):
                self._form(group)
        self._try_again(self.waitroom)

    def set_open(self, matching: bool) -> None:
        """Pause matching or take it up again; what is being probed is carried to its verdict."""
        self._open = matching
        if matching:
            self._try_again(self.waitroom)

    def _try_to_match(self, waiter: Waiter) -> None:
        if self._reunions.awaits(waiter, self.clock.monotonic()):
            return
        group = self.finder.find(waiter)
        if group is not None and (self._roll_call is None or not self._roll_call.holds(group)):
            self._propose(group, self.matchmaker.logged_as())

    def _rules_out(self, a: str, b: str) -> bool:
        return self._ruled_out(a, b) or self._reunions.keep_apart(a, b, self.clock.monotonic())

    # --- by the operator's hand ---------------------------------------------------------------------------------------

    def check_force(self, subject_ids: Sequence[str]) -> None:
        """ValueError with a sentence if these people cannot be made a group."""
        if len(set(subject_ids)) != self.group_size:
            raise ValueError(f"a group here has {self.group_size} people, and you named {len(set(subject_ids))}")
        for subject_id in subject_ids:
            waiter = self.waitroom.get(subject_id)
            if waiter is None or not waiter.connected:
                raise ValueError(f"{subject_id} is not waiting in {self.scene_id}, or is not connected")

    def force_match(self, subject_ids: Sequence[str]) -> Game:
        """Let these waiting people play now, whatever was or was not measured. ValueError as `check_force`."""
        self.check_force(subject_ids)
        for subject_id in subject_ids:
            self._call_off(subject_id)
        waiters = [self.waitroom.get(subject_id) for subject_id in subject_ids]
        candidates = [waiter.candidate for waiter in waiters if waiter is not None]
        return self._form(self._register(candidates, self.matchmaker.logged_as(), forced=True))

    # --- a proposal and its probes ------------------------------------------------------------------------------------

    def _register(self, candidates: Sequence[MatchCandidate], matchmaker_class: str, *, forced: bool) -> PendingMatch:
        subjects = [candidate.subject_id for candidate in candidates]
        self.numbered += 1
        group = PendingMatch(f"group-{self.numbered}", list(candidates), subjects, matchmaker_class, forced)
        self._groups[group.group_id] = group
        for subject_id in group.subjects:
            waiter = self.waitroom.get(subject_id)
            if waiter is not None:
                self.waitroom.set_group(waiter, group.group_id)
        self._record(
            ev.MatchProposed(
                group_id=group.group_id, scene_id=self.scene_id, subjects=group.subjects,
                matchmaker=matchmaker_class, forced=forced,
            )
        )  # fmt: skip
        return group

    def _propose(self, candidates: Sequence[MatchCandidate], matchmaker_class: str) -> None:
        group = self._register(candidates, matchmaker_class, forced=False)
        if self.matchmaker.max_p2p_rtt_ms is None or self.probe_coordinator is None:
            self._form(group)
        else:
            self._probe_and_create_game(group)

    def _probe_and_create_game(self, group: PendingMatch) -> None:
        """Probe every pair at once but those with a fresh measurement; the verdict comes with the last answer."""
        assert self.probe_coordinator is not None
        now_s = self.clock.monotonic()
        unknown: list[tuple[str, str]] = []
        for a, b in itertools.combinations(group.subjects, 2):
            verdict = self.memory.verdict(a, b)
            if verdict is not None and verdict.rtt_ms is not None and now_s < verdict.until_s:
                group.rtt_ms[frozenset((a, b))] = verdict.rtt_ms
            else:
                unknown.append((a, b))
        # Registered before the first probe is made: a coordinator may answer before create_probe returns.
        group.open_pairs = {frozenset(pair) for pair in unknown}
        for a, b in unknown:
            if group.group_id not in self._groups:
                return
            probe_session_id = self.probe_coordinator.create_probe(
                a, b, lambda x, y, rtt_ms: self._on_probe_complete(group, x, y, rtt_ms)
            )
            if frozenset((a, b)) in group.open_pairs:
                self._pending_matches[probe_session_id] = group
                group.probe_session_ids.append(probe_session_id)
        if not unknown:
            self._form(group)

    def _on_probe_complete(self, group: PendingMatch, subject_a: str, subject_b: str, rtt_ms: float | None) -> None:
        """One pair of the group is done; None: it could not be measured."""
        pair = frozenset((subject_a, subject_b))
        if group.group_id not in self._groups or pair not in group.open_pairs:
            return
        group.open_pairs.discard(pair)
        failure = self._why_unmeasured() if rtt_ms is None else None
        if rtt_ms is not None:
            group.rtt_ms[pair] = rtt_ms
            group.measured.add(pair)
        if (failure is not None and self.matchmaker.should_reject_for_rtt(None)) or failure == "left":
            self._finish_group(group, failure, pair)
        elif rtt_ms is not None and self.matchmaker.should_reject_for_rtt(rtt_ms):
            self._finish_group(group, "slow", pair)
        elif not group.open_pairs:
            self._judge(group)

    def _judge(self, group: PendingMatch) -> None:
        """Everything is measured: the threshold in force now is what counts, also for the pairs measured before."""
        worst = max(group.rtt_ms, key=lambda pair: group.rtt_ms[pair], default=None)
        if worst is not None and self.matchmaker.should_reject_for_rtt(group.rtt_ms[worst]):
            self._finish_group(group, "slow", worst)
        else:
            self._form(group)

    def _why_unmeasured(self) -> ev.RejectionReason:
        failure = self._recallable.failure if self._recallable is not None else None
        reasons: dict[str | None, ev.RejectionReason] = {"timeout": "timeout", "left": "left"}
        return reasons.get(failure, "unreachable")

    # --- a verdict ----------------------------------------------------------------------------------------------------

    def _finish_group(self, group: PendingMatch, reason: ev.RejectionReason, worst: frozenset[str] | None) -> None:
        """Rejected: remember why, release everybody, try again."""
        self._close(group)
        self._remember_measured(group)
        if worst is not None and worst not in group.rtt_ms:
            self._remember(worst, reason, None)
        rests_s = self._send_to_rest(reason, worst)
        self._record(
            ev.MatchRejected(
                group_id=group.group_id,
                scene_id=self.scene_id,
                subjects=group.subjects,
                reason=reason,
                worst=[s for s in group.subjects if worst is not None and s in worst],
                rtt_ms=None if worst is None else group.rtt_ms.get(worst),
                max_p2p_rtt_ms=self.matchmaker.max_p2p_rtt_ms,
                retry_after_s=None if worst is None else self._retry_after_s(*worst),
                rests_s=rests_s,
            )
        )
        self._repool_candidates(group)

    def _send_to_rest(self, reason: ev.RejectionReason, worst: frozenset[str] | None) -> dict[str, float]:
        """Who sits out for a moment after this, for how many seconds; they are tried again when it is over."""
        now_s = self.clock.monotonic()
        rests_s: dict[str, float] = {}
        if self._recallable is not None and self._recallable.at_fault:
            rests_s = self.rests.failed(self._recallable.at_fault, now_s)
        elif reason in ("slow", "unreachable") and worst is not None:
            rests_s = self.rests.refused(worst, now_s)
        for subject_id, rest_s in rests_s.items():
            self.clock.call_later(rest_s, functools.partial(self._try_again, [subject_id]))
        return rests_s

    def _retry_after_s(self, a: str, b: str) -> float | None:
        verdict = self.memory.verdict(a, b)
        return None if verdict is None else rounded(verdict.until_s - self.clock.monotonic(), 1000)

    def _remember_measured(self, group: PendingMatch) -> None:
        """Only what was measured just now: judging an older measurement again makes it no fresher."""
        for pair in group.measured:
            rtt_ms = group.rtt_ms[pair]
            accepted = not self.matchmaker.should_reject_for_rtt(rtt_ms)
            self._remember(pair, "accepted" if accepted else "slow", rtt_ms)

    def _remember(self, pair: frozenset[str], reason: Any, rtt_ms: float | None) -> None:
        a, b = sorted(pair)
        now_s = self.clock.monotonic()
        verdict = self.memory.remember(a, b, reason, now_s, rtt_ms, self.matchmaker.max_p2p_rtt_ms)
        self._await_expiry(a, b, verdict)

    def _await_expiry(self, a: str, b: str, verdict: PairVerdict) -> None:
        left_s = verdict.until_s - self.clock.monotonic()
        self.clock.call_later(left_s, lambda: self._on_verdict_expired(a, b, verdict))

    def await_expiries(self) -> None:
        """Of all that the memory holds of two who wait here: for an engine that did not learn it itself."""
        for a in self.waitroom:
            for b, verdict in self.memory.partners(a).items():
                if a < b and b in self.waitroom:
                    self._await_expiry(a, b, verdict)

    def _on_verdict_expired(self, a: str, b: str, verdict: PairVerdict) -> None:
        if self.memory.verdict(a, b) is verdict and a in self.waitroom and b in self.waitroom:
            self._try_again([a, b])

    def _close(self, group: PendingMatch) -> None:
        """Take the group off every list; its probes, if any still run, report to nobody."""
        del self._groups[group.group_id]
        for probe_session_id in group.probe_session_ids:
            self._pending_matches.pop(probe_session_id, None)
        if group.open_pairs and self._recallable is not None:
            for subject_id in group.subjects:
                self._recallable.cancel(subject_id, "cancelled")

    def _repool_candidates(self, group: PendingMatch) -> None:
        """Everybody who is still here is free again, in their old places."""
        for subject_id in group.subjects:
            waiter = self.waitroom.get(subject_id)
            if waiter is not None:
                self.waitroom.set_group(waiter, None)
        self._try_again([subject_id for subject_id in group.subjects if subject_id in self.waitroom])

    def _form(self, group: PendingMatch) -> Game:
        self._close(group)
        self._remember_measured(group)
        if isinstance(self.matchmaker, GroupReunionMatchmaker) and not group.forced and _reunited(group.candidates):
            return self._create_game_for_group(group)
        return self._create_game_for_match(group)

    def _create_game_for_group(self, group: PendingMatch) -> Game:
        """Earlier partners play together again."""
        group.matchmaker_class = REUNION
        return self._create_game_for_match(group)

    def _create_game_for_match(self, group: PendingMatch) -> Game:
        """The group plays: written to the log and the match file first, then the pages are told."""
        game_id = self.games.new_game_id()
        p2p_rtt_ms = max(group.rtt_ms.values(), default=None)
        threshold = self.matchmaker.max_p2p_rtt_ms
        if self.match_logger is not None:
            self.match_logger.log_match(
                self.scene_id, game_id, group.candidates, group.matchmaker_class,
                p2p_rtt_ms=p2p_rtt_ms, max_p2p_rtt_ms=threshold, forced=group.forced,
            )  # fmt: skip
        self._record(
            ev.MatchFormed(
                game_id=game_id,
                scene_id=self.scene_id,
                participants=[ev.MatchedParticipant(c.subject_id, c.rtt_ms) for c in group.candidates],
                group_id=group.group_id,
                p2p_rtt_ms=p2p_rtt_ms,
                max_p2p_rtt_ms=threshold,
                matchmaker_class=group.matchmaker_class,
                remeasured=bool(group.measured),
                forced=group.forced,
            )
        )
        return self.play(game_id, group.subjects)

    def play(self, game_id: str, subjects: list[str]) -> Game:
        """What follows once a match is in the log: out of the waitroom, into the game."""
        for subject_id in subjects:
            self._take_out(subject_id, "matched")
        for subject_id in subjects:
            self.partner_gone(subject_id)
        game = self.games.start(
            game_id, self.scene_id, subjects, game=self._settings.game, duration_s=self._settings.duration_s,
            grace_s=self._settings.grace_s, seed=self._rng.randrange(2**31),
        )  # fmt: skip
        self._on_matched(game)
        return game


def _reunited(candidates: Sequence[MatchCandidate]) -> bool:
    """Whether this is an earlier group, whole."""
    subjects = {candidate.subject_id for candidate in candidates}
    return all(
        candidate.group_history is not None
        and {candidate.subject_id, *candidate.group_history.previous_partners} == subjects
        for candidate in candidates
    )
