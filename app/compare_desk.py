"""The compare page's other side: runs read in the background, compared, exported.

Owns which comparison is at hand and which reading is under way. Must not compute a figure or draw. Imports numpy, so it
may only be imported after the first paint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

from app.comparisons import Cancelled, load_all
from app.tasks import Tasks
from core.analysis.comparing.comparison import Comparison, NotComparableError, check_number, compare, once_each
from core.runlog.archive_file import ArchiveError
from core.runlog.files import LogReadError, replace_file
from core.runlog.run_directory import RunDirectoryError
from widgets.compare_page import ComparePage


class CompareDesk:
    """Connects the page. `open_person(path, subject_id)` opens a run with somebody chosen."""

    def __init__(self, page: ComparePage, tasks: Tasks, open_person: Callable[[str, str], None]) -> None:
        self._page, self._tasks = page, tasks
        self._comparison: Comparison | None = None
        self._stop = Event()
        page.compare_wanted.connect(lambda paths: tasks.spawn(self.compare(paths, self._begin()), "comparing runs"))
        page.baseline_wanted.connect(self._change_baseline)
        page.cancel_wanted.connect(self.cancel)
        page.export_wanted.connect(
            lambda kind, file, redacted: tasks.spawn(self.export(kind, Path(file), redacted=redacted), "saving")
        )
        page.person_wanted.connect(open_person)

    def cancel(self) -> None:
        """Nobody waits for what is being read any more."""
        self._stop.set()
        self._page.show_stopped()

    def _begin(self) -> Event:
        """What is still being read is given up; the event by which what comes next can be."""
        self._stop.set()
        self._stop = Event()
        return self._stop

    async def compare(self, paths: Sequence[str], stop: Event | None = None) -> None:
        """Read these runs and show them beside each other, unless `stop` is set meanwhile."""
        stop = self._begin() if stop is None else stop
        if stop.is_set():
            return
        loop = asyncio.get_running_loop()

        def tell(done: int) -> None:
            loop.call_soon_threadsafe(self._tell, stop, done, len(paths))

        self._page.show_progress(0, len(paths))
        try:
            comparison = await asyncio.to_thread(_compared, [Path(path) for path in paths], tell, stop)
        except Cancelled:
            return
        except asyncio.CancelledError:
            stop.set()
            raise
        except (NotComparableError, RunDirectoryError, LogReadError, ArchiveError) as error:
            if not stop.is_set():
                self._page.show_problem(str(error))
            return
        if not stop.is_set():
            self._show(comparison)

    async def export(self, kind: str, file: Path, *, redacted: bool) -> None:
        """Write the comparison at hand."""
        if self._comparison is None:
            return
        try:
            await asyncio.to_thread(_write, self._comparison, kind, file, redacted)
        except OSError as error:
            self._page.show_problem(
                f"Could not write {file}: {error.strerror or error}. Choose a folder you may write."
            )
        else:
            self._page.say(f"Wrote {file}")

    def _tell(self, stop: Event, done: int, total: int) -> None:
        if not stop.is_set():
            self._page.show_progress(done, total)

    def _show(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._page.show_comparison(comparison)

    def _change_baseline(self, place: int) -> None:
        """The runs are read already; only the differences are new."""
        if self._comparison is not None and 0 <= place < len(self._comparison.runs):
            self._show(compare(self._comparison.runs, place))


def _compared(paths: list[Path], tell: Callable[[int], None], stop: Event) -> Comparison:
    kept, again = once_each(paths)
    if again:
        raise NotComparableError(f"{again[0]} is in the list already, under another name. Take one of them out.")
    check_number(len(kept))
    return compare(load_all(kept, tell, stop))


def _write(comparison: Comparison, kind: str, file: Path, redacted: bool) -> None:
    from core.analysis.comparing import comparison_text
    from core.analysis.reports.report_html import as_html

    makers: dict[str, Callable[[], bytes]] = {
        "html": lambda: as_html(comparison, redacted=redacted).encode(),
        "csv": lambda: comparison_text.as_csv(comparison).encode("utf-8-sig"),
        "json": lambda: comparison_text.as_json(comparison),
    }
    replace_file(file, makers[kind]())
