"""What the operator does to people and games: done, in the log with who and why; or refused, with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import events as ev
from core.experiment.experiment import GameScene, PageScene
from core.server.wire import Refused
from tests.matching.playbook import Playbook

MARIA = {"by": "maria", "reason": "asked to"}
TWO_GAMES = [
    PageScene(id="hello", text="Hi"),
    GameScene(id="first"),
    GameScene(id="second"),
    PageScene(id="bye", text="x"),
]


@pytest.fixture
def book(tmp_path: Path) -> Playbook:
    return Playbook(tmp_path)


def who_and_why(event: ev.Event) -> tuple[str, str]:
    return event.by, event.reason  # type: ignore[attr-defined]


# --- exclude from matching --------------------------------------------------------------------------------------------


def test_an_excluded_person_keeps_the_place_and_is_tried_at_once_when_taken_in_again(book: Playbook):
    book.arrive("a")
    event = book.engine.operator.exclude_participant("a", True, **MARIA)
    assert who_and_why(event) == ("maria", "asked to")
    book.wait(10)
    book.arrive("b")
    assert book.proposals() == []
    book.engine.operator.exclude_participant("a", False, by="maria")
    book.turn()
    assert book.proposals() == [{"a", "b"}]
    book.measure("a", "b", 40.0)
    assert book.groups() == [{"a", "b"}]
    waited = {event.subject_id: event.waited_s for event in book.all(ev.WaitroomLeft)}
    assert waited == {"a": 10.0, "b": 0.0}


def test_whoever_was_measured_with_an_excluded_person_is_matched_with_others(book: Playbook):
    book.arrive("a", "b")
    book.engine.operator.exclude_participant("a", True, **MARIA)
    rejected = book.last(ev.MatchRejected)
    assert (rejected.reason, rejected.worst, rejected.rests_s) == ("called_off", [], {})
    book.arrive("c")
    book.measure("b", "c", 40.0)
    assert book.groups() == [{"b", "c"}]
    assert book.state("a") == "waiting"
    book.engine.operator.exclude_participant("a", False, by="maria")
    book.arrive("d")
    assert book.proposals()[-1] == {"a", "d"}


def test_an_exclusion_holds_into_the_next_waitroom_and_through_a_lost_connection(tmp_path: Path):
    book = Playbook(tmp_path, scenes=TWO_GAMES)
    book.arrive("a", "b")
    book.engine.operator.exclude_participant("a", True, **MARIA)
    for subject_id in ("a", "b"):
        book.engine.journey.advance(subject_id, "hello")
    book.lose("a")
    book.come_back("a")
    assert book.proposals() == []
    book.engine.operator.exclude_participant("a", False, by="maria")
    book.turn()
    assert book.proposals() == [{"a", "b"}]


def test_excluding_twice_or_before_nothing_is_refused(book: Playbook):
    book.arrive("a", "b")
    with pytest.raises(Refused, match="a is in matching already"):
        book.engine.operator.exclude_participant("a", False, by="maria")
    book.engine.operator.exclude_participant("a", True, by="maria")
    with pytest.raises(Refused, match="a is kept out of matching already"):
        book.engine.operator.exclude_participant("a", True, by="maria")
    book.engine.operator.exclude_participant("a", False, by="maria")
    book.turn()
    book.measure("a", "b", 40.0)
    with pytest.raises(Refused, match="plays the last game"):
        book.engine.operator.exclude_participant("a", True, by="maria")
    with pytest.raises(Refused, match="nobody does not take part"):
        book.engine.operator.exclude_participant("nobody", True, by="maria")


# --- force ------------------------------------------------------------------------------------------------------------


def test_a_forced_match_is_marked_and_frees_those_who_were_being_measured(book: Playbook):
    book.arrive("a", "b", "c")
    book.engine.operator.force_match(["a", "c"], **MARIA)
    book.turn()
    formed = book.last(ev.MatchFormed)
    assert formed.forced
    assert {p.subject_id for p in formed.participants} == {"a", "c"}
    assert '"forced":true' in book.match_file.read_text().replace(" ", "")
    assert who_and_why(book.last(ev.OperatorActed)) == ("maria", "asked to")
    book.arrive("d")
    assert book.proposals()[-1] == {"b", "d"}


def test_forcing_is_refused_with_the_reason(book: Playbook):
    book.arrive("a", "b")
    book.measure("a", "b", 40.0)
    book.arrive("c", "d", "e")
    for subjects, reason in (
        (["c"], "a group here has 2 people, and you named 1"),
        (["a", "c"], "a is not waiting in task"),
        (["c", "x"], "x does not take part"),
    ):
        with pytest.raises(Refused, match=reason):
            book.engine.operator.force_match(subjects, by="maria")
    book.engine.drain(by="maria")
    with pytest.raises(Refused):
        book.engine.operator.force_match(["c", "d"], by="maria")


# --- send to a scene --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["hello", "first", "second", "bye"])
@pytest.mark.parametrize("state", ["page", "waiting", "probing", "playing", "away"])
def test_anybody_can_be_sent_anywhere_and_nobody_is_left_hanging(tmp_path: Path, state: str, target: str):
    book = Playbook(tmp_path, scenes=TWO_GAMES)
    book.arrive("a", "b")
    if state != "page":
        book.engine.journey.advance("a", "hello")
    if state in ("probing", "playing"):
        book.engine.journey.advance("b", "hello")
        book.turn()
    if state == "playing":
        book.measure("a", "b", 40.0)
    if state == "away":
        book.lose("a")
    before = book.engine.people.people["a"]
    if before.scene_id == target and state != "playing":
        with pytest.raises(Refused, match=f"a is in {target} already"):
            book.engine.operator.send_to_scene("a", target, by="maria")
        return
    book.engine.operator.send_to_scene("a", target, **MARIA)
    book.turn()
    acted = book.last(ev.OperatorActed)
    assert (acted.action, acted.subjects, acted.text, acted.by) == ("send_to_scene", ["a"], target, "maria")
    person = book.engine.people.people["a"]
    assert person.scene_id == target
    assert person.state in (("waiting", "probing") if target in ("first", "second") else ("page",))
    assert len(book.waitroom.rows) == book.engine.waiting
    if state == "playing":
        assert book.last(ev.GameEnded).by == "maria"
        assert book.engine.people.people["b"].scene_id == "second"
    if state == "probing":
        book.arrive("c")
        book.engine.journey.advance("c", "hello")
        book.turn()
        assert "b" in book.proposals()[-1]


def test_sending_is_refused_with_the_reason(tmp_path: Path):
    book = Playbook(tmp_path, scenes=TWO_GAMES)
    book.arrive("a")
    with pytest.raises(Refused, match="there is no scene 'lunch'; there are hello, first, second, bye"):
        book.engine.operator.send_to_scene("a", "lunch", by="maria")
    book.leave("a")
    with pytest.raises(Refused, match="a does not take part any more"):
        book.engine.operator.send_to_scene("a", "bye", by="maria")
    book.arrive("b")
    book.engine.operator.send_to_scene("b", "bye", by="maria")
    book.engine.drain(by="maria")
    with pytest.raises(Refused, match="the run is ending, so nobody is matched any more"):
        book.engine.operator.send_to_scene("b", "first", by="maria")


# --- a longer wait ----------------------------------------------------------------------------------------------------


def test_extending_moves_one_deadline_or_all(tmp_path: Path):
    book = Playbook(tmp_path, wait_s=60)
    book.arrive("a")
    book.wait(20)
    book.arrive("b")
    book.fail("a", "b")
    book.engine.operator.exclude_participant("b", True, by="maria")
    event = book.engine.operator.extend_waiting("a", 30, **MARIA)
    assert (event.subjects, event.by_s, who_and_why(event)) == (["a"], 30, ("maria", "asked to"))
    book.wait(69.5)
    assert book.state("a") == "waiting"
    assert book.state("b") == "gone"
    event = book.engine.operator.extend_waiting(None, 10, by="maria")
    assert (event.subject_id, event.subjects) == (None, ["a"])
    book.wait(10)
    assert book.state("a") == "waiting"
    book.wait(1)
    assert book.last(ev.ParticipantLeft).reason == "wait_timeout"
    left = {event.subject_id: event.elapsed_s for event in book.all(ev.WaitroomLeft)}
    assert left == {"b": pytest.approx(80), "a": pytest.approx(100)}


def test_extending_is_refused_with_the_reason(tmp_path: Path):
    book = Playbook(tmp_path / "limited", wait_s=60)
    with pytest.raises(Refused, match="nobody is waiting"):
        book.engine.operator.extend_waiting(None, 60, by="maria")
    book.arrive("a", "b")
    book.measure("a", "b", 40.0)
    with pytest.raises(Refused, match="a is not waiting"):
        book.engine.operator.extend_waiting("a", 60, by="maria")
    for by_s in (0, -5, 1e9, float("nan")):
        with pytest.raises(Refused, match="a wait can be extended by 1 to 86400 s"):
            book.engine.operator.extend_waiting("a", by_s, by="maria")
    endless = Playbook(tmp_path / "endless", wait_s=None)
    endless.arrive("a")
    with pytest.raises(Refused, match="waiting has no time limit"):
        endless.engine.operator.extend_waiting("a", 60, by="maria")


# --- messages, notes, games, the end ----------------------------------------------------------------------------------


def test_a_message_reaches_one_or_all_who_are_connected(book: Playbook):
    book.arrive("a", "b")
    book.lose("b")
    book.engine.operator.message_participant("a", " One moment ", **MARIA)
    assert ("a", "notice", {"text": "One moment"}) in book.sent
    event = book.engine.operator.message_participant(None, "Soon", by="maria")
    assert event.subjects == ["a"]
    for subject_id, text, reason in (
        ("a", "  ", "no text"), ("a", "x" * 2001, "2001 characters; at most 2000"), ("b", "Hi", "b is not connected"),
        ("c", "Hi", "c does not take part"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=reason):
            book.engine.operator.message_participant(subject_id, text, by="maria")
    book.lose("a")
    with pytest.raises(Refused, match="nobody is here to read it"):
        book.engine.operator.message_participant(None, "Hi", by="maria")


def test_a_note_stands_in_the_log_as_it_was_written(book: Playbook):
    text = "<img src=x onerror=alert(1)> \u202eright to left \U0001f9d1\u200d\U0001f52c"
    book.engine.operator.add_note(text, by="maria")
    assert (book.last(ev.NoteAdded).text, book.last(ev.NoteAdded).by) == (text, "maria")
    with pytest.raises(Refused, match="no text to note"):
        book.engine.operator.add_note("\n ", by="maria")


def test_ending_a_game_lets_its_players_go_on(book: Playbook):
    book.arrive("a", "b")
    book.measure("a", "b", 40.0)
    book.engine.operator.end_game("game-1", **MARIA)
    assert (book.last(ev.GameEnded).reason, book.last(ev.GameEnded).by) == ("ended_by_operator", "maria")
    assert {book.state("a"), book.state("b")} == {"page"}
    with pytest.raises(Refused, match="there is no game 'game-1' under way"):
        book.engine.operator.end_game("game-1", by="maria")


def test_nothing_can_be_done_once_the_run_is_over(book: Playbook):
    book.arrive("a")
    book.engine.end_now(by="maria")
    hand = book.engine.operator
    for act in (
        lambda: hand.add_note("too late", by="maria"), lambda: hand.remove_participant("a", by="maria"),
        lambda: hand.message_participant(None, "Hi", by="maria"), lambda: hand.extend_waiting(None, 60, by="maria"),
        lambda: hand.exclude_participant("a", True, by="maria"), lambda: hand.send_to_scene("a", "after", by="maria"),
    ):  # fmt: skip
        with pytest.raises(Refused):
            act()
    assert isinstance(book.log[-1], ev.RunEnded)
