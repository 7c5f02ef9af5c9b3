"""A run on a clock that the test moves, told as a story: who arrives, who answers what, what is in the log then.

Everything but the sockets is the real thing: engine, matching, logger, files. `book.log` holds the events as they
were written.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from core import events as ev
from core.clock import VirtualClock
from core.experiment.experiment import Experiment, GameScene, Matching, PageScene, Probe, Timeouts
from core.projections.shown import ShownRun
from core.projections.waitroom import WaitroomProjection
from core.projections.why_not import Answer
from core.runlog.event_logger import EventLogger
from core.runlog.follower import read_events
from core.runlog.match_logger import MatchAssignmentLogger
from core.server import wire
from core.server.engine import Engine
from core.server.views import PageTexts

E = TypeVar("E", bound=ev.Event)
GAME = GameScene(id="task", duration_s=60.0)
SCENES = [GAME, PageScene(id="after", text="Thanks")]


class Pages:
    """What is known of the pages: everybody is heard of all the time, but those in `quiet`, who answer no question."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.quiet: dict[str, float] = {}  # when they were last heard of
        self.asked: list[str] = []
        self.on_answer: dict[str, Callable[[], None]] = {}

    def heard_at_s(self, subject_id: str) -> float:
        return self.quiet.get(subject_id, self._clock.monotonic())

    def ask(self, subject_id: str, on_answer: Callable[[], None]) -> None:
        self.asked.append(subject_id)
        self.on_answer[subject_id] = on_answer


