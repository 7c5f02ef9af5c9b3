"""The runs page's other side: looks for runs in the background, and keeps what is written about them.

Owns which look is under way and which folders it goes through. Work on files is run_files.py's. Must not draw, nor
summarise a log (core/analysis does). Everything that reads runs in a thread, one at a time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from PySide6.QtCore import QStandardPaths

from app.run_files import FileWork
from app.tasks import Tasks
from app.who_runs import runs_on
from core.analysis.runs.run_index import Progress, RunIndex, cache_places
from core.analysis.runs.run_line import RunLine
from core.runlog.run_directory import RunDirectoryError
from core.runlog.run_notes import RunNotesError, write_notes
from widgets.runs_page import RunsPage

TELL_EVERY_S: Final = 0.1
LOOK_AT_RUNNING_EVERY_S: Final = 2.0


@dataclass(frozen=True)
class Around:
    """What the page leads to: a run opened, runs compared or asked "what if", and where runs are kept."""

    logs_dir: Callable[[], Path]
    open_run: Callable[[str], None]
    compare: Callable[[Sequence[str]], None]
    what_if: Callable[[Sequence[str]], None]


class RunsDesk:
    """Connects the page. `look` goes through the folders (again); `attend` keeps the runs that are on up to date."""

    def __init__(self, page: RunsPage, tasks: Tasks, around: Around) -> None:
        self._page, self._tasks, self._around = page, tasks, around
        self._others: list[Path] = []
        self._stop = Event()
        self._reading = asyncio.Lock()  # the index serves one at a time
        self._index: RunIndex | None = None
        self._index_of: Path | None = None
        self._files = FileWork(page, self._look_at, self.look)
        self._connect()

    def _connect(self) -> None:
        page, spawn = self._page, self._tasks.spawn
        page.look_wanted.connect(lambda: spawn(self.look(), "looking for runs"))
        page.stop_wanted.connect(self.stop)
        page.folder_wanted.connect(self._add_folder)
        page.notes_wanted.connect(lambda path, tags, note: spawn(self._keep(path, tags, note), "keeping a note"))
        page.open_wanted.connect(self._around.open_run)
        page.compare_wanted.connect(self._around.compare)
        page.what_if_wanted.connect(self._around.what_if)
        page.reveal_wanted.connect(self._files.reveal)
        page.archive_wanted.connect(lambda path, file: spawn(self._files.archive(path, file), "archiving a run"))
        page.unarchive_wanted.connect(
            lambda file: spawn(self._files.unarchive(file, self._around.logs_dir()), "unpacking an archive")
        )
        page.trash_wanted.connect(lambda paths: spawn(self._files.trash(paths), "moving runs to the trash"))
        page.export_wanted.connect(self._ask_export)
        page.report_wanted.connect(
            lambda paths, file, redacted: spawn(self._files.report(paths, file, redacted), "writing a report")
        )

    def page_seen(self, name: str) -> None:
        """Another page of the window is seen: what is on this one may be behind."""
        if name == "runs":
            self._tasks.spawn(self.look(), "looking for runs")

    def stop(self) -> None:
        """Whatever is under way on this page."""
        self._stop.set()
        self._files.stop.set()

    async def look(self) -> None:
        """Go through the folders; a look that is under way is given up for this one."""
        self._stop.set()
        stop = self._stop = Event()
        async with self._reading:
            if stop.is_set():
                return
            folders = [self._around.logs_dir(), *self._others]
            self._page.show_folder(str(folders[0]))
            self._page.show_looking()
            index, loop = self._index_for(folders[0]), asyncio.get_running_loop()
            found: set[str] = set()

            def hand_over(lines: list[RunLine], progress: Progress) -> None:
                loop.call_soon_threadsafe(self._take, stop, lines, progress)

            problem, whole = "", False
            try:
                await asyncio.to_thread(_look, index, folders, stop, hand_over, found)
                whole = not stop.is_set()
            except RunDirectoryError as error:
                problem = str(error)
            finally:
                stop.set()  # also for the thread, if this was cancelled
                self._page.show_all_found(found if whole else None, problem)

    async def attend(self) -> None:
        """While the page is seen, the figures of runs that are on grow."""
        while True:
            await asyncio.sleep(LOOK_AT_RUNNING_EVERY_S)
            running = [run.path for run in self._page.model.runs() if run.state == "running"]
            if self._page.isVisible() and not self._reading.locked():
                for path in running:
                    await self._look_at(path)

    async def _look_at(self, path: str) -> RunLine | None:
        """One run as it is now, shown; None if it is there no more."""
        async with self._reading:
            index = self._index_for(self._around.logs_dir())
            line = await asyncio.to_thread(index.line_of, Path(path))
        if line is None:
            self._page.show_gone(path)
        else:
            self._page.show_lines([line])
        return line

    async def _keep(self, path: str, tags: Sequence[str], note: str) -> None:
        try:
            await asyncio.to_thread(write_notes, path, tags, note)
        except RunNotesError as error:
            self._page.side.show_not_kept(path, tags, note, str(error))
            return
        await self._look_at(path)
        self._page.side.show_kept(path)

    def _add_folder(self, folder: str) -> None:
        if Path(folder) not in self._others:
            self._others.append(Path(folder))
        self._tasks.spawn(self.look(), "looking for runs")

    def _ask_export(self, paths: Sequence[str]) -> None:
        from app import export_desk

        export_desk.ask([Path(path) for path in paths], self._page.window(), self._tasks)

    def _take(self, stop: Event, lines: list[RunLine], progress: Progress) -> None:
        if not stop.is_set():
            self._page.show_lines(lines, progress.done, progress.of)

    def _index_for(self, logs_dir: Path) -> RunIndex:
        if self._index is None or self._index_of != logs_dir:
            self._index, self._index_of = RunIndex(cache_places(logs_dir, _users_cache()), runs_on), logs_dir
        return self._index


def _users_cache() -> Path | None:
    """This user's folder for what can be made anew; None if there is none that can be written to."""
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericCacheLocation)) / "greenroom"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def _look(
    index: RunIndex,
    folders: Sequence[Path],
    stop: Event,
    hand_over: Callable[[list[RunLine], Progress], None],
    found: set[str],
) -> None:
    """In a thread: the first run is handed over at once, the others a few times a second."""
    progress, lines, told_s = Progress(0, None), list[RunLine](), 0.0

    def told(now: Progress) -> None:
        nonlocal progress
        progress = now

    for line in index.lines(folders, stopped=stop.is_set, told=told):
        lines.append(line)
        found.add(line.path)
        # The longer the list, the more it costs to put something into it.
        if time.monotonic() >= told_s + TELL_EVERY_S * (1 + len(found) // 2_000):
            hand_over(lines, progress)
            lines, told_s = [], time.monotonic()
    if lines:
        hand_over(lines, progress)
