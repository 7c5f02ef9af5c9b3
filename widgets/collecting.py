"""Keeping Python's search for garbage out of the way of what must be quick.

Owns nothing but that. Must not import Qt. A run of 100,000 events is half a million objects, and every search among
them takes as long as going to a moment of it; nothing that is made while a log is read or a moment gone to is garbage
in a circle.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """No search inside of this."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def set_aside() -> None:
    """What is there now stays for long: do not look at it again until `take_back`."""
    gc.freeze()


def take_back() -> None:
    """What was set aside may be garbage from here on."""
    gc.unfreeze()
