"""The experiment page's other side: files, readings, edits, the looks before the doors open.

Owns the file that is open and the page's wishes. Everything that may take long is done in a thread; what comes back for
a text that has changed meanwhile counts for nothing. Must not touch a run: what is saved counts for the next one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app import experiment_files, experiment_reading
from app.answers import first_of
from app.experiment_checks import Looks
from app.experiment_files import FileError, OpenFile
from app.experiment_settings import describe
from app.tasks import Tasks
from core.experiment.edits import CannotEditError
from core.experiment.loader import FILE_NAME, RESOURCES, LoadedExperiment, bundled_names, find_experiment
from core.experiment.problems import ExperimentError
from widgets.experiment.description import Edit, File
from widgets.experiment_page import ExperimentPage


@dataclass(frozen=True)
class Surroundings:
    """What the desk needs of the console: `choose(name)` makes it the experiment that Start runs, and comes back to
    `follow`; `start()` starts it. `logs_dir(loaded)` and `port()` are those of its next run.
    """

    choose: Callable[[str], Coroutine[Any, Any, None]]
    start: Callable[[], Coroutine[Any, Any, None]]
    logs_dir: Callable[[LoadedExperiment], Path]
    port: Callable[[], int | None]


class ExperimentDesk:
    """Connects the page; `follow` shows an experiment. `may_leave` asks about what is not saved."""

    def __init__(self, page: ExperimentPage, tasks: Tasks, around: Surroundings) -> None:
        self._page, self._tasks, self._around = page, tasks, around
        self._file: OpenFile | None = None
        self._loaded: LoadedExperiment | None = None
        self._looks = Looks(page.checks)
        self._looking: asyncio.Task[Any] | None = None
        self._read_text = ""
        self._edits: deque[Edit] = deque()
        self._editing: asyncio.Task[Any] | None = None
        page.describe(describe(), _examples(), str(Path.home()))
        self._connect()

    def _connect(self) -> None:
        page = self._page
        page.reading_wanted.connect(lambda: self._do(self._read(), "reading the experiment's text"))
        page.edit_wanted.connect(self._want)
        page.open_wanted.connect(lambda path: self._do(self._around.choose(path), "opening an experiment"))
        page.new_wanted.connect(lambda example, folder: self._do(self._new(example, folder), "a new experiment"))
        page.save_wanted.connect(lambda: self._do(self.save(), "saving the experiment"))
        page.save_as_wanted.connect(lambda path: self._do(self._save_as(Path(path)), "saving the experiment"))
        for wish in (page.revert_wanted, page.load_theirs_wanted):
            wish.connect(lambda: self._do(self._show_disk(), "reading the file again"))
        page.check_wanted.connect(self._check)
        page.cancel_check_wanted.connect(self._cancel)
        page.start_wanted.connect(lambda: self._do(self._around.start(), "starting a run"))

    def _do(self, coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        return self._tasks.spawn(coroutine, name)

    # --- opening ------------------------------------------------------------------------------------------------------

    async def open(self, name: str) -> None:
        """Show this experiment, whatever the page shows; what cannot be read is said."""
        self._cancel()
        try:
            path = await asyncio.to_thread(find_experiment, name)
            file = await asyncio.to_thread(experiment_files.read, path)
        except (ExperimentError, FileError) as error:
            self.forget(Path(name).name)
            self._page.show_notice(str(error), "error")
            return
        self._file = file
        self._page.show_file(_shown(file), file.text)
        await self._read()

    def forget(self, title: str = "") -> None:
        """No file is open."""
        self._file = self._loaded = None
        self._page.show_file(File(title, ""), "")

    async def follow(self, name: str) -> bool:
        """Another experiment was chosen: open it, unless unsaved changes keep somebody here; whether it is open."""
        try:
            path = await asyncio.to_thread(find_experiment, name)
        except ExperimentError:
            path = None
        if path is not None and path == self.path:
            return True
        if not await self.may_leave(self._page.tr("before another is opened"), lost=True):
            return False
        await self.open(name)
        return True

    async def tell_unsaved(self, say: Callable[[str], None]) -> None:
        """When another page is gone to: what is not saved stays here, and should not be forgotten."""
        await self._settled()
        if self._file is not None and self._page.dirty:
            words = self._page.tr("The changes to {} are not saved. They stay on the page Experiment (F3).")
            say(words.format(self._page.file.title))

    async def may_leave(self, before: str, *, lost: bool) -> bool:
        """Ask about unsaved changes, if there are any, and see to them; whether to go on. `before`: in words; `lost`:
        they are gone then, unless they are saved.
        """
        await self._settled()
        if self._file is None or not self._page.dirty:
            return True
        answer = await first_of(self._page.ask_unsaved(before, lost=lost).answered)
        if answer == "save":
            return await self.save()
        return bool(answer == "discard")

    async def _new(self, example: str, folder: str) -> None:
        source = RESOURCES / "experiments" / example / FILE_NAME
        try:
            path = await asyncio.to_thread(experiment_files.copy_example, source, Path(folder), None)
        except FileError as error:
            self._page.show_notice(str(error), "error")
            return
        await self._around.choose(str(path))

    def tell_run(self, *, on: bool) -> None:
        """Whether a run is on."""
        self._page.show_run(on=on)

    # --- the text -----------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        """Read the text as it is; shown if it still is so afterwards."""
        file, text = self._file, self._page.editor.text()
        if file is None:
            return
        reading, loaded = await asyncio.to_thread(experiment_reading.read, text, file.path)
        if file.path != self.path or text != self._page.editor.text():
            return
        self._loaded, self._read_text = loaded, text
        self._page.show_reading(reading)
        if await asyncio.to_thread(file.changed_on_disk) and file is self._file:
            self._page.show_changed_on_disk()

    def _want(self, edit: Edit) -> None:
        self._edits.append(edit)
        if self._editing is None or self._editing.done():
            self._editing = self._do(self._make_edits(), "changing a setting")

    async def _make_edits(self) -> None:
        """One after the other, as they were wanted."""
        while self._edits:
            await self._make(self._edits.popleft())
        await self._read()

    async def _make(self, edit: Edit) -> None:
        """In the text; anew if that has changed meanwhile."""
        while True:
            text = self._page.editor.text()
            try:
                new_text = await asyncio.to_thread(experiment_reading.changed, text, edit)
            except CannotEditError as error:
                self._page.show_refused(edit.place, str(error))
                return
            if text == self._page.editor.text():
                self._page.editor.change_to(new_text)
                return

    @property
    def busy(self) -> bool:
        """Whether the text, or what it reads as, is still on its way into the page."""
        editing = self._editing is not None and not self._editing.done()
        return editing or (self._file is not None and self._read_text != self._page.editor.text())

    async def _settled(self) -> None:
        """Once what was typed into fields is in the text."""
        self._page.form.commit()
        if self._editing is not None and not self._editing.done():
            await asyncio.wait([self._editing])

    # --- saving -------------------------------------------------------------------------------------------------------

    async def save(self) -> bool:
        """Write the text to its file; whether that was done. What another program wrote meanwhile is kept."""
        await self._settled()
        file = self._file
        if file is None:
            return False
        if file.bundled:
            self._page.show_notice(self._page.tr("It comes with Greenroom and is not written. Save as… makes a copy."))
            return False
        if not self._page.dirty:
            return True
        if await asyncio.to_thread(file.changed_on_disk):
            kept_as = experiment_files.name_for_theirs(file.path).name
            answer = await first_of(self._page.ask_disk(kept_as).answered)
            if answer == "theirs":
                await self._show_disk()
            if answer != "keep both" or not await self._keep_theirs(file.path):
                return False
        return await self._write(file.path)

    async def _keep_theirs(self, path: Path) -> bool:
        try:
            await asyncio.to_thread(experiment_files.keep_theirs, path)
        except FileError as error:
            self._page.show_notice(str(error), "error")
            return False
        return True

    async def _write(self, path: Path) -> bool:
        text = self._page.editor.text()
        try:
            written = await asyncio.to_thread(experiment_files.write, path, text, self._file)
        except FileError as error:
            self._page.show_notice(str(error), "error")
            return False
        self._file = written
        if text == self._page.editor.text():
            self._page.show_saved(_shown(written))
        await self._around.choose(str(path))
        return True

    async def _save_as(self, path: Path) -> None:
        await self._settled()
        file = self._file
        if file is None:
            return
        if file.bundled:
            try:
                path = await asyncio.to_thread(experiment_files.copy_example, file.path, path, self._page.editor.text())
            except FileError as error:
                self._page.show_notice(str(error), "error")
                return
            self._page.editor.document().setModified(False)
            await self._around.choose(str(path))
        elif path.resolve().is_relative_to(RESOURCES):
            self._page.show_notice(f"{path} belongs to Greenroom and is not written. Choose another place.", "error")
        elif path.resolve() == file.path:
            await self.save()
        else:
            await self._write(path.resolve())
            await self._read()

    async def _show_disk(self) -> None:
        """What is in the file, as a change that can be undone."""
        if self._file is None:
            return
        try:
            file = await asyncio.to_thread(experiment_files.read, self._file.path)
        except FileError as error:
            self._page.show_notice(str(error), "error")
            return
        self._file = file
        self._page.editor.change_to(file.text)
        self._page.show_saved(_shown(file))
        await self._read()

    async def _look(self) -> None:
        await self._settled()
        await self._read()
        if self._loaded is None:
            self._looks.tell_faulty()
        else:
            await self._looks.look(self._loaded, self._around.logs_dir(self._loaded), self._around.port())

    def _check(self) -> None:
        self._cancel()
        self._looking = self._do(self._look(), "looking at what could be in the way")

    def _cancel(self) -> None:
        if self._looking is not None and not self._looking.done():
            self._looking.cancel()

    @property
    def path(self) -> Path | None:
        """The file that is open."""
        return self._file.path if self._file is not None else None


def _examples() -> list[str]:
    """The simplest first."""
    return sorted(bundled_names(), key=lambda name: name != "quick_start")


def _shown(file: OpenFile) -> File:
    return File(file.title, str(file.path), file.bundled)
