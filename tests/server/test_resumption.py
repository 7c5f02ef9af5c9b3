"""A run whose engine was killed goes on: wherever its log breaks off, everybody comes back to where they were."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import events as ev
from core.experiment.experiment import GameScene, PageScene
from core.projections.shown import ShownRun
from tests.matching.playbook import Playbook

SCENES = [
    PageScene(id="hello", text="Hi"),
    GameScene(id="first", duration_s=60.0),
    GameScene(id="second", duration_s=60.0, partners="same"),
    PageScene(id="bye", text="Bye"),
]
SETTINGS = {"scenes": SCENES, "wait_s": 300.0, "reconnect_s": 30.0, "reunion_s": 20.0}
AWAY_S = 42.0


def advance(book: Playbook, subject_id: str, scene_id: str) -> None:
    book.engine.journey.advance(subject_id, scene_id, {"answer": 1})
    book.turn()


def finish(book: Playbook, *subjects: str) -> None:
    for subject_id in subjects:
        book.engine.play.game_finished(subject_id)
        book.turn()


def whole_session(book: Playbook) -> None:
    """All that can happen to people, one thing after the other."""
    book.arrive("a", "b", "c", "d", "e")
    for subject_id in "abcde":
        advance(book, subject_id, "hello")
        book.wait(0.5)
    book.measure("a", "b", 40.0)
    book.measure("c", "d", 400.0)
    book.threshold(500)
    book.measure("c", "e", 450.0)
    book.engine.play.game_data("c", {"move": 1}, "r1")
    book.engine.operator.exclude_participant("d", True, by="maria")
    book.engine.operator.extend_waiting("d", 100.0, by="maria")
    finish(book, "a", "b")
    book.lose("c")
    book.wait(3)
    book.come_back("c")
    book.arrive("f", "g", "h")
    for subject_id in "fgh":
        advance(book, subject_id, "hello")
    book.fail("f", "g")
    book.engine.operator.exclude_participant("d", False, by="maria")
    book.turn()
    book.engine.operator.send_to_scene("h", "bye", by="maria")
    book.turn()
    book.engine.operator.force_match(["d", "f"], by="maria")
    book.turn()
    book.leave("e")
    book.lose("g")
    finish(book, "a", "b")
    advance(book, "a", "bye")
    book.wait(31)
    advance(book, "b", "bye")
    book.engine.drain(by="maria")
    book.turn()
    finish(book, "d", "f")
    for subject_id in "ch":
        if book.engine.people.people[subject_id].state == "page":
            advance(book, subject_id, "bye")
    book.wait(200)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Playbook:
    book = Playbook(tmp_path_factory.mktemp("whole"), **SETTINGS)
    whole_session(book)
    return book


def cuts(book: Playbook) -> Iterator[tuple[bytes, float]]:
    """The log after each of its events but the last, and when that was."""
    lines = book.logger.path.read_bytes().splitlines(keepends=True)
    assert isinstance(book.log[-1], ev.RunEnded)
    for count, event in enumerate(book.log[:-1], 1):
        yield b"".join(lines[:count]), event.timestamp


def go_on(folder: Path, written: bytes, died_s: float, tokens: dict[str, str]) -> Playbook:
    book = Playbook(folder, written=written, now_unix_s=died_s + AWAY_S, **SETTINGS)
    book.tokens = {name: token for name, token in tokens.items() if name in book.engine.people.people}
    return book


def come_back(book: Playbook) -> None:
    for subject_id, person in book.engine.people.people.items():
        if person.present and not person.connected and not book.engine.over:
            book.come_back(subject_id)


def play_to_the_end(book: Playbook) -> None:
    """Everybody does what their page asks for, until nobody is asked for anything."""
    for _ in range(60):
        book.turn()
        if book.engine.over or not any(person.present for person in book.engine.people.people.values()):
            return
        for subject_id, person in book.engine.people.people.items():
            if person.state == "page":
                advance(book, subject_id, person.scene_id or "")
            elif person.state == "playing":
                finish(book, subject_id)
        for probe in open_probes(book.log):
            book.measure(probe.subject_a, probe.subject_b, 30.0)
        book.wait(15)
    raise AssertionError(f"still there: {[p for p in book.engine.people.people.values() if p.present]}")


def open_probes(log: list[ev.Event]) -> list[ev.ProbeStarted]:
    found: dict[str, ev.ProbeStarted] = {}
    for event in log:
        if isinstance(event, ev.ProbeStarted):
            found[event.probe_session_id] = event
        elif isinstance(event, ev.ProbeCompleted | ev.ProbeFailed):
            found.pop(event.probe_session_id)
    return list(found.values())


def test_wherever_the_log_breaks_off_everybody_comes_back_and_gets_to_an_end(session: Playbook, tmp_path: Path):
    for number, (written, died_s) in enumerate(cuts(session)):
        book = go_on(tmp_path / str(number), written, died_s, session.tokens)
        come_back(book)
        play_to_the_end(book)
        if not book.engine.over:
            book.engine.drain(by="test")
            book.wait(100)
        assert book.engine.over, number
        assert problems(book.log) == [], f"after event {number + 1}: {book.log[number]}"


def problems(log: list[ev.Event]) -> list[str]:
    """What in a log cannot be: something begun twice or never ended, or told out of order."""
    shown = ShownRun()
    shown.replay(log)
    found = list(shown.problems)
    if [event.seq for event in log] != list(range(1, len(log) + 1)):
        found.append("the numbers have gaps")
    if any(later.elapsed_s < earlier.elapsed_s for earlier, later in itertools.pairwise(log)):
        found.append("time goes backwards")
    found += pairs_up(
        log, ev.ProbeStarted, (ev.ProbeCompleted, ev.ProbeFailed), lambda e: (e.probe_session_id, e.attempt)
    )
    found += pairs_up(log, ev.MatchProposed, (ev.MatchFormed, ev.MatchRejected), lambda e: (e.scene_id, e.group_id))
    found += pairs_up(log, ev.MatchFormed, (ev.GameStarted,), lambda e: e.game_id)
    found += pairs_up(log, ev.GameStarted, (ev.GameEnded,), lambda e: e.game_id)
    return found + waits_pair_up(log)


def pairs_up(log: list[ev.Event], begins: type, ends: tuple[type, ...], key: Callable[[ev.Event], object]) -> list[str]:
    begun = Counter(key(event) for event in log if type(event) is begins)
    ended = Counter(key(event) for event in log if isinstance(event, ends))
    wrong = [name for name in begun | ended if begun[name] != 1 or ended[name] != 1]
    return [f"{begins.__name__} {name}: begun {begun[name]}, ended {ended[name]} times" for name in wrong]


def waits_pair_up(log: list[ev.Event]) -> list[str]:
    waits: dict[str, str] = {}
    found = []
    for event in log:
        if isinstance(event, ev.WaitroomEntered):
            if event.subject_id in waits:
                found.append(f"{event.subject_id} entered twice")
            waits[event.subject_id] = event.scene_id
        elif isinstance(event, ev.WaitroomLeft) and waits.pop(event.subject_id, None) != event.scene_id:
            found.append(f"{event.subject_id} left {event.scene_id} without having waited there")
    return found + [f"{subject_id} still waits" for subject_id in waits]


# --- what is as it was ------------------------------------------------------------------------------------------------


def killed(book: Playbook, folder: Path, **settings: object) -> Playbook:
    """What another engine makes of the log, `AWAY_S` after the last event."""
    written = book.logger.path.read_bytes()
    again = Playbook(folder / "again", written=written, now_unix_s=book.log[-1].timestamp + AWAY_S, **settings)
    again.tokens = book.tokens
    return again


def test_whoever_waited_keeps_place_and_time_and_the_outage_is_not_counted_against_them(tmp_path: Path):
    settings = {"wait_s": 100.0, "reconnect_s": 500.0, "group_size": 3}
    book = Playbook(tmp_path / "first", **settings)
    book.arrive("a")
    book.wait(60)
    book.arrive("b")
    book = killed(book, tmp_path, **settings)
    assert [event.subjects for event in book.all(ev.WaitingExtended)] == [["a", "b"]]
    for subject_id in "ba":
        book.come_back(subject_id)
    views = {to: payload for to, name, payload in book.sent if name == "view"}
    assert (views["a"]["waited_s"], views["b"]["waited_s"]) == (60 + AWAY_S, AWAY_S)
    book.arrive("c")
    assert book.last(ev.MatchProposed).subjects == ["a", "b", "c"]
    book.leave("c")
    book.wait(39)
    assert book.state("a") == "waiting"
    book.wait(2)
    assert (book.state("a"), book.state("b")) == ("gone", "waiting")


def test_a_game_goes_on_with_its_time_and_remembers_who_is_through(tmp_path: Path):
    book = Playbook(tmp_path / "first", max_p2p_rtt_ms=None)
    book.arrive("a", "b")
    (started,) = book.all(ev.GameStarted)
    finish(book, "a")
    book.engine.play.game_data("b", 7, "r1")
    book.wait(0.5)
    book.arrive("c")
    book = killed(book, tmp_path, max_p2p_rtt_ms=None)
    book.come_back("b")
    view = next(payload for to, name, payload in reversed(book.sent) if (to, name) == ("b", "view"))
    assert (view["game_id"], view["seed"], view["player"]) == (started.game_id, started.seed, 1)
    assert view["remaining_s"] == 60 - 0.5 - AWAY_S
    book.engine.play.game_data("b", 7, "r1")
    assert len(book.all(ev.GameData)) == 1
    finish(book, "b")
    assert book.last(ev.GameEnded).reason == "finished"


def test_a_game_whose_time_ran_out_meanwhile_leaves_some_for_coming_back(tmp_path: Path):
    book = Playbook(tmp_path / "first", max_p2p_rtt_ms=None, scenes=[GameScene(id="task", duration_s=10.0)])
    book.arrive("a", "b")
    book = killed(book, tmp_path, max_p2p_rtt_ms=None, scenes=[GameScene(id="task", duration_s=10.0)])
    book.wait(9)
    assert book.all(ev.GameEnded) == []
    book.wait(2)
    assert book.last(ev.GameEnded).reason == "deadline"


def test_what_was_measured_is_not_measured_again_and_a_cool_down_ends_when_it_would_have(tmp_path: Path):
    settings = {"slow_fresh_s": 120.0, "unreachable_cooldown_s": 60.0}
    book = Playbook(tmp_path / "first", **settings)
    book.arrive("a", "b")
    book.measure("a", "b", 400.0)
    book.arrive("c")
    book.fail("c", "a")
    book.fail("c", "b")
    proposed = len(book.proposals())
    book = killed(book, tmp_path, **settings)
    for subject_id in "abc":
        book.come_back(subject_id)
    book.wait(10)
    assert len(book.proposals()) == proposed
    book.wait(60 - 10 - AWAY_S)
    assert "c" in book.proposals()[proposed]
    book.threshold(500)
    assert {"a", "b"} & book.proposals()[-1]


def test_limit_doors_and_pause_stay_as_they_were_set(tmp_path: Path):
    book = Playbook(tmp_path / "first")
    book.threshold(250)
    book.engine.set_intake(False, by="maria")
    book.engine.pause_matching(True, by="maria")
    book = killed(book, tmp_path)
    assert (book.engine.run.max_p2p_rtt_ms, book.engine.run.state, book.engine.run.matching_paused) == (
        250,
        "closed",
        True,
    )
    book.engine.set_intake(True, by="maria")
    book.arrive("a", "b")
    assert book.proposals() == []
    book.engine.pause_matching(False, by="maria")
    book.turn()
    book.measure("a", "b", 240.0)
    assert book.groups() == [{"a", "b"}]


def test_whoever_does_not_come_back_in_time_gives_up_their_place(tmp_path: Path):
    book = Playbook(tmp_path / "first", reconnect_s=30.0)
    book.arrive("a", "b")
    book.lose("b")
    book.wait(25)
    book = killed(book, tmp_path, reconnect_s=30.0)
    book.wait(11)
    assert (book.state("a"), book.state("b")) == ("waiting", "gone")
    book.wait(20)
    assert [event.reason for event in book.all(ev.ParticipantLeft)] == ["reconnect_timeout"] * 2


def test_a_run_that_was_being_ended_is_ended(tmp_path: Path):
    book = Playbook(tmp_path / "first", max_p2p_rtt_ms=None)
    book.arrive("a", "b", "c")
    book.engine.end_now(by="maria")
    lines = book.logger.path.read_bytes().splitlines(keepends=True)
    for missing in range(1, 4):
        again = Playbook(tmp_path / str(missing), written=b"".join(lines[:-missing]), max_p2p_rtt_ms=None)
        again.turn()
        assert again.engine.over
        assert (again.last(ev.RunEnded).joined, problems(again.log)) == (3, [])


def test_a_torn_last_line_is_no_event_and_stays(tmp_path: Path):
    book = Playbook(tmp_path / "first")
    book.arrive("a")
    written = book.logger.path.read_bytes() + b'{"event_type":"match_prop'
    again = Playbook(tmp_path / "again", written=written, now_unix_s=book.log[-1].timestamp + 1)
    again.tokens = book.tokens
    again.come_back("a")
    assert again.state("a") == "waiting"
    assert [event.seq for event in again.log] == list(range(1, len(again.log) + 1))
    assert b'{"event_type":"match_prop\n' in again.logger.path.read_bytes()
