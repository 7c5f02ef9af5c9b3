"""Waiting for something another process does, and no longer than it takes.

Owns the deadline: so late that only what is broken reaches it, on a machine twenty times slower than ours, too.
Must not be used where an event can be awaited.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

LOOK_EVERY_S = 0.05
PATIENCE_S = 90.0

Value = TypeVar("Value")


def wait_until(look: Callable[[], Value], *, within_s: float = PATIENCE_S, saying: Callable[[], object] = str) -> Value:
    """Look until what is seen is truthy, and return it; AssertionError with what `saying` tells when the time is up."""
    deadline_s = time.monotonic() + within_s
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() >= deadline_s:
            raise AssertionError(f"not within {within_s:g} s; last seen: {seen!r}; {saying()}")
        time.sleep(LOOK_EVERY_S)
