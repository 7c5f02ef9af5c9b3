"""Rule 12: each waiting person has an answer to "why not matched?", from the log alone."""

from __future__ import annotations

from collections.abc import Callable

from core.projections.why_not import WhyNot, WhyNotProjection
from tests.matching.playbook import Playbook

Book = Callable[..., Playbook]


def ask(book: Playbook, subject_id: str) -> WhyNot:
    """Replay the log and ask."""
    fold = WhyNotProjection()
    fold.replay(book.log)
    return fold.answer(subject_id, book.clock.monotonic())


def told(answer: WhyNot) -> dict[str, list[str]]:
    """Only what there is."""
    return {standing: others for standing, others in answer.others.items() if others}


def test_alone(playbook: Book) -> None:
    book = playbook()
    book.arrive("a")
    assert ask(book, "a").sentence == "Nobody else is waiting."


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
    answer = ask(book, "a")
    assert told(answer) == {
        "too_slow": ["slow"],
        "unreachable": ["walled"],
        "cooling_down": ["silent"],
        "away": ["gone"],
    }
    assert "1 over 100 ms" in answer.sentence
    assert "1 could not be reached" in answer.sentence


def test_a_threshold_that_moves_changes_the_answer(playbook: Book) -> None:
    book = playbook(max_p2p_rtt_ms=100)
    book.arrive("a", "b")
    book.measure("a", "b", 180.0)
    assert told(ask(book, "a")) == {"too_slow": ["b"]}
    book.threshold(150)
    assert ask(book, "a").sentence == "Not enough people who could play (1 of 2): 1 over 150 ms."


def test_whoever_is_in_a_probe_is_said_to_be(playbook: Book) -> None:
    book = playbook()
    book.arrive("a", "b", "c")
    assert told(ask(book, "c")) == {"in_probe": ["a", "b"]}
    assert ask(book, "a").sentence == "In a probe right now."
