"""What the operator wants, done: start, end, limit, doors, test participants, runs to look at, closing.

Owns the way from a wish to the engine and what is said if it was not granted; what the other pages want is in
page_desks.py. The window shows what the log says afterwards; nothing here changes what is shown of a run. Must not be
imported before the first paint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings

from app import engine_process, exits, preflight, settings, start_list
from app.answers import first_of
from app.desk import Desk
from app.engine_client import EngineState, EngineUnreachableError, IntentRefusedError
from app.engine_link import EngineDeath, EngineLink, Listener
from app.exits import Failure
from app.page_desks import Around, PageDesks
from app.running_engine import FoundEngine, RunningEngine
from app.stand_ins import StandIns
from app.tasks import Tasks
from app.version import program_version
from core.experiment.loader import LoadedExperiment
from core.runlog.run_directory import RunDirectoryError
from core.server import engine_file
from widgets.main_window import MainWindow
from widgets.port_question import PortQuestion
from widgets.settings_dialog import LOGS_FOLDER
from widgets.stand_ins import Bots, Pages

if TYPE_CHECKING:
    from app.console import Options

BUNDLED = "quick_start"
WATCH_EVERY_S = 0.2
DEMO_NOTE = (
    "This is a demonstration: everybody is a bot, and their answers to probes are made up. Click anybody, drag the "
    "line in the probe chart, or open the participants' link in two windows of your browser."
)


class Wishes:
    """Connects the window's signals and answers them. `begin` once the window was painted, `leave` at the end."""

    def __init__(self, window: MainWindow, kept: QSettings, options: Options, tasks: Tasks) -> None:
        self.desk = Desk(window)
        self._window, self._kept, self._options, self._tasks = window, kept, options, tasks
        self._port = options.port
        self._choice = start_list.choose(options.experiment or settings.text(kept, settings.EXPERIMENT) or BUNDLED)
        self._told_problem = ""
        self.stand_ins = StandIns(self._tell_of_stand_ins, window.stand_ins.show_running)
        listener = Listener(self._state_came, self._line_lost, self._line_back, self._engine_died)
        self.link = EngineLink(settings.operator_name(kept), listener, tasks)
        around = Around(
            choose=self._choose,
            start=self.start,
            logs_dir_of=self._logs_dir_of,
            logs_dir=lambda: self.logs_dir,
            port=lambda: self._port,
            experiment=lambda: self._choice.name,
            seen=lambda: self.desk.seen,
            open_run=self._open_run,
        )
        self._pages = PageDesks(window, tasks, around)
        self._connect()

    def _connect(self) -> None:
        window = self._window
        window.start_wanted.connect(lambda _experiment: self._do(self.start(), "starting a run"))
        window.end_wanted.connect(lambda mode: self._do(self._ask("end_run", mode=mode), "ending the run"))
        window.threshold_wanted.connect(
            lambda limit: self._do(self._ask("set_threshold", max_p2p_rtt_ms=limit), "setting the limit")
        )
        window.intake_wanted.connect(
            lambda is_open: self._do(self._ask("set_intake", open=is_open), "turning the doors")
        )
        window.intent_wanted.connect(lambda name, fields: self._do(self._ask(name, **self.desk.lift(fields)), name))
        window.privacy_wanted.connect(self.desk.set_private)
        window.settings_changed.connect(lambda: self._do(self._settings_changed(), "taking up the settings"))
        self.desk.set_private(window.private)
        window.stand_ins.wanted.connect(self.send_in)
        window.stand_ins.stop_wanted.connect(self.stand_ins.stop)
        window.open_run_wanted.connect(lambda path: self._do(self._open_run(Path(path)), "opening a run"))
        window.experiment_chosen.connect(lambda name: self._do(self._choose(name), "choosing an experiment"))
        window.leave_run_wanted.connect(lambda: self._do(self._back(), "going back"))

    def _do(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.spawn(coroutine, name)

    @property
    def logs_dir(self) -> Path:
        """Where runs are kept."""
        return self._logs_dir_of(self._choice.loaded)

    def _logs_dir_of(self, loaded: LoadedExperiment | None) -> Path:
        """As the command line says, else the operator's settings, else the experiment."""
        if self._options.logs_dir is not None:
            return self._options.logs_dir.absolute()
        if chosen := settings.text(self._kept, LOGS_FOLDER):
            return Path(chosen).absolute()
        return Path(loaded.experiment.logging.logs_dir if loaded is not None else "logs").absolute()

    # --- opening ------------------------------------------------------------------------------------------------------

    async def begin(self, *, raising: bool) -> None:
        """The start page, the engine that may run already, then what the command line asks for.

        `raising`: a run that cannot be started is a Failure instead of a dialog.
        """
        self.desk.ticker.start()
        self._tasks.spawn(self._watch(), "watching the engine")
        self._show_choice()
        await self._list_runs()
        try:
            await self._take_up()
        except Failure as failure:
            if raising:
                raise
            self._window.show_problem(str(failure))
        if self._options.open_run is not None:
            await self._open_run(self._options.open_run)
        elif self._options.start and not self.link.run_is_on:
            if raising:
                await self._start()
            else:
                await self.start()
        if self._options.crowd is not None and self.link.run_is_on:
            await self._ask("add_note", text=DEMO_NOTE)
            self.send_in(self._options.crowd)
        self._warn_of_network()

    async def _watch(self) -> None:
        """Processes say nothing when they go."""
        while True:
            self.link.check()
            self.stand_ins.check()
            self._pages.tell_run(on=self.link.run_is_on)
            await asyncio.sleep(WATCH_EVERY_S)

    async def _take_up(self) -> None:
        """Work with the engine that runs on this logs folder, if there is one."""
        file = await asyncio.to_thread(engine_file.find_running, self.logs_dir)
        if file is None:
            return
        if file.program_version != program_version():
            raise Failure(exits.ENGINE_RUNNING, preflight.other_version(file, program_version()))
        try:
            await self.link.take(FoundEngine(file))
        except EngineUnreachableError as error:
            self._window.show_problem(str(error))

    def _warn_of_network(self) -> None:
        if self._choice.loaded is None or self.link.run_is_on:
            return
        try:
            warning = preflight.check_network(self._choice.loaded)
        except Failure as failure:
            warning = str(failure)
        if warning:
            self._window.show_notice(warning)

    def _show_choice(self) -> None:
        choice = self._choice
        self._window.show_experiment(choice.name, choice.title, choice.about, choice.problem)

    async def _choose(self, name: str) -> None:
        if not await self._pages.may_choose(name):
            return
        self._choice = start_list.choose(name)
        self._show_choice()
        if self._choice.loaded is not None:
            self._kept.setValue(settings.EXPERIMENT, name)
        await self._list_runs()

    async def _settings_changed(self) -> None:
        """The name counts for what is done from here on; another folder for the next run."""
        await self.link.rename_operator(settings.operator_name(self._kept))
        if not self.link.run_is_on:
            await self._list_runs()

    async def _list_runs(self) -> None:
        running = self.link.state.run_id if self.link.run_is_on else None
        runs = await asyncio.to_thread(start_list.previous_runs, self.logs_dir, running)
        self._window.show_previous_runs(runs)

    # --- a run --------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start a run; what stands in the way is said in a dialog, and another port offered for one that is taken."""
        if not await self._pages.may_leave_experiment("before the run starts", lost=False):
            return
        try:
            await self._start()
        except Failure as failure:
            if failure.code == exits.PORT_TAKEN and await self._takes_other_port(failure):
                await self.start()
                return
            self._window.show_problem(str(failure), failure.details)

    async def _start(self) -> None:
        """Raises Failure."""
        self._window.show_starting()
        try:
            loaded = preflight.load(self._choice.name)  # it may have been mended since it was chosen
            self._choice = start_list.Choice(self._choice.name, loaded)
            await self._need_engine(loaded)
            self.desk.show_live(await self.link.start_run())
        except (IntentRefusedError, EngineUnreachableError, RunDirectoryError) as error:
            raise Failure(exits.UNEXPECTED, str(error)) from error
        finally:
            self._window.start_page.set_busy(False)

    async def _need_engine(self, loaded: LoadedExperiment) -> None:
        """The engine at hand if it fits, else a new one. Raises Failure, EngineUnreachableError."""
        if self.link.engine is not None:
            if self._fits(self.link.engine, loaded):
                return
            if not await self.link.shut_down():
                raise Failure(
                    exits.ENGINE_RUNNING, "The last run's engine will not end. Close the console and try again."
                )
        engine: RunningEngine
        if self._options.in_process:
            from app import engine_inside

            engine = await engine_inside.start(loaded, self.logs_dir, self._port, self._tasks)
        else:
            command = engine_process.command_for(loaded.path, self.logs_dir, self._port)
            engine = await engine_process.start(command, self.logs_dir)
        self._kept.setValue(settings.OWN_ENGINE, engine.file.instance)
        await self.link.take(engine)

    def _fits(self, engine: RunningEngine, loaded: LoadedExperiment) -> bool:
        """Whether an idle engine would run this experiment as it stands in its files now."""
        file = engine.file
        if file.experiment != str(loaded.path) or Path(file.logs_dir) != self.logs_dir.resolve():
            return False
        if self._port not in (None, 0, file.port):
            return False
        return all(path.stat().st_mtime <= file.started_at for path in start_list.files_of(loaded) if path.exists())

    async def _takes_other_port(self, failure: Failure) -> bool:
        loaded = self._choice.loaded
        server = loaded.experiment.server if loaded is not None else None
        if server is None:
            return False
        port = server.port if self._port is None else self._port
        free = preflight.next_free_port(server.host, port)
        if free is None:
            return False
        question = PortQuestion(port, free, self._window)
        question.setDetailedText(str(failure))
        question.open()
        if not await first_of(question.answered):
            self._window.start_page.set_busy(False)
            return False
        self._port = free
        return True

    async def _ask(self, intent: str, **fields: Any) -> None:
        """Pass a wish on; a refusal is said across the window."""
        try:
            await self.link.ask(intent, **fields)
        except (IntentRefusedError, EngineUnreachableError) as error:
            self._window.show_refusal(self.desk.veiled(str(error)))

    async def end_now(self) -> None:
        """End the run that is on, if one is, and wait until it is over."""
        if self.link.run_is_on:
            await self._ask("end_run", mode="now")
            await self.link.wait_until_no_run()

    def send_in(self, wish: Pages | Bots) -> None:
        """Have test participants join the run that is on."""
        if self.link.engine is None:
            self._window.show_refusal("there is no engine for test participants to join")
            return
        try:
            self.stand_ins.send(wish, f"{self.link.engine.file.address}/")
        except OSError as error:
            self._window.show_problem(f"The test participants could not be started: {error}")

    def _tell_of_stand_ins(self, sentence: str) -> None:
        self._window.show_notice(sentence)
        self._window.stand_ins.show_problem(sentence)

    # --- looking ------------------------------------------------------------------------------------------------------

    async def _open_run(self, path: Path, subject_id: str | None = None) -> None:
        try:
            self.desk.show_recorded(path)
            self.desk.choose(subject_id)
        except RunDirectoryError as error:
            self._window.show_problem(str(error))

    async def _back(self) -> None:
        """From a recorded run to the one that is on; else to the start page."""
        if self.desk.shows_recorded and self.link.run_is_on:
            self.desk.show_live_again()
            return
        self.desk.show_start_page()
        self._show_choice()
        await self._list_runs()

    # --- what the engine says -----------------------------------------------------------------------------------------

    def _state_came(self, state: EngineState) -> None:
        if state.problem and state.problem != self._told_problem:  # it comes again with each new line to the engine
            self._told_problem = state.problem
            self._window.alert_line.call(f"The run had to stop: {state.problem}")
            self._window.show_problem(f"The run had to stop: {state.problem}")
        if state.run_dir is None or not (self.link.run_is_on or self.desk.live):
            return
        try:
            self.desk.show_live(Path(state.run_dir))
        except RunDirectoryError as error:
            self._window.show_problem(str(error))

    def _line_lost(self) -> None:
        self._window.show_notice(
            "The engine cannot be reached. The session goes on without this window, which keeps trying."
        )

    def _line_back(self) -> None:
        self._window.clear_banner()

    def _engine_died(self, death: EngineDeath) -> None:
        """During a run: say what is lost (nothing that was written) and what can be done."""
        live = self.desk.live
        where = "" if live is None else f" The log up to then is safe in {live.path}."
        self.desk.engine_gone()
        self._window.show_engine_lost(
            f"The engine has stopped unexpectedly at {death.at}: {death.how}.{where} Start begins a new run.",
            death.words,
        )

    # --- closing ------------------------------------------------------------------------------------------------------

    async def may_close(self) -> bool:
        """Ask what is to become of a run that is on, and see to it; whether the window may close."""
        if not await self._pages.may_leave_experiment("before the window closes", lost=True):
            return False
        if self.desk.live is not None and self.desk.live.shown.run.state == "ended":
            await self.link.wait_until_no_run()  # the log has it before the engine's own word arrives
        if not self.link.run_is_on or self._options.crowd is not None:
            return True
        self.desk.show_live_again()
        engine = self.link.engine
        question = self._window.ask_close(may_outlive=engine is None or engine.outlives_console)
        answer = await first_of(question.answered)
        if answer == "end":
            return await self._ends_for_closing()
        return bool(answer == "keep")

    async def _ends_for_closing(self) -> bool:
        question = self._window.ask_end_now()
        if await first_of(question.confirmed, question.rejected) != "now":
            return False
        await self.end_now()
        return not self.link.run_is_on

    async def end_demonstration(self) -> None:
        """A demonstration's run ends with its window."""
        if self._options.crowd is not None:
            await self.end_now()

    async def leave(self) -> None:
        """End what belongs to this console: its test participants, and its engine unless a run is on."""
        self.desk.ticker.stop()
        await self.stand_ins.close_all()
        engine = self.link.engine
        own = engine is not None and engine.file.instance == settings.text(self._kept, settings.OWN_ENGINE)
        if own and not self.link.run_is_on:
            await self.link.shut_down()
        else:
            await self.link.let_go()
