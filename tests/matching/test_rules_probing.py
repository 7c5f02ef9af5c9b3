"""Rules 4, 5, 8 and 9 (DESIGN §4), for two, three and five people: who is probed, what decides, whose word counts."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from core import events as ev
from core.clock import VirtualClock
from core.matching.game_manager import GameManager
from core.matching.matchmaker import FIFOMatchmaker, MatchCandidate
from core.server.wire import ProbeProgress, Refused
from tests.matching.groups import FAR_MS, NAMES, measure, measure_all, pairs, probe, probes, ready, report, waiting
from tests.matching.playbook import Playbook

Book = Callable[..., Playbook]


def test_a_group_whose_members_are_all_near_each_other_plays(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, max_p2p_rtt_ms=100)
    book.arrive(*group)
    assert {book.phase(subject_id) for subject_id in group} == {"probing"}
    measure_all(book, group, {"ab": 80.0})
    assert {(e.accepted, e.max_p2p_rtt_ms) for e in book.all(ev.ProbeCompleted)} == {(True, 100)}
    formed = book.last(ev.MatchFormed)
    assert (formed.p2p_rtt_ms, formed.max_p2p_rtt_ms, formed.matchmaker_class) == (80.0, 100, "FIFOMatchmaker")
    assert {book.phase(subject_id) for subject_id in group} == {"game"}
    line = json.loads(book.match_file.read_text())
    assert [p["subject_id"] for p in line["participants"]] == list(group)
    assert line["p2p_rtt_ms"] == 80.0


# --- rule 4: one group at a time, disjoint groups in parallel ---------------------------------------------------------


def test_rule_4_disjoint_groups_are_probed_in_parallel(playbook: Book, size: int) -> None:
    first, second, odd = NAMES[:size], NAMES[size : 2 * size], "z"
    book = playbook(group_size=size)
    book.arrive(*first, *second, odd)
    assert book.proposals() == [set(first), set(second)]
    assert set(probes(book)) == pairs(first) | pairs(second)
    assert book.state(odd) == "waiting"
    measure_all(book, second)
    assert book.groups() == [set(second)]
    assert {book.state(subject_id) for subject_id in first} == {"probing"}


def test_rule_4_whoever_is_in_a_probe_is_in_no_other(playbook: Book, size: int) -> None:
    """Newcomers, a reconnect and a threshold ask for passes; none of them takes anybody out of a probe."""
    first, rest = NAMES[:size], NAMES[size : 2 * size - 1]
    book = playbook(group_size=size)
    book.arrive(*first, *rest)
    book.lose(rest[0])
    book.come_back(rest[0])
    book.threshold(90)
    assert book.proposals() == [set(first)]
    assert set(probes(book)) == pairs(first)


# --- rule 5: the worst pair decides -----------------------------------------------------------------------------------


def test_rule_5_all_pairs_are_probed_at_once_and_the_worst_decides(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, max_p2p_rtt_ms=100)
    book.arrive(*group)
    assert set(probes(book)) == pairs(group)
    assert len({event.elapsed_s for event in book.all(ev.ProbeStarted)}) == 1
    measure_all(book, group, {"ab": 99.0})
    formed = book.last(ev.MatchFormed)
    assert (formed.p2p_rtt_ms, formed.remeasured) == (99.0, True)
    mesh = {frozenset((e.subject_a, e.subject_b)): e.rtt_ms for e in book.all(ev.ProbeCompleted)}
    assert mesh == {**dict.fromkeys(pairs(group), 20.0), frozenset("ab"): 99.0}
    assert {event.group_id for event in book.all(ev.ProbeCompleted)} == {formed.group_id}


def test_rule_5_one_pair_too_slow_sends_all_back_and_the_log_has_all_that_was_measured(
    playbook: Book, size: int
) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, max_p2p_rtt_ms=100)
    book.arrive(*group)
    measure_all(book, group, {"ab": 101.0})
    rejected = book.last(ev.MatchRejected)
    assert (rejected.reason, rejected.worst, rejected.rtt_ms) == ("slow", ["a", "b"], 101.0)
    assert len(book.all(ev.ProbeCompleted)) == len(pairs(group))
    assert book.groups() == []
    assert waiting(book, group)


def test_rule_5_a_first_slow_pair_calls_the_other_probes_off(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, max_p2p_rtt_ms=100)
    book.arrive(*group)
    measure(book, probe(book, "ab"), FAR_MS)
    assert [event.reason for event in book.all(ev.ProbeFailed)] == ["cancelled"] * (len(pairs(group)) - 1)
    assert probes(book) == {}
    assert waiting(book, group)


# --- rule 8: the threshold in force when the measurement is complete --------------------------------------------------


@pytest.mark.parametrize(("rtt_ms", "moved_to", "forms"), [(150.0, 200, True), (80.0, 50, False)])
def test_rule_8_the_threshold_in_force_at_the_last_answer_judges(
    playbook: Book, size: int, rtt_ms: float, moved_to: int, forms: bool
) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, max_p2p_rtt_ms=100)
    book.arrive(*group)
    for pair in pairs(group) - {frozenset("ab")}:
        measure(book, probes(book)[pair], 20.0)
    ready(book, probe(book, "ab"))
    report(book, probe(book, "ab"), "a", rtt_ms)
    book.threshold(moved_to)
    assert book.groups() == []
    report(book, probe(book, "ab"), "b", rtt_ms)
    completed = book.last(ev.ProbeCompleted)
    assert (completed.max_p2p_rtt_ms, completed.accepted) == (moved_to, forms)
    assert bool(book.groups()) is forms


def test_rule_8_a_pair_measured_before_the_threshold_moved_is_judged_by_the_new_one(playbook: Book) -> None:
    book = playbook(group_size=3, max_p2p_rtt_ms=100)
    book.arrive("a", "b", "c")
    measure(book, probe(book, "ab"), 80.0)
    measure(book, probe(book, "ac"), 20.0)
    ready(book, probe(book, "bc"))
    report(book, probe(book, "bc"), "b", 20.0)
    book.threshold(50)
    report(book, probe(book, "bc"), "c", 20.0)
    rejected = book.last(ev.MatchRejected)
    assert (rejected.reason, rejected.worst, rejected.rtt_ms) == ("slow", ["a", "b"], 80.0)
    book.threshold(80)
    assert book.groups() == [{"a", "b", "c"}]
    assert book.last(ev.MatchFormed).remeasured is False


# --- rule 9: whose word counts ----------------------------------------------------------------------------------------


def test_rule_9_readiness_is_a_set_of_people(playbook: Book, size: int) -> None:
    book = playbook(group_size=size)
    book.arrive(*NAMES[:size])
    session = probe(book, "ab")
    ready(book, session, "a")
    ready(book, session, "a")
    assert not [name for _, name, _ in book.sent if name == "probe_start"]
    ready(book, session, "b")
    assert sorted(who for who, name, _ in book.sent if name == "probe_start") == ["a", "b"]


def test_rule_9_somebody_elses_word_does_not_count(playbook: Book, size: int) -> None:
    """The stranger is a member of the same group where it is large enough, somebody who waits where it is not."""
    book = playbook(group_size=size)
    book.arrive(*NAMES[: size + 1])
    session = probe(book, "ab")
    ready(book, session)
    with pytest.raises(Refused, match="not yours"):
        ready(book, session, "c")
    with pytest.raises(Refused, match="not yours"):
        book.engine.play.probe_result("c", message_for(book, session, 1.0))
    report(book, session, "a", FAR_MS)
    with pytest.raises(Refused, match="first one counts"):
        report(book, session, "a", 1.0)
    report(book, session, "b", FAR_MS)
    assert [event.rtt_ms for event in book.all(ev.ProbeCompleted)] == [FAR_MS]
    with pytest.raises(Refused, match="has ended"):
        report(book, session, "a", 1.0)


def message_for(book: Playbook, session: ev.ProbeStarted, rtt_ms: float) -> object:
    message = book.result_message(session.subject_a, rtt_ms)
    message.probe_session_id = session.probe_session_id
    return message


# The last is finite, but the mean of two of them is not.
@pytest.mark.parametrize("rtt_ms", [float("nan"), float("inf"), -1.0, 1e308])
def test_rule_9_an_rtt_is_finite_and_not_negative(playbook: Book, size: int, rtt_ms: float) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)
    session = probe(book, "ab")
    ready(book, session)
    with pytest.raises(Refused, match="finite"):
        report(book, session, "a", rtt_ms)
    report(book, session, "a", 20.0)
    report(book, session, "b", 20.0)
    measure_all(book)
    assert book.groups() == [set(group)]


def test_rule_9_more_pings_than_a_log_can_add_up_are_not_believed(playbook: Book) -> None:
    book = playbook()
    book.arrive("a", "b")
    session = probe(book, "ab")
    ready(book, session)
    message = message_for(book, session, 20.0)
    message.sent = 2**64 - 1
    with pytest.raises(Refused, match="sent"):
        book.engine.play.probe_result(session.subject_a, message)


@pytest.mark.parametrize("so_far", [False, True], ids=["result", "progress"])
def test_a_page_that_gives_more_answers_than_were_asked_for_does_not_outweigh_its_partner(
    playbook: Book, so_far: bool
) -> None:
    """Sixteen to fifteen, and the median of all would lie on the side of the one that made them up."""
    book = playbook(max_p2p_rtt_ms=100)
    book.arrive("a", "b")
    book.ready("a", "b")
    book.report("b", FAR_MS)
    message = book.result_message("a", 1.0, answered=15)
    message.samples_ms, message.sent = [1.0] * 16, 16
    with pytest.raises(Refused, match="16 samples, but only 15 pings were asked for"):
        if so_far:
            progress = ProbeProgress(message.probe_session_id, message.samples_ms, message.sent)
            book.engine.play.probe_progress("a", progress)
        else:
            book.engine.play.probe_result("a", message)
    book.turn()
    assert not book.all(ev.ProbeCompleted)
    book.report("a", 1.0)  # what was asked for counts
    assert book.last(ev.ProbeCompleted).rtt_ms == (FAR_MS + 1.0) / 2


# --- one retry for a lossy pair, and answers that come early ----------------------------------------------------------


def test_a_lossy_pair_gets_one_retry_under_a_new_id(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, retries=1)
    book.arrive(*group)
    first = probe(book, "ab")
    measure(book, first, 20.0, answered=8)
    assert book.last(ev.ProbeFailed).will_retry
    again = probe(book, "ab")
    assert again.probe_session_id != first.probe_session_id
    assert book.state("a") == "probing"
    measure(book, again, 20.0, answered=8)
    failed = next(event for event in book.all(ev.ProbeFailed) if event.probe_session_id == again.probe_session_id)
    assert (failed.reason, failed.will_retry) == ("too_few_answers", False)
    assert book.last(ev.MatchRejected).reason == "unreachable"
    assert waiting(book, group)


def test_a_coordinator_may_answer_before_create_probe_returns(size: int) -> None:
    class Instant:
        def create_probe(self, subject_a, subject_b, on_complete):  # type: ignore[no-untyped-def]
            on_complete(subject_a, subject_b, 12.0)
            return f"instant {subject_a} {subject_b}"

    clock, matched = VirtualClock(), []
    manager = GameManager(FIFOMatchmaker(100), Instant(), group_size=size, clock=clock, on_matched=matched.append)
    for subject_id in NAMES[:size]:
        manager.enter(MatchCandidate(subject_id))
    clock.advance(0)
    assert [sorted(game.subjects) for game in matched] == [list(NAMES[:size])]
    assert manager._pending_matches == {}
