"""Matchmakers that the experiment file names: latency_fifo, and staff's own, which cannot stop a run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core import events as ev
from core.experiment.loader import RESOURCES, load_experiment
from core.experiment.problems import ExperimentError
from core.matching.custom import read_matchmaker_file
from core.server.matchmakers import read_staffs_matchmaker
from core.server.service import Service
from tests.matching.playbook import Playbook

Book = Callable[..., Playbook]
IMPORTS = "from core.matching.matchmaker import Matchmaker, MatchCandidate, FIFOMatchmaker\n"
CLASS = IMPORTS + "class Mine(Matchmaker):\n"
FIND = "    def find_match(self, arriving, waiting, group_size):\n"
NEWEST = CLASS + FIND + "        return [arriving, waiting[-1]] if len(waiting) else None\n"


def write(folder: Path, text: str) -> Path:
    file = folder / "mine.py"
    file.write_text(text, encoding="utf-8")
    return file


def experiment_with(folder: Path, text: str) -> Path:
    write(folder, text)
    file = folder / "experiment.yaml"
    file.write_text(
        "name: pilot\nscenes: [{id: task, kind: game}]\nmatching: {matchmaker: custom, matchmaker_file: mine.py}\n"
    )
    return file


FAULTY = {
    "no Python": ("class Mine(Matchmaker:\n", [", line 1", "cannot be run: SyntaxError"]),
    "an error on the way": (IMPORTS + "\nlimit = 1 / 0\n", [", line 3", "ZeroDivisionError: division by zero"]),
    "an end of the program": ("import sys\nsys.exit(3)\n", [", line 2", "SystemExit: 3"]),
    "an import that fails": ("import greenroom_zzz\n", [", line 1", "No module named 'greenroom_zzz'"]),
    "null characters": ("a = 1\0\n", ["cannot be run", "null bytes"]),
    "nothing": ("", ["found none", "exactly one class", "class MyMatchmaker(Matchmaker):"]),
    "only what was imported": (IMPORTS, ["found none"]),
    "two": (NEWEST + "class Other(FIFOMatchmaker):\n    pass\n", ["found 2: Mine, Other", "exactly one"]),
    "no find_match": (CLASS + "    pass\n", [", line 2", "found Mine without a method find_match"]),
    "a constructor that fails": (
        CLASS
        + "    def __init__(self, max_p2p_rtt_ms):\n        self.limit = max_p2p_rtt_ms + 1\n"
        + FIND
        + "        ...\n",
        [", line 4", "Mine(max_p2p_rtt_ms) cannot be made: TypeError"],
    ),
    "a constructor that takes nothing": (
        CLASS + "    def __init__(self):\n        super().__init__(100)\n" + FIND + "        ...\n",
        ["Mine(max_p2p_rtt_ms) cannot be made: TypeError", "takes max_p2p_rtt_ms"],
    ),
}


@pytest.mark.parametrize(("text", "said"), FAULTY.values(), ids=FAULTY.keys())
def test_a_faulty_file_is_answered_before_a_run_with_file_and_line(tmp_path: Path, text: str, said: list[str]) -> None:
    loaded = load_experiment(experiment_with(tmp_path, text))
    with pytest.raises(ExperimentError) as caught:
        Service(loaded, tmp_path / "logs", host="127.0.0.1", port=0, program_version="test")
    message = str(caught.value)
    assert message.startswith(str(tmp_path.resolve() / "mine.py"))
    assert re.search(".*".join(re.escape(part) for part in said), message), message
    assert "\n" not in message
    assert not (tmp_path / "logs").exists()


def custom(playbook: Book, tmp_path: Path, text: str, **settings: Any) -> Playbook:
    return playbook(matchmaker="custom", staffs_matchmaker=read_matchmaker_file(write(tmp_path, text)), **settings)


def alerts(book: Playbook) -> list[str]:
    found = book.all(ev.AlertRaised)
    assert {alert.alert for alert in found} <= {"matchmaker_failed"}
    return [alert.text for alert in found]


def test_staffs_matchmaker_chooses_and_is_named_in_the_log(playbook: Book, tmp_path: Path) -> None:
    book = custom(playbook, tmp_path, NEWEST)
    book.engine.pause_matching(True, by="operator")
    book.arrive("a", "b", "c")
    book.engine.pause_matching(False, by="operator")
    book.turn()
    assert book.proposals() == [{"a", "c"}]
    assert book.last(ev.RunStarted).matchmaker == "Mine"
    book.measure("a", "c", 20.0)
    assert book.last(ev.MatchFormed).matchmaker_class == "Mine"
    assert alerts(book) == []


@pytest.mark.parametrize(
    "line",
    [
        "return ([arriving] + waiting)[:2] if waiting else None",
        "return (waiting + [arriving])[-2:] if waiting != [] else None",
        "others = waiting.copy(); return [arriving, others.pop()] if others else None",
    ],
)
def test_it_may_take_waiting_for_a_list(playbook: Book, tmp_path: Path, line: str) -> None:
    book = custom(playbook, tmp_path, CLASS + FIND + f"        {line}\n")
    book.arrive("a", "b")
    assert book.proposals() == [{"a", "b"}]
    assert (book.last(ev.MatchProposed).matchmaker, alerts(book)) == ("Mine", [])


WRONG = {
    "raise ValueError('no idea')": r"mine\.py, line 4: Mine\.find_match failed: ValueError: no idea\. When",
    "import sys; sys.exit()": r"line 4: .* SystemExit",
    "return waiting.append(arriving)": r"line 4: .* AttributeError",
    "return [arriving]": r"Mine\.find_match gave a wrong answer: allowed is a group of 2, or None; it had 1 members",
    "return [arriving, arriving]": "somebody is in the group twice",
    "return list(waiting[:1]) * 2": "somebody is in the group twice",
    "return [arriving, MatchCandidate('nobody')]": "somebody in the group is not in `waiting`",
    "return [*waiting[:1], MatchCandidate('x')]": "`arriving` is not in the group",
    "return 'ab'": "allowed is a list of the candidates it was given, or None",
    "return ['a', 'b']": "allowed is a list of the candidates it was given, or None",
    "return True": "allowed is a list of the candidates it was given, or None",
}


@pytest.mark.parametrize(("line", "said"), WRONG.items(), ids=WRONG.keys())
def test_whatever_it_does_wrong_is_reported_once_and_the_longest_waiting_play(
    playbook: Book, tmp_path: Path, line: str, said: str
) -> None:
    book = custom(playbook, tmp_path, CLASS + FIND + f"        {line}\n")
    book.arrive("a", "b", "c", "d")
    assert book.proposals() == [{"a", "b"}, {"c", "d"}]
    book.measure("a", "b", 20.0)
    assert book.last(ev.MatchFormed).matchmaker_class == "FIFOMatchmaker"
    texts = alerts(book)
    assert len(texts) == len(set(texts))
    assert any(re.search(said, text) for text in texts), texts


def test_two_kinds_of_failure_are_two_alerts_and_a_good_answer_counts_again(playbook: Book, tmp_path: Path) -> None:
    fails_by_name = (
        CLASS + FIND + "        if arriving.subject_id == 'a': raise KeyError('a')\n"
        "        if arriving.subject_id == 'b': return []\n"
        "        return [arriving, waiting[-1]] if len(waiting) else None\n"
    )
    book = custom(playbook, tmp_path, fails_by_name)
    book.arrive("a", "b")
    assert [("KeyError" in text, "it had 0 members" in text) for text in alerts(book)] == [(True, False), (False, True)]
    book.measure("a", "b", 300.0)
    book.arrive("c")
    assert book.proposals()[-1] == {"b", "c"}
    assert book.last(ev.MatchProposed).matchmaker == "Mine"


def test_it_cannot_group_those_again_who_are_known_to_be_too_slow(playbook: Book, tmp_path: Path) -> None:
    remembers = (
        IMPORTS
        + "seen = {}\nclass Mine(Matchmaker):\n"
        + FIND
        + "        seen.update({c.subject_id: c for c in waiting})\n"
        "        partner = seen.get('a' if arriving.subject_id == 'b' else 'b')\n"
        "        return [arriving, partner] if partner else None\n"
    )
    book = custom(playbook, tmp_path, remembers)
    book.arrive("a", "b")
    book.measure("a", "b", 300.0)
    assert book.proposals() == [{"a", "b"}]
    assert "somebody in the group is not in `waiting`" in alerts(book)[0]


def test_it_may_judge_round_trips_by_the_threshold_in_force(playbook: Book, tmp_path: Path) -> None:
    lenient = "    def should_reject_for_rtt(self, rtt_ms):\n        return rtt_ms > 2 * self.max_p2p_rtt_ms\n"
    book = custom(playbook, tmp_path, NEWEST + lenient, max_p2p_rtt_ms=100)
    book.arrive("a", "b", "c")
    book.threshold(80)
    book.measure("a", "b", 161.0)
    book.measure("a", "c", 160.0)
    assert book.groups() == [{"a", "c"}]


@pytest.mark.parametrize("answer", ["None", "'no'", "1 / 0", "[True, False]"])
def test_a_verdict_that_is_none_leaves_it_to_the_threshold(playbook: Book, tmp_path: Path, answer: str) -> None:
    book = custom(
        playbook, tmp_path, NEWEST + f"    def should_reject_for_rtt(self, rtt_ms):\n        return {answer}\n"
    )
    book.arrive("a", "b", "c")
    book.measure("a", "b", 120.0)
    book.measure("a", "c", 90.0)
    assert book.groups() == [{"a", "c"}]
    (text,) = alerts(book)
    assert re.search(r"Mine\.should_reject_for_rtt .* max_p2p_rtt_ms alone decides", text), text


def test_a_constructor_that_fails_later_is_a_failed_try(playbook: Book, tmp_path: Path) -> None:
    once = CLASS + (
        "    made = 0\n    def __init__(self, max_p2p_rtt_ms):\n        Mine.made += 1\n        assert Mine.made < 2\n"
        "        super().__init__(max_p2p_rtt_ms)\n" + FIND + "        return None\n"
    )
    book = custom(playbook, tmp_path, once)
    book.arrive("a", "b")
    assert book.proposals() == [{"a", "b"}]
    assert "AssertionError" in alerts(book)[0]


def test_an_exception_that_cannot_say_what_it_is_stops_nothing(playbook: Book, tmp_path: Path) -> None:
    mute = "class Mute(Exception):\n    def __str__(self):\n        raise RuntimeError\n"
    book = custom(playbook, tmp_path, mute + CLASS + FIND + "        raise Mute\n")
    book.arrive("a", "b")
    assert book.proposals() == [{"a", "b"}]
    assert "Mute" in alerts(book)[0]


def test_the_bundled_example_pairs_those_most_alike(playbook: Book) -> None:
    loaded = load_experiment("custom_matchmaker")
    staffs = read_staffs_matchmaker(loaded)
    assert not list((RESOURCES / "experiments" / "custom_matchmaker").glob("__pycache__"))
    book = playbook(matchmaker="custom", staffs_matchmaker=staffs)
    book.engine.pause_matching(True, by="operator")
    book.arrive("a", "b", "c", "d")
    for subject_id, rtt_ms in (("a", 20.0), ("b", 200.0), ("c", 30.0)):
        book.engine.journey.measured_server_rtt(subject_id, rtt_ms, rtt_ms)
    book.engine.pause_matching(False, by="operator")
    book.turn()
    assert book.proposals() == [{"a", "c"}, {"b", "d"}]
    assert book.last(ev.MatchProposed).matchmaker == "MostAlike"
    assert alerts(book) == []


def test_latency_fifo_of_the_experiment_file_keeps_those_apart_who_are_far_from_the_server(playbook: Book) -> None:
    book = playbook(matchmaker="latency_fifo", max_server_rtt_ms=100)
    book.engine.pause_matching(True, by="operator")
    book.arrive("far", "near", "nearer")
    for subject_id, rtt_ms in (("far", 90.0), ("near", 30.0), ("nearer", 20.0)):
        book.engine.journey.measured_server_rtt(subject_id, rtt_ms, rtt_ms)
    book.engine.pause_matching(False, by="operator")
    book.turn()
    assert book.proposals() == [{"near", "nearer"}]
    assert book.last(ev.RunStarted).matchmaker == "LatencyFIFOMatchmaker"
