"""The thirteen rules of matching (DESIGN §4), each told as a story on a clock that the test moves."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from core import events as ev
from core.matching.game_manager import GameManager
from core.matching.matchmaker import FIFOMatchmaker, MatchCandidate
from core.server.wire import ProbeReady, Refused
from tests.matching.playbook import Playbook

Book = Callable[..., Playbook]


def test_a_pair_that_is_fast_enough_plays(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=100)
    book.arrive("a", "b")
    assert (book.phase("a"), book.phase("b")) == ("probing", "probing")
    book.measure("a", "b", 80.0)
    completed, formed = book.last(ev.ProbeCompleted), book.last(ev.MatchFormed)
    assert (completed.rtt_ms, completed.accepted, completed.max_p2p_rtt_ms) == (80.0, True, 100)
    assert (formed.p2p_rtt_ms, formed.max_p2p_rtt_ms, formed.matchmaker_class) == (80.0, 100, "FIFOMatchmaker")
    assert (book.phase("a"), book.phase("b")) == ("game", "game")
    line = json.loads(book.match_file.read_text())
    assert [p["subject_id"] for p in line["participants"]] == ["a", "b"]
    assert line["p2p_rtt_ms"] == 80.0


# --- rule 1: no state lasts without a deadline ------------------------------------------------------------------------


def test_rule_1_nobody_gets_ready(playbook: Book) -> None:
    book = playbook(prepare_s=5)
    book.arrive("a", "b")
    book.ready("a")
    book.wait(5)
    failed = book.last(ev.ProbeFailed)
    assert (failed.reason, failed.phase, failed.silent) == ("timeout", "prepare", ["b"])
    assert (book.state("a"), book.state("b")) == ("waiting", "waiting")
    assert book.last(ev.MatchRejected).reason == "timeout"


@pytest.mark.parametrize(("described", "reason"), [(("a", "b"), "unreachable"), (("a",), "timeout"), ((), "timeout")])
def test_rule_1_they_never_connect(playbook: Book, described: tuple[str, ...], reason: str) -> None:
    book = playbook(connect_s=8)
    book.arrive("a", "b")
    book.ready("a", "b")
    book.describe(*described)
    book.wait(7.9)
    assert book.state("a") == "probing"
    book.wait(0.2)
    failed = book.last(ev.ProbeFailed)
    assert (failed.reason, failed.phase) == (reason, "connect")
    assert book.state("a") == "waiting"


def test_rule_1_one_goes_silent_while_measuring(playbook: Book) -> None:
    book = playbook(measure_s=5)
    book.arrive("a", "b")
    book.ready("a", "b")
    book.report("b", 30.0)
    book.wait(5)
    failed = book.last(ev.ProbeFailed)
    assert (failed.reason, failed.phase, failed.silent) == ("timeout", "measure", ["a"])
    assert [peer.subject_id for peer in failed.peers] == ["b"]


def test_rule_1_waiting_ends(playbook: Book) -> None:
    book = playbook(wait_s=60)
    book.arrive("a")
    book.wait(61)
    assert book.last(ev.ParticipantLeft).reason == "wait_timeout"
    assert book.last(ev.WaitroomLeft).waited_s == 60
    assert book.phase("a") == "done"


def test_rule_1_a_verdict_under_way_is_still_heard_when_the_waiting_time_is_over(playbook: Book) -> None:
    book = playbook(wait_s=60)
    book.arrive("a")
    book.wait(59)
    book.arrive("b")
    book.wait(2)
    assert book.state("a") == "probing"
    book.measure("a", "b", 20.0)
    assert book.groups() == [{"a", "b"}]


def test_rule_1_reconnecting_has_a_deadline(playbook: Book) -> None:
    book = playbook(reconnect_s=30)
    book.arrive("a")
    book.lose("a")
    book.wait(31)
    assert book.last(ev.ParticipantLeft).reason == "reconnect_timeout"


def test_rule_1_a_game_has_a_deadline_and_its_players_go_on(playbook: Book) -> None:
    book = playbook(game_grace_s=10)
    book.arrive("a", "b")
    book.measure("a", "b", 20.0)
    book.wait(70)
    assert book.last(ev.GameEnded).reason == "deadline"
    assert (book.phase("a"), book.phase("b")) == ("page", "page")


# --- rule 2: one coalesced pass for whatever moves --------------------------------------------------------------------


def test_rule_2_many_arrivals_are_one_pass(playbook: Book) -> None:
    book = playbook()
    book.arrive_together("a", "b", "c", "d")
    assert book.proposals() == [{"a", "b"}, {"c", "d"}]


@pytest.mark.parametrize("what", ["leave", "reject", "fail", "lose"])
def test_rule_2_whoever_is_freed_is_tried_at_once(playbook: Book, what: str) -> None:
    book = playbook()
    book.arrive("a", "b", "c")
    assert book.proposals() == [{"a", "b"}]
    match what:
        case "leave":
            book.leave("b")
        case "reject":
            book.measure("a", "b", 300.0)
        case "fail":
            book.fail("a", "b")
        case "lose":
            book.lose("b")
    assert book.proposals() == [{"a", "b"}, {"a", "c"}]


def test_rule_2_coming_back_is_a_new_chance(playbook: Book) -> None:
    book = playbook()
    book.arrive("a")
    book.lose("a")
    book.arrive("b")
    assert book.proposals() == []
    book.come_back("a")
    assert book.proposals() == [{"a", "b"}]


def test_rule_2_taking_matching_up_again_is_a_new_chance(playbook: Book) -> None:
    book = playbook()
    book.engine.pause_matching(True, by="operator")
    book.arrive("a", "b")
    assert book.proposals() == []
    book.engine.pause_matching(False, by="operator")
    book.turn()
    assert book.proposals() == [{"a", "b"}]


# --- rule 3: place and time are kept ----------------------------------------------------------------------------------


def test_rule_3_place_and_waiting_time_survive_rejection_and_reconnect(playbook: Book) -> None:
    book = playbook()
    book.arrive("a", "b")
    book.wait(2)
    book.measure("a", "b", 300.0)
    book.lose("a")
    book.wait(3)
    book.come_back("a")
    book.wait(5)
    view = next(p for who, name, p in reversed(book.sent) if who == "a" and name == "view")
    assert view["waited_s"] == 5.0  # when they came back, five seconds after they had arrived
    book.arrive("c")
    assert book.proposals()[-1] == {"a", "c"}  # a waits longest, so a comes before b


def test_rule_3_whoever_is_probed_is_still_in_the_waitroom(playbook: Book) -> None:
    book = playbook()
    book.arrive("a", "b")
    assert set(book.waitroom.rows) == {"a", "b"}
    assert book.engine.waiting == 2


# --- rule 4: one group at a time, disjoint groups in parallel ---------------------------------------------------------


def test_rule_4_disjoint_groups_are_probed_in_parallel(playbook: Book) -> None:
    book = playbook()
    book.arrive("a", "b", "c", "d", "e")
    assert book.proposals() == [{"a", "b"}, {"c", "d"}]
    assert [book.state(s) for s in "abcde"] == ["probing"] * 4 + ["waiting"]


# --- rule 5: the worst pair decides -----------------------------------------------------------------------------------


def test_rule_5_all_pairs_of_a_larger_group_are_probed_at_once_and_the_worst_decides(playbook: Book) -> None:
    book = playbook(group_size=3, max_p2p_rtt_ms=100)
    book.arrive("a", "b", "c")
    started = book.all(ev.ProbeStarted)
    assert {frozenset((p.subject_a, p.subject_b)) for p in started} == {
        frozenset("ab"), frozenset("ac"), frozenset("bc"),
    }  # fmt: skip
    for probe, rtt_ms in zip(started, (20.0, 70.0, 40.0), strict=True):
        for subject_id in (probe.subject_a, probe.subject_b):
            book.engine.play.probe_ready(subject_id, ProbeReady(probe.probe_session_id))
        for subject_id in (probe.subject_a, probe.subject_b):
            message = book.result_message(subject_id, rtt_ms)
            message.probe_session_id = probe.probe_session_id
            book.engine.play.probe_result(subject_id, message)
    book.turn()
    assert book.last(ev.MatchFormed).p2p_rtt_ms == 70.0


# --- rule 6: what is remembered of a pair -----------------------------------------------------------------------------


def test_rule_6_a_slow_pair_is_judged_again_without_a_probe_when_the_threshold_moves(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=100)
    book.arrive("a", "b")
    book.measure("a", "b", 130.0)
    assert book.last(ev.MatchRejected).reason == "slow"
    assert book.last(ev.MatchRejected).rtt_ms == 130.0
    book.threshold(120)
    assert book.groups() == []
    book.threshold(130)
    formed = book.last(ev.MatchFormed)
    assert (formed.p2p_rtt_ms, formed.max_p2p_rtt_ms, formed.remeasured) == (130.0, 130, False)
    assert len(book.all(ev.ProbeStarted)) == 1


def test_rule_6_the_same_two_are_not_probed_in_a_loop_but_again_later_and_ever_more_rarely(playbook: Book) -> None:
    book = playbook(slow_fresh_s=120, wait_s=None)
    book.arrive("a", "b")
    book.measure("a", "b", 300.0)
    book.wait(119)
    assert len(book.all(ev.ProbeStarted)) == 1
    book.wait(2)
    assert len(book.all(ev.ProbeStarted)) == 2
    book.measure("a", "b", 300.0)
    book.wait(239)
    assert len(book.all(ev.ProbeStarted)) == 2
    book.wait(2)
    assert len(book.all(ev.ProbeStarted)) == 3


def test_rule_6_unreachable_is_a_cool_down_not_a_life_sentence(playbook: Book) -> None:
    book = playbook(unreachable_cooldown_s=60)
    book.arrive("a", "b")
    book.fail("a", "b")
    assert book.last(ev.MatchRejected).reason == "unreachable"
    book.wait(59)
    assert len(book.proposals()) == 1
    book.wait(2)
    assert len(book.proposals()) == 2


def test_rule_6_a_slow_person_at_the_head_of_the_queue_blocks_nobody(playbook: Book) -> None:
    book = playbook()
    book.arrive("slow", "b", "c", "d")
    book.measure("slow", "b", 300.0)
    assert book.proposals() == [{"slow", "b"}, {"c", "d"}]
    book.measure("c", "d", 20.0)
    book.arrive("e")
    book.measure("slow", "e", 300.0)
    assert book.proposals()[-1] == {"b", "e"}


# --- rule 7: no threshold, no probe -----------------------------------------------------------------------------------


def test_rule_7_without_a_threshold_groups_form_at_once(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None)
    book.arrive("a", "b")
    assert book.groups() == [{"a", "b"}]
    assert book.all(ev.ProbeStarted) == []
    assert book.last(ev.MatchFormed).p2p_rtt_ms is None


def test_rule_7_switching_the_threshold_off_releases_those_who_wait_and_those_in_a_probe(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=100)
    book.arrive("a", "b")
    book.measure("a", "b", 300.0)
    book.arrive("c", "d")  # a and c are in a probe now, and so are b and d
    assert len(book.proposals()) == 3
    book.threshold(None)
    assert sorted(map(sorted, book.groups())) == [["a", "c"], ["b", "d"]]
    assert {failed.reason for failed in book.all(ev.ProbeFailed)} == {"cancelled"}


# --- rule 8: the threshold in force when the measurement is complete --------------------------------------------------


@pytest.mark.parametrize(("moved_to", "accepted"), [(200, True), (50, False)])
def test_rule_8_the_threshold_in_force_at_the_end_judges(playbook: Book, moved_to: int, accepted: bool) -> None:
    book = playbook(max_p2p_rtt_ms=100)
    book.arrive("a", "b")
    book.ready("a", "b")
    book.report("a", 80.0 if not accepted else 150.0)
    book.threshold(moved_to)
    book.report("b", 80.0 if not accepted else 150.0)
    completed = book.last(ev.ProbeCompleted)
    assert (completed.max_p2p_rtt_ms, completed.accepted) == (moved_to, accepted)
    assert bool(book.groups()) is accepted


# --- rule 9: whose word counts ----------------------------------------------------------------------------------------


def test_rule_9_readiness_is_a_set_of_people(playbook: Book) -> None:
    book = playbook()
    book.arrive("a", "b")
    book.ready("a")
    book.ready("a")
    assert not [name for _, name, _ in book.sent if name == "probe_start"]
    book.ready("b")
    assert sorted(who for who, name, _ in book.sent if name == "probe_start") == ["a", "b"]


def test_rule_9_somebody_elses_word_does_not_count(playbook: Book) -> None:
    book = playbook()
    book.arrive("a", "b", "c")
    book.ready("a", "b")
    theirs = book.result_message("a", 1.0)
    with pytest.raises(Refused, match="not yours"):
        book.engine.play.probe_result("c", theirs)
    book.report("a", 300.0)
    with pytest.raises(Refused, match="first one counts"):
        book.report("a", 1.0)
    book.report("b", 300.0)
    assert book.last(ev.ProbeCompleted).rtt_ms == 300.0
    with pytest.raises(Refused, match="has ended"):
        book.engine.play.probe_result("a", theirs)


@pytest.mark.parametrize("rtt_ms", [float("nan"), float("inf"), -1.0])
def test_rule_9_an_rtt_is_finite_and_not_negative(playbook: Book, rtt_ms: float) -> None:
    book = playbook()
    book.arrive("a", "b")
    book.ready("a", "b")
    with pytest.raises(Refused, match="finite"):
        book.report("a", rtt_ms)
    book.report("a", 20.0)
    book.report("b", 20.0)
    assert book.groups() == [{"a", "b"}]


# --- rule 10: latest wins ---------------------------------------------------------------------------------------------


def test_rule_10_a_second_tab_replaces_the_first_and_locks_nobody_out(playbook: Book) -> None:
    book = playbook()
    book.arrive("a", "b")
    book.come_back("a")  # with the token, while the first tab is still connected
    assert book.last(ev.ParticipantReconnected).replaced
    assert book.last(ev.ProbeFailed).reason == "left"  # the first tab's peer connection was of no use any more
    book.wait(6)
    book.measure("a", "b", 20.0)
    assert book.groups() == [{"a", "b"}]


def test_rule_10_a_known_id_without_its_token_may_take_over_only_what_nobody_holds(playbook: Book) -> None:
    book = playbook()
    book.arrive("a")
    with pytest.raises(Refused, match="already"):
        book.arrive("a")
    book.lose("a")
    book.arrive("a")
    assert book.last(ev.ParticipantReconnected).token_sha256
    assert len(book.all(ev.ParticipantJoined)) == 1


# --- rule 11: a failed write stops the run ----------------------------------------------------------------------------


def test_rule_11_a_log_that_cannot_be_written_stops_the_run_visibly(
    playbook: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = playbook()
    book.arrive("a", "b")

    def full(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    book.clock.advance(5)  # the probe's deadline wants to write
    assert "disk is full" in book.engine.problem
    assert (book.phase("a"), book.phase("b")) == ("ended", "ended")
    monkeypatch.undo()
    with pytest.raises(Refused):
        book.arrive("c")


# --- rule 12: an answer to "why not matched?" -------------------------------------------------------------------------


def test_rule_12_everybody_who_waits_has_a_reason(playbook: Book) -> None:
    book = playbook()
    book.arrive("a", "b")
    book.measure("a", "b", 300.0)
    book.arrive("c")
    why = {subject_id: why_words.sentences(book.why(subject_id)) for subject_id in book.waitroom.rows}
    assert "300" in why["b"]
    assert "c" in why["a"]
    assert set(why) == set("abc")
    assert all(why.values())


# --- rule 13: what a pass costs ---------------------------------------------------------------------------------------


def test_rule_13_an_arrival_tries_only_what_is_new() -> None:
    tried: list[str] = []

    class Counting(FIFOMatchmaker):
        def find_match(self, arriving, waiting, group_size):  # type: ignore[no-untyped-def]
            tried.append(arriving.subject_id)

    from core.clock import VirtualClock

    clock = VirtualClock()
    manager = GameManager(Counting(100), clock=clock)
    for number in range(200):
        manager.enter(MatchCandidate(f"p{number}"))
        clock.advance(0)
    assert len(tried) == 200  # each newcomer once, and nobody else again


# --- one retry for a lossy pair ---------------------------------------------------------------------------------------


def test_a_lossy_pair_gets_one_retry_under_a_new_id(playbook: Book) -> None:
    book = playbook(retries=1)
    book.arrive("a", "b")
    first = book.probe_of("a")
    book.measure("a", "b", 20.0, answered=8)
    assert book.last(ev.ProbeFailed).will_retry
    assert book.probe_of("a") != first
    assert book.state("a") == "probing"
    book.measure("a", "b", 20.0, answered=8)
    assert (book.last(ev.ProbeFailed).reason, book.last(ev.ProbeFailed).will_retry) == ("too_few_answers", False)
    assert book.last(ev.MatchRejected).reason == "unreachable"
    assert book.state("a") == "waiting"


def test_a_coordinator_may_answer_before_create_probe_returns() -> None:
    from core.clock import VirtualClock

    class Instant:
        def create_probe(self, subject_a, subject_b, on_complete):  # type: ignore[no-untyped-def]
            on_complete(subject_a, subject_b, 12.0)
            return "instant"

    clock, matched = VirtualClock(), []
    manager = GameManager(FIFOMatchmaker(100), Instant(), clock=clock, on_matched=matched.append)
    manager.enter(MatchCandidate("a"))
    manager.enter(MatchCandidate("b"))
    clock.advance(0)
    assert [sorted(game.subjects) for game in matched] == [["a", "b"]]
    assert manager._pending_matches == {}
