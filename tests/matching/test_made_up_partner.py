"""A bot that makes its answers up (`main.py bots --webrtc simulated`) and a real page in one waitroom."""

from __future__ import annotations

from typing import Any

import pytest

from core import events as ev
from core.server import wire
from tests.matching.playbook import Playbook

BOT, PAGE = "bot", "page"


@pytest.fixture
def book(tmp_path):
    """Both wait, and their probe is being prepared."""
    book = Playbook(tmp_path)
    book.engine.journey.join(wire.Join(subject_id=BOT, simulated=True))
    book.arrive(PAGE)
    return book


def ready(book: Playbook, subject_id: str, *, simulated: bool) -> None:
    book.engine.play.probe_ready(subject_id, wire.ProbeReady(book.probe_of(subject_id), simulated))


def result(book: Playbook, **changes: Any) -> wire.ProbeResult:
    made_up = {"success": True, "rtt_ms": 40.0, "samples_ms": [40.0] * 15, "sent": 15, "simulated": True, **changes}
    return wire.ProbeResult(book.probe_of(BOT), **made_up)


def started(book: Playbook) -> list[str]:
    return [subject_id for subject_id, name, _ in book.sent if name == "probe_start"]


@pytest.mark.parametrize("order", [(BOT, PAGE), (PAGE, BOT)])
def test_the_bot_answers_for_both_and_the_log_says_so(book, order):
    for subject_id in order:
        ready(book, subject_id, simulated=subject_id == BOT)
    assert started(book) == [BOT], "the page was told to measure somebody who cannot be measured"
    book.engine.play.probe_result(BOT, result(book))
    book.turn()
    measured = book.last(ev.ProbeCompleted)
    assert measured.simulated
    assert measured.rtt_ms == 40
    assert [peer.subject_id for peer in measured.peers] == [BOT]
    assert book.groups() == [{BOT, PAGE}]


def test_a_bot_that_falls_silent_is_the_one_who_is_named(book):
    ready(book, BOT, simulated=True)
    ready(book, PAGE, simulated=False)
    book.wait(8.1)
    failed = book.last(ev.ProbeFailed)
    assert (failed.reason, failed.silent) == ("timeout", [BOT])


def test_a_bot_that_cannot_be_reached_says_it_for_both(book):
    ready(book, BOT, simulated=True)
    ready(book, PAGE, simulated=False)
    book.engine.play.probe_result(BOT, result(book, success=False, rtt_ms=None, samples_ms=[], error="no_answers"))
    assert book.last(ev.ProbeFailed).reason == "unreachable"


def test_nobody_who_joined_as_a_person_answers_for_both(book):
    for subject_id in (BOT, PAGE):
        ready(book, subject_id, simulated=subject_id == PAGE)
    assert sorted(started(book)) == [BOT, PAGE]
    book.engine.play.probe_result(PAGE, result(book))
    book.turn()
    assert book.all(ev.ProbeCompleted) == []


def test_two_bots_report_both(tmp_path):
    book = Playbook(tmp_path)
    for subject_id in (BOT, PAGE):
        book.engine.journey.join(wire.Join(subject_id=subject_id, simulated=True))
    book.turn()
    for subject_id in (BOT, PAGE):
        ready(book, subject_id, simulated=True)
    book.engine.play.probe_result(BOT, result(book))
    assert book.all(ev.ProbeCompleted) == []
    book.engine.play.probe_result(PAGE, result(book))
    assert len(book.last(ev.ProbeCompleted).peers) == 2
