"""Rule 12: each waiting person has an answer to "why not matched?", from the log alone."""

from __future__ import annotations

from collections.abc import Callable

from core.experiment.experiment import GameScene, PageScene
from core.projections import why_words
from core.projections.shown import ShownRun
from core.server.wire import Advance
from tests.matching.playbook import Playbook

Book = Callable[..., Playbook]


def full(book: Playbook, subject_id: str) -> str:
    """The answer in full."""
    return why_words.sentences(book.why(subject_id))


def standings(book: Playbook, subject_id: str) -> dict[str, str]:
    """How each other stands to this person."""
    shown = ShownRun()
    shown.replay(book.log)
    others = shown.why_not.candidates(subject_id, book.clock.monotonic(), 100)
    return {other.subject_id: other.standing for other in others}


def test_alone(playbook: Book) -> None:
    book = playbook()
    book.arrive("a")
    assert full(book, "a") == "Nobody else is waiting."
    assert book.why("a").main_reason == "alone"
    book.engine.set_intake(False, by="maria")
    assert full(book, "a") == "Nobody else is waiting, and the doors are closed."


def test_every_reason_at_once(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=100, timeout_cooldown_s=50, prepare_s=2)
    book.arrive("a", "slow")
    book.measure("a", "slow", 180.0)
    book.lose("slow")
    book.arrive("walled")
    book.fail("a", "walled")
    book.lose("walled")
    book.arrive("silent")
    book.wait(2)  # nobody got ready in time
    book.come_back("slow")
    book.come_back("walled")  # slow and walled are in a probe of their own now
    book.arrive("gone")
    book.lose("gone")
    assert standings(book, "a") == {
        "slow": "too_slow", "walled": "unreachable", "silent": "cooling_down", "gone": "away",
    }  # fmt: skip
    assert book.why("a").counts == {"too_slow": 1, "unreachable": 1, "cooling_down": 1, "away": 1}


def test_a_threshold_that_moves_changes_the_answer_and_is_hinted_at(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=100)
    book.arrive("a", "b")
    book.measure("a", "b", 179.4)
    assert full(book, "a") == (
        "Of those who wait, 1 is too slow with them (over 100 ms). At a limit of 180 ms they could be matched with b."
    )
    assert why_words.line(book.why("a")) == "1 too slow · 180 ms would do"
    book.threshold(150)
    assert "over 150 ms" in full(book, "a")
    book.threshold(180)
    assert book.groups() == [{"a", "b"}]


def test_what_happens_next_has_its_time(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=100, slow_fresh_s=60, wait_s=250)
    book.arrive("a", "b")
    book.measure("a", "b", 180.0)
    book.wait(20)
    assert why_words.steps(book.why("a")) == ["Measured again with b in 40 s", "Goes to the thank-you page in 3:50"]
    book.lose("a")
    assert why_words.steps(book.why("a"))[0] == "Loses the place unless they are back in 30 s"
    assert "place kept 0:30 more" in full(book, "a")
    assert "Measured again" not in str(why_words.steps(book.why("b")))  # a is not there


def test_whoever_is_in_a_probe_is_said_to_be(playbook: Book) -> None:
    book = playbook()
    book.arrive("a", "b", "c")
    assert standings(book, "c") == {"a": "in_probe", "b": "in_probe"}
    assert full(book, "a").startswith("Being measured with b.")
    assert why_words.line(book.why("c")) == "2 in a probe"


def test_hidden_and_silent_people_are_told_from_others(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=None)
    book.arrive("a")
    book.engine.journey.set_visibility("a", True)
    book.arrive("b")
    book.engine.journey.set_silent("b", True)
    book.arrive("c")
    assert standings(book, "c") == {"a": "hidden", "b": "silent"}
    assert (book.why("a").obstacle, book.why("b").obstacle) == ("hidden", "silent")
    book.engine.journey.set_visibility("a", False)
    book.turn()
    assert book.groups() == [{"a", "c"}]


def test_a_hidden_tab_is_no_reason_where_it_may_play(playbook: Book) -> None:
    book = playbook(group_hidden_tabs=True)
    book.arrive("a")
    book.engine.journey.set_visibility("a", True)
    assert book.why("a").obstacle == ""


def test_paused_matching_is_said_with_who_did_it(playbook: Book) -> None:
    book = playbook()
    book.engine.pause_matching(True, by="maria")
    book.arrive("a", "b")
    assert full(book, "a") == "Matching is paused by maria."
    book.engine.pause_matching(False, by="maria")
    assert book.why("a").obstacle == ""


def later_scenes(partners: str) -> list[GameScene | PageScene]:
    return [GameScene(id="one"), PageScene(id="mid", text="…"), GameScene(id="two", partners=partners)]  # type: ignore[arg-type]


def second_game(playbook: Book, partners: str, *subjects: str) -> Playbook:
    """`ab` and `cd` have played; these go on to the second game."""
    book = playbook(max_p2p_rtt_ms=None, scenes=later_scenes(partners), reunion_s=60, wait_s=600)
    for group in ("ab", "cd"):
        book.arrive(*group)
        for subject_id in group:
            book.engine.play.game_finished(subject_id)
    book.turn()
    for subject_id in subjects:
        book.engine.journey.advance(subject_id, Advance("mid").scene_id)
        book.turn()
    return book


def test_waiting_for_earlier_partners_says_for_whom_and_until_when(playbook: Book) -> None:
    book = second_game(playbook, "same", "a")
    book.wait(15)
    book.engine.journey.advance("c", "mid")
    book.turn()
    assert full(book, "a") == "Waiting for b; nobody else for 0:45."
    assert why_words.steps(book.why("a"))[0] == "Others will do in 45 s"
    assert standings(book, "c") == {"a": "kept"}
    book.leave("b")
    assert book.groups()[2:] == []
    assert book.why("a").obstacle == ""  # nobody to wait for any more
    assert standings(book, "a") == {"c": "kept"}


def test_people_who_have_played_together_are_no_candidates_where_partners_are_new(playbook: Book) -> None:
    book = second_game(playbook, "new", "a", "b")
    assert standings(book, "a") == {"b": "played_before"}
    assert full(book, "a") == "Of those who wait, 1 has played with them before."


def test_too_far_from_the_server_is_counted_and_named(playbook: Book) -> None:
    book = playbook(matchmaker="latency_fifo", max_server_rtt_ms=100)
    book.engine.pause_matching(True, by="x")
    book.arrive("a", "b", "c")
    for subject_id, rtt_ms in (("a", 80.0), ("b", 90.0), ("c", 10.0)):
        book.engine.journey.measured_server_rtt(subject_id, rtt_ms, rtt_ms)
    assert book.why("a").counts == {"too_far": 1, "free": 1}
    assert standings(book, "a") == {"b": "too_far", "c": "free"}
