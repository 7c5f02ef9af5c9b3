"""Forcing an open log to disk without making anybody wait for it.

Owns the one writer thread: it lives while there is something to force to disk and ends by itself about a second after
the last write, so that a program that forgets to close its log can still end. Must not write.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from core.runlog import files

# A match is told to its players while the disk is still at rest, and matches of one moment share one trip to it.
GATHER_S = 0.02


class DiskSync:
    """Calls `fdatasync` on `fd` at most once in `gap_s` seconds, however often it is asked.

    A failure is handed to `on_failure`, from the writer thread. It is final: the kernel may have dropped the pages, so
    a later success would be none. So is that `path`, where `fd` was opened, leads there no longer. Files named with
    `also` are forced before it, in the same go.
    """

    def __init__(
        self, fd: int, on_failure: Callable[[OSError], None], gap_s: float = 1.0, *, path: Path | None = None
    ) -> None:
        self._fd = fd
        self._path = None if path is None else path.absolute()
        self._on_failure = on_failure
        self._gap_s = gap_s
        self._lock = threading.Lock()
        self._hurry = threading.Event()
        self._thread: threading.Thread | None = None
        self._wanted = False
        self._others: set[Path] = set()
        self._listed: set[Path] = set()  # whose names are on disk
        self._closing = threading.Event()
        self._last_sync_s = float("-inf")

    def request(self, at_once: bool = False) -> None:
        """Have what was written until here forced to disk, within `gap_s`, or `at_once` (within `GATHER_S`); returns
        immediately.
        """
        if self._wanted and not at_once:
            return
        with self._lock:
            self._wanted = True
            if at_once:
                self._hurry.set()
            if self._thread is None:
                self._start()

    def also(self, path: Path) -> None:
        """Have this file, too, on disk before `fd` is forced there the next time it is asked for."""
        self._others.add(path)

    def finish(self) -> None:
        """Force the rest to disk, end the writer thread and wait for it."""
        with self._lock:
            self._closing.set()
            self._hurry.set()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="log-sync")
        try:
            thread.start()
        except RuntimeError:  # no thread can be had: too many, or the interpreter is ending; so somebody has to wait
            self._wanted = False
            self._sync()
        else:
            self._thread = thread

    def _sync(self) -> None:
        try:
            while self._others:
                self._sync_other(self._others.pop())
            files.sync_to_disk(self._fd)
            if self._path is not None:
                files.must_be_in_place(self._fd, self._path)
        except OSError as error:
            self._on_failure(error)
        self._last_sync_s = time.monotonic()

    def _sync_other(self, path: Path) -> None:
        try:
            fd = files.open_append(path)
            try:
                if files.can_be_synced(fd):
                    files.sync_to_disk(fd)
            finally:
                os.close(fd)
            if path not in self._listed:
                files.sync_directory(path.parent)
                self._listed.add(path)
        except OSError as error:
            raise files.write_error(path, error) from error

    def _run(self) -> None:
        while True:
            if self._hurry.wait(max(0.0, self._last_sync_s + self._gap_s - time.monotonic())):
                self._closing.wait(GATHER_S)
            with self._lock:
                if not self._wanted:
                    self._thread = None
                    return
                self._wanted = False
                if not self._closing.is_set():
                    self._hurry.clear()
            self._sync()
