"""`main.py rehearse`: a whole session with bots, from the doors' opening to a verdict on how it went.

Owns the cast, the session's beginning and its end. Must not decide anything the engine decides, nor look into it: like
the console, it follows the log.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.analysis.verdict import Verdict, judge
from core.experiment.experiment import GameScene
from core.experiment.loader import LoadedExperiment
from core.projections.fates import FatesProjection
from core.rehearsal.bots import BotSettings, Outcome, take_part
from core.rehearsal.crowd import Crowd, CrowdSettings, Member
from core.runlog.follower import Follower
from core.server import event_loop
from core.server.service import Service

HOST = "127.0.0.1"
LOOK_EVERY_S = 0.2
USUAL_LIMIT_MS = 150.0  # where the experiment has none, somebody slow is slow by this
KINDS = ("bot", "slow", "no-webrtc", "silent")
NEAR, SLOW = (0.05, 0.45), (1.0, 1.5)  # shares of the limit: two near ones stay below it, one slow one does not
BY = "rehearsal"


@dataclass(frozen=True, slots=True)
class Plan:
    """Who comes, how fast (None: all at once), and after how many seconds it is over, whatever is the case then.

    Of `bots`, `slow` are too slow for anybody, `no_webrtc` cannot connect to peers, `silent` say nothing in probes; the
    rest are near enough to each other. Slow and near are meant by a limit of `people_by_ms`, whatever the limit of the
    session is (None: by that one), so that the same people can be met under another limit.
    """

    bots: int
    slow: int
    no_webrtc: int
    silent: int
    seed: int
    arrivals_per_min: float | None = 120.0
    within_s: float = 900.0
    reading_s: float = 2.0
    people_by_ms: float | None = None

    def in_words(self) -> str:
        """For the log, so that it can be done again."""
        by = "" if self.people_by_ms is None else f" by {self.people_by_ms:g} ms"
        return (
            f"{BY}: {self.bots} bots, {self.slow} of them slow{by}, {self.no_webrtc} without WebRTC, {self.silent} "
            f"silent in probes, seed {self.seed}"
        )


class Cast(Crowd):
    """Exactly the people of a plan, in an order that the seed draws. Their ids say what they are: `slow-03`."""

    def __init__(self, plan: Plan, limit_ms: float) -> None:
        super().__init__(CrowdSettings(rtt_ms=None, reading_s=plan.reading_s), plan.seed)
        draw = random.Random(f"cast {plan.seed}")  # noqa: S311 -- made-up people, no secrets
        counts = (plan.bots - plan.slow - plan.no_webrtc - plan.silent, plan.slow, plan.no_webrtc, plan.silent)
        parts = [(kind, number) for kind, count in zip(KINDS, counts, strict=True) for number in range(1, count + 1)]
        draw.shuffle(parts)
        self.members = [_member(kind, number, limit_ms, draw) for kind, number in parts]
        self._coming = iter(self.members)

    def next_member(self) -> Member:
        """The next one."""
        return next(self._coming)

    def near(self, limit_ms: float) -> int:
        """How many can each be matched with each other under this limit."""
        within_ms = NEAR[1] * limit_ms
        return sum(one.webrtc and not one.silent and one.access_ms <= within_ms for one in self.members)


def _member(kind: str, number: int, limit_ms: float, draw: random.Random) -> Member:
    return Member(
        access_ms=limit_ms * draw.uniform(*(SLOW if kind == "slow" else NEAR)),
        webrtc=kind != "no-webrtc",
        silent=kind == "silent",
        hidden=False,
        drops_after_s=None,
        away_s=0.0,
        patience_s=None,
        slowness=draw.uniform(0.5, 1.5),
        subject_id=f"{kind}-{number:02d}",
    )


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it: the verdict, the folds it was made from, the run's directory, and how long it took.

    `could_play` is how many of the cast are in the greatest number of groups that the near ones can make; `stopped`:
    by Ctrl-C, before it came to its own end.
    """

    verdict: Verdict
    fates: FatesProjection
    run_dir: Path
    lasted_s: float
    outcome: Outcome
    could_play: int
    stopped: bool

    @property
    def faults(self) -> list[str]:
        """A sentence for each thing that is wrong, by the log and by what is known of the cast."""
        too_few = f"{self.could_play} of the bots were near enough to play, and only {self.verdict.played} did."
        return self.verdict.faults + ([too_few] if self.verdict.played < self.could_play else [])


def run(
    loaded: LoadedExperiment, logs_dir: Path, plan: Plan, program_version: str, say: Callable[[str], None]
) -> Rehearsal:
    """Hold the rehearsal; Ctrl-C ends it, and the verdict is on what there is then. Raises as `Service` does."""
    held: list[Rehearsal] = []

    async def main() -> None:
        stop = asyncio.Event()
        with event_loop.signals(stop.set):
            held.append(await rehearse(loaded, logs_dir, plan, program_version, stop, say))

    event_loop.allow_many_sockets()
    event_loop.run(main())
    return held[0]


async def rehearse(
    loaded: LoadedExperiment,
    logs_dir: Path,
    plan: Plan,
    program_version: str,
    stop: asyncio.Event,
    say: Callable[[str], None] = lambda _sentence: None,
) -> Rehearsal:
    """As `run`, inside a loop: an engine of its own on a free port, for as long as the session lasts."""
    experiment = loaded.experiment
    began_s = time.monotonic()
    service = Service(loaded, logs_dir, host=HOST, port=0, program_version=program_version)
    await service.start()
    try:
        await service.start_run(by=plan.in_words(), simulated=True)
        run_dir = Path(str(service.state()["run_dir"]))
        say(f"{plan.in_words()}; open the console on {logs_dir} to watch")
        picky = experiment.matching.matchmaker != "fifo" or any(
            isinstance(scene, GameScene) and scene.partners != "any" for scene in experiment.scenes
        )
        fates = FatesProjection(picky=picky, hidden_too=experiment.matching.group_hidden_tabs)
        follower = Follower(run_dir / "events.jsonl")
        limit_ms = experiment.matching.max_p2p_rtt_ms or USUAL_LIMIT_MS
        cast = Cast(plan, plan.people_by_ms or limit_ms)
        settings = BotSettings(plan.bots, f"http://{HOST}:{service.port}", arrivals_per_min=plan.arrivals_per_min)
        playing = asyncio.create_task(take_part(settings, stop, crowd=cast), name="bots")
        await _see_to_its_end(service, fates, follower, playing, plan)
        outcome = await playing
    finally:
        await service.stop()
    fates.replay(follower.poll())
    size = experiment.matching.group_size
    could_play = 0 if picky else cast.near(limit_ms) // size * size
    lasted_s = time.monotonic() - began_s
    return Rehearsal(judge(fates, plan.bots), fates, run_dir, lasted_s, outcome, could_play, stop.is_set())


async def _see_to_its_end(
    service: Service,
    fates: FatesProjection,
    follower: Follower,
    playing: asyncio.Task[Outcome],
    plan: Plan,
) -> None:
    """Let go of those who wait once nobody can be matched any more; then games and pages come to their own end."""
    until_s = time.monotonic() + plan.within_s
    engine = service.engine
    while engine is not None and not (playing.done() or engine.over):
        fates.replay(follower.poll())
        if time.monotonic() > until_s:
            engine.end_now(by=BY)
        elif fates.run.state == "open" and fates.at_rest(plan.bots):
            engine.drain(by=BY, reason="nobody who waits can be matched any more")
        await asyncio.wait([playing], timeout=LOOK_EVERY_S)
