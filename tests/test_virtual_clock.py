"""The clock of simulations and tests: everything in its time, and in the order of asking."""

from __future__ import annotations

import math
import random

import pytest

from core.clock import CalledTooLate, VirtualClock, all_rounded, rounded


def test_what_is_due_at_one_time_is_called_in_the_order_of_asking():
    clock, called = VirtualClock(), list[tuple[str, float]]()

    def note(name: str) -> None:
        called.append((name, clock.monotonic()))

    def first() -> None:
        note("first")
        clock.call_later(0, lambda: note("asked by the first"))

    clock.call_later(2, first)
    clock.call_later(1, lambda: note("earlier"))
    clock.call_later(2, lambda: note("second"))
    clock.advance(1.5)
    clock.call_later(0, lambda: note("now"))
    clock.call_later(-1, lambda: note("long due"))
    clock.advance(5)
    assert called == [
        ("earlier", 1), ("now", 1.5), ("long due", 1.5), ("first", 2), ("second", 2), ("asked by the first", 2)
    ]  # fmt: skip
    assert clock.monotonic() == 6.5


def test_what_was_called_off_is_neither_called_nor_due():
    clock, called = VirtualClock(), list[str]()
    off = clock.call_later(1, lambda: called.append("off"))
    clock.call_later(3, lambda: called.append("on"))
    off.cancel()
    assert clock.next_due_s() == 3
    clock.advance(3)
    off.cancel()
    assert (called, clock.next_due_s()) == (["on"], None)


def test_a_call_may_move_the_clock_on_by_itself():
    clock, called = VirtualClock(), list[str]()
    clock.call_later(1, lambda: clock.advance(5))
    clock.call_later(1, lambda: called.append("beside it"))
    clock.call_later(2, lambda: called.append("later"))
    clock.call_later(9, lambda: called.append("last"))
    clock.advance(1)
    assert called == ["beside it", "later"]
    clock.advance(10)
    assert called == ["beside it", "later", "last"]


def test_a_call_that_comes_too_late_ends_quietly_and_any_other_error_does_not():
    clock, called = VirtualClock(), list[str]()

    def too_late() -> None:
        raise CalledTooLate

    clock.call_later(1, too_late)
    clock.call_later(1, lambda: called.append("beside it"))
    clock.call_later(2, lambda: called.append("later"))
    clock.advance(2)
    assert called == ["beside it", "later"]
    clock.call_later(1, lambda: called.remove("nobody"))
    with pytest.raises(ValueError, match="remove"):
        clock.advance(1)


def test_times_are_told_to_the_nearest_part():
    draw = random.Random(1)
    times = [draw.expovariate(0.01) for _ in range(2000)]
    assert all_rounded(times, 1000) == [rounded(time, 1000) for time in times] == [round(time, 3) for time in times]
    assert all_rounded([0.0, 0.25, -0.3, 1e300, math.inf], 10) == [0.0, 0.3, -0.3, 1e300, math.inf]
    assert math.isnan(rounded(math.nan, 1000))
