"""The list of runs: found, summarised, remembered.

Owns what is read anew and what is taken from the cache, and the order of the two. Must not write beside a run but for
that cache, and must not know whether an engine runs: it asks who it was given.
"""

from __future__ import annotations

import itertools
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from core.analysis.runs.quick_summary import ListFigures, QuickSummary
from core.analysis.runs.run_line import RunLine, run_line
from core.analysis.runs.summary_cache import CACHE_FILE, Kept, SummaryCache
from core.events import SCHEMA_VERSION
from core.runlog.files import LogReadError
from core.runlog.find_runs import FoundRun, Stamp, find_runs, look_at
from core.runlog.run_directory import Manifest, RunDirectory, RunDirectoryError
from core.runlog.run_notes import RunNotes, RunNotesError, read_notes

INDEX_VERSION: Final = 1
"""To be raised with any change to what is stored or how it is counted."""
_SETTLED_NS: Final = 2_000_000_000  # a file changed so lately may change again without a sign: FAT counts in 2 s
_GROWING_KEPT: Final = 16
_LOOK_AHEAD_S: Final = 0.2
_STORE_EVERY_S: Final = 5.0

WhoRuns = Callable[[Path], Collection[Path]]


class Progress(NamedTuple):
    """How far a look through the folders is. `of` is None while it is not known how many runs there are."""

    done: int
    of: int | None


class _Summary(msgspec.Struct, frozen=True):
    """What is stored of a run; everything else is looked at each time."""

    figures: ListFigures
    manifest: Manifest | None
    problems: list[str]


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(_Summary)


def nobody_runs(_logs_dir: Path) -> Collection[Path]:
    """What is asked where no engine can be."""
    return ()


