"""A whole session with bots, and the verdict on it: all well here, and what it says where all is not well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import main
from core import events as ev
from core.analysis.verdict import Verdict, as_text, judge
from core.experiment.loader import LoadedExperiment, load_experiment
from core.projections.fates import FatesProjection
from core.rehearsal.rehearse import KINDS, Cast, Plan, Rehearsal, rehearse
from core.rehearsal.simulate import with_threshold
from core.runlog.follower import read_events
from tests.matching.playbook import Playbook

EXPERIMENT = """
name: rehearsal
scenes:
  - {id: welcome, kind: page, text: Hello}
  - {id: task, kind: game, duration_s: 0.5}
  - {id: after, kind: page, text: Thanks}
matching: {max_p2p_rtt_ms: 20, group_size: GROUP_SIZE}
probe: {pings: 3, warmup: 0, interval_ms: 10}
timeouts: {prepare_s: 30, connect_s: 30, measure_s: 1.5, reconnect_s: 30}
"""
SIXTY = Plan(60, slow=20, no_webrtc=6, silent=2, seed=3, arrivals_per_min=1200, within_s=400, reading_s=0.1)
Book = Callable[..., Playbook]


@pytest.fixture(autouse=True)
def short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """As short, beside these probes, as they are in earnest."""
    monkeypatch.setattr("core.matching.rests.FIRST_REST_S", 0.1)
    monkeypatch.setattr("core.matching.rests.LONGEST_REST_S", 0.25)
    monkeypatch.setattr("core.matching.rests.FIRST_ABSENCE_S", 0.25)


@pytest.fixture
def experiment(tmp_path: Path) -> Callable[[int], LoadedExperiment]:
    def write(group_size: int) -> LoadedExperiment:
        path = tmp_path / "experiment.yaml"
        path.write_text(EXPERIMENT.replace("GROUP_SIZE", str(group_size)))
        return load_experiment(path)

    return write


async def hold(loaded: LoadedExperiment, plan: Plan, folder: Path) -> Rehearsal:
    return await asyncio.wait_for(rehearse(loaded, folder, plan, "test", asyncio.Event()), 500)


def kinds_of(subjects: list[str]) -> dict[str, int]:
    found = [subject_id.rpartition("-")[0] for subject_id in subjects]
    return {kind: found.count(kind) for kind in KINDS}


async def test_sixty_bots_a_third_slow_a_tenth_without_webrtc_two_silent(experiment, tmp_path):
    held = await hold(experiment(2), SIXTY, tmp_path / "logs")
    assert held.faults == []
    assert kinds_of(list(held.fates.people.people)) == {"bot": 32, "slow": 20, "no-webrtc": 6, "silent": 2}
    assert kinds_of(list(+held.fates.games)) == {"bot": 32, "slow": 0, "no-webrtc": 0, "silent": 0}
    assert held.outcome.ends == {"done": 32, "ended": 28}
    assert all(person.server_rtt_ms is not None for person in held.fates.people.people.values())
    log = read_events(held.run_dir / "events.jsonl")
    assert isinstance(log[-1], ev.RunEnded)
    # Nobody without WebRTC costs each of the others a probe.
    unable = [e for e in log if isinstance(e, ev.ProbeFailed) and any(p.error == "no_webrtc" for p in e.peers)]
    assert len(unable) < 60
    why = {one.subject_id: one.why for one in held.verdict.unmatched}
    assert all("over 20 ms" in text for subject_id, text in why.items() if subject_id.startswith("slow"))
    assert all("no WebRTC" in text for subject_id, text in why.items() if subject_id.startswith("no-webrtc"))
    assert all("silent in" in text for subject_id, text in why.items() if subject_id.startswith("silent"))


async def test_groups_of_three(experiment, tmp_path):
    plan = replace(SIXTY, bots=14, slow=3, no_webrtc=1, silent=1)
    held = await hold(experiment(3), plan, tmp_path / "logs")
    assert held.faults == []
    assert kinds_of(list(+held.fates.games))["bot"] == 9


async def test_a_rehearsal_that_takes_too_long_is_ended_and_called_bad(experiment, tmp_path):
    plan = replace(SIXTY, bots=2, slow=0, no_webrtc=0, silent=0, within_s=1.0, reading_s=100.0)
    held = await hold(experiment(2), plan, tmp_path / "logs")
    assert held.verdict.end == "ended_now"
    assert any("did not come to its end" in sentence for sentence in held.faults)


def test_the_same_seed_brings_the_same_people():
    casts = [Cast(SIXTY, 150.0), Cast(SIXTY, 150.0), Cast(replace(SIXTY, seed=4), 150.0)]
    people = [[cast.next_member() for _ in range(SIXTY.bots)] for cast in casts]
    assert people[0] == people[1] != people[2]
    near = sorted(member.access_ms for member in people[0] if member.subject_id.startswith("bot"))
    assert near[-1] + near[-2] < 150 < min(m.access_ms for m in people[0] if m.subject_id.startswith("slow"))


def test_those_who_are_near_under_another_limit_are_counted_by_it():
    cast = Cast(SIXTY, 150.0)
    near = [member for member in cast.members if member.webrtc and not member.silent]
    assert cast.near(150.0) == 32
    assert 2 <= cast.near(80.0) < 32
    assert cast.near(1000.0) == len(near) == 52
    few = sorted(member.access_ms for member in near)[: cast.near(80.0)]
    assert few[-1] + few[-2] < 80.0


async def test_the_people_of_one_limit_are_met_under_another(experiment, tmp_path):
    plan = replace(SIXTY, bots=12, slow=3, no_webrtc=0, silent=0, people_by_ms=20.0)
    held = await hold(with_threshold(experiment(2), 200), plan, tmp_path / "logs")
    assert held.faults == []
    assert held.could_play == 12
    started = read_events(held.run_dir / "events.jsonl")[0]
    assert (started.max_p2p_rtt_ms, "3 of them slow by 20 ms" in started.by) == (200, True)


def test_more_of_a_kind_than_there_are_is_said_clearly(capsys):
    assert main.main(["rehearse", "quick_start", "--bots", "3", "--slow", "4"]) == 2
    assert "more than --bots 3" in capsys.readouterr().err


# --- what the verdict finds -------------------------------------------------------------------------------------------


def verdict_of(book: Playbook, expected: int) -> Verdict:
    fates = FatesProjection()
    fates.replay(book.log)
    return judge(fates, expected)


def end(book: Playbook) -> None:
    """Games are played to their end, whoever waits is let go."""
    book.engine.drain(by="test")
    book.wait(1000)


@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_group_that_could_have_played_is_found(playbook: Book, size: int):
    book = playbook(group_size=size)
    book.engine.pause_matching(True, by="operator")
    group = list("abcde"[:size])
    book.arrive(*group)
    end(book)
    verdict = verdict_of(book, size)
    assert verdict.passed_over == [group]
    assert [one.subject_id for one in verdict.unmatched if not one.explained] == group
    assert "UNEXPLAINED" in as_text(verdict)


@pytest.mark.parametrize("size", [2, 3, 5])
def test_one_too_few_is_nobodys_fault(playbook: Book, size: int):
    book = playbook(group_size=size)
    book.arrive(*"abcd"[: size - 1])
    end(book)
    assert verdict_of(book, size - 1).faults == []
    assert "nobody was left to play with" in as_text(verdict_of(book, size - 1))


def test_somebody_who_comes_to_no_end_is_stuck(playbook: Book):
    book = playbook()
    book.arrive("a")
    assert verdict_of(book, 1).stuck == ["a"]


def test_somebody_who_never_came_is_missed(playbook: Book):
    book = playbook()
    book.arrive("a")
    end(book)
    assert verdict_of(book, 2).faults == ["1 joined, where 2 were to come."]


def test_the_log_explains_who_left_and_who_was_away(playbook: Book):
    book = playbook(max_p2p_rtt_ms=100, reconnect_s=5)
    book.arrive("a", "b")
    book.measure("a", "b", 180.0)
    book.leave("b")
    book.lose("a")
    book.wait(6)
    book.arrive("c")
    book.engine.journey.set_visibility("c", True)
    book.arrive("d")
    end(book)
    verdict = verdict_of(book, 4)
    assert verdict.faults == []
    why = {one.subject_id: one.why for one in verdict.unmatched}
    assert why["a"] == (
        "waited 5 s, then did not come back after losing the connection; tried with 1: 1 over 100 ms (nearest 180 ms)"
    )
    assert "then left" in why["b"]
    assert "background" in why["c"]


def test_a_threshold_raised_after_the_measurement_makes_strangers_of_nobody(playbook: Book):
    """By the limit in force at the end, a and b could have played; the engine must have let them."""
    book = playbook(max_p2p_rtt_ms=100)
    book.arrive("a", "b")
    book.measure("a", "b", 180.0)
    book.engine.pause_matching(True, by="operator")
    book.threshold(200)
    end(book)
    assert verdict_of(book, 2).passed_over == [["a", "b"]]


# --- when it is at rest -----------------------------------------------------------------------------------------------


def at_rest(book: Playbook, expected: int) -> bool:
    fates = FatesProjection()
    fates.replay(book.log)
    return fates.at_rest(expected)


def test_it_is_at_rest_when_everybody_came_and_nobody_can_be_matched(playbook: Book):
    book = playbook()
    book.arrive("a")
    assert not at_rest(book, 2)
    book.arrive("b")
    assert not at_rest(book, 2)
    book.measure("a", "b", 300.0)
    assert at_rest(book, 2)
    book.arrive("c")
    assert not at_rest(book, 3)
    book.measure("a", "c", 20.0)
    assert at_rest(book, 3)
    book.lose("b")
    assert not at_rest(book, 3)


def test_it_is_at_rest_when_nothing_moves_for_long(playbook: Book):
    book = playbook(wait_s=None)
    book.engine.pause_matching(True, by="operator")
    book.arrive("a", "b")
    book.wait(30)
    book.engine.set_intake(True, by="operator")  # something is logged, but nobody moves
    assert not at_rest(book, 2)
    book.wait(30)
    book.engine.set_intake(True, by="operator")
    assert at_rest(book, 2)
