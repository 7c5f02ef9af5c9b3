"""Whole sessions on the virtual clock: repeatable, marked, complete, and true to their own log."""

from __future__ import annotations

import gc
import itertools
import json
import math
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core import events as ev
from core.experiment.loader import LoadedExperiment, load_experiment
from core.projections.participants import ParticipantsProjection
from core.projections.run import RunProjection
from core.rehearsal.crowd import Crowd, CrowdSettings, RttRange
from core.rehearsal.simulate import Plan, Simulation, with_threshold
from core.runlog.follower import read_events

EXPERIMENT = """
name: rehearsal
scenes:
  - {id: welcome, kind: page, text: Hello}
  - {id: task, kind: game, duration_s: 30}
  - {id: after, kind: page, text: Thanks}
matching: {max_p2p_rtt_ms: 150}
timeouts: {wait_s: 200, reconnect_s: 10}
"""
TROUBLED = CrowdSettings(
    loss=0.1, no_webrtc_rate=0.1, drop_rate=0.4, silent_rate=0.05, hidden_rate=0.1, patience_s=120.0
)


def experiment(folder: Path, text: str = EXPERIMENT) -> LoadedExperiment:
    (folder / "experiment.yaml").write_text(text)
    return load_experiment(folder)


def simulate(folder: Path, loaded: LoadedExperiment | None = None, **plan: Any) -> Simulation:
    wanted = {"participants": 150, "crowd": TROUBLED, "seed": 5, "start_unix_s": 1_700_000_000.0, **plan}
    simulation = Simulation(loaded or experiment(folder), folder / "logs", Plan(**wanted), "test")
    simulation.run()
    return simulation


def log_of(simulation: Simulation) -> list[ev.Event]:
    return read_events(simulation.files.directory.events_path)


def lines_without_run_id(simulation: Simulation) -> list[bytes]:
    first, *rest = simulation.files.directory.events_path.read_bytes().splitlines()
    started = json.loads(first)
    assert started.pop("run_id") == simulation.files.run_id
    return [json.dumps(started).encode(), *rest]


@pytest.fixture(scope="module")
def troubled(tmp_path_factory) -> Simulation:
    return simulate(tmp_path_factory.mktemp("troubled"))


def test_the_same_seed_gives_the_same_log(troubled, tmp_path):
    again = simulate(tmp_path)
    assert lines_without_run_id(again) == lines_without_run_id(troubled)


def test_another_seed_gives_another_log(troubled, tmp_path):
    assert lines_without_run_id(simulate(tmp_path, seed=6)) != lines_without_run_id(troubled)


def test_another_threshold_meets_the_same_people(troubled, tmp_path):
    stricter = simulate(tmp_path, with_threshold(experiment(tmp_path), 60))

    def arrivals(simulation: Simulation) -> dict[str, float]:
        return {e.subject_id: e.elapsed_s for e in log_of(simulation) if isinstance(e, ev.ParticipantJoined)}

    assert arrivals(stricter) == arrivals(troubled)
    assert stricter.engine.games.started < troubled.engine.games.started


def test_everything_is_marked_as_simulated(troubled):
    log = log_of(troubled)
    started = log[0]
    assert isinstance(started, ev.RunStarted)
    assert started.simulated
    assert "seed 5" in started.by
    assert troubled.files.directory.manifest().simulated
    assert all(event.simulated for event in log if isinstance(event, ev.ParticipantJoined))
    measured = [event for event in log if isinstance(event, ev.ProbeCompleted)]
    assert measured
    assert all(event.simulated and event.path is None for event in measured)


def test_everybody_comes_to_an_end(troubled):
    log = log_of(troubled)
    people = troubled.engine.people.people
    assert len(people) == 150
    assert {person.state for person in people.values()} == {"done", "gone"}
    assert isinstance(log[-1], ev.RunEnded)
    assert log[-1].reason == "drained"
    assert not troubled.lines
    assert len(troubled.engine.probes) == 0
    assert troubled.files.directory.manifest().status == "ended"


def test_every_impairment_leaves_its_trace(troubled):
    kinds = {type(event) for event in log_of(troubled)}
    assert {ev.ParticipantDisconnected, ev.ParticipantReconnected, ev.VisibilityChanged, ev.ProbeFailed} <= kinds
    failures = {event.reason for event in log_of(troubled) if isinstance(event, ev.ProbeFailed)}
    assert {"unreachable", "timeout"} <= failures
    left = {person.left_reason for person in troubled.engine.people.people.values()}
    assert {"left", "reconnect_timeout"} <= left
    losses = [event.loss for event in log_of(troubled) if isinstance(event, ev.ProbeCompleted)]
    assert statistics.fmean(losses) == pytest.approx(1 - 0.9**2, abs=0.03)


def test_the_fold_of_the_log_is_what_the_engine_knows(troubled):
    people, run = ParticipantsProjection(), RunProjection()
    for event in log_of(troubled):
        people.apply(event)
        run.apply(event)
    assert people.people == troubled.engine.people.people
    assert people.present == troubled.engine.people.present == 0
    assert vars(run) == vars(troubled.engine.run)