class Playbook:
    """One run. Settings by name: `scenes`, `retries`, any of Matching and Timeouts, any other of Experiment, and
    `staffs_matchmaker`. `written`: the log of an engine that was killed, which this one goes on with at `now_unix_s`.
    """

    def __init__(
        self, folder: Path, *, written: bytes | None = None, now_unix_s: float = 1_700_000_000.0, **settings: Any
    ) -> None:
        self.clock = VirtualClock(now_unix_s)
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self.tokens: dict[str, str] = {}
        self.pages = Pages(self.clock)
        scenes = settings.pop("scenes", SCENES)
        staffs_matchmaker = settings.pop("staffs_matchmaker", None)
        matching = {name: settings.pop(name) for name in Matching.__struct_fields__ if name in settings}
        timeouts = {name: settings.pop(name) for name in Timeouts.__struct_fields__ if name in settings}
        probe = {name: settings.pop(name) for name in ("retries",) if name in settings}
        experiment = Experiment(
            name="playbook",
            scenes=scenes,
            matching=Matching(**{"max_p2p_rtt_ms": 100, **matching}),
            timeouts=Timeouts(**timeouts),
            probe=Probe(**probe),
            **settings,
        )
        if written is not None:
            (folder / "run").mkdir(parents=True)
            (folder / "run" / "events.jsonl").write_bytes(written)
        goes_on = written is not None
        self.logger = EventLogger(logs_dir=folder, run_id="run", clock=self.clock, fsync=False, resume=goes_on)
        self.waitroom = WaitroomProjection()
        self.match_file = folder / "match_logs" / "task_matches.jsonl"
        self.engine = Engine(
            experiment,
            PageTexts({scene.id: "" for scene in scenes}, ""),
            self.logger,
            run_id="run",
            clock=self.clock,
            send=lambda subject_id, name, payload: self.sent.append((subject_id, name, payload)),
            folds=[self.waitroom],
            match_logger=MatchAssignmentLogger(match_logs_dir=folder / "match_logs", clock=self.clock),
            rng=random.Random(1),
            staffs_matchmaker=staffs_matchmaker,
            presence=self.pages,
        )
        if goes_on:
            self.engine.resume(self.log, links=[], by="test", program_version="0")
        else:
            self.engine.start(links=[], by="test", program_version="0")

    # --- what happens -------------------------------------------------------------------------------------------------

    def arrive(self, *subjects: str) -> None:
        """Each joins, one after the other, with a matching pass after each."""
        for subject_id in subjects:
            _, self.tokens[subject_id] = self.engine.journey.join(wire.Join(subject_id=subject_id))
            self.turn()

    def arrive_together(self, *subjects: str) -> None:
        """All join before the first matching pass."""
        for subject_id in subjects:
            _, self.tokens[subject_id] = self.engine.journey.join(wire.Join(subject_id=subject_id))
        self.turn()

    def join(self, subject_id: str, *, hidden: bool | None) -> None:
        """Come, or come back, from a tab that says whether it is in the background."""
        message = wire.Join(subject_id=subject_id, token=self.tokens.get(subject_id), hidden=hidden)
        _, self.tokens[subject_id] = self.engine.journey.join(message)
        self.turn()

    def turn(self) -> None:
        """Let everything that is due now happen."""
        self.clock.advance(0)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)

    def lose(self, subject_id: str) -> None:
        """The connection is lost."""
        self.engine.journey.disconnected(subject_id, "transport close")
        self.turn()

    def come_back(self, subject_id: str) -> None:
        """Reconnect with the token."""
        self.engine.journey.join(wire.Join(token=self.tokens[subject_id]))
        self.turn()

    def leave(self, subject_id: str) -> None:
        """The participant stops."""
        self.engine.journey.leave(subject_id)
        self.turn()

    def threshold(self, max_p2p_rtt_ms: int | None) -> None:
        """The operator moves it."""
        self.engine.set_threshold(max_p2p_rtt_ms, by="operator")
        self.turn()

    def quiet(self, subject_id: str) -> None:
        """From now on nothing comes from this page, though its line holds."""
        self.pages.quiet.setdefault(subject_id, self.clock.monotonic())

    def speak(self, subject_id: str) -> None:
        """The page answers what it was asked, if anything, and is heard of again."""
        self.pages.quiet.pop(subject_id, None)
        self.pages.on_answer.pop(subject_id, lambda: None)()
        self.engine.journey.set_silent(subject_id, False)
        self.turn()

    def ready(self, *subjects: str) -> None:
        """These pages say that they are ready for the probe they are in."""
        for subject_id in subjects:
            self.engine.play.probe_ready(subject_id, wire.ProbeReady(self.probe_of(subject_id)))

    def describe(self, *subjects: str) -> None:
        """These pages send their session descriptions."""
        for subject_id in subjects:
            signal = wire.ProbeSignal(self.probe_of(subject_id), "offer", {"sdp": "…"})
            self.engine.play.probe_signal(subject_id, signal)

    def report(self, subject_id: str, rtt_ms: float | None, *, answered: int = 15) -> None:
        """One page hands in its result; None: it could not connect."""
        self.engine.play.probe_result(subject_id, self.result_message(subject_id, rtt_ms, answered))
        self.turn()

    def result_message(self, subject_id: str, rtt_ms: float | None, answered: int = 15) -> wire.ProbeResult:
        """What a page would send."""
        samples = [] if rtt_ms is None else [rtt_ms] * answered
        return wire.ProbeResult(
            probe_session_id=self.probe_of(subject_id),
            success=rtt_ms is not None,
            rtt_ms=rtt_ms,
            samples_ms=samples,
            sent=0 if rtt_ms is None else 15,
            path=None if rtt_ms is None else "host",
        )

    def measure(self, a: str, b: str, rtt_ms: float, *, answered: int = 15) -> None:
        """The whole probe of a pair, from ready to the second result."""
        self.ready(a, b)
        self.report(a, rtt_ms, answered=answered)
        self.report(b, rtt_ms, answered=answered)

    def fail(self, a: str, b: str) -> None:
        """The two cannot reach each other, and one page says so."""
        self.ready(a, b)
        self.report(a, None)

    def why(self, subject_id: str) -> Answer:
        """Why they are not matched, from the log alone."""
        shown = ShownRun()
        shown.replay(self.log)
        return shown.why_not.answer(subject_id, self.clock.monotonic())

    # --- what is so then ----------------------------------------------------------------------------------------------

    @property
    def log(self) -> list[ev.Event]:
        """Every event, read back from the file."""
        return read_events(self.logger.path)

    def all(self, kind: type[E]) -> list[E]:
        """Every event of one type."""
        return [event for event in self.log if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        """The newest event of one type."""
        events = self.all(kind)
        assert events, f"no {kind.__name__} in {[type(event).__name__ for event in self.log]}"
        return events[-1]

    def probe_of(self, subject_id: str) -> str:
        """The probe this participant was last told to prepare."""
        return next(
            payload["probe_session_id"]
            for receiver, name, payload in reversed(self.sent)
            if receiver == subject_id and name == "probe_prepare"
        )

    def phase(self, subject_id: str) -> str:
        """What the participant's page shows."""
        return next(
            payload["phase"]
            for receiver, name, payload in reversed(self.sent)
            if receiver == subject_id and name == "view"
        )

    def groups(self) -> list[set[str]]:
        """The groups that were formed."""
        return [{p.subject_id for p in event.participants} for event in self.all(ev.MatchFormed)]

    def proposals(self) -> list[set[str]]:
        """The groups that were proposed."""
        return [set(event.subjects) for event in self.all(ev.MatchProposed)]

    def state(self, subject_id: str) -> str:
        """As recorded."""
        return self.engine.people.people[subject_id].state
