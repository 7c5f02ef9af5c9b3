"""Runs told as events, for tests and pictures: each call is one thing that happens, stamped like the logger would.

Owns nothing but the telling. Must not fold anything.
"""

from __future__ import annotations

import random
from typing import Any

from core import events as ev


class Story:
    """`at(seconds)` moves time on; every other method appends the events of one happening to `events`."""

    def __init__(self, started_at: float = 1_790_000_000.0) -> None:
        self.events: list[ev.Event] = []
        self.now_s = 0.0
        self._started_at = started_at
        self._limit: int | None = 150
        self._games = 0
        self._probes = 0
        self._group_of: dict[tuple[str, str], int] = {}

    def at(self, elapsed_s: float) -> Story:
        self.now_s = elapsed_s
        return self

    def tell(self, event_type: type[ev.Event], **fields: Any) -> Story:
        event = event_type(**fields)
        event.seq = len(self.events) + 1
        event.elapsed_s = self.now_s
        event.timestamp = self._started_at + self.now_s
        self.events.append(event)
        return self

    def begin(self, max_p2p_rtt_ms: int | None = 150, **fields: Any) -> Story:
        self._limit = max_p2p_rtt_ms
        scenes = [
            ev.SceneSummary("welcome", "page", "Welcome"),
            ev.SceneSummary("meet", "game", "Meet in the middle"),
            ev.SceneSummary("thanks", "page", "Thank you"),
        ]
        fields = {
            "run_id": "run_20261121_140302", "experiment": "quick_start", "matchmaker": "FIFOMatchmaker",
            "scenes": scenes, "links": ["http://192.168.1.23:8765/", "http://localhost:8765/"], "by": "maria",
        } | fields  # fmt: skip
        self.tell(ev.RunStarted, max_p2p_rtt_ms=max_p2p_rtt_ms, **fields)
        return self.tell(ev.IntakeChanged, open=True, by="maria")

    def join(self, *subjects: str, simulated: bool = False) -> Story:
        for subject in subjects:
            self.tell(ev.ParticipantJoined, subject_id=subject, simulated=simulated)
            self.tell(ev.SceneEntered, subject_id=subject, scene_id="welcome", kind="page", index=0)
        return self

    def rtt(self, subject: str, rtt_ms: float) -> Story:
        return self.tell(ev.ServerRttMeasured, subject_id=subject, rtt_ms=rtt_ms, sample_ms=rtt_ms)

    def wait(self, *subjects: str, **fields: Any) -> Story:
        for subject in subjects:
            self.tell(ev.SceneEntered, subject_id=subject, scene_id="meet", kind="game", index=1)
            self.tell(ev.WaitroomEntered, subject_id=subject, scene_id="meet", **fields)
        return self

    def limit(self, max_p2p_rtt_ms: int | None, by: str = "maria") -> Story:
        old, self._limit = self._limit, max_p2p_rtt_ms
        return self.tell(ev.ThresholdChanged, old_max_p2p_rtt_ms=old, new_max_p2p_rtt_ms=max_p2p_rtt_ms, by=by)

    def propose(self, a: str, b: str) -> Story:
        self._probes += 1
        self._group_of[a, b] = self._probes
        group = f"g{self._probes}"
        self.tell(ev.MatchProposed, group_id=group, scene_id="meet", subjects=[a, b], matchmaker="FIFOMatchmaker")
        return self.probe(a, b, 1)

    def probe(self, a: str, b: str, attempt: int) -> Story:
        number = self._group_of[a, b]
        return self.tell(
            ev.ProbeStarted, probe_session_id=f"p{number}-{attempt}", subject_a=a, subject_b=b, scene_id="meet",
            group_id=f"g{number}", max_p2p_rtt_ms=self._limit, attempt=attempt,
        )  # fmt: skip

    def measured(self, a: str, b: str, rtt_ms: float, attempt: int = 1, retry_after_s: float | None = None) -> Story:
        accepted = self._limit is None or rtt_ms <= self._limit
        number = self._group_of[a, b]
        group = f"g{number}"
        self.tell(
            ev.ProbeCompleted, probe_session_id=f"p{number}-{attempt}", subject_a=a, subject_b=b,
            rtt_ms=rtt_ms, accepted=accepted, scene_id="meet", group_id=group, max_p2p_rtt_ms=self._limit,
            attempt=attempt, sent=30, received=29, loss=1 / 30, jitter_ms=2.1, path="host",
        )  # fmt: skip
        if accepted:
            return self.matched(a, b, rtt_ms)
        return self.tell(
            ev.MatchRejected, group_id=group, scene_id="meet", subjects=[a, b], reason="slow", worst=[a, b],
            rtt_ms=rtt_ms, max_p2p_rtt_ms=self._limit, retry_after_s=retry_after_s,
        )  # fmt: skip

    def failed(
        self, a: str, b: str, attempt: int = 1, will_retry: bool = False, retry_after_s: float | None = None,
        **rejection: Any,
    ) -> Story:  # fmt: skip
        number = self._group_of[a, b]
        group = f"g{number}"
        self.tell(
            ev.ProbeFailed, probe_session_id=f"p{number}-{attempt}", subject_a=a, subject_b=b,
            reason="unreachable", phase="connect", scene_id="meet", max_p2p_rtt_ms=self._limit, attempt=attempt,
            will_retry=will_retry, silent=[b], connect_s=8.0,
        )  # fmt: skip
        if will_retry:
            return self
        fields = {"reason": "unreachable", "retry_after_s": retry_after_s} | rejection
        return self.tell(
            ev.MatchRejected, group_id=group, scene_id="meet", subjects=[a, b], worst=[a, b],
            max_p2p_rtt_ms=self._limit, **fields,
        )  # fmt: skip

    def matched(self, a: str, b: str, rtt_ms: float | None = None) -> Story:
        self._games += 1
        game = f"game_{self._games}"
        people = [ev.MatchedParticipant(a, 21.0), ev.MatchedParticipant(b, 34.0)]
        self.tell(
            ev.MatchFormed, game_id=game, scene_id="meet", participants=people, p2p_rtt_ms=rtt_ms,
            max_p2p_rtt_ms=self._limit, matchmaker_class="FIFOMatchmaker",
        )  # fmt: skip
        for subject in (a, b):
            self.tell(ev.WaitroomLeft, subject_id=subject, scene_id="meet", reason="matched", waited_s=10.0)
        return self.tell(ev.GameStarted, game_id=game, scene_id="meet", subjects=[a, b], duration_s=60.0)

    def played(self, a: str, b: str, reason: str = "finished") -> Story:
        self.tell(ev.GameEnded, game_id="game", scene_id="meet", subjects=[a, b], reason=reason, duration_s=60.0)
        for index, subject in enumerate((a, b)):
            self.tell(ev.SceneEntered, subject_id=subject, scene_id="thanks", kind="page", index=2)
            self.tell(ev.ParticipantFinished, subject_id=subject, completion_code=f"C0DE{index}")
        return self

    def lose(self, subject: str) -> Story:
        return self.tell(ev.ParticipantDisconnected, subject_id=subject, reason="ping timeout", grace_s=30.0)

    def back(self, subject: str, away_s: float = 5.0) -> Story:
        return self.tell(ev.ParticipantReconnected, subject_id=subject, away_s=away_s)

    def leave(self, subject: str, reason: str = "left") -> Story:
        return self.tell(ev.ParticipantLeft, subject_id=subject, reason=reason)


