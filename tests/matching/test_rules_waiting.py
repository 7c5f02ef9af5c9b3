"""Rules 1, 2, 3 and 10 (DESIGN §4), for two, three and five people: deadlines, second chances, places, second tabs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core import events as ev
from core.matching.game_manager import GameManager
from core.server.wire import Refused
from tests.matching.groups import FAR_MS, NAMES, describe, measure_all, pairs, probe, probes, ready, report, waiting
from tests.matching.playbook import Playbook

Book = Callable[..., Playbook]


# --- rule 1: no state lasts without a deadline ------------------------------------------------------------------------


def test_rule_1_one_who_does_not_get_ready_holds_nobody_longer_than_the_deadline(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, prepare_s=5)
    book.arrive(*group)
    for pair, session in probes(book, group).items():
        ready(book, session, *(pair - {"b"} or pair))
    book.wait(4.9)
    assert book.state("a") == "probing"
    book.wait(0.2)
    failed = [event for event in book.all(ev.ProbeFailed) if event.reason == "timeout"]
    assert {(event.phase, *event.silent) for event in failed} == {("prepare", "b")}
    assert book.all(ev.MatchRejected)[0].reason == "timeout"
    assert "b" in book.all(ev.MatchRejected)[0].worst
    assert waiting(book, group)


@pytest.mark.parametrize(("described", "reason"), [("ab", "unreachable"), ("a", "timeout"), ("", "timeout")])
def test_rule_1_a_pair_that_never_connects(playbook: Book, size: int, described: str, reason: str) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, connect_s=8)
    book.arrive(*group)
    for pair in pairs(group) - {frozenset("ab")}:
        ready(book, probes(book)[pair])
        for subject_id in sorted(pair):
            report(book, probes(book)[pair], subject_id, 20.0)
    ready(book, probe(book, "ab"))
    describe(book, probe(book, "ab"), *described)
    book.wait(7.9)
    assert book.state("a") == "probing"
    book.wait(0.2)
    failed = book.last(ev.ProbeFailed)
    assert (failed.reason, failed.phase) == (reason, "connect")
    assert failed.silent == {"ab": [], "a": ["b"], "": ["a"]}[described], "without an offer there is nothing to answer"
    assert (book.last(ev.MatchRejected).reason, book.last(ev.MatchRejected).worst) == (reason, ["a", "b"])
    assert waiting(book, group)


def test_rule_1_one_goes_silent_while_measuring(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, prepare_s=60, measure_s=5)
    book.arrive(*group)
    ready(book, probe(book, "ab"))
    report(book, probe(book, "ab"), "b", 30.0)
    book.wait(5)
    [failed] = [event for event in book.all(ev.ProbeFailed) if event.reason == "timeout" and event.phase == "measure"]
    assert failed.silent == ["a"]
    assert [peer.subject_id for peer in failed.peers] == ["b"]
    assert waiting(book, group)


def test_rule_1_waiting_ends(playbook: Book, size: int) -> None:
    book = playbook(group_size=size, wait_s=60)
    few = NAMES[: size - 1]
    book.arrive(*few)
    book.wait(61)
    assert [event.reason for event in book.all(ev.ParticipantLeft)] == ["wait_timeout"] * len(few)
    assert {event.waited_s for event in book.all(ev.WaitroomLeft)} == {60}
    assert {book.phase(subject_id) for subject_id in few} == {"done"}


def test_rule_1_a_verdict_under_way_is_still_heard_when_the_waiting_time_is_over(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, wait_s=60)
    book.arrive(*group[:-1])
    book.wait(59)
    book.arrive(group[-1])
    book.wait(2)
    assert book.state("a") == "probing"
    measure_all(book)
    assert book.groups() == [set(group)]


def test_rule_1_reconnecting_has_a_deadline(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, reconnect_s=30)
    book.arrive(*group)
    book.lose("b")
    book.wait(29.9)
    assert book.all(ev.ParticipantLeft) == []
    book.wait(0.2)
    assert [(event.subject_id, event.reason) for event in book.all(ev.ParticipantLeft)] == [("b", "reconnect_timeout")]


def test_rule_1_a_game_has_a_deadline_and_its_players_go_on(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size, game_grace_s=10)
    book.arrive(*group)
    measure_all(book)
    book.wait(70)
    assert book.last(ev.GameEnded).reason == "deadline"
    assert {book.phase(subject_id) for subject_id in group} == {"page"}


# --- rule 2: one coalesced pass for whatever moves --------------------------------------------------------------------


def test_rule_2_many_arrivals_are_one_pass(playbook: Book, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    passes, run_pass = [], GameManager._run_pass

    def counted(manager: GameManager) -> None:
        passes.append(manager)
        run_pass(manager)

    monkeypatch.setattr(GameManager, "_run_pass", counted)
    book = playbook(group_size=size)
    first, second = NAMES[:size], NAMES[size : 2 * size]
    book.arrive_together(*first, *second)
    assert book.proposals() == [set(first), set(second)]
    assert len(passes) == 1


@pytest.mark.parametrize("what", ["leave", "reject", "fail", "lose"])
def test_rule_2_whoever_is_freed_is_tried_at_once_with_those_who_wait(playbook: Book, size: int, what: str) -> None:
    group, other = NAMES[:size], NAMES[size]
    book = playbook(group_size=size)
    book.arrive(*group, other)
    assert book.proposals() == [set(group)]
    match what:
        case "leave":
            book.leave("b")
        case "reject":
            measure_all(book, group, {"ab": FAR_MS})
        case "fail":
            ready(book, probe(book, "ab"))
            report(book, probe(book, "ab"), "a", None)
        case "lose":
            book.lose("b")
    assert book.proposals()[1:] == [{other, *group} - {"b"}]
    measure_all(book)
    assert book.groups() == [{other, *group} - {"b"}]


def test_rule_2_coming_back_is_a_new_chance(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive("a")
    book.lose("a")
    book.arrive(*group[1:])
    assert book.proposals() == []
    book.come_back("a")
    assert book.proposals() == [set(group)]


def test_rule_2_taking_matching_up_again_is_a_new_chance(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.engine.pause_matching(True, by="operator")
    book.arrive(*group)
    assert book.proposals() == []
    book.engine.pause_matching(False, by="operator")
    book.turn()
    assert book.proposals() == [set(group)]


# --- rule 3: place and time are kept ----------------------------------------------------------------------------------


def test_rule_3_place_and_waiting_time_survive_rejection_and_reconnect(playbook: Book, size: int) -> None:
    group, other = NAMES[:size], NAMES[size]
    book = playbook(group_size=size)
    book.arrive(*group)
    book.wait(2)
    measure_all(book, group, {"ab": FAR_MS})
    assert set(book.waitroom.rows) == set(group)
    book.lose("a")
    book.wait(3)
    book.come_back("a")
    view = next(p for who, name, p in reversed(book.sent) if who == "a" and name == "view")
    assert view["waited_s"] == 5.0
    book.wait(5)
    book.arrive(other)
    assert book.proposals()[-1] == {other, *group} - {"b"}  # a waits longest, so a comes before b


def test_rule_3_whoever_is_probed_is_still_in_the_waitroom(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)
    assert {book.state(subject_id) for subject_id in group} == {"probing"}
    assert set(book.waitroom.rows) == set(group)
    assert book.engine.waiting == size


# --- rule 10: latest wins ---------------------------------------------------------------------------------------------


def test_rule_10_a_second_tab_replaces_the_first_and_locks_nobody_out(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)
    book.come_back("b")  # with the token, while the first tab is still connected
    assert book.last(ev.ParticipantReconnected).replaced
    assert book.all(ev.ProbeFailed)[0].reason == "left"  # the first tab's connections were of no use any more
    assert book.all(ev.MatchRejected)[0].reason == "left"
    book.wait(6)
    measure_all(book)
    assert book.groups() == [set(group)]
    assert [p.subject_id for p in book.last(ev.MatchFormed).participants].count("b") == 1


def test_rule_10_a_known_id_without_its_token_may_take_over_only_what_nobody_holds(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)
    for subject_id in group:
        with pytest.raises(Refused, match="already"):
            book.arrive(subject_id)
    book.lose("a")
    book.arrive("a")
    assert book.last(ev.ParticipantReconnected).token_sha256
    assert len(book.all(ev.ParticipantJoined)) == size


def test_partners_of_somebody_who_lost_the_connection_hear_that_they_are_back(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None)
    book.arrive("a", "b")
    book.lose("a")
    book.come_back("a")
    book.come_back("a")  # a second tab: nobody was away
    said = [payload["text"] for receiver, name, payload in book.sent if (receiver, name) == ("b", "notice")]
    assert ["lost the connection" in said[0], *said[1:]] == [True, "Your partner is back."]
    assert not [receiver for receiver, name, _ in book.sent if (receiver, name) == ("a", "notice")]
