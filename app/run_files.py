"""Work on the files of recorded runs, for the runs page: archive and back, trash, file manager, report.

Owns that one such work is under way at a time, in a thread, how far it is, and what is said of its end. A run that is
on is never touched. Must not decide what is in an archive or report (core does).
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any, Final

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from core.analysis.runs.run_line import RunLine, name_of, size_text
from core.runlog.archive import archive, unarchive
from core.runlog.archive_file import ArchiveError
from core.runlog.files import LogReadError, cause_of, replace_file
from core.runlog.run_directory import RunDirectoryError
from widgets.runs_page import RunsPage

TELL_EVERY_S: Final = 0.1
Told = Callable[[int, int], None]


class StoppedError(Exception):
    """The operator called it off."""


class FileWork:
    """`look_at(path)` gives a run's line as it is now, and shows it; `look` goes through all folders again."""

    def __init__(
        self,
        page: RunsPage,
        look_at: Callable[[str], Awaitable[RunLine | None]],
        look: Callable[[], Awaitable[None]],
    ) -> None:
        self._page, self._look_at, self._look = page, look_at, look
        self.stop = Event()
        self._under_way: Event | None = None
        self._working = asyncio.Lock()

    async def archive(self, path: str, file: str) -> None:
        """Put a run into a new file; the run stays."""
        if await self._is_on(path):
            return
        doing, target = f"Archiving {name_of(path)}…", Path(file)
        packed = await self._work(doing, lambda told: _archived(Path(path), target, told), ArchiveError)
        if packed is not None:
            self._page.show_done(
                f"{file} ({size_text(packed)}) holds all of {name_of(path)}, checked byte by byte. The run stays, too."
            )

    async def unarchive(self, file: str, logs_dir: Path) -> None:
        """Take a run out of its file."""
        run = await self._work("Unpacking…", lambda told: unarchive(Path(file), logs_dir, told), ArchiveError)
        if run is not None:
            await self._look_at(str(run.path))
            self._page.choose([str(run.path)])
            self._page.show_done(f"Unpacked {name_of(str(run.path))}.")

    async def trash(self, paths: Sequence[str]) -> None:
        """Move runs to the trash, as far as it goes."""
        for path in paths:
            if await self._is_on(path):
                return
        gone = await self._work(
            "Moving to the trash…", lambda told: _move_to_trash(paths, told), OSError, "Could not move to the trash: "
        )
        for path in paths:
            await self._look_at(path)
        if gone is not None:
            what = name_of(paths[0]) if len(paths) == 1 else f"{len(paths)} runs"
            self._page.show_done(f"Moved {what} to the trash.")

    async def report(self, paths: Sequence[str], file: str, redacted: bool) -> None:
        """Write one page about one run, or about several beside each other."""
        from app.comparisons import Cancelled, compared
        from core.analysis.comparing.comparison import NotComparableError
        from core.analysis.reports.report_html import as_html

        def write(told: Told) -> bool:
            try:
                comparison = compared(
                    [Path(path) for path in paths], tell=lambda done: told(done, len(paths)), cancelled=self.stop
                )
            except Cancelled as cancelled:
                raise StoppedError from cancelled
            replace_file(Path(file), as_html(comparison, redacted=redacted).encode())
            return True

        errors = (NotComparableError, RunDirectoryError, LogReadError, OSError)
        if await self._work("Writing the report…", write, errors) is not None:
            self._page.show_done(f"Wrote {file}.")

    def reveal(self, path: str) -> None:
        """Show the run's directory in the system's file manager."""
        if sys.platform == "win32":
            subprocess.Popen(f'explorer /select,"{path}"')  # it reads its command line in a way of its own
        elif sys.platform == "darwin":
            subprocess.run(["open", "-R", path], check=False)
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(path)):
            self._page.show_done(f"No file manager could be opened. The run is in {path}.")

    async def _is_on(self, path: str) -> bool:
        """Whether the run is on, which is said; one that is gone counts as on: nothing can be done with it."""
        line = await self._look_at(path)
        if line is None:
            self._page.show_done(f"{name_of(path)} is there no more.")
        elif line.state == "running":
            self._page.show_done(f"{name_of(path)} is on: end it first.")
        return line is None or line.state == "running"

    async def _work(
        self,
        doing: str,
        work: Callable[[Told], Any],
        errors: type[Exception] | tuple[type[Exception], ...],
        before: str = "",
    ) -> Any:
        """What `work` returns; None if it was stopped or came to one of these errors, which is then said."""
        async with self._working:
            stop = self.stop = self._under_way = Event()
            loop, told_s = asyncio.get_running_loop(), 0.0
            self._page.show_working(doing)

            def told(done: int, of: int) -> None:
                nonlocal told_s
                if stop.is_set():
                    raise StoppedError
                if time.monotonic() >= told_s + TELL_EVERY_S:
                    told_s = time.monotonic()
                    loop.call_soon_threadsafe(self._tell, stop, doing, done, of)

            try:
                return await asyncio.to_thread(work, told)
            except StoppedError:
                self._page.show_done("Stopped. Nothing was left half done.")
            except errors as error:
                said = cause_of(error) if before and isinstance(error, OSError) else str(error)
                self._page.show_done(before + said)
            except asyncio.CancelledError:
                stop.set()
                raise
            finally:
                self._under_way = None
        return None

    def _tell(self, stop: Event, doing: str, done: int, of: int) -> None:
        if self._under_way is stop:
            self._page.show_working(doing, done, of)


def _archived(run_dir: Path, target: Path, told: Told) -> int:
    archive(run_dir, target, told)
    return target.stat().st_size


def _move_to_trash(paths: Sequence[str], told: Told) -> bool:
    from send2trash import send2trash

    for number, path in enumerate(paths):
        told(number, len(paths))
        send2trash(path)
    return True
