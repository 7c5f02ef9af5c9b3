"""The export dialog's other side: writes in a thread, says how far it is, stops when asked.

Owns the one export of its dialog. Must not decide what is in it (core/analysis/exporting/export.py does).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any, Final

from PySide6.QtWidgets import QWidget

from app.tasks import Tasks
from core.analysis.exporting.export import ExportCancelled, Exported, Wanted, export_runs
from core.analysis.exporting.export_folder import ExportError
from core.runlog.archive_file import ArchiveError
from core.runlog.files import LogReadError
from core.runlog.run_directory import RunDirectoryError
from widgets.export_dialog import ExportChoice, ExportDialog

TELL_EVERY_S: Final = 0.1


def ask(paths: Sequence[Path], parent: QWidget, tasks: Tasks) -> ExportDialog:
    """Ask how these runs are to be exported, and do so."""
    what = paths[0].name if len(paths) == 1 else f"{len(paths)} runs"
    dialog = ExportDialog(what, _free_folder(paths), parent)
    ExportDesk(dialog, paths, tasks)
    dialog.open()
    return dialog


class ExportDesk:
    """Lives as long as its dialog."""

    def __init__(self, dialog: ExportDialog, paths: Sequence[Path], tasks: Tasks) -> None:
        self._dialog: ExportDialog | None = dialog
        self._paths, self._tasks = paths, tasks
        self._stop = Event()
        dialog.wanted.connect(lambda choice: tasks.spawn(self.export(choice), "exporting runs"))
        dialog.stop_wanted.connect(self.stop)
        dialog.destroyed.connect(self._forget)

    async def export(self, choice: ExportChoice) -> None:
        """Write; what came of it is shown in the dialog."""
        stop = self._stop = Event()
        loop = asyncio.get_running_loop()
        wanted = Wanted(_format_of(choice), choice.tables, choice.redacted)
        tell = _Teller(stop, lambda share, run: loop.call_soon_threadsafe(self._show_progress, share, run))
        try:
            exported = await asyncio.to_thread(export_runs, self._paths, choice.folder, wanted, tell)
        except ExportCancelled:
            self._say("show_problem", "Stopped. Nothing was left half written.")
        except (ExportError, RunDirectoryError, LogReadError, ArchiveError) as error:
            self._say("show_problem", str(error))
        except asyncio.CancelledError:
            stop.set()
            raise
        else:
            self._say("show_done", _done_text(exported))

    def stop(self) -> None:
        """No more of it; nothing is left."""
        self._stop.set()

    def _show_progress(self, share: float, run: str) -> None:
        if self._dialog is not None:
            self._dialog.show_progress(share, run)

    def _say(self, how: str, sentence: str) -> None:
        if self._dialog is not None:
            getattr(self._dialog, how)(sentence)

    def _forget(self) -> None:
        """Whoever closes the window wants no more of it."""
        self._dialog = None
        self._stop.set()


class _Teller:
    """In the thread: passes progress on a few times a second, and ends the export once it is to stop."""

    def __init__(self, stop: Event, tell: Callable[[float, str], Any]) -> None:
        self._stop, self._tell, self._told_s = stop, tell, 0.0

    def __call__(self, share: float, run: str) -> None:
        if self._stop.is_set():
            raise ExportCancelled
        if time.monotonic() >= self._told_s + TELL_EVERY_S:
            self._told_s = time.monotonic()
            self._tell(share, run)


def _format_of(choice: ExportChoice) -> Any:
    return choice.format


def _done_text(exported: Exported) -> str:
    rows = sum(exported.rows.values())
    problems = sum(map(len, exported.problems.values()))
    told = f"{rows:,} rows in {len(exported.rows)} tables are in {exported.folder}."
    return f"{told} Of what the logs lack, the table of runs says more ({problems})." if problems else told


def _free_folder(paths: Sequence[Path]) -> Path:
    """Beside the folder of runs, under a name that is not taken."""
    beside = paths[0].absolute().parent.parent
    first = f"{paths[0].stem}_tables" if len(paths) == 1 else "runs_tables"
    number, folder = 1, beside / first
    while folder.exists():
        number += 1
        folder = beside / f"{first}_{number}"
    return folder