def busy_session(pairs: int = 14, seed: int = 7) -> Story:
    """A session as a lab sees it: arrivals over some minutes, slow pairs, failures, a lost connection, games."""
    rng = random.Random(seed)
    story = Story().begin()
    agenda: list[tuple[float, int, str, tuple[Any, ...]]] = []

    def plan(at_s: float, what: str, *args: Any) -> None:
        agenda.append((at_s, len(agenda), what, args))

    people = [f"P{number:02d}" for number in range(1, 2 * pairs + 1)]
    for place, subject in enumerate(people):
        joined_s = 4 + place * 11 + rng.uniform(0, 6)
        plan(joined_s, "join", subject)
        for ping in range(3):
            plan(joined_s + 1 + ping * 5, "rtt", subject, rng.gammavariate(4, 9))
        plan(joined_s + rng.uniform(6, 14), "wait", subject)
    for pair in range(pairs):
        _plan_pair(plan, rng, people[2 * pair], people[2 * pair + 1], 44 + pair * 22)
    plan(95, "lose", people[5])
    plan(108, "back", people[5], 13.0)
    plan(150, "limit", 120)
    plan(205, "limit", 180)
    plan(232, "leave", people[15])
    for at_s, _, what, args in sorted(agenda):
        _play(story.at(at_s), what, args)
    return story


