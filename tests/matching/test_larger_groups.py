"""The rules of matching for groups of three and five, where every pair is measured (DESIGN §4)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import combinations

import pytest

from core import events as ev
from core.server.wire import ProbeReady, Refused
from tests.matching.playbook import Playbook

Book = Callable[..., Playbook]
NAMES = "abcdefghij"
pytestmark = pytest.mark.parametrize("size", [3, 5])


def pairs(group: str) -> set[frozenset[str]]:
    return {frozenset(pair) for pair in combinations(group, 2)}


def open_probes(book: Playbook, group: str) -> dict[frozenset[str], ev.ProbeStarted]:
    """The probes under way among these people."""
    over = {e.probe_session_id for e in book.log if isinstance(e, ev.ProbeCompleted | ev.ProbeFailed)}
    started = [event for event in book.all(ev.ProbeStarted) if event.probe_session_id not in over]
    probes = {frozenset((event.subject_a, event.subject_b)): event for event in started}
    return {pair: event for pair, event in probes.items() if pair <= set(group)}


def ready(book: Playbook, probe: ev.ProbeStarted, *subjects: str) -> None:
    for subject_id in subjects:
        book.engine.play.probe_ready(subject_id, ProbeReady(probe.probe_session_id))


def report(book: Playbook, probe: ev.ProbeStarted, subject_id: str, rtt_ms: float | None) -> None:
    message = book.result_message(subject_id, rtt_ms)
    message.probe_session_id = probe.probe_session_id
    book.engine.play.probe_result(subject_id, message)
    book.turn()


def measure(book: Playbook, probe: ev.ProbeStarted, rtt_ms: float) -> None:
    """The whole probe of a pair."""
    ready(book, probe, probe.subject_a, probe.subject_b)
    report(book, probe, probe.subject_a, rtt_ms)
    report(book, probe, probe.subject_b, rtt_ms)


def measure_all(book: Playbook, group: str, slow: Mapping[str, float] | None = None) -> None:
    """Every probe of this group, at 20 ms but for the pairs named, as in {"ab": 300.0}; a verdict ends the rest."""
    rtts_ms = {frozenset(pair): rtt_ms for pair, rtt_ms in (slow or {}).items()}
    for pair in sorted(open_probes(book, group), key=lambda pair: (rtts_ms.get(pair, 20.0), sorted(pair))):
        if pair in open_probes(book, group):
            measure(book, open_probes(book, group)[pair], rtts_ms.get(pair, 20.0))


def test_a_group_whose_members_are_all_near_each_other_plays(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)
    measure_all(book, group)
    assert book.groups() == [set(group)]
    assert {book.phase(subject_id) for subject_id in group} == {"game"}
    assert len(json.loads(book.match_file.read_text())["participants"]) == size


def test_rule_1_one_silent_member_holds_nobody_longer_than_the_deadline(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, prepare_s=5)
    book.arrive(*group)
    for pair, probe in open_probes(book, group).items():
        ready(book, probe, *(pair - {"b"}))
    book.wait(4.9)
    assert book.state("a") == "probing"
    book.wait(0.2)
    assert book.last(ev.MatchRejected).reason == "timeout"
    assert "b" in book.last(ev.MatchRejected).worst
    assert {tuple(failed.silent) for failed in book.all(ev.ProbeFailed) if failed.reason == "timeout"} == {("b",)}
    assert {book.state(subject_id) for subject_id in group} == {"waiting"}
    assert open_probes(book, group) == {}


def test_rule_2_whoever_is_freed_is_tried_at_once_with_those_who_wait(playbook: Book, size: int) -> None:
    group, other = NAMES[:size], NAMES[size]
    book = playbook(group_size=size)
    book.arrive(*group, other)
    assert book.proposals() == [set(group)]
    measure_all(book, group, {"ab": 300.0})
    assert book.proposals()[1:] == [{other, *group} - {"b"}]


def test_rule_3_place_and_time_survive_the_rejection_of_the_group(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)
    book.wait(2)
    measure_all(book, group, {"ab": 300.0})
    assert set(book.waitroom.rows) == set(group)
    book.wait(3)
    book.lose("a")
    book.come_back("a")
    view = next(p for who, name, p in reversed(book.sent) if who == "a" and name == "view")
    assert view["waited_s"] == 5.0


def test_rule_4_disjoint_groups_are_probed_in_parallel(playbook: Book, size: int) -> None:
    first, second = NAMES[:size], NAMES[size : 2 * size]
    book = playbook(group_size=size)
    book.arrive(*first, *second)
    assert book.proposals() == [set(first), set(second)]
    assert set(open_probes(book, NAMES)) == pairs(first) | pairs(second)
    measure_all(book, second)
    assert book.groups() == [set(second)]
    assert {book.state(subject_id) for subject_id in first} == {"probing"}


def test_rule_5_all_pairs_are_probed_at_once_and_the_worst_decides(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, max_p2p_rtt_ms=100)
    book.arrive(*group)
    assert set(open_probes(book, group)) == pairs(group)
    assert len({event.elapsed_s for event in book.all(ev.ProbeStarted)}) == 1
    measure_all(book, group, {"ac": 99.0})
    formed = book.last(ev.MatchFormed)
    assert (formed.p2p_rtt_ms, formed.remeasured) == (99.0, True)
    mesh = {frozenset((e.subject_a, e.subject_b)): e.rtt_ms for e in book.all(ev.ProbeCompleted)}
    assert mesh == {**dict.fromkeys(pairs(group), 20.0), frozenset("ac"): 99.0}
    assert {event.group_id for event in book.all(ev.ProbeCompleted)} == {formed.group_id}


def test_rule_5_one_pair_too_slow_sends_all_back_and_the_log_has_all_that_was_measured(
    playbook: Book, size: int
) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, max_p2p_rtt_ms=100)
    book.arrive(*group)
    measure_all(book, group, {"bc": 101.0})
    rejected = book.last(ev.MatchRejected)
    assert (rejected.reason, rejected.worst, rejected.rtt_ms) == ("slow", ["b", "c"], 101.0)
    assert len(book.all(ev.ProbeCompleted)) == len(pairs(group))
    assert book.groups() == []


def test_rule_5_a_first_slow_pair_calls_the_other_probes_off(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, max_p2p_rtt_ms=100)
    book.arrive(*group)
    measure(book, open_probes(book, group)[frozenset("ab")], 300.0)
    assert {failed.reason for failed in book.all(ev.ProbeFailed)} == {"cancelled"}
    assert {book.state(subject_id) for subject_id in group} == {"waiting"}
    assert open_probes(book, group) == {}


def test_rule_6_only_the_pairs_not_known_yet_are_measured_the_next_time(playbook: Book, size: int) -> None:
    group, other = NAMES[:size], NAMES[size]
    book = playbook(group_size=size)
    book.arrive(*group)
    measure_all(book, group, {"ab": 300.0})
    before = len(book.all(ev.ProbeStarted))
    book.arrive(other)
    assert book.proposals()[-1] == {other, *group} - {"b"}
    assert len(book.all(ev.ProbeStarted)) - before == size - 1  # the newcomer with each of the others
    measure_all(book, NAMES)
    assert book.groups() == [{other, *group} - {"b"}]


def test_rule_6_a_slow_person_at_the_head_of_the_queue_blocks_nobody(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)
    slow = {f"a{other}": 300.0 for other in NAMES[1:]}
    measure_all(book, group, slow)
    for newcomer in NAMES[size : 2 * size]:
        book.arrive(newcomer)
        for _ in NAMES:
            measure_all(book, NAMES, slow)
    assert book.groups()
    assert all("a" not in formed for formed in book.groups())


def test_rule_7_without_a_threshold_groups_form_at_once_and_switching_it_off_releases_all(
    playbook: Book, size: int
) -> None:
    first, second = NAMES[:size], NAMES[size : 2 * size]
    book = playbook(group_size=size)
    book.arrive(*first, *second)
    measure_all(book, first, {"ab": 300.0})
    book.threshold(None)
    assert sorted(map(sorted, book.groups())) == [sorted(first), sorted(second)]
    assert {book.state(subject_id) for subject_id in first + second} == {"playing"}


@pytest.mark.parametrize(("moved_to", "forms"), [(200, True), (50, False)])
def test_rule_8_the_threshold_in_force_at_the_last_answer_judges_every_pair(
    playbook: Book, size: int, moved_to: int, forms: bool
) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, max_p2p_rtt_ms=100)
    book.arrive(*group)
    last = max(open_probes(book, group).values(), key=lambda probe: probe.probe_session_id)
    for probe in list(open_probes(book, group).values()):
        if probe is not last and probe.probe_session_id != last.probe_session_id:
            measure(book, probe, 80.0)
    ready(book, last, last.subject_a, last.subject_b)
    report(book, last, last.subject_a, 20.0)
    book.threshold(moved_to)
    report(book, last, last.subject_b, 20.0)
    assert bool(book.groups()) is forms
    if not forms:
        rejected = book.last(ev.MatchRejected)
        assert (rejected.reason, rejected.rtt_ms, rejected.max_p2p_rtt_ms) == ("slow", 80.0, 50)
        book.threshold(80)
        assert book.groups() == [set(group)]
        assert book.last(ev.MatchFormed).remeasured is False


def test_rule_9_members_of_a_group_speak_for_their_own_pairs_only(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)
    probe = open_probes(book, group)[frozenset("ab")]
    with pytest.raises(Refused, match="not yours"):
        report(book, probe, "c", 1.0)
    ready(book, probe, "a", "a")
    assert not [name for _, name, _ in book.sent if name == "probe_start"]


def test_rule_10_a_member_who_reloads_is_measured_again_in_their_old_place(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)
    book.come_back("b")
    assert book.last(ev.MatchRejected).reason == "left"
    book.wait(6)
    measure_all(book, group)
    assert book.groups() == [set(group)]
    assert [p.subject_id for p in book.last(ev.MatchFormed).participants].count("b") == 1


@pytest.mark.parametrize("how", ["leave", "lose"])
def test_a_member_who_goes_mid_probe_frees_the_others_at_once(playbook: Book, size: int, how: str) -> None:
    group, other = NAMES[:size], NAMES[size]
    book = playbook(group_size=size)
    book.arrive(*group, other)
    getattr(book, how)("c")
    assert book.all(ev.MatchRejected)[0].reason == "left"
    assert book.proposals()[1:] == [{other, *group} - {"c"}]
    measure_all(book, NAMES)
    assert book.groups() == [{other, *group} - {"c"}]


def test_rule_11_a_log_that_cannot_be_written_stops_the_run_for_the_whole_group(
    playbook: Book, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)

    def full(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    book.wait(5)
    monkeypatch.undo()
    assert "disk is full" in book.engine.problem
    assert {book.phase(subject_id) for subject_id in group} == {"ended"}


def test_rule_12_everybody_of_a_rejected_group_has_a_reason(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)
    measure_all(book, group, {"ab": 300.0})
    why = {subject_id: book.why(subject_id) for subject_id in book.waitroom.rows}
    assert set(why) == set(group)
    assert {why["a"].main_reason, why["b"].main_reason} == {"too_slow"}
    assert {why[subject_id].clash for subject_id in group[2:]} == {("a", "b")}
    assert all("a and b may not meet" in why_words.sentences(why[subject_id]) for subject_id in group[2:])


def test_rule_13_no_pair_is_probed_twice_while_what_is_known_of_it_is_fresh(playbook: Book, size: int) -> None:
    book = playbook(group_size=size, slow_fresh_s=1000)
    slow = {"ab": 300.0, "cd": 300.0, "ae": 300.0}
    for newcomer in NAMES:
        book.arrive(newcomer)
        for _ in NAMES:
            measure_all(book, NAMES, slow)
    finished = [frozenset((e.subject_a, e.subject_b)) for e in book.all(ev.ProbeCompleted)]
    assert len(finished) == len(set(finished))
    assert len(book.groups()) >= 1
