"""People who are gone are put away and found again: by name, by token, as they were."""

from __future__ import annotations

import sys
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from core.projections.participants import STATES, ParticipantsProjection, People, Person
from core.projections.shelf import Shelf
from tests.projections.stories import busy_session

NAMES = st.sampled_from([f"P{number:03d}" for number in range(12)])


def person(subject_id: str, **fields) -> Person:
    return Person(subject_id, 1.5, token_sha256=f"digest of {subject_id}", partners=("X",), **fields)


def gone(subject_id: str) -> Person:
    return person(subject_id, state="gone", connected=False, left_reason="left", completion_code="CODE")


def test_only_those_who_are_gone_and_not_connected_are_put_away_and_nobody_is_lost():
    people = People()
    for somebody in (gone("a"), person("b"), person("c", state="done"), person("d", connected=False), gone("e")):
        people.add(somebody)
    people.put_away()
    assert list(people) == ["b", "c", "d", "a", "e"] and len(people) == 5
    assert people.values()[3:] == [gone("a"), gone("e")]
    assert "a" in people and "z" not in people and people.get("z") is None


def test_somebody_who_comes_back_is_changed_for_good():
    people = People()
    people.add(gone("a"))
    people.put_away()
    people["a"].state = "page"
    assert people["a"].state == "page" and len(people) == 1


def test_a_token_finds_its_owner_and_a_new_one_replaces_it():
    people = People()
    people.add(gone("a"))
    people.put_away()
    assert people.of_token("digest of b") is None
    a = people.of_token("digest of a")
    assert a == gone("a")
    people.give_token(a, "another")
    people.put_away()
    assert people.of_token("digest of a") is None
    assert people.of_token("another") is not None


def test_nobody_is_found_by_somebody_elses_hash(monkeypatch):
    monkeypatch.setattr("core.projections.shelf.hash", lambda _name: 7, raising=False)
    people = People()
    for name in "abc":
        people.add(gone(name))
    people.put_away()
    assert people.get("d") is None
    assert people["b"] == gone("b")
    assert [people[name].subject_id for name in "cab"] == ["c", "a", "b"]


@given(st.lists(st.tuples(NAMES, st.booleans())))
def test_a_shelf_holds_what_a_dict_would(steps):
    shelf, model = Shelf(), {}
    for name, put in steps:
        if put and name not in model:
            model[name] = name.encode() * 3
            shelf.put([name, f"also {name}"], model[name])
        elif not put and name in model:
            shelf.take([name, f"also {name}"], model.pop(name))
        assert len(shelf) == len(model) and list(shelf) == list(model.values())
        for known, record in model.items():
            assert list(shelf.find(known)) == list(shelf.find(f"also {known}")) == [record]


def test_two_thousand_who_are_gone_take_little_memory_in_few_pieces():
    people = People()
    for number in range(2_000):
        people.add(gone(f"P{number}"))
    whole = sum(sys.getsizeof(each) + sys.getsizeof(each.token_sha256) for each in people.values())
    tracemalloc.start()
    people.put_away()
    taken = tracemalloc.take_snapshot()
    tracemalloc.stop()
    pieces, size = sum(each.count for each in taken.statistics("filename")), sum(each.size for each in taken.traces)
    assert pieces < 100 and size < whole


def test_the_counts_are_those_of_a_look_at_everybody_after_each_event():
    participants = ParticipantsProjection()
    seen = set()
    for event in busy_session().events:
        participants.apply(event)
        counts = participants.counts()
        everybody = list(participants.people.values())
        for state in STATES:
            assert counts[state] == sum(person.state == state for person in everybody)
        assert counts["away"] == sum(person.present and not person.connected for person in everybody)
        seen |= {state for state, number in counts.items() if number}
    assert {"waiting", "probing", "playing", "done", "gone", "away"} <= seen
