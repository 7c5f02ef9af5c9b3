"""The roll call before a proposal: whoever was not heard of lately is asked, and passed over if there is no answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core import events as ev
from tests.matching.playbook import Playbook

Book = Callable[..., Playbook]


def silences(book: Playbook) -> list[tuple[str, bool]]:
    """Who was said to be silent, or to be back."""
    return [(event.subject_id, event.silent) for event in book.all(ev.LivenessChanged)]


@pytest.mark.parametrize("quiet_s", [0.0, 3.0])
def test_those_heard_of_lately_are_proposed_in_the_same_pass_without_a_question(playbook: Book, quiet_s: float) -> None:
    book = playbook(heard_within_s=3.0)
    book.arrive("a")
    book.quiet("a")
    book.wait(quiet_s)
    book.arrive("b")
    assert book.proposals() == [{"a", "b"}]
    assert book.pages.asked == []


def test_whoever_answers_is_proposed_as_soon_as_they_do(playbook: Book) -> None:
    book = playbook(heard_within_s=3.0, answer_within_s=1.5)
    book.arrive("a")
    book.quiet("a")
    book.wait(3.1)
    book.arrive("b")
    assert (book.proposals(), book.pages.asked) == ([], ["a"])
    book.wait(1.4)
    book.speak("a")
    assert book.proposals() == [{"a", "b"}]
    assert silences(book) == []


def test_any_message_is_an_answer(playbook: Book) -> None:
    book = playbook()
    book.arrive("a")
    book.quiet("a")
    book.wait(10)
    book.arrive("b")
    book.wait(1)
    book.pages.quiet["a"] = book.clock.monotonic()  # something came from the page, but not the answer
    book.wait(0.5)
    assert book.proposals() == [{"a", "b"}]
    assert silences(book) == []


def test_whoever_does_not_answer_is_passed_over_and_comes_back_in_their_old_place(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None)
    book.arrive("a")
    book.quiet("a")
    book.wait(10)
    book.arrive("b", "c")
    assert book.groups() == []
    book.wait(1.5)
    assert book.groups() == [{"b", "c"}]
    assert silences(book) == [("a", True)]
    book.arrive("d")
    assert book.pages.asked == ["a"]  # known to be silent: nobody waits for them again
    book.arrive_together("e", "f")
    assert book.groups()[1:] == [{"d", "e"}]
    book.speak("a")
    assert book.groups()[2:] == [{"a", "f"}]
    left = next(event for event in book.all(ev.WaitroomLeft) if event.subject_id == "a")
    assert left.waited_s == 11.5


def test_only_those_who_did_not_answer_are_silent(playbook: Book) -> None:
    book = playbook(group_size=3, max_p2p_rtt_ms=None)
    book.arrive("a", "b")
    book.quiet("a")
    book.quiet("b")
    book.wait(10)
    book.arrive("c")
    assert book.pages.asked == ["a", "b"]
    book.speak("b")
    book.wait(2)
    assert silences(book) == [("a", True)]
    book.arrive("d")
    assert book.groups() == [{"b", "c", "d"}]


@pytest.mark.parametrize(
    "go",
    [
        lambda book: book.leave("a"),
        lambda book: book.lose("a"),
        lambda book: book.engine.journey.set_visibility("a", True),
        lambda book: book.engine.journey.set_silent("a", True),
    ],
)
def test_whoever_goes_meanwhile_holds_nobody(playbook: Book, go: Callable[[Playbook], Any]) -> None:
    book = playbook(max_p2p_rtt_ms=None)
    book.arrive("a")
    book.quiet("a")
    book.wait(10)
    book.arrive("b", "c")
    assert book.groups() == []
    go(book)
    book.turn()
    assert book.groups() == [{"b", "c"}]


def test_the_operator_need_not_wait_for_an_answer(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None)
    book.arrive("a")
    book.quiet("a")
    book.wait(10)
    book.arrive("b", "c")
    book.engine.operator.force_match(["a", "c"], by="operator")
    book.turn()
    assert book.groups() == [{"a", "c"}]
    book.arrive("d")
    assert book.groups()[1:] == [{"b", "d"}]


def test_others_are_grouped_while_somebody_is_asked(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None)
    book.arrive("a")
    book.quiet("a")
    book.wait(10)
    book.arrive("b", "c", "d")
    assert book.groups() == [{"c", "d"}]


@pytest.mark.parametrize(("hidden", "proposed"), [(True, []), (False, [{"a", "b"}]), (None, [{"a", "b"}])])
def test_a_page_opened_in_the_background_is_known_as_hidden_from_its_first_moment(
    playbook: Book, hidden: bool | None, proposed: list[set[str]]
) -> None:
    book = playbook()
    book.arrive("a")
    book.join("b", hidden=hidden)
    assert book.proposals() == proposed
    assert [event.subject_id for event in book.all(ev.VisibilityChanged)] == ["b"] * (hidden is True)
    if hidden:
        book.lose("b")
        book.join("b", hidden=True)
        assert book.proposals() == []
        book.lose("b")
        book.join("b", hidden=False)
        assert book.proposals() == [{"a", "b"}]
