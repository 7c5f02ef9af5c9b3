"""Freeing the windows of a test when it is over, and the garbage of a file's tests when it is done.

Owns nothing but that. Must not be needed by any test to pass: each window that is left over only makes every later one
slower, as Qt goes through all there are whenever the style changes.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from widgets import collecting


@pytest.fixture(autouse=True)
def closed_windows_are_gone() -> Iterator[None]:
    """What is to be deleted later is deleted when an event loop next runs, and between two tests none does."""
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(scope="module", autouse=True)
def no_garbage_is_left() -> Iterator[None]:
    """Windows in circles of references, and what a recorded run had set aside."""
    collect_as_ever = gc.get_threshold()
    yield
    gc.set_threshold(*collect_as_ever)  # an engine in this process has changed it
    collecting.take_back()
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
