"""Rules 11 and 12 (DESIGN §4), for two, three and five people: nobody goes on unrecorded, everybody has an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core import events as ev
from core.projections import why_words
from core.server.recorder import RunStopped
from core.server.wire import Refused
from tests.matching.groups import FAR_MS, NAMES, measure_all, probe, probes, ready, report
from tests.matching.playbook import Playbook

Book = Callable[..., Playbook]


STOPPED = (Refused, RunStopped)


def full(*_args: object) -> int:
    """A disk without room."""
    raise OSError(28, "No space left on device")


# --- rule 11: a failed write stops the run ----------------------------------------------------------------------------


def arriving(book: Playbook, group: str) -> None:
    """Somebody more wants to come in."""
    with pytest.raises(STOPPED):
        book.arrive("z")


def deadline(book: Playbook, group: str) -> None:
    """A probe's time is up."""
    book.wait(5)


def verdict(book: Playbook, group: str) -> None:
    """The last answer of the whole group comes in."""
    for session in probes(book, group).values():
        ready(book, session)
    with pytest.raises(STOPPED):
        measure_all(book)


@pytest.mark.parametrize("what", [arriving, deadline, verdict])
def test_rule_11_a_log_that_cannot_be_written_stops_the_run_visibly(
    playbook: Book, size: int, what: Callable[[Playbook, str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)
    before = book.log
    with monkeypatch.context() as broken:
        broken.setattr("os.write", full)
        what(book, group)
        book.turn()
    assert "disk is full" in book.engine.problem
    assert {book.phase(subject_id) for subject_id in group} == {"ended"}
    with pytest.raises(Refused):
        book.arrive("y")
    assert book.log == before  # nothing half said, and nothing more
    assert book.all(ev.GameStarted) == []


def test_rule_11_a_match_file_that_cannot_be_written_stops_it_too(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)
    book.match_file.mkdir()
    with pytest.raises(STOPPED):
        measure_all(book)
    book.turn()
    assert book.match_file.name in book.engine.problem
    assert {book.phase(subject_id) for subject_id in group} == {"ended"}
    assert book.groups() == []


# --- rule 12: an answer to "why not matched?" -------------------------------------------------------------------------


def test_rule_12_everybody_of_a_rejected_group_has_a_reason(playbook: Book, size: int) -> None:
    group = NAMES[:size]
    book = playbook(group_size=size)
    book.arrive(*group)
    measure_all(book, group, {"ab": FAR_MS})
    why = {subject_id: book.why(subject_id) for subject_id in book.waitroom.rows}
    assert set(why) == set(group)
    assert {why["a"].main_reason, why["b"].main_reason} == {"too_slow"}
    assert {why[subject_id].clash for subject_id in group[2:]} <= {("a", "b")}
    assert all("a and b may not meet" in why_words.sentences(why[subject_id]) for subject_id in group[2:])


def test_rule_12_who_waits_beside_a_probe_is_told_so(playbook: Book, size: int) -> None:
    group, other = NAMES[:size], NAMES[size]
    book = playbook(group_size=size)
    book.arrive(*group, other)
    assert book.why(other).counts == {"in_probe": size}
    assert {book.why(subject_id).main_reason for subject_id in group} == {"probing"}


def test_rule_12_one_too_few_is_an_answer(playbook: Book, size: int) -> None:
    book = playbook(group_size=size)
    few = NAMES[: size - 1]
    book.arrive(*few)
    for subject_id in few:
        answer = book.why(subject_id)
        assert sum(answer.counts.values()) == size - 2 < answer.partners_needed
        assert why_words.sentences(answer)


@pytest.mark.parametrize("reason", ["too_slow", "unreachable", "cooling_down", "away", "hidden", "silent"])
def test_rule_12_each_reason_is_told(playbook: Book, size: int, reason: str) -> None:
    """How `b` stands to `a` after what is recorded of them."""
    group = NAMES[:size]
    book = playbook(group_size=size, prepare_s=2, timeout_cooldown_s=500, wait_s=None)
    book.arrive(*group)
    match reason:
        case "too_slow":
            measure_all(book, group, {"ab": FAR_MS})
        case "unreachable":
            ready(book, probe(book, "ab"))
            report(book, probe(book, "ab"), "a", None)
        case "cooling_down":
            for pair, session in probes(book).items():
                ready(book, session, *(pair if pair != {"a", "b"} else "a"))
            book.wait(2)
        case "away":
            book.lose("b")
        case "hidden":
            measure_all(book, group, {"ab": FAR_MS})
            book.engine.journey.set_visibility("b", True)
        case "silent":
            measure_all(book, group, {"ab": FAR_MS})
            book.engine.journey.set_silent("b", True)
    book.turn()
    assert book.why("a").counts[reason] == 1
    assert why_words.sentences(book.why("a"))
