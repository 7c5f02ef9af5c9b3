"""Several games: the same partners again, never the same again, or whoever comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import combinations

import pytest

from core import events as ev
from core.experiment.experiment import GameScene, PageScene
from core.projections.participants import ParticipantsProjection
from core.server.wire import Advance
from tests.matching.playbook import Playbook

Book = Callable[..., Playbook]
BETWEEN = PageScene(id="between", text="How was it?")


def scenes(partners: str) -> list[GameScene | PageScene]:
    return [GameScene(id="one"), BETWEEN, GameScene(id="two", partners=partners), PageScene(id="after", text="Thanks")]


def go_on(book: Playbook, *subjects: str) -> None:
    """Done with the page between the games."""
    for subject_id in subjects:
        message = Advance(BETWEEN.id)
        book.engine.journey.advance(subject_id, message.scene_id)
        book.turn()


def play_first(book: Playbook, *groups: str) -> None:
    """Each group, by its letters, plays the first game to its end."""
    for group in groups:
        book.arrive(*group)
        for subject_id in group:
            book.engine.play.game_finished(subject_id)
    book.turn()
    assert book.groups() == [set(group) for group in groups]


@pytest.fixture
def same(playbook: Book) -> Playbook:
    """Two pairs after the first game, a limit off, so that groups form at once."""
    book = playbook(max_p2p_rtt_ms=None, scenes=scenes("same"), reunion_s=60, wait_s=600)
    play_first(book, "ab", "cd")
    return book


def test_earlier_partners_play_together_again_whoever_else_is_there(same: Playbook) -> None:
    go_on(same, "a", "c", "d")
    assert same.groups()[2:] == [{"c", "d"}]
    same.wait(59)
    go_on(same, "b")
    assert same.groups()[3:] == [{"a", "b"}]
    assert same.last(ev.MatchFormed).matchmaker_class == "GroupReunion"
    line = json.loads(same.match_file.with_name("two_matches.jsonl").read_text().splitlines()[0])
    assert line["matchmaker_class"] == "GroupReunion"


def test_who_waits_for_a_partner_is_nobody_elses(same: Playbook) -> None:
    go_on(same, "a", "c")
    assert same.groups()[2:] == []
    assert (same.state("a"), same.state("c")) == ("waiting", "waiting")


def test_waiting_for_a_partner_has_a_deadline(same: Playbook) -> None:
    go_on(same, "a")
    same.wait(1)
    go_on(same, "c")
    same.wait(58.9)
    assert same.groups()[2:] == []
    same.wait(1.2)
    assert same.groups()[2:] == [{"a", "c"}]
    assert same.last(ev.MatchFormed).matchmaker_class == "GroupReunionMatchmaker"


def test_partners_who_leave_are_waited_for_no_longer(same: Playbook) -> None:
    go_on(same, "a", "c")
    same.leave("b")
    assert same.groups()[2:] == []  # c's partner may still come
    same.leave("d")
    assert same.groups()[2:] == [{"a", "c"}]


def test_a_partner_who_is_away_is_waited_for_until_their_place_is_given_up(same: Playbook) -> None:
    go_on(same, "a")
    same.lose("b")
    go_on(same, "c")
    same.leave("d")
    assert same.groups()[2:] == []
    same.come_back("b")
    go_on(same, "b")
    assert same.groups()[2:] == [{"a", "b"}]


def test_a_partner_who_is_away_for_good_frees_whoever_waited(same: Playbook) -> None:
    go_on(same, "a", "c")
    same.leave("d")
    same.lose("b")
    same.wait(29.9)
    assert same.groups()[2:] == []
    same.wait(0.2)  # reconnect_s
    assert same.groups()[2:] == [{"a", "c"}]


def test_a_partner_who_is_away_in_the_waitroom_is_waited_for(same: Playbook) -> None:
    go_on(same, "a")
    same.lose("a")
    go_on(same, "c")
    same.leave("d")
    go_on(same, "b")
    assert same.groups()[2:] == []
    same.come_back("a")
    assert same.groups()[2:] == [{"a", "b"}]


def test_a_partner_who_plays_with_somebody_else_is_waited_for_no_longer(same: Playbook) -> None:
    for subject_id in "ac":
        same.engine.journey.set_visibility(subject_id, True)  # so that matching passes them over
    go_on(same, *"abcd")
    assert same.groups()[2:] == []
    same.engine.operator.force_match(["a", "c"], by="operator")
    same.turn()
    assert same.groups()[2:] == [{"a", "c"}, {"b", "d"}]
    assert not any(same.engine._managers["two"]._reunions.waiting_for(subject_id) for subject_id in "abcd")


def test_earlier_partners_too_slow_for_the_limit_are_matched_with_others(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None, scenes=scenes("same"), slow_fresh_s=1)
    play_first(book, "ab", "cd")
    book.threshold(100)
    go_on(book, "a", "b")
    book.measure("a", "b", 300.0)
    go_on(book, "c")
    book.leave("d")
    assert book.proposals()[-1] in ({"a", "c"}, {"b", "c"})


def test_a_group_of_three_is_reunited_whole_or_not_at_all(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None, scenes=scenes("same"), group_size=3)
    play_first(book, "abc", "def")
    go_on(book, "a", "b", "d", "e")
    assert book.groups()[2:] == []
    go_on(book, "f")
    assert book.groups()[2:] == [{"d", "e", "f"}]
    book.leave("c")
    book.arrive("g", "h", "i")
    for subject_id in "ghi":
        book.engine.play.game_finished(subject_id)
    go_on(book, "g")
    assert book.groups()[-1] == {"g", "h", "i"}  # in the first game: both of g's partners may still come
    book.leave("h")  # one is gone, so this group will never be whole again
    assert book.groups()[-1] == {"a", "b", "g"}


def test_new_means_never_again_with_anybody_from_before(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None, scenes=scenes("new"))
    play_first(book, "ab", "cd")
    go_on(book, "a", "b")
    assert book.groups()[2:] == []
    go_on(book, "c")
    assert book.groups()[2:] == [{"a", "c"}]
    go_on(book, "d")
    assert book.groups()[3:] == [{"b", "d"}]


def test_new_holds_for_every_pair_of_a_larger_group_and_for_all_games_before(playbook: Book) -> None:
    three = [GameScene(id=name, partners="new") for name in ("one", "two", "three")]
    book = playbook(max_p2p_rtt_ms=None, scenes=three, group_size=2)
    book.arrive("a", "b", "c", "d")
    for _round in range(2):
        for subject_id in "abcd":
            book.engine.play.game_finished(subject_id)
            book.turn()
    formed = [frozenset(group) for group in book.groups()]
    assert len(formed) == len(set(formed)) == 6
    assert set(formed) == {frozenset(pair) for pair in combinations("abcd", 2)}


def test_any_means_whoever_comes(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None, scenes=scenes("any"))
    play_first(book, "ab", "cd")
    go_on(book, "a", "c")
    assert book.groups()[2:] == [{"a", "c"}]


def test_who_played_with_whom_is_a_fold_of_the_log(same: Playbook) -> None:
    go_on(same, "a", "c")
    same.engine.operator.force_match(["a", "c"], by="operator")
    same.turn()
    replayed = ParticipantsProjection()
    replayed.replay(same.log)
    a = replayed.people["a"]
    assert (a.partners, a.last_partners, a.last_game_scene_id) == (("b", "c"), ["c"], "two")
    assert a == same.engine.people.people["a"]
