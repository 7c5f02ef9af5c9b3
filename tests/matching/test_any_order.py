"""Whatever happens in whatever order: nobody in two groups, nobody left out, nobody stuck, and the log tells it all."""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from core import events as ev
from core.projections.participants import ParticipantsProjection
from core.projections.run import RunProjection
from core.projections.waitroom import WaitroomProjection
from core.server.wire import ProbeReady, Refused
from tests.matching.playbook import GAME, Playbook

NAMES = "abcdefg"
# One flat list, so that each kind of step is as likely as it stands here: nested choices make nearly all of them waits.
STEPS = [
    *[(what, name) for what in ("arrive", "lose", "come_back", "leave", "quiet", "speak") for name in NAMES],
    *[("hide", name, hidden) for name in NAMES for hidden in (True, False)],
    *[("ready", name) for _ in range(3) for name in NAMES],
    *[("report", name, rtt_ms) for name in NAMES for rtt_ms in (20.0, 90.0, 90.0, 300.0, None)],
    *[("answer", name, rtt_ms) for name in NAMES for rtt_ms in (20.0, 90.0, 300.0)],
    *[("arrive_together", *NAMES[:number]) for number in (3, 5, 7)],
    *[("threshold", value) for value in (50, 100, 400, None)],
    *[("wait", seconds) for seconds in (0.5, 6.0, 31.0, 200.0)],
]
LONGEST_REST_S = 60.0
SEEN: set[str] = set()


def act(book: Playbook, name: str, *args: Any) -> None:
    """Try one step; what cannot be done now is refused, and that is an answer, too."""
    try:
        if name == "hide":
            book.engine.journey.set_visibility(*args)
        elif name == "answer":  # both sides of the probe this participant is in
            measure_group(book, args[0], args[1])
        else:
            getattr(book, name)(*args)
    except (Refused, StopIteration, KeyError):
        return  # refused; or the test has no probe or token to speak of for them yet
    finally:
        book.turn()


def measure_group(book: Playbook, subject_id: str, rtt_ms: float) -> None:
    """Every probe of the group this participant is in, with one outlier for its first pair."""
    newest = book.probe_of(subject_id)
    group_id = next(p.group_id for p in book.all(ev.ProbeStarted) if p.probe_session_id == newest)
    probes = [p for p in book.all(ev.ProbeStarted) if p.group_id == group_id]
    for number, probe in enumerate(probes):
        for peer in (probe.subject_a, probe.subject_b):
            book.engine.play.probe_ready(peer, ProbeReady(probe.probe_session_id))
        for peer in (probe.subject_a, probe.subject_b):
            message = book.result_message(peer, rtt_ms if number == 0 else 20.0)
            message.probe_session_id = probe.probe_session_id
            book.engine.play.probe_result(peer, message)


def may_meet(book: Playbook, a: str, b: str) -> bool:
    """By what is remembered of the two and of each of them, said once more in other words than the engine's."""
    manager, now_s = book.engine._managers[GAME.id], book.clock.monotonic()
    limit_ms, verdict = book.engine.run.max_p2p_rtt_ms, manager.memory.verdict(a, b)
    if limit_ms is None:
        return True
    if verdict is not None and now_s < verdict.until_s:
        return verdict.rtt_ms is not None and verdict.rtt_ms <= limit_ms
    return not manager.rests.apart(a, b, now_s)


def check(book: Playbook, size: int) -> None:
    """What must be so after every step."""
    manager = book.engine._managers[GAME.id]
    grouped = Counter(subject for group in manager._groups.values() for subject in group.subjects)
    assert not [subject for subject, groups in grouped.items() if groups > 1]
    for subject_id in grouped:
        waiter = manager.waitroom.get(subject_id)
        assert waiter is not None
        assert waiter.connected
    free = [waiter.candidate.subject_id for waiter in manager.waitroom.free()]
    for group in itertools.combinations(free, size):
        assert not all(may_meet(book, a, b) for a, b in itertools.combinations(group, 2))
    states = {subject_id: person.state for subject_id, person in book.engine.people.people.items()}
    assert {s for s, state in states.items() if state in ("waiting", "probing")} == set(manager.waitroom)
    # Somebody whose own pairs are all known waits while the rest of their group is measured.
    assert {s for s, state in states.items() if state == "probing"} <= set(grouped)
    assert set(book.engine.probes._sessions_of) <= {s for s, state in states.items() if state == "probing"}
    assert set(book.waitroom.rows) == set(manager.waitroom)
    check_deadlines(book)


