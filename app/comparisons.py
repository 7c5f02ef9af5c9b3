"""Runs read for a comparison: each in a process of its own where that pays, with word of how far it is.

Owns the reading, its progress and its end when nobody wants it any more. Must not compute a figure (core/analysis does)
or know who shows it; nor import numpy, which the processes bring with them while this one still starts them.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from core.analysis.comparing.comparison import Comparison, compare
from core.runlog.files import LogReadError
from core.runlog.run_directory import EVENTS_FILE

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from core.analysis.comparing.run_facts import RunFacts

PROCESSES_FROM_BYTES = 12_000_000  # a process takes half a second to start
LOOK_EVERY_S = 0.05


class Cancelled(Exception):
    """Nobody wants it any more."""


def load_facts(path: Path, place: int) -> RunFacts:
    """As core.analysis.comparing.run_facts does, in whichever process."""
    from core.analysis.comparing import run_facts

    return run_facts.load_facts(path, place)


def load_all(
    paths: Sequence[Path],
    tell: Callable[[int], None] = lambda _: None,
    cancelled: Event | None = None,
) -> list[RunFacts]:
    """The facts of each run, in this order; `tell` is told how many are read. Raises as `load_facts`, and Cancelled."""
    stop = Event() if cancelled is None else cancelled
    if len(paths) < 2 or (os.cpu_count() or 1) < 2 or sum(map(_size, paths)) < PROCESSES_FROM_BYTES:
        return list(_one_by_one(paths, tell, stop))
    try:
        with _processes(len(paths)) as pool:
            with _deaf_to_ctrl_c():
                futures = [pool.submit(load_facts, path, place) for place, path in enumerate(paths)]
            _wait(futures, tell, stop)
            return [future.result() for future in futures]
    except BrokenProcessPool as error:
        raise LogReadError(
            "A process that was reading the runs was ended from outside; perhaps there was too little memory. "
            "Try again, or with fewer runs."
        ) from error


def compared(
    paths: Sequence[Path],
    baseline: int = 0,
    tell: Callable[[int], None] = lambda _: None,
    cancelled: Event | None = None,
) -> Comparison:
    """Read and compare. Raises as `load_all` and `compare`."""
    return compare(load_all(paths, tell, cancelled), baseline)


def _one_by_one(paths: Sequence[Path], tell: Callable[[int], None], stop: Event) -> Iterator[RunFacts]:
    for place, path in enumerate(paths):
        if stop.is_set():
            raise Cancelled
        yield load_facts(path, place)
        tell(place + 1)


def _wait(futures: Sequence[Future[RunFacts]], tell: Callable[[int], None], stop: Event) -> None:
    """Until all are read, or one cannot be: then its error comes at once."""
    open_ones = set(futures)
    while open_ones:
        done, open_ones = wait(open_ones, timeout=LOOK_EVERY_S, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
        if done:
            tell(len(futures) - len(open_ones))
        if stop.is_set():
            raise Cancelled


@contextmanager
def _processes(most: int) -> Iterator[Executor]:
    """As many as there are processors. What is still to be read when an error comes is not."""
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(most, os.cpu_count() or 1), mp_context=spawn, initializer=_only_read)
    try:
        yield pool
    except KeyboardInterrupt:
        for process in multiprocessing.active_children():  # they heard nothing of it, and would read on
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """For processes that start: a terminal sends Ctrl-C to them, too, and each would end in a traceback of its own.

    They inherit the mask; here, what came meanwhile comes afterwards. Windows has none of this.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _only_read() -> None:
    """What a process does first. Reading makes millions of objects and no rings of them: without the search for such it
    takes a fifth less time. There are as many processes as processors, so that numpy, once it is imported, needs no
    threads of its own, which would wait for each other.
    """
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _size(path: Path) -> int:
    log = path / EVENTS_FILE if path.is_dir() else path
    try:
        return log.stat().st_size
    except OSError:
        return 0  # what is wrong with it is said when it is read