def test_nobody_is_in_two_groups_at_once(troubled):
    grouped: dict[str, str] = {}
    for event in log_of(troubled):
        if isinstance(event, ev.MatchProposed):
            assert not grouped.keys() & set(event.subjects)
            grouped.update(dict.fromkeys(event.subjects, event.group_id))
        elif isinstance(event, ev.MatchRejected | ev.MatchFormed):
            grouped = {s: group_id for s, group_id in grouped.items() if group_id != event.group_id}
    assert grouped == {}


def test_a_pair_measures_what_its_ways_amount_to(troubled):
    own_ms: dict[str, float] = {}
    for event in log_of(troubled):
        if isinstance(event, ev.ServerRttMeasured):
            own_ms[event.subject_id] = event.rtt_ms
        elif isinstance(event, ev.ProbeCompleted) and {event.subject_a, event.subject_b} <= own_ms.keys():
            expected_ms = own_ms[event.subject_a] + own_ms[event.subject_b]
            assert event.rtt_ms == pytest.approx(expected_ms, rel=0.15, abs=3)


def test_stopped_in_the_middle_it_leaves_a_readable_run(tmp_path):
    simulation = Simulation(experiment(tmp_path), tmp_path / "logs", Plan(participants=1000, seed=1), "test")
    looks = itertools.count()
    simulation.run(should_stop=lambda: next(looks) == 4)
    log = log_of(simulation)
    assert isinstance(log[-1], ev.RunEnded)
    assert log[-1].reason == "stopped"
    assert 0 < log[-1].joined < 1000
    assert simulation.files.directory.manifest().status == "ended"


def test_a_log_that_fails_in_the_middle_ends_it_with_a_sentence(tmp_path):
    simulation = Simulation(experiment(tmp_path), tmp_path / "logs", Plan(participants=1000, seed=1), "test")
    with pytest.raises(OSError, match="closed"):
        simulation.run(on_progress=lambda _: simulation.files.logger.close())
    assert 0 < simulation.progress.arrived < 1000
    assert simulation.files.directory.manifest().status == "failed"


def test_whoever_would_wait_for_ever_is_let_go(tmp_path):
    loaded = experiment(tmp_path, EXPERIMENT.replace("wait_s: 200", "wait_s: null"))
    simulation = simulate(tmp_path, loaded, participants=3, crowd=CrowdSettings(rtt_ms=RttRange(20, 30)))
    assert sorted(person.state for person in simulation.engine.people.people.values()) == ["done", "done", "gone"]
    assert {person.left_reason for person in simulation.engine.people.people.values()} == {None, "run_ended"}


def test_without_a_threshold_nothing_is_measured(tmp_path):
    simulation = simulate(tmp_path, with_threshold(experiment(tmp_path), None), crowd=CrowdSettings(), participants=20)
    assert not [event for event in log_of(simulation) if isinstance(event, ev.ProbeStarted)]
    assert simulation.engine.games.started == 10


def test_a_folder_that_cannot_be_written_is_said_clearly(tmp_path):
    (tmp_path / "logs").write_text("a file")
    with pytest.raises(OSError, match="logs"):
        Simulation(experiment(tmp_path), tmp_path / "logs", Plan(), "test")


@pytest.mark.parametrize(("low_ms", "high_ms"), [(20, 200), (50, 60), (40, 40)])
def test_nine_tenths_of_the_pairs_lie_in_the_range(low_ms, high_ms):
    crowd = Crowd(CrowdSettings(rtt_ms=RttRange(low_ms, high_ms)), seed=1)
    access_ms = [crowd.next_member().access_ms for _ in range(20_000)]
    pairs_ms = [a + b for a, b in zip(access_ms[::2], access_ms[1::2], strict=True)]
    *_, high = statistics.quantiles(pairs_ms, n=20)
    low, *_ = statistics.quantiles(pairs_ms, n=20)
    assert math.isclose(low, low_ms, rel_tol=0.2)
    assert math.isclose(high, high_ms, rel_tol=0.1)


def test_one_rate_moves_nothing_but_what_it_is_for():
    calm, dropping = (Crowd(CrowdSettings(drop_rate=rate), seed=2) for rate in (0.0, 1.0))
    for _ in range(50):
        a, b = calm.next_member(), dropping.next_member()
        assert a.drops_after_s is None
        assert b.drops_after_s is not None
        assert (a.access_ms, a.webrtc, a.slowness) == (b.access_ms, b.webrtc, b.slowness)


def tracked() -> Counter[str]:
    """What the collector looks after, by type; of tuples and dicts it lets go by itself."""
    return Counter(name for found in gc.get_objects() if (name := type(found).__name__) not in ("tuple", "dict"))


def test_a_crowd_leaves_nothing_to_the_garbage_collector(tmp_path):
    """Of 100,000 people it would be over a hundred megabytes, or a good part of the time to collect them."""
    gc.collect()
    gc.disable()
    try:
        simulation = simulate(tmp_path, participants=400, crowd=CrowdSettings())
        before = tracked()
        gc.collect()
        left = before - tracked()
    finally:
        gc.enable()
    assert simulation.progress.arrived == 400
    assert left.total() < 300, left.most_common(8)


def test_nothing_is_remembered_of_pairs_who_are_through(tmp_path):
    simulation = simulate(tmp_path, participants=60, crowd=CrowdSettings())
    assert sum(isinstance(event, ev.ProbeCompleted) for event in log_of(simulation)) > 20
    assert len(simulation.engine.memory) == 0
