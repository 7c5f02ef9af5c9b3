"""What the operator wants, done: start, end, limit, doors, test participants, runs to look at, closing.

Owns the way from a wish to the engine and what is said if it was not granted; how a run is started is in starting.py,
what the other pages want in page_desks.py. The window shows what the log says afterwards; nothing here changes what is
shown of a run. Must not be imported before the first paint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings

from app import settings
from app.answers import first_of
from app.desk import Desk
from app.engine_client import EngineState, EngineUnreachableError, IntentRefusedError
from app.engine_link import EngineDeath, EngineLink, Listener
from app.exits import Failure
from app.options import Options
from app.page_desks import Around, PageDesks
from app.stand_ins import StandIns
from app.starting import Starting
from app.tasks import Tasks
from core.runlog.run_directory import RunDirectoryError
from widgets.main_window import MainWindow
from widgets.stand_ins import Bots, Pages

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
        self._told_problem = ""
        self.stand_ins = StandIns(self._tell_of_stand_ins, window.stand_ins.show_running)
        listener = Listener(self._state_came, self._line_lost, self._line_back, self._engine_died)
        self.link = EngineLink(settings.operator_name(kept), listener, tasks)
        self.starting = Starting(window, kept, options, tasks, self.link, self.desk)
        around = Around(
            choose=self._choose,
            start=self.start,
            logs_dir_of=self.starting.logs_dir_of,
            logs_dir=lambda: self.starting.logs_dir,
            port=lambda: self.starting.port,
            experiment=lambda: self.starting.choice.name,
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
        window.resume_wanted.connect(lambda: self._do(self._resume(), "going on with a run"))

    def _do(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.spawn(coroutine, name)

    # --- opening ------------------------------------------------------------------------------------------------------

    async def begin(self, *, raising: bool) -> None:
        """The start page, the engine that may run already, then what the command line asks for.

        `raising`: a run that cannot be started is a Failure instead of a dialog.
        """
        self.desk.ticker.start()
        self._tasks.spawn(self._watch(), "watching the engine")
        self.starting.show_choice()
        await self.starting.list_runs()
        try:
            await self.starting.take_up()
        except Failure as failure:
            if raising:
                raise
            self._window.show_problem(str(failure))
        if self._options.open_run is not None:
            await self._open_run(self._options.open_run)
        elif self._options.start and not self.link.run_is_on:
            if raising:
                await self.starting.start_or_fail()
            else:
                await self.start()
        if self._options.crowd is not None and self.link.run_is_on:
            await self._ask("add_note", text=DEMO_NOTE)
            self.send_in(self._options.crowd)
        self.starting.warn_of_network()

    async def _watch(self) -> None:
        """Processes say nothing when they go."""
        while True:
            self.link.check()
            self.stand_ins.check()
            self._pages.tell_run(on=self.link.run_is_on)
            await asyncio.sleep(WATCH_EVERY_S)

    # --- a run --------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start a run; what stands in the way is said in a dialog."""
        if await self._pages.may_leave_experiment("before the run starts", lost=False):
            await self.starting.start()

    async def _resume(self) -> None:
        """Go on with the run that is seen; what stands in the way is said in a dialog, and it stays as it is."""
        view = self.desk.seen
        if view is None or self.link.run_is_on:
            return
        try:
            await self.starting.resume_or_fail(view.run)
        except Failure as failure:
            self._window.show_problem(str(failure), failure.details)

    async def _choose(self, name: str) -> None:
        if await self._pages.may_choose(name):
            await self.starting.choose(name)

    async def _settings_changed(self) -> None:
        """The name counts for what is done from here on; another folder for the next run."""
        await self.link.rename_operator(settings.operator_name(self._kept))
        if not self.link.run_is_on:
            await self.starting.list_runs()

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
        self.starting.show_choice()
        await self.starting.list_runs()

    # --- what the engine says -----------------------------------------------------------------------------------------

    def _state_came(self, state: EngineState) -> None:
        if state.run_dir is not None and (self.link.run_is_on or self.desk.live):
            try:
                self.desk.show_live(Path(state.run_dir))
            except RunDirectoryError as error:
                self._window.show_problem(str(error))
        if state.problem:
            self._run_stopped(f"The run had to stop: {state.problem}")

    def _run_stopped(self, sentence: str) -> None:
        """Its log has no end, so its last moment is what is seen from here on."""
        if self.desk.live is not None:
            self.desk.engine_gone()
            self._window.show_engine_lost(
                f"{sentence} Once that is mended, go on with this run, or begin a new one from the start page.",
                may_resume=True,
            )
        if sentence != self._told_problem:  # it comes again with each new line to the engine
            self._told_problem = sentence
            self._window.alert_line.call(sentence)
            self._window.show_problem(sentence)

    def _line_lost(self) -> None:
        self._window.show_line_lost()

    def _line_back(self) -> None:
        self._window.clear_banner()

    def _engine_died(self, death: EngineDeath) -> None:
        """During a run: say what is lost (nothing that was written) and what can be done."""
        live = self.desk.live
        where = "" if live is None else f" The log up to then is safe in {live.path}."
        self.desk.engine_gone()
        self._window.show_engine_lost(
            f"The engine has stopped unexpectedly at {death.at}: {death.how}.{where} Go on with this run, and "
            "everybody comes back to where they were, or begin a new one from the start page.",
            death.words,
            may_resume=live is not None,
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
