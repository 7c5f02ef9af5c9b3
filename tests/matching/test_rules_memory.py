"""Rules 6, 7 and 13 (DESIGN §4), for two, three and five people: what is remembered of a pair, and what it saves."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest

from core import events as ev
from core.clock import VirtualClock
from core.matching.game_manager import GameManager
from core.matching.matchmaker import FIFOMatchmaker, MatchCandidate
from tests.matching.groups import FAR_MS, NAMES, measure, measure_all, pairs, play_on, probe, probes, ready, report
from tests.matching.playbook import Playbook

Book = Callable[..., Playbook]


# --- rule 6: what is remembered of a pair -----------------------------------------------------------------------------


def test_rule_6_a_slow_pair_is_judged_again_without_a_probe_when_the_threshold_moves(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, max_p2p_rtt_ms=100)
    book.arrive(*group)
    measure_all(book, group, {"ab": 130.0})
    assert (book.last(ev.MatchRejected).reason, book.last(ev.MatchRejected).rtt_ms) == ("slow", 130.0)
    book.threshold(120)
    assert book.groups() == []
    book.threshold(130)
    formed = book.last(ev.MatchFormed)
    assert (formed.p2p_rtt_ms, formed.max_p2p_rtt_ms, formed.remeasured) == (130.0, 130, False)
    assert len(book.all(ev.ProbeStarted)) == len(pairs(group))


def test_rule_6_the_same_two_are_not_probed_in_a_loop_but_again_later_and_ever_more_rarely(
    playbook: Book, size: int
) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, slow_fresh_s=120, wait_s=None)
    book.arrive(*group)

    def times_probed() -> int:
        return sum({event.subject_a, event.subject_b} == {"a", "b"} for event in book.all(ev.ProbeStarted))

    measure(book, probe(book, "ab"), FAR_MS)
    book.wait(119)
    assert times_probed() == 1
    book.wait(2)
    assert times_probed() == 2
    measure(book, probe(book, "ab"), FAR_MS)
    book.wait(239)
    assert times_probed() == 2
    book.wait(2)
    assert times_probed() == 3


@pytest.mark.parametrize(("what", "reason"), [("unreachable", "unreachable"), ("silent", "timeout"), ("lost", "left")])
def test_rule_6_what_could_not_be_measured_is_a_cool_down_not_a_life_sentence(
    playbook: Book, size: int, what: str, reason: str
) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, unreachable_cooldown_s=60, timeout_cooldown_s=20, prepare_s=5)
    book.arrive(*group)
    match what:
        case "unreachable":
            ready(book, probe(book, "ab"))
            report(book, probe(book, "ab"), "a", None)
        case "silent":
            for pair, session in probes(book).items():
                ready(book, session, *(pair - {"b"}))
            book.wait(5)
        case "lost":
            book.lose("b")
            book.come_back("b")
    assert book.last(ev.MatchRejected).reason == reason
    cool_down_s = book.last(ev.MatchRejected).retry_after_s
    assert cool_down_s == {"unreachable": 60, "timeout": 20, "left": 5}[reason]
    book.wait(cool_down_s - 0.1)
    assert len(book.proposals()) == 1
    book.wait(0.2)
    assert len(book.proposals()) == 2
    measure_all(book)
    assert book.groups() == [set(group)]


def test_rule_6_only_the_pairs_not_known_yet_are_measured_the_next_time(playbook: Book, size: int) -> None:
    group, other = NAMES[:size], NAMES[size]
    book = playbook(group_size=size)
    book.arrive(*group)
    measure_all(book, group, {"ab": FAR_MS})
    before = len(book.all(ev.ProbeStarted))
    book.arrive(other)
    assert book.proposals()[-1] == {other, *group} - {"b"}
    assert len(book.all(ev.ProbeStarted)) - before == size - 1  # the newcomer with each of the others
    measure_all(book)
    assert book.groups() == [{other, *group} - {"b"}]


def test_rule_6_a_slow_person_at_the_head_of_the_queue_blocks_nobody(playbook: Book, size: int) -> None:
    book = playbook(group_size=size)
    slow = {f"a{other}": FAR_MS for other in NAMES[1:]}
    for newcomer in NAMES:
        book.arrive(newcomer)
        play_on(book, slow)
    assert len(book.groups()) == (len(NAMES) - 1) // size
    assert all("a" not in formed for formed in book.groups())


# --- rule 7: no threshold, no probe -----------------------------------------------------------------------------------


def test_rule_7_without_a_threshold_groups_form_at_once(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, max_p2p_rtt_ms=None)
    book.arrive(*group)
    assert book.groups() == [set(group)]
    assert book.all(ev.ProbeStarted) == []
    assert book.last(ev.MatchFormed).p2p_rtt_ms is None


def test_rule_7_switching_the_threshold_off_releases_those_who_wait_and_those_in_a_probe(
    playbook: Book, size: int
) -> None:
    first, second = NAMES[:size], NAMES[size : 2 * size]
    book = playbook(group_size=size)
    book.arrive(*first)
    measure_all(book, first, {"ab": FAR_MS})
    book.arrive(*second)
    in_probes = {subject_id for pair in probes(book) for subject_id in pair}
    assert in_probes
    book.threshold(None)
    assert sorted(subject_id for group in book.groups() for subject_id in group) == sorted(first + second)
    assert {book.state(subject_id) for subject_id in first + second} == {"playing"}
    assert "cancelled" in {event.reason for event in book.all(ev.ProbeFailed)}


# --- rule 13: what a pass costs ---------------------------------------------------------------------------------------


def test_rule_13_an_arrival_tries_only_what_is_new(size: int) -> None:
    tried: list[str] = []

    class Counting(FIFOMatchmaker):
        def find_match(self, arriving, waiting, group_size):  # type: ignore[no-untyped-def]
            tried.append(arriving.subject_id)

    clock = VirtualClock()
    manager = GameManager(Counting(100), group_size=size, clock=clock)
    for number in range(200):
        manager.enter(MatchCandidate(f"p{number}"))
        clock.advance(0)
    assert len(tried) == 200  # each newcomer once, and nobody else again


def test_rule_13_a_group_is_found_without_looking_at_everybody(size: int) -> None:
    """Those behind the first who fit are not looked at, however many wait."""
    looked_at: list[str] = []

    class Lazy(FIFOMatchmaker):
        def find_match(self, arriving, waiting, group_size):  # type: ignore[no-untyped-def]
            return super().find_match(arriving, waiting, group_size) if arriving.subject_id == "last" else None

    clock = VirtualClock()
    manager = GameManager(
        Lazy(100), group_size=size, clock=clock, ruled_out=lambda _a, b: looked_at.append(b) is not None
    )
    for number in range(500):
        manager.enter(MatchCandidate(f"p{number}"))
    manager.enter(MatchCandidate("last"))
    clock.advance(0)
    assert manager.waitroom.get("p0") is None  # plays with the newcomer
    assert len(looked_at) <= 2 * size**2


def test_rule_13_no_pair_is_probed_twice_while_what_is_known_of_it_is_fresh(playbook: Book, size: int) -> None:
    book = playbook(group_size=size, slow_fresh_s=1000)
    slow = {"ab": FAR_MS, "cd": FAR_MS, "ae": FAR_MS}
    for newcomer in NAMES:
        book.arrive(newcomer)
        play_on(book, slow)
    finished = [frozenset((e.subject_a, e.subject_b)) for e in book.all(ev.ProbeCompleted)]
    assert len(finished) == len(set(finished))
    assert set(map(frozenset, combinations("ab", 2))) <= set(finished)
    assert book.groups()
