"""Rules 11 and 12 (DESIGN §4), for two, three and five people: nobody goes on unrecorded, everybody has an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core import events as ev
from core.server.recorder import RunStopped
from core.server.wire import Refused
from tests.matching.groups import NAMES, measure_all, probes, ready
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
