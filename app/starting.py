"""Starting a run: of which experiment, into which folder, behind which port, and by which engine.

Owns what is chosen to be started, and finding or making the engine for it. Must not ask a running engine for anything
but to start or to end, nor look at what a page holds unsaved: wishes.py asks about that first. Must not be imported
before the first paint.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
from PySide6.QtCore import QSettings

from app import engine_process, exits, preflight, settings, start_list
from app.answers import first_of
from app.desk import Desk
from app.engine_client import EngineUnreachableError, IntentRefusedError
from app.engine_link import EngineLink
from app.exits import Failure
from app.options import Options
from app.running_engine import FoundEngine, RunningEngine
from app.tasks import Tasks
from app.version import program_version
from core.experiment.loader import LoadedExperiment
from core.runlog.files import LogReadError
from core.runlog.run_directory import RunDirectory, RunDirectoryError
from core.server import engine_file
from core.server.engine_file import EngineFile
from core.server.interrupted import port_of
from widgets.main_window import MainWindow
from widgets.parts.setting_names import LOGS_FOLDER
from widgets.port_question import PortQuestion

BUNDLED = "quick_start"
LOOK_EVERY_S = 0.5


class Starting:
    """`choice` is the experiment that Start would run, `port` the one it would be behind; None: the experiment's."""

    def __init__(
        self, window: MainWindow, kept: QSettings, options: Options, tasks: Tasks, link: EngineLink, desk: Desk
    ) -> None:
        self._window, self._kept, self._options, self._tasks = window, kept, options, tasks
        self._link, self._desk = link, desk
        self.port = options.port
        self.choice = start_list.choose(options.experiment or settings.text(kept, settings.EXPERIMENT) or BUNDLED)

    @property
    def logs_dir(self) -> Path:
        """Where runs are kept."""
        return self.logs_dir_of(self.choice.loaded)

    def logs_dir_of(self, loaded: LoadedExperiment | None) -> Path:
        """As the command line says, else the operator's settings, else the experiment."""
        if self._options.logs_dir is not None:
            return self._options.logs_dir.absolute()
        if chosen := settings.text(self._kept, LOGS_FOLDER):
            return Path(chosen).absolute()
        return Path(loaded.experiment.logging.logs_dir if loaded is not None else "logs").absolute()

    def warn_of_network(self) -> None:
        """What stands in the way of participants may be known before anybody presses Start."""
        if self.choice.loaded is None or self._link.run_is_on:
            return
        try:
            warning = preflight.check_network(self.choice.loaded)
        except Failure as failure:
            warning = str(failure)
        if warning:
            self._window.show_notice(warning)

    def show_choice(self) -> None:
        """On the start page."""
        choice = self.choice
        self._window.show_experiment(choice.name, choice.title, choice.about, choice.problem)

    # --- what would be started ----------------------------------------------------------------------------------------

    async def choose(self, name: str) -> None:
        """Another experiment, remembered if it can be read."""
        self.choice = start_list.choose(name)
        self.show_choice()
        if self.choice.loaded is not None:
            self._kept.setValue(settings.EXPERIMENT, name)
        await self.list_runs()

    async def list_runs(self) -> None:
        """Those of the folder, newest first, on the start page."""
        running = self._link.state.run_id if self._link.run_is_on else None
        runs = await asyncio.to_thread(start_list.previous_runs, self.logs_dir, running)
        self._window.show_previous_runs(runs)

    # --- its engine ---------------------------------------------------------------------------------------------------

    async def take_up(self) -> None:
        """Work with the engine that runs on this logs folder, if there is one; with one that does not answer as soon as
        it does. Raises Failure if it is of another version.
        """
        if self._options.crowd is not None:  # a demonstration's crowd goes into no run but its own
            return
        file = await asyncio.to_thread(engine_file.find_running, self.logs_dir)
        if file is None:
            silent = await asyncio.to_thread(engine_file.find_silent, self.logs_dir)
            if silent is not None:
                self._tasks.spawn(self._wait_for(silent), "waiting for the engine")
            return
        if file.program_version != program_version():
            raise Failure(exits.ENGINE_RUNNING, preflight.other_version(file, program_version()))
        try:
            await self._link.take(FoundEngine(file))
        except EngineUnreachableError as error:
            self._window.show_problem(str(error))

    async def _wait_for(self, silent: EngineFile) -> None:
        """One that stands still; until it goes on or is gone."""
        self._window.show_notice(preflight.no_answer_from(silent))
        while self._link.engine is None and psutil.pid_exists(silent.pid):
            health = await asyncio.to_thread(engine_file.ask_health, silent)
            if health is not None and self._link.engine is None:
                self._window.clear_banner()
                try:
                    await self.take_up()
                except Failure as failure:
                    self._window.show_problem(str(failure))
                return
            await asyncio.sleep(LOOK_EVERY_S)
        self._window.clear_banner()

    async def start(self) -> None:
        """Start a run; what stands in the way is said in a dialog, and another port offered for one that is taken."""
        try:
            await self.start_or_fail()
        except Failure as failure:
            if failure.code == exits.PORT_TAKEN and await self._takes_other_port(failure):
                await self.start()
                return
            self._window.show_problem(str(failure), failure.details)

    async def start_or_fail(self) -> None:
        """Start a run. Raises Failure with what stands in the way."""
        self._window.show_starting()
        try:
            loaded = preflight.load(self.choice.name)  # it may have been mended since it was chosen
            self.choice = start_list.Choice(self.choice.name, loaded)
            await self._need_engine(loaded)
            self._desk.show_live(await self._link.start_run())
        except (IntentRefusedError, EngineUnreachableError, RunDirectoryError) as error:
            raise Failure(exits.UNEXPECTED, str(error)) from error
        finally:
            self._window.start_page.set_busy(False)

    async def resume_or_fail(self, run: RunDirectory) -> None:
        """Go on with a run whose engine was ended, by another one behind the same port. Raises as `start_or_fail`."""
        if run.path.parent != self.logs_dir.resolve():
            raise Failure(exits.LOGS_FOLDER, f"{run.path} does not lie in the logs folder {self.logs_dir}.")
        try:
            loaded = preflight.load(self.choice.name)
            self.choice = start_list.Choice(self.choice.name, loaded)
            self.port = await asyncio.to_thread(port_of, run)
            await self._need_engine(loaded)
            self._desk.show_live_anew(await self._link.resume_run(run.run_id))
        except (IntentRefusedError, EngineUnreachableError, RunDirectoryError, LogReadError) as error:
            raise Failure(exits.UNEXPECTED, str(error)) from error

    async def _need_engine(self, loaded: LoadedExperiment) -> None:
        """The engine at hand if it fits, else a new one. Raises Failure, EngineUnreachableError."""
        if self._link.engine is not None:
            if self._fits(self._link.engine, loaded):
                return
            if not await self._link.shut_down():
                raise Failure(
                    exits.ENGINE_RUNNING, "The last run's engine will not end. Close the console and try again."
                )
        engine: RunningEngine
        if self._options.in_process:
            from app import engine_inside

            engine = await engine_inside.start(loaded, self.logs_dir, self.port, self._tasks)
        else:
            command = engine_process.command_for(loaded.path, self.logs_dir, self.port)
            engine = await engine_process.start(command, self.logs_dir)
        self._kept.setValue(settings.OWN_ENGINE, engine.file.instance)
        await self._link.take(engine)

    def _fits(self, engine: RunningEngine, loaded: LoadedExperiment) -> bool:
        """Whether an idle engine would run this experiment as it stands in its files now."""
        file = engine.file
        if file.experiment != str(loaded.path) or Path(file.logs_dir) != self.logs_dir.resolve():
            return False
        if self.port not in (None, 0, file.port):
            return False
        return all(path.stat().st_mtime <= file.started_at for path in start_list.files_of(loaded) if path.exists())

    async def _takes_other_port(self, failure: Failure) -> bool:
        loaded = self.choice.loaded
        server = loaded.experiment.server if loaded is not None else None
        if server is None:
            return False
        port = server.port if self.port is None else self.port
        free = preflight.next_free_port(server.host, port)
        if free is None:
            return False
        question = PortQuestion(port, free, self._window)
        question.setDetailedText(str(failure))
        question.open()
        if not await first_of(question.answered):
            self._window.start_page.set_busy(False)
            return False
        self.port = free
        return True
