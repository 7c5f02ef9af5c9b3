"""The console: its program from the first paint to the last.

Owns the order of opening and closing, and the process's signals. What the operator wants is done in wishes.py, what is
shown is desk.py's. Nothing slow may be imported before the window has been painted (DESIGN §6): the engine's side comes
in only then.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
import traceback
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from app import ctrl_c, exits, preflight
from app.display import need_display
from app.exits import Failure
from app.options import Options
from app.tasks import Tasks

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from app.wishes import Wishes
    from widgets.main_window import MainWindow

PAINT_WITHIN_MS = 2_000  # a window that opens minimised is never painted


def run(options: Options) -> int:
    """Open the console and stay until it is closed; returns the exit code. Raises Failure."""
    need_display("Without one, 'main.py serve EXPERIMENT' runs the engine alone.")
    _check(options)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    from PySide6.QtWidgets import QApplication

    from app.settings import DEMO, USUAL, open_settings
    from widgets.main_window import MainWindow

    ctrl_c.at_once()
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Greenroom")
    application.setQuitOnLastWindowClosed(False)
    settings = open_settings(DEMO if options.crowd is not None else USUAL)
    window = MainWindow(application, settings)
    window.show()
    import qasync

    console = Console(application, window, settings, options)
    listen_to_signals(console)
    sys.excepthook = console.report_exception
    code: int = qasync.run(console.run())
    return code


def _check(options: Options) -> None:
    """What was typed wrongly is said where it was typed, before a window opens."""
    if options.experiment is not None:
        preflight.load(options.experiment)
    if options.open_run is not None:
        from core.runlog.run_directory import RunDirectory, RunDirectoryError

        try:
            RunDirectory.open(options.open_run)
        except RunDirectoryError as error:
            raise Failure(exits.LOGS_FOLDER, str(error)) from error
    folder = None if options.screenshot is None else options.screenshot.absolute().parent
    if folder is not None and not folder.is_dir():
        raise Failure(exits.UNEXPECTED, f"There is no folder {folder} to save a picture in. Make it, or name another.")


def listen_to_signals(console: Console) -> None:
    """Ctrl-C asks as closing the window does, and the second time insists; a polite kill closes at once. Runs go on."""

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and not console.was_asked_to_close:
            console.window.close()
        else:
            console.close_at_once()

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):  # SIGBREAK is Windows' only
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), on_signal)


class Console:
    """One opening of the console. `run` returns the exit code once the window is closed."""

    def __init__(self, application: QApplication, window: MainWindow, settings: QSettings, options: Options) -> None:
        self.window = window
        self.was_asked_to_close = False
        self.wishes: Wishes | None = None
        self._application, self._settings, self._options = application, settings, options
        self._closed = asyncio.Event()
        self._shown_at_s = time.monotonic()
        self._code = exits.FINE
        self._failure: Failure | None = None
        self._tasks = Tasks(window.show_problem)

    async def run(self) -> int:
        """From the first paint to the end. Raises Failure if nobody is there to read it in the window."""
        await self._first_paint()
        from app.wishes import Wishes

        # The charts' library as well, or the first run would wait for it.
        from widgets.plots import matrix_plot, probe_plot, timeline_plot  # noqa: F401

        self.wishes = Wishes(self.window, self._settings, self._options, self._tasks)
        self.window.close_wanted.connect(self._close_wanted)
        try:
            self._tasks.spawn(self._open(self.wishes), "opening the console")
            await self._closed.wait()
            await self.wishes.end_demonstration()
        finally:
            await self._tasks.cancel_all()
            await self.wishes.leave()
            self.window.close_now()
        if self._failure is not None:
            raise self._failure
        return self._code

    def close_at_once(self) -> None:
        """Without a question; a run in an engine of its own goes on."""
        self._closed.set()

    def report_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """For an exception in a Qt slot, which nobody else would see: on stderr and in a dialog."""
        sys.__excepthook__(kind, error, trace)
        if issubclass(kind, Exception):
            details = "".join(traceback.format_exception(kind, error, trace))
            self.window.show_problem(f"Something went wrong that Greenroom did not expect: {error}", details)

    async def _first_paint(self) -> None:
        from PySide6.QtCore import QTimer

        from app.answers import first_of

        limit = QTimer(self.window, singleShot=True, interval=PAINT_WITHIN_MS)
        limit.start()
        await first_of(self.window.first_painted, limit.timeout)
        limit.stop()

    async def _open(self, wishes: Wishes) -> None:
        """What the command line asked for."""
        from PySide6.QtCore import QSize

        unattended = self._options.screenshot is not None
        if unattended:  # at a size that shows every panel, however small the screen is that nobody looks at
            self.window.resize(self.window.size().expandedTo(QSize(1280, 800)))
            self.window.desk.arrange()
        try:
            await wishes.begin(raising=unattended)
        except Failure as failure:
            self._failure = failure
            self._closed.set()
            return
        if self._options.screenshot is not None:
            await self._take_picture(self._options.screenshot, wishes)

    async def _take_picture(self, file: Path, wishes: Wishes) -> None:
        await _sleep_until(self._shown_at_s + self._options.after_s)
        if not self.window.grab().save(str(file)):
            self._failure = Failure(
                exits.UNEXPECTED,
                f"The picture could not be saved as {file}. Give a name that ends in .png or .jpg, in a folder you may "
                "write.",
            )
        if self._options.start:
            await wishes.end_now()
        self._closed.set()

    def _close_wanted(self) -> None:
        if not self.was_asked_to_close:
            self.was_asked_to_close = True
            self._tasks.spawn(self._close(), "closing the console")

    async def _close(self) -> None:
        assert self.wishes is not None
        try:
            if await self.wishes.may_close():
                self._closed.set()
        finally:
            self.was_asked_to_close = False


async def _sleep_until(due_s: float) -> None:
    """Until `time.monotonic()` says so: this loop's own timers wake up to 5 % early."""
    while (left_s := due_s - time.monotonic()) > 0:  # noqa: ASYNC110 -- it is time itself that is awaited
        await asyncio.sleep(max(left_s, 0.001))
