"""What-if at a run's own limits is the run again: every proposal, verdict, rest, match and leave, at its moment."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from core import events as ev
from core.analysis.what_if.recorded_run import maker, matchmakers_of, open_run
from core.analysis.what_if.reenactment import Reenactment
from core.analysis.what_if.sweep import enact, figures_of, likeness, point
from core.analysis.what_if.worlds import World
from core.rehearsal.simulate import Simulation
from core.runlog.follower import read_events
from tests.analysis.what_if_runs import ONE_GAME, THREE_GAMES, TROUBLED, simulated

TOLD = (ev.WaitroomEntered, ev.MatchProposed, ev.MatchRejected, ev.MatchFormed, ev.WaitroomLeft)


def told(event: ev.Event) -> tuple[Any, ...]:
    """What an event of matching says, but for ids and server RTTs."""
    if isinstance(event, ev.MatchFormed):
        return "formed", [one.subject_id for one in event.participants], event.p2p_rtt_ms, event.max_p2p_rtt_ms
    if isinstance(event, ev.MatchProposed):
        return "proposed", event.subjects, event.matchmaker, event.forced
    if isinstance(event, ev.MatchRejected):
        return "rejected", event.subjects, event.reason, event.worst, event.rtt_ms, event.rests_s, event.retry_after_s
    assert isinstance(event, ev.WaitroomEntered | ev.WaitroomLeft)
    return type(event).__name__, event.subject_id, event.scene_id, getattr(event, "reason", "")


class Noting(Reenactment):
    """Keeps what the game managers say, with the time."""

    def _record(self, event: ev.Event) -> None:
        if isinstance(event, TOLD):
            self.__dict__.setdefault("noted", []).append((self._clock.monotonic(), told(event)))
        super()._record(event)


def again(path: Path) -> tuple[list[tuple[float, Any]], list[tuple[float, Any]]]:
    """Times and words of the log, and of its re-enactment."""
    run = open_run(path)
    assert run.script.started is not None
    makers = matchmakers_of(run, maker(run, "", None), run.script.started.max_p2p_rtt_ms)
    played = Noting(run.script, run.rules, World(run.knowledge, 1), makers, own=True)
    played.play()
    log = [(e.elapsed_s, told(e)) for e in read_events(path / "events.jsonl") if isinstance(e, TOLD)]
    return log, played.__dict__["noted"]


def moves(simulation: Simulation) -> None:
    """The operator's hand: a group of those who wait, and somebody sent away."""
    engine = simulation.engine
    waiting = [p.subject_id for p in engine.people.people.values() if p.state in ("waiting", "probing")]
    engine.operator.force_match(waiting[:3], by="operator")
    engine.operator.remove_participant(waiting[3], by="operator")


def pause(simulation: Simulation, paused: bool) -> None:
    simulation.engine.pause_matching(paused, by="operator")


RUNS: dict[str, Any] = {
    "plain": {},
    "troubled": {"crowd": TROUBLED},
    "new partners": {"text": THREE_GAMES.replace("PARTNERS", "new"), "participants": 40},
    "same partners, troubled": {"text": THREE_GAMES.replace("PARTNERS", "same"), "crowd": TROUBLED, "participants": 50},
    "latency_fifo": {
        "text": ONE_GAME.replace("{max_p2p", "{matchmaker: latency_fifo, max_server_rtt_ms: 110, max_p2p")
    },
    "groups of three, and an operator": {
        "text": ONE_GAME.replace("{max_p2p", "{group_size: 3, max_p2p"),
        "arrivals_per_min": 30.0,
        "later": {
            20.0: lambda s: pause(s, True),
            60.0: moves,
            70.0: lambda s: pause(s, False),
            75.0: lambda s: s.engine.set_threshold(60, by="operator"),
            100.0: lambda s: s.engine.set_threshold(130, by="operator"),
            110.0: lambda s: s.engine.set_threshold(None, by="operator"),
            120.0: lambda s: s.engine.set_threshold(110, by="operator"),
            130.0: lambda s: s.engine.operator.extend_waiting(None, 60, by="operator"),
            150.0: lambda s: s.engine.drain(by="operator"),
        },
    },
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: simulated(tmp_path_factory.mktemp("run"), **options) for name, options in RUNS.items()}


@pytest.mark.parametrize("name", list(RUNS))
def test_a_run_re_enacted_as_it_was_is_that_run(runs: dict[str, Path], name: str) -> None:
    log, noted = again(runs[name])
    for (at_s, words), (again_s, words_again) in zip(log, noted, strict=True):
        assert words_again == words
        assert again_s == pytest.approx(at_s, abs=1e-6)
    assert sum(words[0] == "formed" for _, words in log) > 5


@pytest.mark.parametrize("name", list(RUNS))
def test_it_says_so_of_itself(runs: dict[str, Path], name: str) -> None:
    run = open_run(runs[name])
    found = likeness(run, [World(run.knowledge, 1)])
    assert found is not None
    assert (found.same, found.others) == (found.groups, 0)
    assert found.moved_s < 1e-6


def test_an_engine_that_takes_its_time_is_followed_all_the_same(runs: dict[str, Path], tmp_path: Path) -> None:
    draw, at_s = random.Random(4), 0.0
    lines = []
    for line in (runs["troubled"] / "events.jsonl").read_bytes().splitlines():
        event = json.loads(line)
        at_s = max(at_s, event["elapsed_s"] + draw.uniform(0, 0.003))  # no event is logged before the one before it
        lines.append(json.dumps({**event, "elapsed_s": at_s}))
    (tmp_path / "events.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "config.yaml").write_bytes((runs["troubled"] / "config.yaml").read_bytes())
    run = open_run(tmp_path)
    found = likeness(run, [World(run.knowledge, 1)])
    assert found is not None
    assert found.same >= found.groups - 2
    assert found.groups > 15


def test_one_constant_limit_is_a_point_of_its_own_curve(runs: dict[str, Path]) -> None:
    run = open_run(runs["plain"])
    worlds = [World(run.knowledge, seed) for seed in range(3)]
    reached = point(run, worlds, maker(run, "", None), 100)
    happened = figures_of(run.script.groups, run.script.stays, 0)
    assert (reached.estimated, reached.draws) == (0, 1)
    assert reached.matches.low == reached.matches.high == happened.matches
    assert reached.left_over.mid == happened.left_over
    assert reached.waited_s_median is not None
    assert happened.waited_s_median is not None
    assert reached.waited_s_median.mid == pytest.approx(happened.waited_s_median, abs=1e-3)


def test_without_a_limit_everybody_is_matched_at_once_and_nothing_is_estimated(runs: dict[str, Path]) -> None:
    run = open_run(runs["plain"])
    free = enact(run, World(run.knowledge, 1), maker(run, "", None), None)
    assert (free.figures.matches, free.pairs, free.figures.left_over) == (35, 0, 0)


def test_the_same_seed_draws_the_same_and_another_does_not(runs: dict[str, Path]) -> None:
    run = open_run(runs["troubled"])
    make = maker(run, "", None)
    drawn = [enact(run, World(run.knowledge, seed), make, 60).groups for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_a_stricter_limit_never_gives_a_pair_that_was_too_slow(runs: dict[str, Path]) -> None:
    run = open_run(runs["plain"])
    formed = enact(run, World(run.knowledge, 1), maker(run, "", None), 60).groups
    measured = {frozenset((a, b)): rtt_ms for a, b, rtt_ms in run.knowledge.measured}
    known = [measured[group.subjects] for group in formed if group.subjects in measured]
    assert known
    assert max(known) <= 60