def check_deadlines(book: Playbook) -> None:
    """Whatever state somebody is in, the engine has something on its clock that ends it."""
    engine, manager = book.engine, book.engine._managers[GAME.id]
    for person in engine.people.people.values():
        waiter = manager.waitroom.get(person.subject_id)
        timers = []
        if person.present and not person.connected:
            timers.append(engine.journey._grace.get(person.subject_id))
        if waiter is not None:
            timers.append(waiter.deadline)
        if waiter is not None and waiter.group_id in manager._groups:  # any of its probes ends the whole group
            sessions = [session for session in engine.probes._sessions.values() if session.group_id == waiter.group_id]
            timers += [session.deadline for session in sessions] or [None]
        elif waiter is not None and waiter.group_id is not None:  # held for a roll call
            timers.append(manager._roll_call._held[person.subject_id].deadline)
        if person.state == "playing":
            timers.append(engine.games.get(person.game_id).deadline)
        assert all(timer is not None and timer.callback is not None for timer in timers), (person, timers)


def check_no_loops(book: Playbook) -> None:
    """Nobody is probed with somebody again before the time that their last rejection named."""
    not_before_s: dict[frozenset[str], float] = {}
    for event in book.log:
        match event:
            case ev.MatchRejected(worst=[a, b], retry_after_s=float(wait_s)):
                not_before_s[frozenset((a, b))] = event.elapsed_s + wait_s
                assert wait_s > 0
                assert all(0 <= rest_s <= LONGEST_REST_S for rest_s in event.rests_s.values())
            case ev.ProbeStarted(attempt=1):
                pair = frozenset((event.subject_a, event.subject_b))
                assert event.elapsed_s >= not_before_s.get(pair, 0.0) - 0.01, pair
            case ev.ParticipantLeft():
                not_before_s = {pair: s for pair, s in not_before_s.items() if event.subject_id not in pair}


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=15, max_size=60), size=st.sampled_from([2, 2, 3, 4, 5]))
def any_interleaving(steps: list[tuple[Any, ...]], size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book = Playbook(Path(folder), group_size=size)
        book.arrive("a", "b", "c")
        for step in steps:
            act(book, *step)
            check(book, size)
        replayed = ParticipantsProjection(), RunProjection(), WaitroomProjection()
        for fold in replayed:
            fold.replay(book.log)
        assert replayed[0].people == book.engine.people.people
        assert vars(replayed[1]) == vars(book.engine.run)
        assert replayed[2].rows == book.waitroom.rows
        # Left alone, everybody comes to an end: every state has a deadline.
        book.wait(5000)
        book.engine.drain(by="test")
        book.wait(5000)
        waiting = {s for s, p in book.engine.people.people.items() if p.state in ("waiting", "probing", "playing")}
        assert not waiting
        check_no_loops(book)
        SEEN.update(type(event).__name__ for event in book.log)
        SEEN.update(f"group of {size}" for event in book.log if isinstance(event, ev.MatchFormed))
        book.logger.close()


def test_any_interleaving_strands_nobody() -> None:
    SEEN.clear()
    any_interleaving()
    assert {f"group of {size}" for size in (2, 3, 4, 5)} <= SEEN  # the stories were worth telling
    for kind in (
        ev.MatchFormed, ev.MatchRejected, ev.ProbeFailed, ev.ProbeCompleted, ev.ParticipantReconnected,
        ev.ParticipantLeft, ev.VisibilityChanged, ev.LivenessChanged, ev.ThresholdChanged, ev.GameEnded,
    ):  # fmt: skip
        assert kind.__name__ in SEEN


def test_a_run_that_ends_while_games_go_on_lets_them_finish(playbook: Any) -> None:
    book = playbook(scenes=[GAME])
    book.arrive("a", "b")
    book.measure("a", "b", 20.0)
    book.arrive("c")
    book.engine.drain(by="operator")
    book.turn()
    assert (book.state("a"), book.state("c")) == ("playing", "gone")
    for subject_id in ("a", "b"):
        book.engine.play.game_finished(subject_id)
    book.turn()
    ended = book.last(ev.RunEnded)
    assert (ended.reason, ended.joined, ended.finished, ended.games) == ("drained", 3, 2, 1)
    assert isinstance(book.log[-1], ev.RunEnded)


def test_ending_now_ends_games_and_tells_everybody(playbook: Any) -> None:
    book = playbook()
    book.arrive("a", "b")
    book.measure("a", "b", 20.0)
    book.arrive("c")
    book.engine.end_now(by="operator")
    book.turn()
    assert book.last(ev.GameEnded).reason == "run_ended"
    assert [book.phase(s) for s in "abc"] == ["ended"] * 3
    assert isinstance(book.log[-1], ev.RunEnded)