class RunIndex:
    """Runs under folders, one line each. One look at a time; it may take place in any thread.

    `places`: where the cache may be, best first (see `cache_places`). `who_runs(folder)` gives the directories of the
    runs in that folder that an engine is writing at this moment; it is asked once a folder and look, and only for runs
    whose log does not say that they ended.
    """

    def __init__(self, places: Iterable[Path] = (), who_runs: WhoRuns = nobody_runs) -> None:
        self._cache = SummaryCache(places, INDEX_VERSION)
        self._who_runs = who_runs
        self._kept: dict[Path, Kept] | None = None
        self._unstored: dict[Path, Kept] = {}
        self._growing: OrderedDict[Path, QuickSummary] = OrderedDict()
        self._on: dict[Path, frozenset[Path]] = {}

    def lines(
        self,
        folders: Iterable[Path],
        *,
        stopped: Callable[[], bool] = lambda: False,
        told: Callable[[Progress], None] = lambda progress: None,
    ) -> Iterator[RunLine]:
        """The line of each run in these folders and below, as they are found, the newest names first; each run once.

        `told` hears of each. Raises RunDirectoryError for a folder that cannot be read.
        """
        if self._kept is None:
            self._kept = self._cache.load()
        self._on.clear()
        roots = [Path(os.path.realpath(folder)) for folder in folders]
        seen: set[Path] = set()
        stored_s = time.monotonic()
        try:
            for number, (found, of) in enumerate(self._found(roots, stopped), 1):
                if found.path in seen:
                    continue
                seen.add(found.path)
                line = self._line(found, stopped)
                if line is None:
                    return
                told(Progress(number, of))
                yield line
                if time.monotonic() > stored_s + _STORE_EVERY_S:
                    self._store()
                    stored_s = time.monotonic()
            if not stopped():
                self._forget_gone(roots, seen)
        finally:
            self._store()

    def line_of(self, path: Path) -> RunLine | None:
        """One run as it is now; None if there is none (any more)."""
        if self._kept is None:
            self._kept = self._cache.load()
        self._on.clear()
        found = look_at(Path(os.path.realpath(path)))
        line = None if found is None else self._line(found, lambda: False)
        self._store()
        return line

    def _found(self, roots: list[Path], stopped: Callable[[], bool]) -> Iterator[tuple[FoundRun, int | None]]:
        """Each run with how many there are, once that is known: most folders are walked in the time of a blink."""
        walk = itertools.chain.from_iterable(find_runs(root, stopped) for root in roots)
        ahead: list[FoundRun] = []
        until_s = time.monotonic() + _LOOK_AHEAD_S
        for found in walk:
            ahead.append(found)
            if time.monotonic() > until_s:
                yield from ((one, None) for one in itertools.chain(ahead, walk))
                return
        yield from ((one, len(ahead)) for one in ahead)

    # --- one run ------------------------------------------------------------------------------------------------------

    def _line(self, found: FoundRun, stopped: Callable[[], bool]) -> RunLine | None:
        """None if it was stopped on the way."""
        summary = self._remembered(found)
        if summary is None:
            summary = self._summarise(found, stopped)
            if summary is None:
                return None
        notes, problems = RunNotes(), summary.problems
        if found.has_notes:
            try:
                notes = read_notes(found.path)
            except RunNotesError as error:
                problems = [*problems, str(error)]
        running = summary.figures.ended_reason is None and self._is_on(found.path)
        return run_line(found, summary.figures, summary.manifest, notes, running=running, problems=problems)

    def _remembered(self, found: FoundRun) -> _Summary | None:
        kept = (self._kept or {}).get(found.path)
        if kept is None or kept[0] != _key(found):
            return None
        try:
            return _decoder.decode(kept[1])
        except msgspec.MsgspecError:
            return None

    def _summarise(self, found: FoundRun, stopped: Callable[[], bool]) -> _Summary | None:
        problems, in_the_way = [], False
        log = self._growing.pop(found.path, None) or QuickSummary(found.path / "events.jsonl")
        if found.events is not None:
            if log.offset >= found.events.size:
                log = QuickSummary(log.path)  # no longer, but another time: it was written anew
            try:
                if not log.read(stopped):
                    return None
            except LogReadError as error:
                problems.append(str(error))
                in_the_way = True
        manifest: Manifest | None = None
        if not found.problem:
            try:
                manifest = RunDirectory(found.path).manifest()
            except RunDirectoryError as error:
                problems.append(_without_path(str(error), found))
                in_the_way |= found.manifest is not None and isinstance(error.__cause__, OSError)
        summary = _Summary(log.figures(), manifest, problems)
        self._keep(found, summary, log, certain=not in_the_way and not found.problem)
        return summary

    def _keep(self, found: FoundRun, summary: _Summary, log: QuickSummary, *, certain: bool) -> None:
        """For the next time, unless the files may come to say something else without their stamps showing it."""
        if certain and _settled(found.events) and _settled(found.manifest):
            self._unstored[found.path] = (_key(found), _encode(summary))
        if summary.figures.ended_reason is None:
            self._growing[found.path] = log
            while len(self._growing) > _GROWING_KEPT:
                self._growing.popitem(last=False)

    def _is_on(self, path: Path) -> bool:
        folder = path.parent
        if folder not in self._on:
            self._on[folder] = frozenset(Path(os.path.realpath(one)) for one in self._who_runs(folder))
        return path in self._on[folder]

    # --- the cache ----------------------------------------------------------------------------------------------------

    def _store(self) -> None:
        if self._unstored and self._kept is not None:
            self._kept |= self._unstored
            self._cache.store(self._unstored)
            self._unstored = {}

    def _forget_gone(self, roots: list[Path], seen: Collection[Path]) -> None:
        """What was in these folders and is there no more."""
        kept = self._kept or {}
        gone = [path for path in kept if path not in seen and any(root in path.parents for root in roots)]
        for path in gone:
            del kept[path]
        if gone:
            self._cache.store({}, gone)


def cache_places(logs_dir: Path, users_cache_dir: Path | None) -> list[Path]:
    """Where figures of the runs in `logs_dir` may be kept: there, else in the user's own cache folder, which exists."""
    places = [logs_dir / CACHE_FILE]
    if users_cache_dir is not None:
        places.append(users_cache_dir / CACHE_FILE.lstrip("."))
    return places


def _key(found: FoundRun) -> str:
    """What the summary of a run depends on."""
    return f"{SCHEMA_VERSION} {_stamp_text(found.events)} {_stamp_text(found.manifest)}"


def _stamp_text(stamp: Stamp | None) -> str:
    return "-" if stamp is None else ",".join(map(str, stamp))


def _settled(stamp: Stamp | None) -> bool:
    return stamp is None or max(stamp.mtime_ns, stamp.ctime_ns) < time.time_ns() - _SETTLED_NS


def _without_path(sentence: str, found: FoundRun) -> str:
    """The list says already which run it is."""
    return sentence.replace(f"{found.path}{os.sep}", "")
