"""A group of any size in the playbook: its pairs, their probes, and a whole group measured in one line."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from core import events as ev
from core.server.wire import ProbeReady, ProbeSignal
from tests.matching.playbook import Playbook

NAMES = "abcdefghij"
NEAR_MS, FAR_MS = 20.0, 300.0  # on either side of the playbook's limit of 100 ms

Pair = frozenset[str]


def pairs(group: str) -> set[Pair]:
    """Every pair of these people."""
    return {frozenset(pair) for pair in combinations(group, 2)}


def probes(book: Playbook, group: str = NAMES) -> dict[Pair, ev.ProbeStarted]:
    """The probes under way among these people."""
    over = {e.probe_session_id for e in book.log if isinstance(e, ev.ProbeCompleted | ev.ProbeFailed)}
    started = [event for event in book.all(ev.ProbeStarted) if event.probe_session_id not in over]
    by_pair = {frozenset((event.subject_a, event.subject_b)): event for event in started}
    return {pair: event for pair, event in by_pair.items() if pair <= set(group)}


def probe(book: Playbook, pair: str) -> ev.ProbeStarted:
    """The probe under way of one pair."""
    return probes(book)[frozenset(pair)]


def ready(book: Playbook, session: ev.ProbeStarted, *subjects: str) -> None:
    """These pages are ready for it; nobody named: both."""
    for subject_id in subjects or (session.subject_a, session.subject_b):
        book.engine.play.probe_ready(subject_id, ProbeReady(session.probe_session_id))


def describe(book: Playbook, session: ev.ProbeStarted, *subjects: str) -> None:
    """These pages send their session descriptions."""
    for subject_id in subjects:
        book.engine.play.probe_signal(subject_id, ProbeSignal(session.probe_session_id, "offer", {"sdp": "…"}))


def report(
    book: Playbook, session: ev.ProbeStarted, subject_id: str, rtt_ms: float | None, *, answered: int = 15
) -> None:
    """One page hands in its result; None: it could not connect."""
    message = book.result_message(subject_id, rtt_ms, answered)
    message.probe_session_id = session.probe_session_id
    book.engine.play.probe_result(subject_id, message)
    book.turn()


def measure(book: Playbook, session: ev.ProbeStarted, rtt_ms: float, *, answered: int = 15) -> None:
    """The whole probe of a pair."""
    ready(book, session)
    report(book, session, session.subject_a, rtt_ms, answered=answered)
    report(book, session, session.subject_b, rtt_ms, answered=answered)


def measure_all(book: Playbook, group: str = NAMES, far: Mapping[str, float] | None = None) -> None:
    """Every probe of this group: 20 ms but for the pairs named, as in {"ab": 300.0}, which come last."""
    rtts_ms = {frozenset(pair): rtt_ms for pair, rtt_ms in (far or {}).items()}
    for pair in sorted(probes(book, group), key=lambda pair: (rtts_ms.get(pair, NEAR_MS), sorted(pair))):
        if pair in probes(book, group):  # a verdict ends the rest
            measure(book, probes(book, group)[pair], rtts_ms.get(pair, NEAR_MS))


def play_on(book: Playbook, far: Mapping[str, float] | None = None) -> None:
    """Measure whatever is proposed, and what is proposed then, until nobody is in a probe."""
    while probes(book):
        measure_all(book, NAMES, far)


def settle(book: Playbook, group: str, far: Mapping[str, float]) -> None:
    """These arrive and are measured until nothing more comes of it."""
    book.arrive(*group)
    play_on(book, far)


def waiting(book: Playbook, group: str) -> bool:
    """Whether all of these wait, free."""
    return {book.state(subject_id) for subject_id in group} == {"waiting"}
