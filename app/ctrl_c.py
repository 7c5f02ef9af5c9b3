"""Ctrl-C before a command has begun its work.

Owns when it comes to anything: not inside an import, nor while a window is being made, where libraries in C make of a
KeyboardInterrupt what they like (PySide6 an ImportError, the end of the process with a dump, or nothing). Must not
handle what comes later: whoever serves, draws or simulates has a way of stopping in order.
"""

from __future__ import annotations

import _thread
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from app import exits

AGAIN_AFTER_S = 0.02
IMPORTING = "<frozen importlib."  # how the files of Python's own import system are called
STOPPED = "stopped by Ctrl-C."

_is_waiting = False


@contextmanager
def once_loaded() -> Iterator[None]:
    """Inside, an interrupt waits for the import under way. Whoever ignores or handles SIGINT goes on doing so."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    if threading.current_thread() is not threading.main_thread():  # no other one hears signals
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        as_usual()


def now_if_ever() -> None:
    """What waited comes now: the import is over."""
    global _is_waiting
    if _is_waiting:
        _is_waiting = False
        raise KeyboardInterrupt


def as_usual() -> None:
    """All is loaded: asyncio puts its own way of stopping only in the place of Python's."""
    if signal.getsignal(signal.SIGINT) in (_interrupt, _end):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        now_if_ever()


def at_once() -> None:
    """Nothing has begun that would have to be tidied up, and no exception comes through what is called now."""
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, _end)
        now_if_ever()


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _is_waiting
    _is_waiting = _is_importing(frame)
    if _is_waiting:
        _thread.start_new_thread(_again, ())  # takes no lock that the interrupted code might hold, as threading does
    else:
        signal.default_int_handler(number, frame)


def _end(_number: int, _frame: FrameType | None) -> None:
    exits.say(STOPPED)
    os._exit(exits.INTERRUPTED)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith(IMPORTING):
            return True
        frame = frame.f_back
    return False


def _again() -> None:
    time.sleep(AGAIN_AFTER_S)
    if _is_waiting:
        _thread.interrupt_main()