def _plan_pair(plan: Any, rng: random.Random, a: str, b: str, start_s: float) -> None:
    """A pair's tries, up to a match and its game, as the engine would go about it."""
    at_s = start_s
    for _ in range(rng.choice([0, 0, 1, 2])):
        plan(at_s, "propose", a, b)
        if rng.random() < 0.3:
            plan(at_s + 8, "failed", a, b)
        else:
            plan(at_s + 3.1, "measured", a, b, rng.uniform(185, 290))
        at_s += 11
    plan(at_s, "propose", a, b)
    plan(at_s + 3.4, "measured", a, b, rng.gammavariate(6, 9) + 15)
    plan(at_s + 3.4 + rng.uniform(55, 66), "played", a, b)


def _play(story: Story, what: str, args: tuple[Any, ...]) -> None:
    """Tell it if it still makes sense after what happened so far (somebody may have left, or be playing)."""
    state: dict[str, str] = {}
    for event in story.events:
        if isinstance(event, ev.WaitroomEntered):
            state[event.subject_id] = "waiting"
        elif isinstance(event, ev.ProbeStarted):
            state[event.subject_a] = state[event.subject_b] = "probing"
        elif isinstance(event, ev.MatchRejected):
            state.update(dict.fromkeys(event.subjects, "waiting"))
        elif isinstance(event, ev.GameStarted):
            state.update(dict.fromkeys(event.subjects, "playing"))
        elif isinstance(event, ev.ParticipantLeft | ev.ParticipantFinished):
            state[event.subject_id] = "over"
    needed = {"propose": "waiting", "measured": "probing", "failed": "probing", "played": "playing"}.get(what)
    if needed is not None and any(state.get(subject) != needed for subject in args[:2]):
        return
    if what in ("leave", "rtt", "lose", "back") and state.get(args[0]) == "over":
        return
    getattr(story, what)(*args)


def full_waitroom() -> Story:
    """Somebody for each answer to "why not matched?", as it stands at 268 s."""
    rng = random.Random(3)
    story = Story().begin(150, no_partner="page", measured_fresh_s=120.0)
    people = [f"P{number:02d}" for number in range(1, 15)]
    for place, subject in enumerate(people):
        story.at(2.0 + 4 * place).join(subject)
        for _ in range(14):
            story.rtt(subject, rng.gammavariate(4, 6 + place))
        story.wait(subject, wait_s=280.0 if place == 0 else 600.0)
    story.at(180).propose("P01", "P02").at(184).measured("P01", "P02", 212.0, retry_after_s=120)
    story.at(190).propose("P01", "P03").at(193).measured("P01", "P03", 176.4, retry_after_s=120)
    story.at(195).propose("P01", "P04").at(203).failed("P01", "P04", retry_after_s=80)
    story.at(205).propose("P02", "P03").at(207).measured("P02", "P03", 161.0, retry_after_s=120)
    story.at(208).propose("P02", "P04").at(216).failed("P02", "P04", reason="timeout", retry_after_s=60)
    story.at(220).propose("P05", "P06").at(223).measured("P05", "P06", 301.0, retry_after_s=120)
    story.at(230).tell(ev.VisibilityChanged, subject_id="P07", hidden=True)
    story.at(240).rtt("P08", 31).at(251).tell(ev.LivenessChanged, subject_id="P08", silent=True)
    story.at(248).lose("P09").at(255).lose("P10")
    for subject in people[:7]:
        story.at(262.0 + rng.uniform(0, 5)).rtt(subject, rng.gammavariate(4, 9))
    return story.at(264).propose("P11", "P12").at(268)
