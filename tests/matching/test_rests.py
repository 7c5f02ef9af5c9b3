"""Those refused again and again sit out for a moment; newcomers meet each other first; nobody sits out for ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core import events as ev
from core.matching.rests import FIRST_REST_S, FREE_REFUSALS, LONGEST_ABSENCE_S, LONGEST_REST_S, Rests
from core.server import wire
from tests.matching.playbook import Playbook


def refused_by(rests: Rests, subject_id: str, others: str, now_s: float = 0.0) -> list[dict[str, float]]:
    return [rests.refused((subject_id, other), now_s) for other in others]


def test_it_counts_against_the_one_who_was_refused_more_often() -> None:
    rests = Rests()
    refused_by(rests, "slow", "ab")
    assert not any(refused_by(rests, "c", "a")), "one each: nobody has learned anything of themselves"
    assert refused_by(rests, "slow", "cd")[-1] == {"slow": FIRST_REST_S}
    assert not rests.apart("c", "d", 0.0), "they only met the slow one"


def test_a_rest_doubles_up_to_its_bound() -> None:
    rests = Rests()
    told = refused_by(rests, "slow", "abcdefghij")
    assert [rest.get("slow", 0.0) for rest in told] == [0.0] * FREE_REFUSALS + [2, 4, 8, 16] + [LONGEST_REST_S] * 3


def test_who_rests_meets_only_those_who_rest_too() -> None:
    rests = Rests()
    refused_by(rests, "s", "abcd")
    refused_by(rests, "t", "efgh")
    assert rests.apart("s", "new", 1.0)
    assert not rests.apart("s", "t", 1.0)
    assert not rests.apart("s", "new", FIRST_REST_S), "the rest is over"


def test_a_new_limit_begins_everything_anew() -> None:
    rests = Rests()
    refused_by(rests, "s", "abcd")
    rests.forget_refusals()
    assert not rests.apart("s", "new", 0.0)
    assert not any(refused_by(rests, "s", "efg"))


def test_who_cannot_be_measured_meets_nobody_for_a_while() -> None:
    rests = Rests()
    assert rests.failed({"n": True}, 0.0) == {"n": LONGEST_ABSENCE_S}
    rests.failed({"m": True}, 0.0)
    assert rests.apart("n", "m", 1.0), "two of them cannot be measured either"
    rests.forget_refusals()
    assert rests.apart("n", "new", 1.0), "a new limit gives nobody a new browser"
    assert not rests.apart("n", "new", LONGEST_ABSENCE_S)


@pytest.mark.parametrize("forget", ["n", "other"])
def test_silence_is_forgiven_once(forget: str) -> None:
    rests = Rests()
    assert rests.failed({"n": False}, 0.0) == {}
    rests.forget(forget)
    assert rests.failed({"n": False}, 0.0) == ({} if forget == "n" else {"n": 5.0})


# --- in a session -----------------------------------------------------------------------------------------------------


@pytest.fixture
def with_a_slow_one(playbook: Callable[..., Playbook]) -> Playbook:
    """`slow` was too slow with four people, who have left again."""
    book = playbook()
    book.arrive("slow")
    for subject_id in "abcd":
        book.arrive(subject_id)
        book.measure("slow", subject_id, 500.0)
        book.turn()
        book.leave(subject_id)
    assert book.last(ev.MatchRejected).rests_s == {"slow": FIRST_REST_S}
    return book


def test_newcomers_meet_each_other_while_the_slow_one_sits_out(with_a_slow_one: Playbook) -> None:
    book = with_a_slow_one
    book.arrive("e")
    assert book.phase("e") == "waitroom"
    book.arrive("f")
    assert book.proposals()[-1] == {"e", "f"}


def test_after_the_rest_they_are_tried_without_anybody_arriving(with_a_slow_one: Playbook) -> None:
    book = with_a_slow_one
    book.arrive("e")
    book.wait(FIRST_REST_S)
    assert book.proposals()[-1] == {"slow", "e"}
    book.measure("slow", "e", 20.0)
    book.turn()
    assert book.groups() == [{"slow", "e"}]


def test_no_limit_means_no_rest(with_a_slow_one: Playbook) -> None:
    book = with_a_slow_one
    book.arrive("e")
    book.threshold(None)
    assert book.groups() == [{"slow", "e"}]


def test_a_browser_without_webrtc_takes_nobodys_time_twice(playbook: Callable[..., Playbook]) -> None:
    book = playbook()
    book.arrive("n", "a")
    book.ready("a")
    failed = wire.ProbeResult(probe_session_id=book.probe_of("n"), success=False, sent=0, error="no_webrtc")
    book.engine.play.probe_result("n", failed)
    book.turn()
    assert book.last(ev.MatchRejected).rests_s == {"n": LONGEST_ABSENCE_S}
    book.arrive("b")
    assert book.proposals()[-1] == {"a", "b"}
    book.arrive("c")
    assert len(book.proposals()) == 2
    book.lose("n")
    book.come_back("n")  # with another browser, perhaps
    assert book.proposals()[-1] == {"n", "c"}
