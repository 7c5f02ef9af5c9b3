"""Waiting: what becomes of those nobody comes for, and who is passed over meanwhile and keeps their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core import events as ev
from core.experiment.experiment import GameScene, NoPartner, PageScene
from core.projections.participants import ParticipantsProjection
from tests.matching.playbook import Playbook

Book = Callable[..., Playbook]
GAME = GameScene(id="task")
ALONE = PageScene(id="alone", text="A task for one")


def view(book: Playbook, subject_id: str) -> dict[str, Any]:
    """What the page shows."""
    return next(p for who, name, p in reversed(book.sent) if who == subject_id and name == "view")


# --- nobody comes -----------------------------------------------------------------------------------------------------


def test_whoever_waited_in_vain_gets_a_last_page_with_a_code_of_its_own_which_is_in_the_log(playbook: Book) -> None:
    book = playbook(wait_s=60)
    book.arrive("a")
    book.wait(30)
    book.engine.pause_matching(True, by="operator")
    book.arrive("b")
    book.wait(60)
    codes = [left.completion_code for left in book.all(ev.ParticipantLeft)]
    assert len(set(codes)) == 2
    assert all(len(code) == 8 for code in codes)
    shown = view(book, "a")
    assert (shown["phase"], shown["title"], shown["completion_code"]) == ("done", "No partner was found", codes[0])
    assert [left.reason for left in book.all(ev.ParticipantLeft)] == ["wait_timeout"] * 2
    replayed = ParticipantsProjection()
    replayed.replay(book.log)
    assert replayed.people["a"].completion_code == codes[0]


def test_the_code_for_having_waited_can_be_one_for_all(playbook: Book) -> None:
    book = playbook(wait_s=60, no_partner=NoPartner(title="Sorry", code="WAITED"))
    book.arrive("a")
    book.wait(60)
    assert (view(book, "a")["title"], view(book, "a")["completion_code"]) == ("Sorry", "WAITED")
    book.come_back("a")  # reloads the page
    assert view(book, "a")["completion_code"] == "WAITED"


def test_whoever_waited_in_vain_may_be_sent_elsewhere(playbook: Book) -> None:
    book = playbook(wait_s=60, no_partner=NoPartner(outcome="redirect", redirect_url="https://example.org/back"))
    book.arrive("a")
    book.wait(60)
    shown = view(book, "a")
    assert (shown["redirect_url"], shown["redirect_now"]) == ("https://example.org/back", True)
    assert shown["completion_code"] is None


def test_whoever_waited_in_vain_may_go_on_alone(playbook: Book) -> None:
    scenes = [GAME, PageScene(id="after", text="How was it?"), ALONE]
    book = playbook(wait_s=60, scenes=scenes, no_partner=NoPartner(outcome="scene", scene="alone"))
    book.arrive("a")
    book.wait(60)
    assert (view(book, "a")["phase"], view(book, "a")["scene_id"]) == ("page", "alone")
    assert book.last(ev.WaitroomLeft).reason == "wait_timeout"
    assert book.all(ev.ParticipantLeft) == []
    assert book.waitroom.rows == {}
    book.arrive("b")
    assert book.proposals() == []
    book.engine.journey.advance("a", "alone")
    assert book.state("a") == "done"
    assert book.last(ev.ParticipantFinished).completion_code


# --- nobody looks -----------------------------------------------------------------------------------------------------


def look(book: Playbook, subject_id: str, *, hidden: bool) -> None:
    """The tab goes to the background or comes back."""
    book.engine.journey.set_visibility(subject_id, hidden)
    book.turn()


def fall_silent(book: Playbook, subject_id: str, *, silent: bool) -> None:
    """The page stops answering pings, or answers again."""
    book.engine.journey.set_silent(subject_id, silent)
    book.turn()


@pytest.mark.parametrize("away", [lambda b, s: look(b, s, hidden=True), lambda b, s: fall_silent(b, s, silent=True)])
@pytest.mark.parametrize("size", [2, 3])
def test_hidden_or_silent_people_are_passed_over_and_keep_their_place(
    playbook: Book, size: int, away: Callable[[Playbook, str], None]
) -> None:
    book = playbook(group_size=size, max_p2p_rtt_ms=None)
    book.arrive("a")
    away(book, "a")
    book.wait(10)
    others = "bcd"[:size]
    book.arrive(*others)
    assert book.groups() == [set(others)]
    more = "efg"[: size - 1]
    book.arrive(*more)
    assert book.groups() == [set(others)]
    look(book, "a", hidden=False)
    fall_silent(book, "a", silent=False)
    assert book.groups()[1:] == [{"a", *more}]
    left = next(event for event in book.all(ev.WaitroomLeft) if event.subject_id == "a")
    assert left.waited_s == 10


def test_hidden_and_silent_is_two_things_to_be_over(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None)
    book.arrive("a")
    look(book, "a", hidden=True)
    fall_silent(book, "a", silent=True)
    book.arrive("b")
    look(book, "a", hidden=False)
    assert book.groups() == []
    fall_silent(book, "a", silent=False)
    assert book.groups() == [{"a", "b"}]
    assert [event.silent for event in book.all(ev.LivenessChanged)] == [True, False]


def test_hidden_on_the_page_before_is_hidden_in_the_waitroom(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None, scenes=[PageScene(id="hello", text="Hello"), GAME])
    book.arrive("a", "b")
    look(book, "a", hidden=True)
    for subject_id in "ab":
        book.engine.journey.advance(subject_id, "hello")
    book.turn()
    assert book.groups() == []
    look(book, "a", hidden=False)
    assert book.groups() == [{"a", "b"}]


def test_hidden_tabs_may_be_grouped_where_the_experiment_says_so(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None, group_hidden_tabs=True)
    book.arrive("a")
    look(book, "a", hidden=True)
    book.arrive("b")
    assert book.groups() == [{"a", "b"}]


def test_a_tab_that_is_hidden_during_a_probe_still_measures(playbook: Book) -> None:
    book = playbook()
    book.arrive("a", "b")
    look(book, "a", hidden=True)
    book.measure("a", "b", 20.0)
    assert book.groups() == [{"a", "b"}]


def test_whoever_reconnects_is_neither_hidden_nor_silent_until_their_page_says_so(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None)
    book.arrive("a")
    look(book, "a", hidden=True)
    fall_silent(book, "a", silent=True)
    book.lose("a")
    book.arrive("b")
    book.come_back("a")
    assert book.groups() == [{"a", "b"}]


def test_the_operator_may_group_whom_matching_passes_over(playbook: Book) -> None:
    book = playbook()
    book.arrive("a")
    look(book, "a", hidden=True)
    book.arrive("b")
    book.engine.operator.force_match(["a", "b"], by="operator")
    assert book.groups() == [{"a", "b"}]
